"""What every importer makes of a file: one table of sounds, each with the recording it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import TableError

NO_LINES = np.zeros(0, np.int64)
TEXTS = ("label", "cluster", "segment_id", "cluster_id")       # columns that a table may have or not
Point = tuple[str, float, str, int]


@dataclass(frozen=True, eq=False)
class ImportedTable:
    """Sounds as a table lists them, in its order.

    path : the table, or the folder of tables
    recording : n texts, each sound's recording as the table names it; where it names none, the table's own name
        without its extension
    onset_s, offset_s : float64 (n,), seconds from the start of the recording, 0 ≤ onset_s < offset_s
    label : n texts, the true type of each sound, or None     cluster : likewise the cluster it was given
    ignore : bool (n,), rows that are marked as not to be counted when types are compared
    notes : sentences about what was left out
    lines : int64 (n,), the line that each sound stands in, 0 where the format has none
    segment_id, cluster_id : n texts each, from a table of a project's own sounds, or None
    points : what was left out because it ends where it begins: (recording, time in s, text, line)
    doubts : sentences about rows that contradict themselves      format : what the table was read as
    """

    path: Path
    recording: tuple[str, ...]
    onset_s: np.ndarray
    offset_s: np.ndarray
    label: tuple[str, ...] | None
    cluster: tuple[str, ...] | None
    ignore: np.ndarray
    notes: tuple[str, ...] = ()
    lines: np.ndarray = field(default_factory=lambda: NO_LINES)
    segment_id: tuple[str, ...] | None = None
    cluster_id: tuple[str, ...] | None = None
    points: tuple[Point, ...] = ()
    doubts: tuple[str, ...] = ()
    format: str = ""

    def __len__(self) -> int:
        return len(self.onset_s)

    def as_plain(self) -> dict[str, Any]:
        """As JSON values, but for the path."""
        arrays = {name: getattr(self, name).tolist() for name in ("onset_s", "offset_s", "ignore", "lines")}
        others = ("recording", *TEXTS, "notes", "points", "doubts", "format")
        return arrays | {name: getattr(self, name) for name in others}

    @classmethod
    def from_plain(cls, path: Path, plain: Mapping[str, Any]) -> ImportedTable:
        """What `as_plain` told."""
        texts = {name: None if plain[name] is None else tuple(plain[name])
                 for name in ("recording", *TEXTS, "notes", "doubts")}
        return cls(path, onset_s=np.asarray(plain["onset_s"], np.float64), ignore=np.asarray(plain["ignore"], bool),
                   offset_s=np.asarray(plain["offset_s"], np.float64), lines=np.asarray(plain["lines"], np.int64),
                   points=tuple(map(tuple, plain["points"])), format=plain["format"], **texts)


def make_table(
    path: Path,
    *,
    recording: Sequence[str] | str,
    onset_s: Sequence[float] | np.ndarray,
    offset_s: Sequence[float] | np.ndarray,
    label: Sequence[str] | None = None,
    cluster: Sequence[str] | None = None,
    ignore: Sequence[bool] | None = None,
    lines: Sequence[int] | None = None,
    segment_id: Sequence[str] | None = None,
    cluster_id: Sequence[str] | None = None,
    doubts: Sequence[str] = (),
) -> ImportedTable:
    """Check times and put the columns together; one ``recording`` may stand for all rows.

    Rows that begin and end at the same time mark a point, not a sound: they are left out, and told. ``lines`` are the
    rows' lines in the file, for the sentence; without them rows are counted from 1. Raises TableError for columns of
    different lengths and for times that cannot be.
    """
    onset_s, offset_s = np.asarray(onset_s, np.float64), np.asarray(offset_s, np.float64)
    n = len(onset_s)
    recording = (recording,) * n if isinstance(recording, str) else tuple(recording)
    columns = {"offsets": offset_s, "recordings": recording, "labels": label, "clusters": cluster, "marks": ignore,
               "ids": segment_id, "cluster numbers": cluster_id}
    for name, column in columns.items():
        if column is not None and len(column) != n:
            raise TableError(f"{path} has {n} onsets but {len(column)} {name}. Each sound needs one of each.")
    _check_times(path, onset_s, offset_s, lines)
    kept = np.flatnonzero(offset_s > onset_s)
    given = zip(TEXTS, (label, cluster, segment_id, cluster_id), strict=True)
    texts = {name: None if column is None else tuple(str(column[row]) for row in kept) for name, column in given}
    marks = np.zeros(n, bool) if ignore is None else np.asarray(ignore, bool)
    at = np.zeros(n, np.int64) if lines is None else np.asarray(lines, np.int64)
    called = next((column for column in (cluster, label) if column is not None), [""] * n)
    points = tuple((recording[row], float(onset_s[row]), str(called[row]), int(at[row]))
                   for row in np.flatnonzero(offset_s == onset_s).tolist())
    return ImportedTable(
        path, tuple(recording[row] for row in kept), onset_s[kept], offset_s[kept], ignore=marks[kept],
        notes=_note_on_points(path, len(points), n), lines=at[kept], points=points, doubts=tuple(doubts), **texts,
    )


def _note_on_points(path: Path, n_points: int, n: int) -> tuple[str, ...]:
    if not n_points:
        return ()
    return (f"{n_points} of {n} rows of {path} were left out: they end where they begin, so they mark points, not "
            "sounds.",)


def _check_times(path: Path, onset_s: np.ndarray, offset_s: np.ndarray, lines: Sequence[int] | None) -> None:
    with np.errstate(invalid="ignore"):
        good = np.isfinite(onset_s) & np.isfinite(offset_s) & (onset_s >= 0) & (offset_s >= onset_s)
    if good.all():
        return
    row = int(np.argmin(good))
    where = f"line {lines[row]}" if lines is not None else f"sound {row + 1}"
    others = int(len(good) - good.sum()) - 1
    more = f" {others} more are wrong." if others else ""
    raise TableError(f"{path}, {where}: {_fault(onset_s[row], offset_s[row])}. Times are seconds from the start of the "
                     f"recording, the end after the beginning; correct the row or remove it.{more}")


def _fault(onset_s: float, offset_s: float) -> str:
    if not (np.isfinite(onset_s) and np.isfinite(offset_s)):
        return f"the sound from {onset_s:g} s to {offset_s:g} s has no finite time"
    if onset_s < 0:
        return f"the sound begins at {onset_s:g} s, before the recording"
    return f"the sound begins at {onset_s:.10g} s and ends at {offset_s:.10g} s, before it begins"


def own_name(path: Path, *endings: str) -> str:
    """A table's name without the first of these endings (in any case) that it has, else without its extension."""
    lower = path.name.lower()
    ending = next((ending for ending in endings if lower.endswith(ending) and len(lower) > len(ending)), path.suffix)
    return path.name[:len(path.name) - len(ending)]
