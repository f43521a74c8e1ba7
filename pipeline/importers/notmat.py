"""The annotations of evsonganaly, a MATLAB program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import TableError
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


def _load(path: Path) -> dict[str, Any]:
    import scipy.io

    if read_bytes(path).startswith(HDF5_START):
        raise TableError(f"{path} is a MATLAB 7.3 file. Save it in MATLAB with the option -v7.")
    try:
        return scipy.io.loadmat(path, variable_names=["onsets", "offsets", "labels"])
    except (ValueError, TypeError, OSError, LookupError, RuntimeError, scipy.io.matlab.MatReadError) as error:
        raise TableError(f"{path} is no MATLAB file that can be read ({error}).") from error


def _times_s(content: dict[str, Any], name: str, path: Path) -> np.ndarray:
    if name not in content:
        raise TableError(f"{path} has no {name}. evsonganaly writes the variables onsets, offsets and labels.")
    try:
        return np.asarray(content[name], np.float64).ravel() / 1000
    except (ValueError, TypeError) as error:
        raise TableError(f"{path}: the variable {name} is no list of times in ms.") from error


def _labels(content: dict[str, Any], n: int) -> list[str] | None:
    """One letter for each sound from a char array, or one text from a cell array."""
    if "labels" not in content:
        return None
    texts = [str(np.squeeze(item)) for item in np.asarray(content["labels"]).ravel()]
    return list(texts[0]) if len(texts) == 1 and n != 1 else texts
