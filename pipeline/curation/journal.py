"""The journal: every edit of a project for ever, in an SQLite database beside it. A commit here is a saved edit."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import database, drives
from pipeline.curation.checkpoint import Content
from pipeline.curation.edits import ClusterChange, Edit
from pipeline.curation.labels import ClusterInfo, Labels, grown
from pipeline.curation.state import State
from pipeline.errors import EditError, JournalError

VERSION = 1
APPLICATION_ID = 0x53594C4C   # "SYLL", so that the `file` command and we can tell a journal from another database
WAIT_S = 60.0
PATIENCE_AT_CLOSE_MS = 1000

_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE edits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,            -- seconds since the epoch, UTC
    user TEXT NOT NULL,
    kind TEXT NOT NULL,            -- labels, clusters or draft
    title TEXT NOT NULL,
    provenance TEXT NOT NULL,      -- JSON
    n_sounds INTEGER NOT NULL,
    undoes INTEGER,                -- for an undo the edit, for a redo the undo that it takes back
    segment_ids BLOB NOT NULL,     -- these three: zlib-compressed little-endian int32
    before BLOB NOT NULL,
    after BLOB NOT NULL,
    clusters TEXT NOT NULL         -- JSON: [[before or null, after], ...]
);
CREATE INDEX edits_by_user ON edits (user, seq, kind, undoes);
CREATE TABLE checkpoints (
    role TEXT PRIMARY KEY,         -- origin: before the first edit; done: what the file has; pending: being written
    seq INTEGER NOT NULL,
    ids BLOB NOT NULL,             -- compressed little-endian int32
    changed_at BLOB NOT NULL,      -- compressed little-endian int64
    clusters TEXT NOT NULL,        -- JSON: all clusters
    described_at TEXT NOT NULL,    -- JSON
    cluster_table BLOB NOT NULL    -- compressed bytes of the file's cluster table
) WITHOUT ROWID;
"""
_EDIT = "seq, user, kind, title, provenance, undoes, segment_ids, before, after, clusters"


class MismatchError(JournalError):
    """Journal and project file do not belong together: a person has to decide which of them holds."""


@dataclass(frozen=True)
class Step:
    """What undo and redo need to know of an edit."""

    seq: int
    user: str
    kind: str
    undoes: int | None


@dataclass(frozen=True)
class Entry:
    """One line of the history. ``undoes`` is the seq of the edit (or undo) that it takes back, if it does.

    ``time`` is in seconds since the epoch, UTC; ``undone`` says that the edit does not hold at present.
    """

    seq: int
    time: float
    user: str
    kind: str
    title: str
    provenance: Mapping[str, Any]
    n_sounds: int
    undoes: int | None
    undone: bool = False


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A state that was, or is being, written to the project file, with the bytes of the file's cluster table."""

    state: State
    cluster_table: bytes

    @property
    def content(self) -> Content:
        """The bytes that the project file has with it."""
        return Content(self.state.labels.ids.astype("<i4").tobytes(), self.cluster_table)


def path_of(project: Path) -> Path:
    """``bird.h5`` → ``bird.h5.edits.sqlite``."""
    return project.with_name(project.name + ".edits.sqlite")


class Journal:
    """One open journal. Not thread-safe by itself: the workspace lets one thread in at a time."""

    def __init__(self, path: Path) -> None:
        """Open a journal that exists. Raises JournalError if it is none, or of a later version."""
        self.path = path
        self._connection = _connect(path)
        try:
            self.about = dict(self._connection.execute("SELECT key, value FROM about"))
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise JournalError(f"The journal {path} cannot be read just now ({error}). See whether another program "
                               "holds it, and try again.") from None
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise MismatchError(f"{path} is damaged or not a journal ({error}). Bring it back from a backup, or "
                                "go on from the labels in the project file and set it aside: 'python -m pipeline check "
                                "PROJECT --keep file' (in Python, on_mismatch='adopt-file').") from None
        if int(self.about["version"]) > VERSION:
            self._connection.close()
            raise JournalError(f"{path} was written by a newer version of Syllabary. Update this one to open it.")
        self._inode = path.stat().st_ino

    @classmethod
    def create(cls, path: Path, *, about: Mapping[str, str], origin: Checkpoint) -> Journal:
        """Begin a journal with the labels as they are in the file. Numbering goes on from the origin's revision."""
        connection = _connect(path)
        with _transaction(connection):
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
            known = {"version": str(VERSION), "created": str(time.time())} | dict(about)
            connection.executemany("INSERT INTO about VALUES (?, ?)", known.items())
            connection.execute("INSERT INTO sqlite_sequence VALUES ('edits', ?)", [origin.state.revision])
            for role in ("origin", "done"):
                _put_checkpoint(connection, role, origin)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.close()
        drives.sync_folder(path.parent)
        return cls(path)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the journal for writing: others wait. What was written is on disk when the block ends."""
        with _transaction(self._connection):
            self._check_in_place()
            yield

    def append(self, edit: Edit, *, user: str) -> int:
        """Write one edit, inside a transaction, and return its seq."""
        row = (time.time(), user, edit.kind, edit.title, _json(edit.provenance), len(edit.segment_ids), edit.undoes,
               _packed(edit.segment_ids), _packed(edit.before), _packed(edit.after),
               json.dumps([[c.before and asdict(c.before), asdict(c.after)] for c in edit.clusters]))
        columns = "time, user, kind, title, provenance, n_sounds, undoes, segment_ids, before, after, clusters"
        marks = ", ".join("?" * len(row))
        return self._connection.execute(f"INSERT INTO edits ({columns}) VALUES ({marks})", row).lastrowid

    def edits_after(self, seq: int) -> Iterator[Edit]:
        """The edits to the labels with a higher seq, oldest first; drafts are left out."""
        self._check_in_place()
        query = f"SELECT {_EDIT} FROM edits WHERE seq > ? AND kind <> 'draft' ORDER BY seq"
        return (_edit(row) for row in self._rows(query, [seq]))

    def edits_back_to(self, seq: int) -> Iterator[Edit]:
        """The same, newest first."""
        query = f"SELECT {_EDIT} FROM edits WHERE seq > ? AND kind <> 'draft' ORDER BY seq DESC"
        return (_edit(row) for row in self._rows(query, [seq]))

    def edit(self, seq: int) -> Edit:
        """One edit. Raises EditError if there is none of that number."""
        row = next(self._rows(f"SELECT {_EDIT} FROM edits WHERE seq = ?", [seq]), None)
        if row is None:
            raise EditError(f"The history has no edit number {seq}.")
        return _edit(row)

    def steps(self, *, after: int = 0, user: str | None = None) -> Iterator[Step]:
        """Who did, undid and redid what, oldest first, without the sounds."""
        query = "SELECT seq, user, kind, undoes FROM edits WHERE seq > ? AND kind <> 'draft'"
        mine = " AND user = ?" if user is not None else ""
        values = [after] if user is None else [after, user]
        return (Step(*row) for row in self._rows(f"{query}{mine} ORDER BY seq", values))

    def entries(self) -> list[Entry]:
        """The whole history, oldest first."""
        query = ("SELECT seq, time, user, kind, title, provenance, n_sounds, undoes FROM edits "
                 "WHERE kind <> 'draft' ORDER BY seq")
        return [Entry(*row[:5], json.loads(row[5]), *row[6:]) for row in self._rows(query)]

    def draft_rows(self, user: str, *, after: int = 0) -> Iterator[Edit]:
        """The rows of this person's drafts with a higher seq, newest first; see `drafting` for what they say."""
        self._check_in_place()
        query = f"SELECT {_EDIT} FROM edits WHERE user = ? AND seq > ? AND kind = 'draft' ORDER BY seq DESC"
        return (_edit(row) for row in self._rows(query, [user, after]))

    @property
    def last_seq(self) -> int:
        """The highest number ever given, drafts included."""
        return next(self._rows("SELECT seq FROM sqlite_sequence WHERE name = 'edits'"))[0]

    @property
    def n_sounds(self) -> int:
        """How many sounds the project had when the journal was begun, or last told of further ones."""
        stated = self.about.get("n_sounds")
        if stated is not None:
            return int(stated)
        (packed,) = next(self._rows("SELECT ids FROM checkpoints WHERE role = 'origin'"))   # of an earlier version
        return len(_unpacked(packed))

    def put_sounds(self, sounds: str, n_sounds: int) -> None:
        """Say which sounds the project has, now that it was extended. Edits and checkpoints stay as they are."""
        told = {"sounds": sounds, "n_sounds": str(n_sounds)}
        with self.transaction():
            self._connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", told.items())
        self.about |= told

    @property
    def first_revision(self) -> int:
        """The revision before the first edit."""
        return next(self._rows("SELECT seq FROM checkpoints WHERE role = 'origin'"))[0]

    @property
    def done_seq(self) -> int:
        """The edit up to which the project file has been brought."""
        return next(self._rows("SELECT seq FROM checkpoints WHERE role = 'done'"))[0]

    def checkpoint(self, role: str, labels: Labels) -> Checkpoint | None:
        """The checkpoint with that role, None if there is none. ``labels`` gives the sounds."""
        query = "SELECT seq, ids, changed_at, clusters, described_at, cluster_table FROM checkpoints WHERE role = ?"
        row = next(self._rows(query, [role]), None)
        return None if row is None else _checkpoint(row, labels)

    def put_pending(self, checkpoint: Checkpoint) -> None:
        """Say what is about to be written to the project file."""
        with self.transaction():
            _put_checkpoint(self._connection, "pending", checkpoint)

    def finish_pending(self) -> None:
        """Say that what was pending is in the project file."""
        with self.transaction():
            self._connection.execute("DELETE FROM checkpoints WHERE role = 'done'")
            self._connection.execute("UPDATE checkpoints SET role = 'done' WHERE role = 'pending'")

    def close(self) -> None:
        """Fold the write-ahead log into the journal, so that one file holds all, and close it."""
        self._connection.execute(f"PRAGMA busy_timeout = {PATIENCE_AT_CLOSE_MS}")
        with contextlib.suppress(sqlite3.OperationalError):   # another process is reading: the last to close does it
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _rows(self, query: str, values: Sequence[int | str] = ()) -> Iterator[tuple]:
        try:
            yield from self._connection.execute(query, values)
        except sqlite3.Error as error:
            raise JournalError(f"The journal {self.path} cannot be read ({error}). See whether its drive is there and "
                               "the file whole; what was acknowledged is in it.") from error

    def _check_in_place(self) -> None:
        if not self.path.exists() or self.path.stat().st_ino != self._inode:
            raise JournalError(f"{self.path} was set aside or replaced while the project was open. Open it again.")


def exists(path: Path) -> bool:
    """Whether there is a journal that was begun completely: an empty database is left by a crash at birth."""
    if not path.exists():
        return False
    with contextlib.closing(_connect(path)) as connection:
        try:
            return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
        except sqlite3.DatabaseError:
            return True   # not a database: `Journal` says so in words


def set_aside(path: Path) -> Path:
    """Rename a journal to a dated name and return that. Nothing of it is lost."""
    stamp = time.strftime("%Y-%m-%dT%H-%M-%S")
    endings = itertools.chain([""], (f"-{k}" for k in itertools.count(2)))
    names = (f"{path.stem}.{stamp}{ending}{path.suffix}" for ending in endings)
    new = next(free for name in names if not (free := path.with_name(name)).exists())
    for ending in ("-wal", "-shm", ""):
        old = Path(f"{path}{ending}")
        if old.exists():
            old.rename(f"{new}{ending}")
    drives.sync_folder(path.parent)
    return new


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
    mode = "DELETE" if drives.is_network(path) else "WAL"
    with contextlib.suppress(sqlite3.DatabaseError):   # not a database, or not to be written: told when it is read
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")   # for macOS, whose fsync stops at the disk's cache
        connection.execute(f"PRAGMA journal_mode = {mode}")
    return connection


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        with database.transaction(connection):
            yield
    except sqlite3.Error as error:
        raise JournalError(f"The journal could not be written ({error}), so this edit was not made. See whether the "
                           "disk is full, the folder can be written to, and no other program holds it.") from error


def _put_checkpoint(connection: sqlite3.Connection, role: str, checkpoint: Checkpoint) -> None:
    state = checkpoint.state
    row = (role, state.revision, _packed(state.labels.ids), zlib.compress(state.changed_at.astype("<i8").tobytes(), 1),
           json.dumps([asdict(info) for info in state.labels.clusters.values()]),
           json.dumps(list(state.described_at.items())), zlib.compress(checkpoint.cluster_table, 1))
    connection.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _checkpoint(row: tuple, labels: Labels) -> Checkpoint:
    seq, ids, changed_at, clusters, described_at, table = row
    infos = [ClusterInfo(**info) for info in json.loads(clusters)]
    labels = Labels(labels.index, grown(_unpacked(ids), len(labels)), {}).described(infos)
    changed_at = grown(np.frombuffer(zlib.decompress(changed_at), "<i8").astype(np.int64), len(labels))
    return Checkpoint(State(seq, labels, changed_at, dict(json.loads(described_at))), zlib.decompress(table))


def _edit(row: tuple) -> Edit:
    seq, user, kind, title, provenance, undoes, segment_ids, before, after, clusters = row
    changes = tuple(ClusterChange(b and ClusterInfo(**b), ClusterInfo(**a)) for b, a in json.loads(clusters))
    arrays = (_unpacked(blob) for blob in (segment_ids, before, after))
    return Edit(kind, title, *arrays, changes, json.loads(provenance), seq, undoes, user)


def _packed(array: np.ndarray) -> bytes:
    return zlib.compress(array.astype("<i4").tobytes(), 1)


def _unpacked(blob: bytes) -> np.ndarray:
    return np.frombuffer(zlib.decompress(blob), "<i4").astype(np.int32, copy=False)


def _json(value: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(value), default=_plain, allow_nan=False)
    except (TypeError, ValueError):
        raise EditError("How the sounds were chosen must be told in plain JSON: texts, numbers, lists.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return os.fspath(value)
