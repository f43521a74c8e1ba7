"""Text files, one for all recordings or one for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline import store
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Sounds
from pipeline.exporters._names import names_like_recordings
from pipeline.params import param

EACH, ONE = "each", "one"


def tables_param(default: str) -> str:
    """The option of formats that can do both."""
    return param(default, "One table for all recordings, or one for each, in a folder.", choices=(ONE, EACH))


def write_each(dataset: Dataset, sounds: Sounds, folder: Path, *, ending: str,
               lines: Callable[[Sounds, int], Iterable[str]]) -> None:
    """Make the folder, with a file for every recording, also for one without sounds.

    lines : of the sounds of one recording, and its row, the lines of its file
    """
    folder.mkdir()
    for row, (name, part) in enumerate(zip(names_like_recordings(dataset, ending), sounds.by_recording(), strict=True)):
        write_file(folder / name, lines(part, row))


def write_one(path: Path, lines: Iterable[str]) -> None:
    """Write one file, whole or not at all. Raises ProjectError if it cannot be written."""
    with store.replacing(path) as temporary:
        write_file(temporary, lines)


def write_file(path: Path, lines: Iterable[str]) -> None:
    """Write a file in UTF-8, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in lines)
