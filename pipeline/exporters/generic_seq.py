"""The generic-seq format of crowsetta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Labelled, Sounds, seconds, silent
from pipeline.exporters._names import names_like_recordings
from pipeline.exporters._rows import csv_line
from pipeline.exporters._tables import EACH, ONE, tables_param, write_each, write_one

SAMPLES = ("onset_sample", "offset_sample")


@dataclass(frozen=True)
class GenericSeq(Labelled):
    """crowsetta generic-seq: a CSV with label, times in s and in samples, and recording of each sound.

    Each recording is one annotation. Times in samples are left out where the sample rate of a recording is not known;
    crowsetta does without them.
    """

    tables: str = tables_param(ONE)

    @property
    def SUFFIX(self) -> str:
        """The ending of the one table; a folder has none."""
        return "" if self.tables == EACH else ".csv"

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Write the table or the folder of tables. Raises ExportError or ProjectError."""
        sounds = self.sounds(dataset, labels)
        if self.tables == ONE:
            write_one(path, _lines(dataset, sounds, path.name))
            return
        names = names_like_recordings(dataset, ".csv")
        write_each(dataset, sounds, path, ending=".csv",
                   lines=lambda part, row: _lines(dataset, part, names[row].name))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        told = silent(dataset, self.rows(labels)) if self.tables == ONE else []
        return [*super().notes(dataset, labels), *told]


def _lines(dataset: Dataset, sounds: Sounds, annot_path: str) -> Iterator[str]:
    rates_hz = dataset.files.sr.astype(np.float64)
    samples = _samples(sounds, rates_hz) if (rates_hz > 0).all() else []
    yield ",".join(("label", "onset_s", "offset_s", *(SAMPLES if samples else ()), "notated_path", "annot_path",
                    "sequence", "annotation"))
    _rows, numbers = np.unique(sounds.file_rows, return_inverse=True)
    paths = [dataset.files.path[row] for row in sounds.file_rows.tolist()]
    columns = (sounds.texts, seconds(sounds.onset_s), seconds(sounds.offset_s), *samples, paths)
    for cells, number in zip(zip(*columns, strict=True), numbers.tolist(), strict=True):
        yield csv_line((*cells, annot_path, 0, number))


def _samples(sounds: Sounds, rates_hz: np.ndarray) -> list[list[int]]:
    rate_hz = rates_hz[sounds.file_rows]
    return [np.rint(times * rate_hz).astype(np.int64).tolist() for times in (sounds.onset_s, sounds.offset_s)]
