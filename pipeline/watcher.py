"""Who is told how long work goes on: a bar in the terminal, a row in the table of runs, or nobody."""

from __future__ import annotations


class Watcher:
    """Told how a run goes on; this one looks away."""

    def begin(self, step: str, total: float, *, title: str = "") -> None:
        """A step begins; ``total`` is its amount of work (bytes of recordings, or 1), ``title`` its name for people."""

    def advance(self, step: str, amount: float) -> None:
        """So much more of a step is done."""

    def note(self, sentence: str) -> None:
        """Something a person should know."""
