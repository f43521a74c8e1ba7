"""The selection tables of Raven (Cornell Lab of Ornithology)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Labelled, Sounds, one_line, seconds, silent
from pipeline.exporters._files import Files, one
from pipeline.exporters._tables import EACH, ONE, each, tables_param

COLUMNS = ("Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)",
           "Begin File", "File Offset (s)", "Annotation")
BEGIN_PATH = "Begin Path"
UNKNOWN_HZ = 20_000.0        # the upper edge where neither project nor recording says


@dataclass(frozen=True)
class Raven(Labelled):
    """Raven selection tables, tab separated: one for each recording, or one for all of them in a row.

    Selections are as high as the project's frequency range. In one table for all, the times go on from recording to
    recording, as Raven counts when it opens several files, and File Offset (s) is the time within each. Raven keeps
    quotation marks as they are, and so do the tables.
    """

    tables: str = tables_param(EACH)

    FOR: ClassVar[str] = "Raven Pro, Raven Lite"

    @property
    def SUFFIX(self) -> str:
        """The ending of the one table; a folder has none."""
        return ".txt" if self.tables == ONE else ""

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """The one table, or a table for each recording. Raises ExportError or ParameterError."""
        sounds = self.sounds(dataset, labels)
        low, high = _edges_hz(dataset)
        if self.tables == ONE:
            return one(name, lambda: _all_lines(dataset, sounds, low, high))
        starts_s = np.zeros(len(dataset.files))
        return each(dataset, sounds, ending=".Table.1.selections.txt",
                    lines=lambda part, _row: _lines(dataset, part, starts_s, low, high))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        told = silent(dataset, self.rows(labels)) if self.tables == ONE else []
        return [*super().notes(dataset, labels), *told]


def _all_lines(dataset: Dataset, sounds: Sounds, low: np.ndarray, high: np.ndarray) -> Iterator[str]:
    """As `_lines`, with the recordings' paths in the last column but one."""
    lines = _lines(dataset, sounds, _starts_s(dataset, sounds), low, high)
    paths = chain([BEGIN_PATH], (one_line(dataset.files.path[row]) for row in sounds.file_rows.tolist()))
    for line, path in zip(lines, paths, strict=True):
        head, _tab, label = line.rpartition("\t")
        yield f"{head}\t{path}\t{label}"


def _lines(dataset: Dataset, sounds: Sounds, starts_s: np.ndarray, low: np.ndarray, high: np.ndarray) -> Iterator[str]:
    """The lines of a table whose times begin at ``starts_s`` (m,) of each recording."""
    yield "\t".join(COLUMNS)
    rows = chain.from_iterable(_cells(part, starts_s[part.file_rows]) for part in sounds.blocks())
    for number, (begin, end, row, within, text) in enumerate(rows, 1):
        name = one_line(dataset.files.filename[row])
        yield "\t".join((str(number), "Spectrogram 1", "1", begin, end, f"{low[row]:.1f}", f"{high[row]:.1f}", name,
                         within, text))


def _cells(sounds: Sounds, start_s: np.ndarray) -> Iterator[tuple[str, str, int, str, str]]:
    begin, end = seconds(start_s + sounds.onset_s), seconds(start_s + sounds.offset_s)
    return zip(begin, end, sounds.file_rows.tolist(), seconds(sounds.onset_s), sounds.texts, strict=True)


def _starts_s(dataset: Dataset, sounds: Sounds) -> np.ndarray:
    """Where each recording begins if they lie one behind the other, float64 (m,) in row order."""
    lengths = np.nan_to_num(dataset.files.duration_s)
    np.maximum.at(lengths, sounds.file_rows, sounds.offset_s)      # one of unknown length ends with its last sound
    return np.concatenate([[0.0], np.cumsum(lengths)[:-1]]) if len(lengths) else lengths


def _edges_hz(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper edge of the selections of each recording, float64 (m,)."""
    given = dataset.parameters
    nyquist = np.where(dataset.files.sr > 0, dataset.files.sr / 2.0, float(given.get("spec_max_freq") or UNKNOWN_HZ))
    high = np.minimum(nyquist, float(given.get("spec_max_freq") or np.inf))
    low = np.full(len(high), float(given.get("spec_min_freq") or 0.0))
    return np.where(low < high, low, 0.0), high
