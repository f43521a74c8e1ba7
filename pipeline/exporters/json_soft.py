"""How sure an algorithm is of every sound and cluster, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline import labelings
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.exporters import _labelings
from pipeline.exporters._files import Files, one
from pipeline.exporters.json_hard import JsonHard


@dataclass(frozen=True)
class JsonSoft(JsonHard):
    """Soft values of a labeling as JSON: how much each sound is of each cluster; of HDBSCAN the last is noise.

    ``[{"id": …, "probs": [float, …]}, …]``; the id is the text of the sound's segment_id.
    """

    SUFFIX: ClassVar[str] = ".json"
    FOR: ClassVar[str] = "scripts, ensembles"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """The one file. Raises ExportError for a labeling without soft values."""
        labeling = self._name(dataset)
        probability = dataset.labeling(labeling).probability
        if probability is None:
            raise ExportError(f"The labeling {labeling!r} has no soft values. Choose json_hard, or another labeling.")
        rows, keys = _labelings.rows_with(dataset, labeling, self.rows(labels)), dataset.segments.segment_id
        return one(name, lambda: _labelings.json_list(
            (("id", json.dumps(str(keys[row]))), ("probs", _numbers(probability[row]))) for row in rows))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export, and which labeling was taken."""
        name = self._name(dataset)
        taken = [] if self.labeling else [f"The labeling {name!r} was taken."]
        return [*JsonHard(self.clusters, self.skip_unassigned, name).notes(dataset, labels), *taken]

    def _name(self, dataset: Dataset) -> str:
        """The labeling that is meant: the newest with soft values, if none is named."""
        if self.labeling:
            return _labelings.known(dataset, self.labeling)
        soft = (one.name for one in labelings.stored(dataset) if dataset.labeling(one.name).probability is not None)
        name = next(soft, None)
        if name is None:
            raise ExportError(f"{dataset.path} has no labeling with soft values. Make one with 'cluster'; HDBSCAN, "
                              "fuzzy c-means and others give them.")
        return name


def _numbers(values: np.ndarray) -> str:
    """A list of numbers in as few digits as tell float32 apart; one that is missing is null."""
    texts = ("null" if text == "nan" else text for text in values.astype(str).tolist())
    return "[\n" + ",\n".join(f"      {text}" for text in texts) + "\n    ]"
