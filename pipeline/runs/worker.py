"""The process of one run: ``python -m pipeline.runs.worker NUMBER LOCK``, started by `processes.start`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from pipeline import runs, settings, tasks
from pipeline.errors import SyllabaryError
from pipeline.runs import processes, table
from pipeline.runs.recorder import Recorder
from pipeline.runs.table import Run

NICENESS = 10


class _Stopping:
    """Whether this process was told to end; only the first signal interrupts, so that it ends in order."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self.asked = True
            raise KeyboardInterrupt


def main(run_id: int, lock: int) -> int:
    """Perform a run that is marked as running, write down how it ended, and let the next one begin."""
    if not processes.detach():
        return 0
    os.set_inheritable(lock, False)   # it is this process that lives or not, not those it starts
    os.nice(NICENESS)
    settings.keep_compiled_code()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    stopping = _Stopping()
    with table.writing() as connection:
        table.change(connection, run_id, pid=os.getpid(), host=processes.host())
        run = table.get(connection, run_id)
    _finish(run, _outcome(run, stopping), stopping)
    os.close(lock)
    runs.advance()
    return 0


def _outcome(run: Run, stopping: _Stopping) -> dict[str, Any]:
    """Perform the task; the columns that say how it ended."""
    try:
        with Recorder(run.id, run.steps) as recorder:
            task = tasks.make(run.kind, run.values)
            if run.attempt > 1 and hasattr(task, "resumed"):
                task = task.resumed()
            result = task.perform(recorder)
        if result.get("project"):
            _remember(Path(result["project"]))
        return {"state": table.DONE, "result": result, "error": ""}
    except KeyboardInterrupt:
        return _stopped()
    except Exception as error:   # whatever it is, the run ends in a sentence, and the queue goes on
        return _stopped() if stopping.asked else {"state": table.FAILED, "error": _sentence(run, error)}


def _remember(project: Path) -> None:
    """Show the project in the list of projects. (What this needs is imported after the process has detached itself.)"""
    from pipeline import catalogue

    catalogue.remember(project)


def _stopped() -> dict[str, Any]:
    return {"state": table.INTERRUPTED, "error": ""}


def _sentence(run: Run, error: Exception) -> str:
    if isinstance(error, SyllabaryError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There was not enough memory. Close other programs, or run with fewer workers, then resume."
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}. Put that right, then resume."
    logging.getLogger("pipeline.runs").error("Run %s failed", run.id, exc_info=error)
    return (f"Something unforeseen happened ({type(error).__name__}: {error}). This is a fault in Syllabary; the "
            f"details are in {processes.output_of(run.id)}.")


def _finish(run: Run, outcome: dict[str, Any], stopping: _Stopping) -> None:
    """Write down how the run ended; what has ended cannot be stopped any more."""
    stopping.asked = True
    runs.end(run.id, **outcome)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
