"""The rows of a project's comparisons, kept beside it, with the labels that each row found."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import locks, store
from pipeline.errors import ParameterError
from pipeline.shelf import Shelf

STEP = "compare"


@dataclass(frozen=True)
class Row:
    """One way and how it did. Scores are means over seeds, None without true labels; ``spread`` their deviations.

    n_clusters : found, noise not counted     n_noise : sounds that are in none     seconds : of one seed's work
    key : where the labels that it found lie
    """

    feature: str
    vector: str
    scaling: str
    reduction: str
    algorithm: str
    n_clusters: int
    nmi: float | None
    acc: float | None
    acc_purity_assignment: float | None
    ari: float | None
    silhouette: float | None
    seconds: float
    n: int = 0
    n_noise: int = 0
    n_seeds: int = 1
    scores: Mapping[str, float | None] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    key: str = ""


def folder_of(project: Path) -> Path:
    """Where comparisons of a project are kept: ``bird.h5`` → ``bird.compare``."""
    return project.resolve().with_name(f"{project.stem}.compare")


def _file(project: Path) -> Path:
    return folder_of(project) / "rows.json"


def kept(project: Path) -> list[Row]:
    """The rows of all comparisons of a project so far, the latest of each way."""
    try:
        rows = json.loads(_file(project).read_text(encoding="utf-8"))
        return [Row(**{**row, "notes": tuple(row["notes"])}) for row in rows]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:      # the latter two: of another version
        raise ParameterError(f"{_file(project)} cannot be read ({error}). Remove it, then compare again.") from error


def revision(project: Path) -> int:
    """A number that changes with `kept`; 0 before the first comparison."""
    try:
        return _file(project).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def row_of(project: Path, key: str) -> Row:
    """The row with this key. Raises ParameterError if there is none (any more)."""
    for row in kept(project):
        if row.key == key:
            return row
    raise ParameterError("There is no such row any more. Load the page again.")


def forget(project: Path, keys: Iterable[str] = ()) -> None:
    """Take rows off the table, all if none are named, with what they found."""
    gone = set(keys)
    with _changing(project) as rows:
        left = [row for row in rows if gone and row.key not in gone]
        Shelf(folder_of(project)).sweep(keep=[(STEP, row.key) for row in left])
        _write(project, left)


def found_labels(project: Path, row: Row) -> tuple[np.ndarray, np.ndarray]:
    """(segment_id, label), int32 (r,) both: what one row found, -1 = noise. Raises ParameterError if it is not kept."""
    shelf = Shelf(folder_of(project))
    if not row.key or not shelf.has(STEP, row.key):
        raise ParameterError("What this row found is not kept any more: compare again.")
    arrays, _about = shelf.get(STEP, row.key)
    return arrays["segment_id"], arrays["label"]


def add(project: Path, rows: Iterable[Row]) -> None:
    """Keep these rows as well; one with the key of an earlier one takes its place."""
    with _changing(project) as known:
        _write(project, {row.key: row for row in (*known, *rows)}.values())


@contextlib.contextmanager
def _changing(project: Path) -> Iterator[list[Row]]:
    """The rows so far; no other process changes them meanwhile, be it a run that adds or a page that clears."""
    folder_of(project).mkdir(parents=True, exist_ok=True)
    with locks.holding(_file(project)):
        yield kept(project)


def _write(project: Path, rows: Iterable[Row]) -> None:
    with store.replacing(_file(project)) as temporary:
        temporary.write_text(json.dumps([vars(row) for row in rows], indent=1), encoding="utf-8")
