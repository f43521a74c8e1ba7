"""One label for every sound, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.clusterers import NOISE
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.exporters import _labelings
from pipeline.exporters._chosen import Chosen
from pipeline.exporters._files import Files, one
from pipeline.params import param


@dataclass(frozen=True)
class JsonHard(Chosen):
    """Labels as JSON: the number of each sound's cluster, or of a labeling's; -1 for unassigned sounds and for noise.

    ``[{"id": …, "label": …}, …]``; the id is the text of the sound's segment_id.
    """

    labeling: str = param("", "What an algorithm found, by name, instead of the clusters. json_soft without a name "
                          "takes the newest with soft values.")

    SUFFIX: ClassVar[str] = ".json"
    FOR: ClassVar[str] = "scripts, scoring"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """The one file. Raises ExportError for an unknown labeling."""
        rows = self.rows(labels)
        found = np.where(labels.ids == UNASSIGNED, NOISE, labels.ids)
        if self.labeling:
            found = dataset.labeling(_labelings.known(dataset, self.labeling)).label
            rows = _labelings.rows_with(dataset, self.labeling, rows)
        keys = dataset.segments.segment_id
        return one(name, lambda: _labelings.json_list(
            (("id", json.dumps(str(keys[row]))), ("label", str(found[row]))) for row in rows))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        rows = self.rows(labels)
        told = _labelings.silent_about(dataset, self.labeling, rows) if self.labeling else []
        return [*super().notes(dataset, labels), *told]
