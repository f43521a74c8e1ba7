"""Programs that stand beside a shared dashboard, for the tests: Redis, and a Celery worker."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

WITHIN_S = 60


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis server on a free port of this machine, which keeps nothing: its address. Skips where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server is installed (Debian: apt-get install redis-server)")
    pytest.importorskip("celery", reason="Celery is not installed (pip install -r requirements-redis.txt)")
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--daemonize",
               "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_until(lambda: _answers(port))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def celery_worker(root: Path, address: str, state: Path) -> Iterator[subprocess.Popen]:
    """The worker as the documentation starts it."""
    log = state.parent / "celery.log"
    command = [sys.executable, "-m", "celery", "-A", "pages._ui.background:celery_app", "worker", "--concurrency", "2",
               "--loglevel", "INFO"]
    environment = {**os.environ, "REDIS_URL": address, "SYLLABARY_STATE": str(state)}
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=file, stderr=file, start_new_session=True)
    try:
        _wait_until(lambda: b" ready." in log.read_bytes() or process.poll() is not None)
        assert process.poll() is None, log.read_text(errors="replace")
        yield process
    finally:
        with suppress(ProcessLookupError):   # the test may have done so
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _wait_until(holds) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
