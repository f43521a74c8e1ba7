"""The generic-seq format of crowsetta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Labelled, Sounds, formulas, seconds, silent
from pipeline.exporters._files import Files, one
from pipeline.exporters._names import names_like_recordings
from pipeline.exporters._rows import csv_line
from pipeline.exporters._tables import EACH, ONE, each, tables_param

SAMPLES = ("onset_sample", "offset_sample")


@dataclass(frozen=True)
class GenericSeq(Labelled):
    """crowsetta generic-seq: a CSV with label, times in s and in samples, and recording of each sound.

    Each recording is one annotation. Times in samples are left out where the sample rate of a recording is not known;
    crowsetta does without them.
    """

    tables: str = tables_param(ONE)

    FOR: ClassVar[str] = "crowsetta, vak, scripts"

    @property
    def SUFFIX(self) -> str:
        """The ending of the one table; a folder has none."""
        return "" if self.tables == EACH else ".csv"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """The one table, or a table for each recording. Raises ExportError or ParameterError."""
        sounds = self.sounds(dataset, labels)
        if self.tables == ONE:
            return one(name, lambda: _lines(dataset, sounds, name))
        names = names_like_recordings(dataset, ".csv")
        return each(dataset, sounds, ending=".csv",
                    lines=lambda part, row: _lines(dataset, part, PurePosixPath(names[row]).name))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        told = silent(dataset, self.rows(labels)) if self.tables == ONE else []
        return [*super().notes(dataset, labels), *told, *formulas(self.different_texts(dataset, labels))]


def _lines(dataset: Dataset, sounds: Sounds, annot_path: str) -> Iterator[str]:
    rates_hz = dataset.files.sr.astype(np.float64)
    has_rates = bool((rates_hz > 0).all())
    yield ",".join(("label", "onset_s", "offset_s", *(SAMPLES if has_rates else ()), "notated_path", "annot_path",
                    "sequence", "annotation"))
    number_of = {row: number for number, row in enumerate(np.unique(sounds.file_rows).tolist())}
    for part in sounds.blocks():
        paths = [dataset.files.path[row] for row in part.file_rows.tolist()]
        numbers = [number_of[row] for row in part.file_rows.tolist()]
        columns = (part.texts, seconds(part.onset_s), seconds(part.offset_s),
                   *(_samples(part, rates_hz) if has_rates else ()), paths)
        for cells, number in zip(zip(*columns, strict=True), numbers, strict=True):
            yield csv_line((*cells, annot_path, 0, number))


def _samples(sounds: Sounds, rates_hz: np.ndarray) -> list[list[int]]:
    rate_hz = rates_hz[sounds.file_rows]
    return [np.rint(times * rate_hz).astype(np.int64).tolist() for times in (sounds.onset_s, sounds.offset_s)]
