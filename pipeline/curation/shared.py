"""A project that is open once in this process, for several persons: each has a workspace of their own."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py

from pipeline import hdf5
from pipeline.curation import agreement, journal
from pipeline.curation.saver import Saver
from pipeline.curation.workspace import Workspace, opened_in_agreement
from pipeline.dataset import Dataset


class Shared:
    """The file, its tables and what brings it up to date are there once, however many persons work on it.

    A person's workspace has what is theirs: labels as they have seen them, undo, draft; that is some 12 bytes a sound.
    Threads may share it. Raises ProjectError and JournalError as `Workspace.open`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        before = _place_of(self.path)   # what replaces it from here on is noticed
        self._opened = opened_in_agreement(self.path)
        self._file = before or _place_of(self.path)
        self._saver = Saver(lambda: agreement.settle(self.path, self._opened.labels))
        self._lock = threading.Lock()
        self._workspaces: dict[str, Workspace] = {}
        self._used_at: dict[str, float] = {}

    @property
    def identity(self) -> str:
        """What a page that shows the project must agree on: the same sounds in the same rows, at the same places."""
        return f"{self._opened.about.project_id}.{self._opened.about.n_sounds}.{self._map_digest}"

    @cached_property
    def _map_digest(self) -> str:
        places = self._opened.dataset.segments.umap
        return hashlib.sha256(b"" if places is None else places.tobytes()).hexdigest()[:8]

    @property
    def dataset(self) -> Dataset:
        """The project's tables and spectrograms."""
        return self._opened.dataset

    @property
    def persons(self) -> list[str]:
        """Who has a workspace here at present."""
        with self._lock:
            return sorted(self._workspaces)

    def workspace(self, user: str, *, permit: Callable[[], object] | None = None) -> Workspace:
        """This person's workspace; made when it is first asked for.

        permit : raises AccessError if the person may not edit; asked before every change
        """
        with self._lock:
            if user not in self._workspaces:
                self._workspaces[user] = Workspace(self._opened, user=user, saver=self._saver, permit=permit)
            self._used_at[user] = time.monotonic()
            return self._workspaces[user]

    def is_current(self) -> bool:
        """Whether the file is still the one that was opened: not replaced by a run, by `amend`, or copied over.

        What is saved into it in place, labels and names of clusters, does not count.
        """
        found = _place_of(self.path)
        if found is None:   # not there for the moment; who reads it says so
            return True
        if found.where != self._file.where:
            return False
        if found.modified_ns != self._file.modified_ns:
            if _project_id_now(self.path) not in ("", self._opened.about.project_id):
                return False
            self._file = found
        return True

    def is_overwritten(self) -> bool:
        """Whether the file is still where it was on the disk: HDF5 reads it anew only when this one is closed."""
        found = _place_of(self.path)
        return found is not None and found.where[:2] == self._file.where[:2]

    def leave_idle(self, idle_s: float) -> None:
        """Close the workspaces that nobody has asked for in that time. What was done in them is in the journal."""
        with self._lock:
            before = time.monotonic() - idle_s
            left = [self._workspaces.pop(user) for user in list(self._workspaces) if self._used_at[user] < before]
        for workspace in left:
            workspace.close()

    def close(self) -> None:
        """Close all. The file is brought to what the journal says, unless it has been replaced by another."""
        self.leave_idle(-1.0)
        self._saver.stop()
        try:
            if self.is_current() and journal.exists(journal.path_of(self.path)):
                agreement.settle(self.path, self._opened.labels)
        finally:
            self._opened.dataset.close()


@dataclass(frozen=True)
class _Place:
    """Which file lies at a path: ``where`` is another when it was replaced."""

    where: tuple[int, int, int]
    modified_ns: int


def _place_of(path: Path) -> _Place | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Place((found.st_dev, found.st_ino, found.st_size), found.st_mtime_ns)


def _project_id_now(path: Path) -> str | None:
    """The id in the file at this moment: HDF5 itself would answer from what it keeps of the open file."""
    try:
        with path.open("rb") as raw, h5py.File(raw, "r") as file:
            return hdf5.text(file.attrs.get("project_id", ""))
    except OSError:   # half of another file, as while it is copied here
        return None
