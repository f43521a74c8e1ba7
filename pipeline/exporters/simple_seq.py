"""The simple-seq format of crowsetta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Labelled, Sounds, seconds
from pipeline.exporters._rows import csv_line
from pipeline.exporters._tables import write_each


@dataclass(frozen=True)
class SimpleSeq(Labelled):
    """crowsetta simple-seq: for each recording a CSV with onset_s, offset_s and label."""

    SUFFIX: ClassVar[str] = ""         # a folder

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Make the folder with all tables. Raises ExportError or ParameterError."""
        write_each(dataset, self.sounds(dataset, labels), path, ending=".csv", lines=_lines)


def _lines(sounds: Sounds, _row: int) -> Iterator[str]:
    yield "onset_s,offset_s,label"
    for cells in zip(seconds(sounds.onset_s), seconds(sounds.offset_s), sounds.texts, strict=True):
        yield csv_line(cells)
