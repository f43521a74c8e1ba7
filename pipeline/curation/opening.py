"""What the workspace takes from a project file when it is opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.curation.agreement import Identity
from pipeline.curation.checkpoint import sounds_digest
from pipeline.curation.labels import ClusterInfo, Labels
from pipeline.dataset import Dataset


@dataclass(frozen=True, eq=False)
class Opened:
    """A project file, open for reading, with the labels it has."""

    path: Path
    dataset: Dataset
    labels: Labels
    about: Identity

    @classmethod
    def at(cls, path: Path) -> Opened:
        """Open a project file. Raises ProjectError with a sentence."""
        dataset = Dataset.open(path)
        table = dataset.segments
        infos = [ClusterInfo(int(c.cluster_id), c.name, c.colour, c.note) for c in dataset.clusters()]
        labels = Labels.of(np.asarray(table.segment_id), dataset.cluster_ids(), clusters=infos)
        opened = cls(path, dataset, labels, Identity(dataset.project_id, "", len(table)))
        return replace(opened, about=replace(opened.about, sounds=opened.sounds(len(table))))

    def sounds(self, n: int) -> str:
        """The fingerprint of the first ``n`` sounds."""
        table = self.dataset.segments
        return sounds_digest(table.segment_id[:n], table.file_id[:n], table.onset_s[:n], table.duration_s[:n])
