"""Tables with a heading: our own, those of WhisperSeg, and what spreadsheet programs save."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import text_tables
from pipeline.errors import TableError
from pipeline.importers._table import ImportedTable, make_table, own_name
from pipeline.importers.raven import BEGIN

ONSETS = ("onset_sec", "onset_s", "onset", "start_seconds", "start_sec", "start_s", "start", "begin")
OFFSETS = (
    "offset_sec", "offset_s", "offset", "stop_seconds", "end_seconds", "end_sec", "end_s", "stop_s", "end", "stop",
)
DURATIONS = ("duration_sec", "duration_s", "duration")
RECORDINGS = (
    "path", "filename", "file", "file_name", "filepath", "file_path", "source_file", "audio_file", "recording",
)
LABELS = ("label", "labels", "annotation", "syllable", "name")
CLUSTERS = ("cluster", "cluster_name", "cluster_id")
YES = ("1", "1.0", "true", "yes")
UNASSIGNED = "0"


@dataclass(frozen=True)
class Csv:
    """CSV with onset and offset or duration in s, and optionally filename or path, label, cluster, ignore_for_type.

    Commas, semicolons (then with decimal commas) or tabs; the columns' names in any case. Empty recordings take the
    table's own name. Of ``cluster_id`` a 0 means none.
    """

    def sniff(self, path: Path, head: str) -> bool:
        """A heading with an onset column; or any file called .csv or .tsv, so that its fault can be told."""
        delimiter = text_tables.delimiter_of(head)
        heading = [cell.strip().strip('"').lower() for cell in (head.strip().splitlines() or [""])[0].split(delimiter)]
        suffix, has_onset = path.suffix.lower(), not {*ONSETS}.isdisjoint(heading)
        is_another = "notated_path" in heading or BEGIN.lower() in heading
        return not is_another and (suffix in (".csv", ".tsv") or (suffix == ".txt" and has_onset))

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError with line and column."""
        rows = text_tables.read_rows(path)
        onset_s = np.array(rows.numbers(_needed(rows, ONSETS)), np.float64)
        return make_table(
            path, onset_s=onset_s, offset_s=_offsets(rows, onset_s), recording=_recordings(rows),
            label=_texts(rows, LABELS), cluster=_clusters(rows), ignore=_marks(rows), lines=rows.lines,
            segment_id=_texts(rows, ("segment_id",)), cluster_id=_texts(rows, ("cluster_id",)),
        )


def _needed(rows: text_tables.Rows, names: tuple[str, ...]) -> str:
    column = rows.column(*names)
    if column is None:
        raise TableError(f"{rows.path}, line 1: there is no column {names[0]}. A table of sounds has onset_sec and "
                         f"offset_sec or duration_sec; this one has: {rows.heading()}. Where every file is one sound, "
                         "use --segmenter files and --labels.")
    return column


def _offsets(rows: text_tables.Rows, onset_s: np.ndarray) -> np.ndarray:
    duration = rows.column(*DURATIONS)
    if rows.column(*OFFSETS) is None and duration is not None:
        return onset_s + np.array(rows.numbers(duration), np.float64)
    return np.array(rows.numbers(_needed(rows, OFFSETS)), np.float64)


def _recordings(rows: text_tables.Rows) -> list[str] | str:
    """What each row's path says, else its file name, …, else the table's own name."""
    own, known = own_name(rows.path), [rows.column(name) for name in RECORDINGS]
    columns = [rows.texts(column) for column in known if column is not None]
    return [next(filter(None, texts), own) for texts in zip(*columns, strict=True)] if columns else own


def _texts(rows: text_tables.Rows, names: tuple[str, ...]) -> list[str] | None:
    column = rows.column(*names)
    return None if column is None else rows.texts(column)


def _clusters(rows: text_tables.Rows) -> list[str] | None:
    column = rows.column(*CLUSTERS)
    if column is None or column.lower() != "cluster_id":
        return _texts(rows, CLUSTERS)
    return ["" if text == UNASSIGNED else text for text in rows.texts(column)]


def _marks(rows: text_tables.Rows) -> list[bool] | None:
    column = rows.column("ignore_for_type")
    return None if column is None else [text.lower() in YES for text in rows.texts(column)]
