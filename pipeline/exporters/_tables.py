"""Texts, one for all recordings or one for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Sounds
from pipeline.exporters._files import Files
from pipeline.exporters._names import names_like_recordings
from pipeline.params import param

EACH, ONE = "each", "one"


def tables_param(default: str) -> str:
    """The option of formats that can do both."""
    return param(default, "One table for all recordings, or one for each, in a folder.", choices=(ONE, EACH))


def each(dataset: Dataset, sounds: Sounds, *, ending: str, lines: Callable[[Sounds, int], Iterable[str]]) -> Files:
    """A file for every recording, also for one without sounds.

    lines : of the sounds of one recording, and its row, the lines of its file
    """
    return Files(names_like_recordings(dataset, ending), lambda row: lines(sounds.of_recording(row), row),
                 shown=sounds.first_file)
