"""The table of runs: an SQLite database in the state folder. A commit here is what survives."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import database, drives, settings
from pipeline.errors import RunError

VERSION = 1
WAIT_S = 30.0
MOST_LINES = 1_000        # of one run's log: the newest are kept
MOST_ENDED = 500          # runs that are over: the newest are kept

QUEUED, RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = STATES = (
    "queued", "running", "done", "failed", "cancelled", "interrupted")
RESUMABLE = (FAILED, CANCELLED, INTERRUPTED)
ENDED = (DONE, *RESUMABLE)

_SCHEMA = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT UNIQUE,             -- of the click that asked for it; one click is one run
    kind TEXT NOT NULL,            -- a file in pipeline/tasks
    title TEXT NOT NULL,
    user TEXT NOT NULL,
    "values" TEXT NOT NULL,        -- JSON: the fields of the kind
    writes TEXT NOT NULL,          -- the place that only one run at a time may write to, or empty
    is_light INTEGER NOT NULL,     -- waits for no other run
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,      -- how often it was started
    made_at REAL NOT NULL,         -- these: seconds since the epoch, UTC; 0 for not yet
    queued_at REAL NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL NOT NULL,
    cancel_at REAL NOT NULL,       -- when somebody asked to cancel it
    host TEXT NOT NULL,            -- where it runs, and its process there
    pid INTEGER NOT NULL,
    steps TEXT NOT NULL,           -- JSON: see Progress
    result TEXT NOT NULL,          -- JSON
    error TEXT NOT NULL            -- a sentence, or empty
);
CREATE INDEX runs_by_state ON runs (state, queued_at);
CREATE TABLE log (
    run INTEGER NOT NULL,
    line INTEGER NOT NULL,         -- counted from 1
    time REAL NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run, line)
) WITHOUT ROWID
"""
_COLUMNS = ('id, token, kind, title, user, "values", writes, is_light, state, attempt, made_at, queued_at, '
            "started_at, ended_at, cancel_at, host, pid, steps, result, error")
_JSON = ("values", "steps", "result")


@dataclass(frozen=True)
class Progress:
    """One step of a run.

    amount, total : work done and to be done, in ``unit`` ("B": bytes; empty: just a share); total 0: not begun
    rate : units a second, lately     left_s : estimated time to its end; both 0 where not known
    """

    step: str
    title: str
    unit: str = ""
    amount: float = 0.0
    total: float = 0.0
    rate: float = 0.0
    left_s: float = 0.0

    @property
    def share(self) -> float:
        """Done, from 0 to 1."""
        return min(1.0, self.amount / self.total) if self.total else 0.0


@dataclass(frozen=True)
class Run:
    """One run. Times are in seconds since the epoch, UTC, 0 for what has not happened.

    values : the fields of its kind     result : what its kind says when it is done, such as the ``project``'s path
    error : why it failed, a sentence     attempt : how often it was started; more than 1 if it was resumed
    """

    id: int
    token: str | None
    kind: str
    title: str
    user: str
    values: Mapping[str, Any]
    writes: str
    is_light: bool
    state: str
    attempt: int
    made_at: float
    queued_at: float
    started_at: float
    ended_at: float
    cancel_at: float
    host: str
    pid: int
    steps: tuple[Progress, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def share(self) -> float:
        """Done, from 0 to 1, each step counting the same."""
        if self.state == DONE:
            return 1.0
        return sum(step.share for step in self.steps) / len(self.steps) if self.steps else 0.0


@dataclass(frozen=True)
class Line:
    """One line of a run's log; ``number`` counts from 1, also when older ones are gone."""

    number: int
    time: float
    text: str


def path() -> Path:
    """Where the table is."""
    return settings.state_dir() / "runs.sqlite"


@contextlib.contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """A connection to ask from. Raises RunError if the table cannot be read."""
    try:
        opened = sqlite3.connect(path(), timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        with contextlib.closing(opened) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            if database.version_of(connection) != VERSION:
                _make(connection)
            yield connection
    except sqlite3.Error as error:
        raise RunError(f"The table of runs {path()} cannot be used ({error}). See whether its disk is full, and "
                       "whether the file is whole; if it is not, move it away to start with an empty one.") from error


@contextlib.contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """As `reading`, with the table held against all others; what was written is on disk when the block ends."""
    with reading() as connection, database.transaction(connection):
        yield connection


def _make(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA journal_mode = {'DELETE' if drives.is_network(path()) else 'WAL'}")
    if not database.make(connection, _SCHEMA, version=VERSION):
        raise RunError(f"{path()} was written by a newer version of Syllabary. Update this one, or set SYLLABARY_STATE "
                       "to another folder.")


def find(connection: sqlite3.Connection, condition: str, values: Iterable[Any] = ()) -> list[Run]:
    """The runs for which an SQL condition, which may end in an order and a limit, holds."""
    return [_run(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM runs WHERE {condition}", tuple(values))]


def get(connection: sqlite3.Connection, run_id: int) -> Run:
    """The run of that number. Raises RunError if there is none."""
    found = find(connection, "id = ?", [run_id])
    if not found:
        raise RunError(f"There is no run number {run_id}; it may have been removed from the list.")
    return found[0]


def add(connection: sqlite3.Connection, **columns: Any) -> int:
    """Put a new run into the queue; returns its number."""
    now = time.time()
    columns = {"state": QUEUED, "attempt": 0, "made_at": now, "queued_at": now, "started_at": 0, "ended_at": 0,
               "cancel_at": 0, "host": "", "pid": 0, "result": {}, "error": ""} | columns
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    added = connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", _plain(columns))
    return added.lastrowid


def change(connection: sqlite3.Connection, run_id: int, **columns: Any) -> None:
    """Set columns of a run."""
    assignments = ", ".join(f'"{name}" = ?' for name in columns)
    connection.execute(f"UPDATE runs SET {assignments} WHERE id = ?", [*_plain(columns), run_id])


def drop(connection: sqlite3.Connection, run_ids: Iterable[int]) -> None:
    """Forget runs and their logs."""
    for run_id in run_ids:
        connection.execute("DELETE FROM log WHERE run = ?", [run_id])
        connection.execute("DELETE FROM runs WHERE id = ?", [run_id])


def drop_oldest(connection: sqlite3.Connection) -> list[int]:
    """Forget the oldest of many runs that are over; returns their numbers."""
    marks = ", ".join("?" * len(ENDED))
    query = f"SELECT id FROM runs WHERE state IN ({marks}) ORDER BY ended_at DESC LIMIT -1 OFFSET ?"
    gone = [row[0] for row in connection.execute(query, [*ENDED, MOST_ENDED])]
    drop(connection, gone)
    return gone


def append(connection: sqlite3.Connection, run_id: int, lines: Iterable[tuple[float, str]]) -> None:
    """Write (time, text) lines to a run's log; the oldest are dropped where there are too many."""
    lines = list(lines)
    last = connection.execute("SELECT max(line) FROM log WHERE run = ?", [run_id]).fetchone()[0] or 0
    rows = [(run_id, last + k, at, text) for k, (at, text) in enumerate(lines, 1)]
    connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", rows[-MOST_LINES:])
    connection.execute("DELETE FROM log WHERE run = ? AND line <= ?", [run_id, last + len(rows) - MOST_LINES])


def lines(connection: sqlite3.Connection, run_id: int, *, after: int = 0, most: int = MOST_LINES) -> list[Line]:
    """The newest lines of a log with a higher number, oldest first."""
    query = "SELECT line, time, text FROM log WHERE run = ? AND line > ? ORDER BY line DESC LIMIT ?"
    return [Line(*row) for row in connection.execute(query, [run_id, after, most])][::-1]


def as_kept(values: Mapping[str, Any]) -> Any:
    """Values as they come back from the table."""
    return json.loads(json.dumps(values))


def _plain(columns: Mapping[str, Any]) -> list[Any]:
    return [json.dumps(value) if name in _JSON else value for name, value in columns.items()]


def _run(row: tuple[Any, ...]) -> Run:
    values = list(row)
    values[5], values[18] = json.loads(row[5]), json.loads(row[18])
    values[7], values[17] = bool(row[7]), tuple(Progress(**step) for step in json.loads(row[17]))
    return Run(*values)
