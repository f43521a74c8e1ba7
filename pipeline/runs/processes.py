"""The process of a run: started so that nobody's end ends it, known by a lock that it holds for as long as it lives.

The lock is taken before the process is there and handed on to it, so there is no moment at which a run has begun and
nobody holds its lock: "running, and its lock is free" means that it was killed, and nothing else. It lies beside the
table and works between containers and machines that share the folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from pipeline import settings
from pipeline.runs.table import Run

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_OUTPUT_BYTES = 1_000_000


def host() -> str:
    """The machine, or container, whose process numbers ours are."""
    return socket.gethostname()


def take_lock(run_id: int) -> int | None:
    """The lock of a run as an open file, None if its process holds it."""
    return _locked(run_id, fcntl.LOCK_EX)


def lives(run_id: int) -> bool:
    """Whether the process of a run is there."""
    handle = _locked(run_id, fcntl.LOCK_SH)   # shared, so that two who look do not take each other for the process
    if handle is not None:
        os.close(handle)
    return handle is None


def _locked(run_id: int, kind: int) -> int | None:
    handle = os.open(_lock(run_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def start(run_id: int, lock: int) -> None:
    """Start the process of a run, which takes the lock over. It is no child of ours when this returns."""
    output = output_of(run_id)
    if output.exists() and output.stat().st_size > MOST_OUTPUT_BYTES:
        output.unlink()
    command = [sys.executable, "-m", "pipeline.runs.worker", str(run_id), str(lock)]
    try:
        with output.open("ab") as file:
            subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file, pass_fds=[lock],
                           start_new_session=True, check=False)
    finally:
        os.close(lock)


def detach() -> bool:
    """Go on in a process that nobody waits for, in a session of its own. Before anything starts threads.

    True in the process that goes on; the other one should leave.
    """
    if os.fork():
        return False
    os.setsid()
    return True


def signal_group(run: Run, number: signal.Signals) -> None:
    """Send a signal to all processes of a run, if it lives and is one of this machine's."""
    if run.pid and run.host == host() and lives(run.id):
        with contextlib.suppress(ProcessLookupError):   # it has ended since
            os.killpg(run.pid, number)


def forget(run_id: int) -> None:
    """Remove what a run that is no more has left beside the table."""
    _lock(run_id).unlink(missing_ok=True)
    output_of(run_id).unlink(missing_ok=True)


def _lock(run_id: int) -> Path:
    return _folder() / f"{run_id}.lock"


def output_of(run_id: int) -> Path:
    """What libraries write to stdout and stderr, for whoever looks for a fault."""
    return _folder() / f"{run_id}.out"


def _folder() -> Path:
    folder = settings.state_dir() / "runs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
