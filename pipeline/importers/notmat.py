"""The annotations of evsonganaly, a MATLAB program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import TableError
from pipeline.importers import _matlab
from pipeline.importers._matlab import Value
from pipeline.importers._table import ImportedTable, make_table, own_name
from pipeline.text_tables import read_bytes

ENDING = ".not.mat"
HDF5_START = b"MATLAB 7.3"


@dataclass(frozen=True)
class Notmat:
    """evsonganaly .not.mat: onsets and offsets in ms, one letter a sound; named like its recording.

    Crowsetta's reader is not used because it refuses files that are not called ``.cbin.not.mat``.
    """

    def sniff(self, path: Path, head: str) -> bool:
        """A file called .not.mat."""
        return path.name.lower().endswith(ENDING)

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError."""
        content = _load(path)
        onset_s, offset_s = (_times_s(content, name, path) for name in ("onsets", "offsets"))
        return make_table(path, recording=own_name(path, ENDING), onset_s=onset_s, offset_s=offset_s,
                          label=_labels(content, len(onset_s)))


def _load(path: Path) -> dict[str, Value]:
    raw = read_bytes(path)
    if raw.startswith(HDF5_START):
        raise TableError(f"{path} is a MATLAB 7.3 file. Save it in MATLAB with the option -v7.")
    try:
        return _matlab.variables(raw, ("onsets", "offsets", "labels"))
    except ValueError as error:
        raise TableError(f"{path} is no MATLAB file that can be read: {error}. Save it again in MATLAB with the option "
                         "-v7.") from error


def _times_s(content: dict[str, Value], name: str, path: Path) -> np.ndarray:
    if name not in content:
        raise TableError(f"{path} has no {name}. evsonganaly writes the variables onsets, offsets and labels.")
    if isinstance(content[name], list):
        raise TableError(f"{path}: the variable {name} is a text, but should be times in ms.")
    return content[name] / 1000


def _labels(content: dict[str, Value], n: int) -> list[str] | None:
    """One letter for each sound from a text, or one text for each from a list; numbers count as texts."""
    labels = content.get("labels")
    if labels is None:
        return None
    if isinstance(labels, np.ndarray):
        return [f"{number:g}" for number in labels]
    return list(labels[0]) if len(labels) == 1 and n != 1 else labels
