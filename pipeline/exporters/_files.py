"""The files of an export: named, counted and shown before any of them is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from pipeline import store
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset

MOST_SAMPLED = 400           # pieces of a text from which its size is told


@dataclass(frozen=True, eq=False)
class Files:
    """What an export consists of; nothing of it is made yet.

    names : paths within the folder, with /; of a format that is one file its own name alone
    lines : place among them → the pieces of that text, each one line or several, as they are asked for; None for a
    file that is no text, which ``fill`` then makes at a path
    shown : the place that a preview shows: the first with something in it
    sketch : what is shown of a format that has no text      about : a sentence on what is no text
    """

    names: Sequence[str]
    lines: Callable[[int], Iterable[str] | None]
    fill: Callable[[int, Path], None] | None = None
    shown: int = 0
    sketch: Callable[[], Iterable[str]] | None = None
    about: str = ""

    def __len__(self) -> int:
        return len(self.names)

    def make(self, place: int, path: Path) -> None:
        """Write one of them to ``path``, and make the folders that it lies in."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = self.lines(place)
        if lines is None:
            self.fill(place, path)
            return
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.writelines(f"{line}\n" for line in lines)

    def text_bytes(self, n_pieces: float) -> int:
        """How long all texts are together, about, if they have so many pieces."""
        sample = [len(line.encode(errors="backslashreplace")) + 1
                  for line in islice(self.lines(self.shown) or (), MOST_SAMPLED)] if len(self) else []
        return round(n_pieces * sum(sample) / len(sample)) if sample else 0


def one(name: str, lines: Callable[[], Iterable[str]]) -> Files:
    """A format that is one text."""
    return Files([name], lambda _place: lines())


class Exporter:
    """What all formats have in common. ``SUFFIX`` is the ending of a format that is one file; a folder has none."""

    SUFFIX: ClassVar[str] = ""
    FOR: ClassVar[str] = ""            # who reads it

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """What is written to a file or folder of that name. Raises ExportError or ParameterError."""
        raise AssertionError(f"{name}: each format has its own files")

    def writing(self, dataset: Dataset, labels: Labels, path: Path) -> Iterator[float]:
        """Make the file, or the folder ``path`` with all of them; yields the share that is made, after each."""
        files = self.files(dataset, labels, path.name)
        if self.SUFFIX:
            with store.replacing(path) as temporary:
                files.make(0, temporary)
            yield 1.0
            return
        path.mkdir()
        for place, name in enumerate(files.names):
            files.make(place, path / name)
            yield (place + 1) / len(files)

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Make the file or folder in one go. Raises ExportError, ParameterError or ProjectError."""
        for _share in self.writing(dataset, labels, path):
            pass

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export, or not as it was."""
        return []
