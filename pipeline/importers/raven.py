"""The selection tables of Raven (Cornell Lab of Ornithology)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import text_tables
from pipeline.errors import TableError
from pipeline.importers._table import ImportedTable, make_table, own_name

BEGIN, END, FILE_OFFSET = "Begin Time (s)", "End Time (s)", "File Offset (s)"
LABELS = ("Annotation", "Label", "Species", "Common Name", "Call Type", "Type", "Class", "Notes")
APART_S = 0.01                         # what two columns with few decimals may differ by
ENDINGS = (*(f".table.{number}.selections.txt" for number in range(1, 10)), ".selections.txt")


@dataclass(frozen=True)
class Raven:
    """Raven selection table: tab separated, with Begin Time (s) and End Time (s).

    Recordings are named by Begin Path or Begin File, else the table is named like its recording. With File Offset (s)
    the times are counted from the start of each file, not of the sequence of files. A selection that several views
    show (waveform, spectrogram) is one sound.
    """

    def sniff(self, path: Path, head: str) -> bool:
        """A heading with the begin time."""
        heading = (head.strip().splitlines() or [""])[0].lower()
        return BEGIN.lower() in heading and path.suffix.lower() in (".txt", ".tsv", ".csv")

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError with line and column."""
        rows = text_tables.read_rows(path, quoted=False)   # Raven writes quotation marks as they are
        begin_s, end_s = (np.array(rows.numbers(_needed(rows, name)), np.float64) for name in (BEGIN, END))
        offset, label = rows.column(FILE_OFFSET), rows.column(*LABELS)
        onset_s = begin_s if offset is None else np.array(rows.numbers(offset), np.float64)
        recordings = _recordings(rows)
        kept = _shown_once(rows, recordings, begin_s, end_s)
        return make_table(
            path, recording=[recordings[row] for row in kept], onset_s=onset_s[kept],
            offset_s=(onset_s + (end_s - begin_s))[kept], lines=[rows.lines[row] for row in kept],
            label=None if label is None else _picked(rows.texts(label), kept),
            doubts=() if offset is None else _doubts(rows, recordings, begin_s, onset_s),
        )


def _picked(texts: Sequence[str], kept: Sequence[int]) -> list[str]:
    return [texts[row] for row in kept]


def _doubts(rows: text_tables.Rows, recordings: Sequence[str], begin_s: np.ndarray, onset_s: np.ndarray) -> list[str]:
    """Rows in which only one of both times was changed by hand: they are the same all through a recording, or as far
    apart as it begins after the first one."""
    _names, which = np.unique(np.array(recordings, object).astype(str), return_inverse=True)
    apart_s, told = begin_s - onset_s, []
    order = np.argsort(which, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(which[order])) + 1) if len(order) else ():
        usual_s = float(np.median(apart_s[mine]))
        odd = mine[np.abs(apart_s[mine] - usual_s) > APART_S]
        told += [f"{rows.path}, line {rows.lines[row]}: by {BEGIN} the sound begins {begin_s[row] - usual_s:.10g} s "
                 f"after its recording, by {FILE_OFFSET} {onset_s[row]:.10g} s. Change both." for row in odd.tolist()]
    return told


def _needed(rows: text_tables.Rows, name: str) -> str:
    column = rows.column(name)
    if column is None:
        raise TableError(f"{rows.path}, line 1: a Raven selection table needs the column {name!r}; this one has: "
                         f"{rows.heading()}.")
    return column


def _recordings(rows: text_tables.Rows) -> list[str]:
    own = own_name(rows.path, *ENDINGS)
    columns = [rows.texts(column) for name in ("Begin Path", "Begin File") if (column := rows.column(name))]
    if not columns:
        return [own] * len(rows.cells)
    return [next(filter(None, texts), own) for texts in zip(*columns, strict=True)]


def _shown_once(rows: text_tables.Rows, recordings: Sequence[str], begin_s: np.ndarray, end_s: np.ndarray) -> list[int]:
    """The first row of each selection: Raven writes one for every view that shows it."""
    selection, channel = rows.column("Selection"), rows.column("Channel")
    if selection is None or rows.column("View") is None:
        return list(range(len(recordings)))
    ids = rows.texts(selection)
    channels = rows.texts(channel) if channel else [""] * len(ids)
    first: dict[tuple, int] = {}
    for row, key in enumerate(zip(ids, channels, recordings, begin_s, end_s, strict=True)):
        first.setdefault(key, row)
    return list(first.values())
