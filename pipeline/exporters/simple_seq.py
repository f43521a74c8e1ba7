"""The simple-seq format of crowsetta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Labelled, Sounds, formulas, seconds
from pipeline.exporters._files import Files
from pipeline.exporters._rows import csv_line
from pipeline.exporters._tables import each


@dataclass(frozen=True)
class SimpleSeq(Labelled):
    """crowsetta simple-seq: for each recording a CSV with onset_s, offset_s and label."""

    FOR: ClassVar[str] = "crowsetta, scripts"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """A table for each recording. Raises ExportError or ParameterError."""
        return each(dataset, self.sounds(dataset, labels), ending=".csv", lines=_lines)

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export, or not as it was."""
        return [*super().notes(dataset, labels), *formulas(self.different_texts(dataset, labels))]


def _lines(sounds: Sounds, _row: int) -> Iterator[str]:
    yield "onset_s,offset_s,label"
    for part in sounds.blocks():
        yield from map(csv_line, zip(seconds(part.onset_s), seconds(part.offset_s), part.texts, strict=True))
