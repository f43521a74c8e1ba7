"""A Watcher that writes to the table of runs, as often as a person can follow, and hears there of a cancellation."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, replace

from pipeline.errors import RunError
from pipeline.runs import table
from pipeline.runs.table import Progress
from pipeline.text import printable
from pipeline.watcher import Watcher

EVERY_S = 1.0
WINDOW_S = 30.0          # the rate is that of the last so many seconds
MOST_TEXT = 2_000        # characters of one line


class Recorder(Watcher):
    """Progress and log of one run. A context manager: what was told is in the table when it is left.

    However often it is told something, the table is written once a second, by a thread of its own.
    """

    def __init__(self, run_id: int, planned: Iterable[Progress]) -> None:
        self._run_id, self._lock = run_id, threading.Lock()
        self._steps = {step.step: step for step in planned}
        self._points: dict[str, deque[tuple[float, float]]] = {}
        self._lines: deque[tuple[float, str]] = deque(maxlen=table.MOST_LINES)
        self._n_left_out, self._has_news = 0, False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="progress", daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        self._write()

    def begin(self, step: str, total: float, *, title: str = "") -> None:
        """A step begins, or begins anew."""
        with self._lock:
            known = self._steps.get(step, Progress(step, title or step))
            self._steps[step] = replace(known, title=title or known.title, amount=0.0, total=float(total) or 1.0)
            self._points[step] = deque([(time.monotonic(), 0.0)])
        self.note(f"{title or known.title}: begun.")

    def advance(self, step: str, amount: float) -> None:
        """So much more of a step is done."""
        with self._lock:
            self._steps[step] = replace(self._steps[step], amount=self._steps[step].amount + amount)
            self._has_news = True

    def note(self, sentence: str) -> None:
        """Another line of the log."""
        with self._lock:
            self._n_left_out += len(self._lines) == self._lines.maxlen
            self._lines.append((time.time(), printable(sentence)[:MOST_TEXT]))
            self._has_news = True

    def _write_on(self) -> None:
        while not self._over.wait(EVERY_S):
            with contextlib.suppress(RunError):   # the table cannot be written just now: the next second may be better
                self._write()
                self._end_if_cancelled()

    def _write(self) -> None:
        with self._lock:
            if not self._has_news:
                return
            steps, lines = [asdict(self._measured(step)) for step in self._steps], list(self._lines)
            n_left_out, self._has_news = self._n_left_out, False
        with table.writing() as connection:
            table.change(connection, self._run_id, steps=steps)
            if n_left_out:
                table.append(connection, self._run_id, [(time.time(), f"{n_left_out} lines are left out here.")])
            table.append(connection, self._run_id, lines)
        with self._lock:
            self._n_left_out -= n_left_out
            for _ in lines:
                self._lines.popleft()

    def _measured(self, step: str) -> Progress:
        """A step with its rate over the last seconds, and the time that it will take at that."""
        progress, points = self._steps[step], self._points.get(step)
        if points is None:
            return progress
        now = time.monotonic()
        points.append((now, progress.amount))
        while len(points) > 2 and now - points[0][0] > WINDOW_S:
            points.popleft()
        (since, before), left = points[0], max(0.0, progress.total - progress.amount)
        rate = (progress.amount - before) / (now - since) if now > since else 0.0
        return replace(progress, rate=rate, left_s=left / rate if rate > 0 else 0.0)

    def _end_if_cancelled(self) -> None:
        """Whoever asks from another machine, where our process number means nothing, is heard here."""
        with table.reading() as connection:
            cancelled = table.find(connection, "id = ? AND cancel_at > 0", [self._run_id])
        if cancelled:
            os.killpg(0, signal.SIGTERM)
