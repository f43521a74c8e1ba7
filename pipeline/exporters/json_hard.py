"""One label for every sound, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.clusterers import NOISE
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.exporters import _labelings
from pipeline.exporters._chosen import Chosen
from pipeline.exporters._tables import write_one
from pipeline.params import param


@dataclass(frozen=True)
class JsonHard(Chosen):
    """Labels as JSON: the number of each sound's cluster, or of a labeling's; -1 for unassigned sounds and for noise.

    ``[{"id": …, "label": …}, …]``; the id is the text of the sound's segment_id.
    """

    labeling: str = param("", "What an algorithm found, by name, instead of the clusters. json_soft without a name "
                          "takes the newest with soft values.")

    SUFFIX: ClassVar[str] = ".json"

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Write the file. Raises ExportError for an unknown labeling, ProjectError if it cannot be written."""
        rows = self.rows(labels)
        found = np.where(labels.ids == UNASSIGNED, NOISE, labels.ids)
        if self.labeling:
            found = dataset.labeling(_labelings.known(dataset, self.labeling)).label
            rows = _labelings.rows_with(dataset, self.labeling, rows)
        entries = zip(dataset.segments.segment_id[rows].tolist(), found[rows].tolist(), strict=True)
        write_one(path, _labelings.json_list((("id", json.dumps(str(key))), ("label", str(value)))
                                             for key, value in entries))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        rows = self.rows(labels)
        told = _labelings.silent_about(dataset, self.labeling, rows) if self.labeling else []
        return [*super().notes(dataset, labels), *told]
