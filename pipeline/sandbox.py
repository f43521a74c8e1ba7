"""Looking at files that others made without being harmed by them: in another process, with limits of time and memory.

A server says so with `shield` for each request; what that reads through `ask` is read by a process that a
crafted file may end, fill or hold up, and nothing else. ``python -m pipeline.sandbox`` is that process: questions come
in as JSON lines, answers go out as JSON lines. Elsewhere, as at the command line, `is_on` is false: a person who names
a file there may wait for it and stop it.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import queue
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from pipeline import errors
from pipeline.errors import SyllabaryError

LONGEST_S = 20.0
MOST_MEMORY_BYTES = 4 << 30          # of address space; the libraries alone map more than one
MOST_ANSWER_BYTES = 1 << 26
N_PROCESSES = 2
ROOT = Path(__file__).resolve().parent.parent
ANSWERS = {                          # module and function that answer, and what is raised if they cannot
    "project": ("pipeline.vetting", "project", errors.ProjectError),
    "recording": ("pipeline.vetting", "recording", errors.AudioError),
    "table": ("pipeline.importers._read", "answer", errors.TableError),
    "labels": ("pipeline.clip_labels", "answer", errors.ParameterError),
}
_on: ContextVar[bool] = ContextVar("shielded", default=False)
_allows: ContextVar[Callable[[Path], bool] | None] = ContextVar("allows", default=None)


class Process:
    """A process that answers one question after the other; another takes its place if a question ends it."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start, self._process, self._owner = start, None, 0

    def ask(self, question: Any, *, longest_s: float) -> Any:
        """The answer. Raises TimeoutError if there is none in that time, EOFError if the process ended instead."""
        if self._owner != os.getpid():       # a server that has forked since: the other one's pipes are not ours
            self._process = None
        process, self._owner = self._process or self._start(), os.getpid()
        self._process = process
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            return json.loads(_line(process, time.monotonic() + longest_s))
        except (BrokenPipeError, ValueError):
            self.end()
            raise EOFError from None
        except (TimeoutError, EOFError):
            self.end()
            raise

    def end(self) -> None:
        """Let go of it."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            with contextlib.suppress(BrokenPipeError, ValueError):
                process.communicate()


def _line(process: subprocess.Popen[bytes], until: float) -> bytes:
    """The next line that the process writes. Raises TimeoutError, or EOFError if it ended or says too much."""
    parts, n_bytes = [], 0
    while not (parts and parts[-1].endswith(b"\n")):
        if not select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
            raise TimeoutError
        part = os.read(process.stdout.fileno(), 65_536)
        n_bytes += len(part)
        if not part or n_bytes > MOST_ANSWER_BYTES:
            raise EOFError
        parts.append(part)
    return b"".join(parts)


def start(module: str) -> subprocess.Popen[bytes]:
    """A process of that module, which speaks by stdin and stdout."""
    return subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, bufsize=0,
                            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})


def limit(most_memory_bytes: int) -> None:
    """No more memory than this for the process that asks for it, and no dump of it if it crashes."""
    import resource

    for what, most in ((resource.RLIMIT_AS, most_memory_bytes), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


# ---- asking ----------------------------------------------------------------------------------------------------------

_free: queue.LifoQueue[Process] = queue.LifoQueue()
for _ in range(N_PROCESSES):
    _free.put(Process(lambda: start("pipeline.sandbox")))


def is_on() -> bool:
    """Whether what others made is to be looked at through `ask`."""
    return _on.get()


def shield(on: bool, *, allows: Callable[[Path], bool] | None = None) -> None:
    """From here on, in this thread, `is_on` says so.

    allows : whether a recording may be read, if not every one may: a project names its recordings by paths
    """
    _on.set(on)
    _allows.set(allows)


def refuse_outside(path: Path) -> None:
    """Raise AudioError for a recording that may not be read here."""
    allows = _allows.get()
    if allows is not None and not allows(path):
        raise errors.AudioError(f"{path} lies outside the folders that may be used here, so it is not read. Whoever "
                                "keeps this server can allow its folder with --data-root.")


def ask(what: str, path: Path, *, about: str = "", longest_s: float = LONGEST_S, **question: Any) -> Any:
    """What the module for ``what`` answers about a file or folder.

    about : what is to blame, for the sentence, if not the path. Raises the SyllabaryError that the module raises, and
    one of its usual kind if there is no answer
    """
    about = about or str(path)
    process = _free.get()
    try:
        told = process.ask({"what": what, "path": os.fspath(path), **question}, longest_s=longest_s)
    except TimeoutError:
        told = {"kind": "", "error": f"{about} takes longer than {longest_s:g} s to look at, so it is not used here. "
                                     "At the command line one can wait for it."}
    except EOFError:
        told = {"kind": "", "error": f"{about} ended the program that looked at it, so it is not used here. It is "
                                     "damaged, or made to do harm; make it again, or copy it anew."}
    finally:
        _free.put(process)
    if "error" in told:
        raise getattr(errors, told["kind"], ANSWERS[what][2])(told["error"])
    return told["answer"]


@atexit.register
def _end_all() -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            _free.get_nowait().end()


# ---- answering -------------------------------------------------------------------------------------------------------

def _answer(question: dict[str, Any]) -> dict[str, Any]:
    module, function, _kind = ANSWERS[question.pop("what")]
    path = Path(question.pop("path"))
    try:
        return {"answer": getattr(importlib.import_module(module), function)(path, **question)}
    except SyllabaryError as error:
        return {"kind": type(error).__name__, "error": str(error)}
    except MemoryError:
        return {"kind": "", "error": f"{path} needs more memory than is given to look at it. Is it damaged?"}
    except (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        return {"kind": "", "error": f"{path} cannot be understood ({type(error).__name__}: {error}). Make it again."}


def main() -> None:
    """Answer each question until there are no more."""
    limit(MOST_MEMORY_BYTES)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
