"""The projects a person knows: those opened lately, and those that lie in a folder; each with its name in addresses."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from pipeline import overview, settings
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError, SyllabaryError

MAX_RECENT, MAX_FOUND, MAX_DEPTH = 30, 500, 4
MOST_SEEN = 200_000          # names in a folder that is searched for projects
MOST_LOOKING_S = 30.0        # at the projects of one list
NOT_YET = "There was no time to look at it among so many. Load the page again."
SUFFIXES = (".h5", ".hdf5")
MEMORY = "projects.json"
KEPT_ORIGINAL = ".before-syllabary"


@dataclass(frozen=True)
class Card:
    """One project as a list shows it. ``error`` is why it cannot be opened, or empty; then the counts are 0.

    size_bytes : of the file      edited_at, opened_at : s since the epoch, 0 if never
    """

    slug: str
    path: Path
    name: str
    size_bytes: int = 0
    n_sounds: int = 0
    n_clusters: int = 0
    edited_at: float = 0.0
    opened_at: float = 0.0
    error: str = ""


def slug_of(path: Path) -> str:
    """A project's name in addresses: its stem, plus 6 digits of its path's hash if another has it. Remembered."""
    path = path.resolve()
    with _memory() as memory:
        return _slug(memory, path)


def know(paths: Iterable[Path]) -> None:
    """Give each of these projects its name in addresses, so that links to them work."""
    with _memory() as memory:
        for path in paths:
            _slug(memory, path.resolve())


def _slug(memory: dict[str, Any], path: Path) -> str:
    known = next((slug for slug, of in memory["slugs"].items() if of == str(path)), None)
    if known:
        return known
    stem = re.sub(r"[^\w.~-]+", "-", path.stem).strip("-.") or "project"
    holder = memory["slugs"].get(stem)
    taken = holder is not None and Path(holder).exists()
    slug = f"{stem}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:6]}" if taken else stem
    memory["slugs"][slug] = str(path)
    return slug


def path_of(slug: str) -> Path:
    """The file of a project known by ``slug``. Raises ProjectError for one that is not known."""
    file = settings.state_dir() / MEMORY
    try:
        found = file.stat()
    except FileNotFoundError:
        raise ProjectError(unknown(slug)) from None
    path = _slugs(file, (found.st_ino, found.st_mtime_ns, found.st_size)).get(slug)
    if path is None:
        raise ProjectError(unknown(slug))
    return Path(path)


@lru_cache(maxsize=2)
def _slugs(file: Path, _which: tuple[int, int, int]) -> dict[str, str]:
    """Read again only when it was replaced, and without a lock: every request asks, in every process."""
    return _read(file)["slugs"]


def unknown(slug: str) -> str:
    """The sentence about a project that there is not."""
    return f"There is no project named {slug!r} here. Open it from the list of projects."


def remember(path: Path) -> str:
    """Put a project on top of the recent ones; returns its slug."""
    path = path.resolve()
    with _memory() as memory:
        others = [entry for entry in memory["recent"] if entry["path"] != str(path)]
        memory["recent"] = [{"path": str(path), "opened_at": time.time()}, *others][:MAX_RECENT]
        return _slug(memory, path)


def forget(path: Path) -> None:
    """Take a project off the recent ones. Its file is not touched."""
    with _memory() as memory:
        memory["recent"] = [entry for entry in memory["recent"] if entry["path"] != str(path)]


def recent() -> list[Card]:
    """The projects opened lately, the latest first. One whose file is gone says so."""
    with _memory() as memory:
        entries = list(memory["recent"])
    return [card(Path(entry["path"]), opened_at=entry["opened_at"]) for entry in entries]


def found(folder: Path, *, is_allowed: Callable[[Path], bool] | None = None) -> list[Card]:
    """The projects in a folder and, to a depth of four, in its folders, by path; see `project_files`.

    Those that there was no time to look at say so; the next time others are known already.
    """
    until = time.monotonic() + MOST_LOOKING_S
    return [card(path) if time.monotonic() < until else Card(slug_of(path), path, path.name, error=NOT_YET)
            for path in project_files(folder, is_allowed=is_allowed)]


def project_files(folder: Path, *, is_allowed: Callable[[Path], bool] | None = None) -> list[Path]:
    """The files in a folder that may be projects, sorted. Links to folders are not followed.

    is_allowed : whether a link to a file may be followed to where it leads (None: every one)
    """
    def files() -> Iterator[Path]:
        n_seen = 0
        for here, folders, names in os.walk(folder):
            n_seen += len(names) + len(folders)
            if n_seen > MOST_SEEN:
                folders.clear()
            depth = len(Path(here).relative_to(folder).parts)
            folders[:] = sorted(name for name in folders if not name.startswith(".") and depth < MAX_DEPTH)
            paths = (Path(here, name) for name in names if _may_be_project(name))
            yield from (path for path in paths if is_allowed is None or not path.is_symlink() or is_allowed(path))
    return sorted(path for path, _ in zip(files(), range(MAX_FOUND), strict=False))


def _may_be_project(name: str) -> bool:
    stem, suffix = os.path.splitext(name)   # noqa: PTH122 - a name, not yet a path
    return suffix.lower() in SUFFIXES and not name.startswith(".") and not stem.endswith(KEPT_ORIGINAL)


def card(path: Path, *, opened_at: float = 0.0) -> Card:
    """What a list shows of one project file; a file that cannot be opened gets its error's sentence."""
    slug, name = slug_of(path), path.name
    try:
        stat = path.stat()
        n_sounds, n_clusters = _counts(path, stat.st_mtime_ns, stat.st_size)
    except SyllabaryError as error:
        return Card(slug, path, name, opened_at=opened_at, error=str(error))
    except OSError as error:
        return Card(slug, path, name, opened_at=opened_at, error=f"{path} cannot be opened: {error.strerror}.")
    return Card(slug, path, name, stat.st_size, n_sounds, n_clusters, _edited_at(path), opened_at)


@lru_cache(maxsize=256)
def _counts(path: Path, _modified: int, _size: int) -> tuple[int, int]:
    """Sounds, and clusters that have some; read again only when the file has changed."""
    dataset = Dataset.open(path)
    try:
        ids = np.unique(dataset.cluster_ids())
        return dataset.n_segments, int(np.count_nonzero(ids))
    finally:
        dataset.close()


def _edited_at(path: Path) -> float:
    """The time of the journal's latest edit, or 0 without one."""
    facts = overview.journal_facts(path)
    return float(facts["latest"] or 0) if facts else 0.0


class _memory:
    """The remembered projects, as a context: read under a lock, written back if changed, renamed into place."""

    def __enter__(self) -> dict[str, Any]:
        self._file = settings.state_dir() / MEMORY
        self._lock = filelock.FileLock(f"{self._file}.lock")
        self._lock.acquire()
        self._memory = _read(self._file)
        self._before = json.dumps(self._memory)
        return self._memory

    def __exit__(self, *_error: object) -> None:
        try:
            text = json.dumps(self._memory, ensure_ascii=True, indent=1)
            if json.dumps(self._memory) != self._before:
                temporary = self._file.with_suffix(".part")
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(self._file)
        finally:
            self._lock.release()


def _read(file: Path) -> dict[str, Any]:
    """What was remembered. A damaged file counts as empty: nothing in it is worth stopping for."""
    empty: dict[str, Any] = {"slugs": {}, "recent": []}
    try:
        memory = json.loads(file.read_text(encoding="utf-8"))
        return {key: type(value)(memory[key]) for key, value in empty.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return empty
