"""Progress of a run in the terminal: a bar with an estimate for each step."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pipeline.watcher import Watcher


class Bars(Watcher):
    """A Watcher that draws on a console. A context manager."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<14}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
            TextColumn("·"), TimeRemainingColumn(), TextColumn("left"), console=console,
        )
        self._tasks: dict[str, int] = {}
        self.notes: list[str] = []

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._tasks:     # stopping what never started would print an empty line
            self._progress.stop()

    def begin(self, step: str, total: float, *, title: str = "") -> None:
        """Show a bar for the step."""
        self._progress.start()
        self._tasks[step] = self._progress.add_task(title or step, total=total)

    def advance(self, step: str, amount: float) -> None:
        """Move the step's bar on."""
        self._progress.advance(self._tasks[step], amount)

    def note(self, sentence: str) -> None:
        """Kept until the bars are gone."""
        self.notes.append(sentence)
