"""Runs that belong to nobody's window: a durable queue, a process of its own for each, progress, log and result.

The table of runs (`table`) is the only truth. Whoever asks, ends or looks calls `advance`, which puts right what was
killed and starts what may start; so there is no server that would have to live for the queue to go on.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from pipeline import tasks
from pipeline.errors import ParameterError, RunError
from pipeline.runs import processes, table
from pipeline.runs.table import (
    CANCELLED,
    DONE,
    ENDED,
    FAILED,
    INTERRUPTED,
    QUEUED,
    RESUMABLE,
    RUNNING,
    STATES,
    Line,
    Progress,
    Run,
)
from pipeline.text import printable

__all__ = (
    "CANCELLED", "DONE", "ENDED", "FAILED", "INTERRUPTED", "QUEUED", "RESUMABLE", "RUNNING", "STATES", "Line",
    "Progress", "Run", "advance", "at_once", "cancel", "clear", "end", "get", "log", "may_begin", "of_token", "recent",
    "remove", "resume", "submit",
)
GRACE_S = 10.0           # a run that was told to stop and has not after so long is killed
MOST_ERROR = 4_000       # characters
_BUSY = f"state IN ('{QUEUED}', '{RUNNING}')"
_NAMES = {QUEUED: "waits in the queue", RUNNING: "is going on"}


def at_once() -> int:
    """How many runs may go on at the same time: ``SYLLABARY_RUNS_AT_ONCE``, else 1. Raises ParameterError."""
    text = os.environ.get("SYLLABARY_RUNS_AT_ONCE") or "1"
    if not text.isdecimal() or int(text) < 1:
        raise ParameterError(f"SYLLABARY_RUNS_AT_ONCE is {text!r}, but must be a whole number, at least 1.")
    return int(text)


def submit(kind: str, values: Mapping[str, Any], *, user: str, token: str = "", begin: bool = True) -> Run:
    """Put a run into the queue and let it begin as soon as it may.

    values : the fields of the kind (`pipeline.tasks`)     token : of the click; the same one gives the same run again
    begin : False if its process is to be started by somebody else, who calls `advance`

    The same values again while that run waits or goes on give that run, whose token is another one. Raises
    ParameterError for values that cannot be, RunError if another run is writing to the same place.
    """
    known = of_token(token)
    if known is not None:
        return known
    task = tasks.make(kind, values)
    if hasattr(task, "check"):
        task.check()
    new = {"kind": kind, "values": dict(values), "title": printable(task.title()), "user": user,
           "token": token or None, "writes": task.writes() if hasattr(task, "writes") else "",
           "is_light": bool(getattr(task, "is_light", False)), "steps": _planned(task)}
    with table.writing() as connection:
        run_id = _same(connection, new)
        if run_id is None:
            run_id = table.add(connection, **new)
            table.append(connection, run_id, [(time.time(), f"{user} asked for it.")])
            for gone in table.drop_oldest(connection):
                processes.forget(gone)
    advance(begin=begin)
    return get(run_id)


def of_token(token: str) -> Run | None:
    """The run of that click, if there is one."""
    with table.reading() as connection:
        return next(iter(table.find(connection, "token = ?", [token])), None) if token else None


def _planned(task: Any) -> list[dict[str, Any]]:
    steps = task.planned() if hasattr(task, "planned") else []
    return [vars(Progress(step["step"], step["title"], step.get("unit", ""))) for step in steps]


def _same(connection: sqlite3.Connection, new: Mapping[str, Any]) -> int | None:
    """A run that is this one already. Raises RunError if another one writes to the same place."""
    if new["token"]:
        known = table.find(connection, "token = ?", [new["token"]])
        if known:
            return known[0].id
    if not new["writes"]:
        return None
    for run in table.find(connection, f"{_BUSY} AND writes = ?", [new["writes"]]):
        if run.kind == new["kind"] and run.values == table.as_kept(new["values"]):
            return run.id
        raise RunError(f"“{run.title}” writes to the same place and {_NAMES[run.state]} (run {run.id}, asked for by "
                       f"{run.user}). Wait for it or cancel it, or choose another output folder or subject.")
    return None


def advance(*, begin: bool = True) -> None:
    """Put right what was killed, and start what may start (unless not ``begin``). For anybody, at any time."""
    with table.reading() as connection:
        if not _has_lost_some(connection) and not (begin and _next(connection)):
            return
    locks: list[tuple[int, int]] = []
    with table.writing() as connection:
        _settle(connection)
        for run in _next(connection) if begin else ():
            lock = processes.take_lock(run.id)
            if lock is not None:
                table.change(connection, run.id, state=RUNNING, attempt=run.attempt + 1, started_at=time.time(), pid=0,
                             host=processes.host())
                table.append(connection, run.id, [(time.time(), "Resumed." if run.attempt else "Started.")])
                locks.append((run.id, lock))
    for run_id, lock in locks:
        processes.start(run_id, lock)


def may_begin() -> list[Run]:
    """The runs that wait for nothing but somebody who calls `advance`."""
    with table.reading() as connection:
        return _next(connection)


def _has_lost_some(connection: sqlite3.Connection) -> bool:
    return any(_is_overdue(run) or not processes.lives(run.id)
               for run in table.find(connection, "state = ?", [RUNNING]))


def _settle(connection: sqlite3.Connection) -> None:
    """Runs whose process is gone without a word were killed; those that do not stop when told are."""
    for run in table.find(connection, "state = ?", [RUNNING]):
        if _is_overdue(run):
            processes.signal_group(run, signal.SIGKILL)
        elif not processes.lives(run.id):
            _end(connection, run, state=INTERRUPTED, error="")


def _is_overdue(run: Run) -> bool:
    return bool(run.cancel_at) and time.time() > run.cancel_at + GRACE_S and processes.lives(run.id)


def _next(connection: sqlite3.Connection) -> list[Run]:
    """The queued runs that may begin, in their order."""
    heavy = sum(not run.is_light for run in table.find(connection, "state = ?", [RUNNING]))
    free, chosen = at_once() - heavy, []
    for run in table.find(connection, "state = ? ORDER BY queued_at, id", [QUEUED]):
        if run.is_light or free > 0:
            chosen.append(run)
            free -= not run.is_light
    return chosen


def end(run_id: int, *, state: str, error: str = "", result: Mapping[str, Any] | None = None) -> None:
    """Write down how a run ended; called by its own process."""
    with table.writing() as connection:
        _end(connection, table.get(connection, run_id), state=state, error=error, result=result or {})


def _end(connection: sqlite3.Connection, run: Run, *, state: str, error: str, result: Mapping[str, Any] | None = None,
         ) -> None:
    if state == INTERRUPTED and run.cancel_at:
        state = CANCELLED
    error = printable(error, keep_lines=True)[:MOST_ERROR]
    table.change(connection, run.id, state=state, error=error, result=dict(result or {}), ended_at=time.time(), pid=0)
    told = {DONE: (result or {}).get("summary") or "Done.", FAILED: f"Failed: {error}", CANCELLED: "Cancelled.",
            INTERRUPTED: "Interrupted: its process was ended from outside."}
    table.append(connection, run.id, [(time.time(), printable(told[state]))])


def get(run_id: int) -> Run:
    """The run of that number. Raises RunError if there is none."""
    with table.reading() as connection:
        return table.get(connection, run_id)


def recent(*, most: int = 50) -> list[Run]:
    """The runs: first those that go on, then those that wait in their order, then those that are over, newest first."""
    order = (f"CASE state WHEN '{RUNNING}' THEN 0 WHEN '{QUEUED}' THEN 1 ELSE 2 END, "
             f"CASE WHEN {_BUSY} THEN queued_at ELSE -ended_at END, id")
    with table.reading() as connection:
        return table.find(connection, f"1 ORDER BY {order} LIMIT ?", [most])


def log(run_id: int, *, after: int = 0, most: int = table.MOST_LINES) -> list[Line]:
    """The newest lines of a run's log with a number higher than ``after``, oldest first."""
    with table.reading() as connection:
        return table.lines(connection, run_id, after=after, most=most)


def cancel(run_id: int, *, user: str = "", begin: bool = True) -> Run:
    """Stop a run; what it has finished stays, and `resume` goes on from there.

    Returns at once: a run that goes on ends within moments, and is killed if it does not within `GRACE_S`. Raises
    RunError for one that is over.
    """
    with table.writing() as connection:
        run = table.get(connection, run_id)
        if run.state not in (QUEUED, RUNNING):
            raise RunError(f"Run {run_id} is over ({run.state}), so there is nothing to cancel.")
        if not run.cancel_at:
            table.change(connection, run_id, cancel_at=time.time())
            table.append(connection, run_id, [(time.time(), f"{user or 'Somebody'} asked to cancel it.")])
        if run.state == QUEUED:
            _end(connection, table.get(connection, run_id), state=CANCELLED, error="")
    processes.signal_group(run, signal.SIGTERM)
    advance(begin=begin)
    return get(run_id)


def resume(run_id: int, *, user: str = "", begin: bool = True) -> Run:
    """Let a run that was stopped, killed or failed go on from what it has finished: it is queued again.

    Raises RunError for one that is done, waits or goes on, or if another run is writing to the same place by now.
    """
    with table.writing() as connection:
        run = table.get(connection, run_id)
        if run.state not in RESUMABLE:
            raise RunError(f"Run {run_id} {_NAMES.get(run.state, 'is done')}, so it cannot be resumed.")
        _same(connection, {"token": "", "writes": run.writes, "kind": "", "values": {}})
        steps = [vars(Progress(step.step, step.title, step.unit)) for step in run.steps]
        table.change(connection, run_id, state=QUEUED, queued_at=time.time(), started_at=0, ended_at=0, cancel_at=0,
                     error="", steps=steps)
        table.append(connection, run_id, [(time.time(), f"{user or 'Somebody'} asked to go on with it.")])
    advance(begin=begin)
    return get(run_id)


def remove(run_id: int) -> None:
    """Take a run that is over off the list. What it made stays. Raises RunError for one that waits or goes on."""
    with table.writing() as connection:
        run = table.get(connection, run_id)
        if run.state in (QUEUED, RUNNING):
            raise RunError(f"Run {run_id} {_NAMES[run.state]}. Cancel it first.")
        table.drop(connection, [run_id])
    processes.forget(run_id)


def clear() -> int:
    """Take all runs that are over off the list; returns how many."""
    with table.writing() as connection:
        gone = [run.id for run in table.find(connection, f"NOT {_BUSY}")]
        table.drop(connection, gone)
    for run_id in gone:
        processes.forget(run_id)
    return len(gone)
