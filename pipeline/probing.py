"""Reading headers in processes of their own: a crafted or damaged file can end one of them, and nothing else.

``python -m pipeline.probing`` is such a process: paths come in as JSON lines, headers go out as JSON lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline import sandbox
from pipeline.audio import Probe, probe
from pipeline.errors import AudioError

MOST_SECONDS = 20                     # for one header; a drive that wakes up needs some
MOST_MEMORY_BYTES = 4 << 30
N_PROCESSES = 2
CRASHED = "ended the program that read it: it is damaged, or made to do harm"
TOO_SLOW = f"gave no answer within {MOST_SECONDS} s"


def probe_all(paths: Sequence[Path], *, n_processes: int = N_PROCESSES) -> Iterator[Probe | str]:
    """The header of each file, or why it cannot be read (without its path), in the order given.

    Only headers are read; whatever a file does, the others are read.
    """
    n_processes = max(1, min(n_processes, len(paths)))
    with contextlib.ExitStack() as stack:
        probers: queue.SimpleQueue[_Prober] = queue.SimpleQueue()
        for _ in range(n_processes):
            probers.put(stack.enter_context(_Prober()))

        def one(path: Path) -> Probe | str:
            prober = probers.get()
            try:
                return prober.probe(path)
            finally:
                probers.put(prober)

        pool = stack.enter_context(ThreadPoolExecutor(n_processes))
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)   # when the caller has seen enough
        yield from pool.map(one, paths)


class _Prober:
    """One process that reads headers; another takes its place if a file ends it."""

    def __init__(self) -> None:
        self._process = sandbox.Process(_start)

    def __enter__(self) -> _Prober:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.end()

    def probe(self, path: Path) -> Probe | str:
        """The header of a file, or why it cannot be read."""
        try:
            found = self._process.ask(os.fspath(path), longest_s=MOST_SECONDS)
        except TimeoutError:
            return TOO_SLOW
        except EOFError:
            return CRASHED
        return found if isinstance(found, str) else Probe(*found)


def _start() -> subprocess.Popen[bytes]:
    return sandbox.start("pipeline.probing")


def _answer(path: Path) -> list[object] | str:
    try:
        found = probe(path)
        return [found.rate_hz, found.n_channels, found.duration_s, found.format]
    except AudioError as error:
        return str(error).removeprefix(f"{path} ").rstrip(".")
    except (ArithmeticError, LookupError, OSError, TypeError, ValueError, MemoryError, RuntimeError) as error:
        return f"cannot be read ({type(error).__name__}: {error})"


def main() -> None:
    """Answer each path with its header, or why there is none, until there are no more."""
    sandbox.limit(MOST_MEMORY_BYTES)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(Path(json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
