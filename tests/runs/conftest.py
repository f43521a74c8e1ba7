"""A table of runs of their own for these tests, recordings, and patience."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipeline import runs
from pipeline.runs.table import Run
from tests.sounds import song

PATIENCE_S = 120
N_MANY = 48
STEPS = ["segment", "embed", "export"]    # all but the map, whose compilation takes long


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch) -> Iterator[Path]:
    """The folder of the table; whatever still goes on when a test is over is killed."""
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    yield tmp_path / "state"
    for run in runs.recent():
        if run.state == runs.QUEUED:
            runs.cancel(run.id)
    for run in runs.recent():
        if run.state == runs.RUNNING and run.pid:
            with contextlib.suppress(ProcessLookupError):     # it has just ended by itself
                os.killpg(run.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def many(tmp_path_factory) -> Path:
    """Recordings enough to be caught in the middle of them."""
    folder = tmp_path_factory.mktemp("many") / "songs"
    folder.mkdir()
    for number in range(N_MANY):
        sung = song([0.5 + k for k in range(28)], duration_s=30, seed=number)
        soundfile.write(folder / f"{number:02}.wav", sung, 32_000)
    return folder


@pytest.fixture
def values(tmp_path) -> Callable[..., dict[str, Any]]:
    """``values(folder)`` → what a run of these recordings is made from."""
    def of(folder: Path, **more: Any) -> dict[str, Any]:
        return {"data_dir": str(folder), "output_dir": str(tmp_path / "out"), "subject": "bird", "steps": STEPS,
                "workers": 1} | more
    return of


def ended(run: Run, state: str = runs.DONE) -> Run:
    """The run when it is over; it must have ended so."""
    run = until(run, lambda now: now.state in runs.ENDED)
    assert run.state == state, run.error
    return run


def until(run: Run, holds: Callable[[Run], bool]) -> Run:
    """The run as soon as something holds of it; looks as a page does."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        runs.advance()
        run = runs.get(run.id)
        if holds(run):
            return run
        time.sleep(0.05)
    pytest.fail(f"in vain: {run}")


def is_under_way(run: Run) -> bool:
    """Whether its second step is done for some recording. Seen on the disk: a short run is over before it tells."""
    second = Path(run.writes) / run.values["steps"][1]
    return run.state == runs.RUNNING and run.pid > 0 and any(second.glob("*.npz"))


def texts(run: Run) -> list[str]:
    """The log."""
    return [line.text for line in runs.log(run.id)]
