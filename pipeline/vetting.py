"""The first look at a file that a server is about to open: in another process, once for each state of the file.

HDF5 is a large format, and its library may crash or fill the memory on a file that was made for that. What is read
whole when pages are made is read there first; of spectrograms, which are read piece by piece, a sample. Of recordings
the header, and samples at both ends.
"""

from __future__ import annotations

import contextlib
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline import hdf5, sandbox
from pipeline.errors import AudioError, ProjectError, SyllabaryError

LONGEST_S = 30.0
HEARD_S = 1.0
MOST_READ_BYTES = 3 << 30      # of a table that is read whole
GROUPS = ("segments", "files", "clusters", "embeddings")
SETS = ("features", "projections", "labelings", "arrangements")


def vet(path: Path, what: str = "project") -> None:
    """Look at a ``project`` or ``recording`` from another process first, if `sandbox.is_on`.

    Raises ProjectError or AudioError for one that harms it, or cannot be opened. Nothing is done for a file that is
    not there: who opens it says so.
    """
    if not sandbox.is_on():
        return
    try:
        found = path.resolve().stat()
    except (OSError, RuntimeError, ValueError):
        return
    refused = _judged(what, path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
    if refused is not None:
        raise type(refused)(str(refused))      # its own traceback each time


@lru_cache(maxsize=4096)
def _judged(what: str, path: Path, _state: tuple[int, ...]) -> SyllabaryError | None:
    """Why it cannot be opened; None if it can."""
    try:
        sandbox.ask(what, path, longest_s=LONGEST_S)
    except SyllabaryError as error:
        return error
    return None


def recording(path: Path) -> dict[str, Any]:
    """What the other process reads of a recording: its header, its first and last samples."""
    from pipeline import audio

    about = audio.probe(path)
    last_s = max(0.0, about.duration_s - HEARD_S) if math.isfinite(about.duration_s) else 0.0
    for from_s in (0.0, last_s):
        with contextlib.suppress(AudioError):     # who reads that part is told so
            audio.read_part(path, from_s, from_s + HEARD_S)
    return {"rate_hz": about.rate_hz}


def project(path: Path) -> dict[str, Any]:
    """What the other process reads of a project: its tables, and a sample of its spectrograms."""
    from pipeline.dataset import Dataset

    with Dataset.open(path) as dataset:
        dataset.cluster_ids(), dataset.clusters()
        with hdf5.open_file(path) as handle:
            _read_tables(path, handle)
        dataset.level_range()
        return {"n_sounds": dataset.n_segments}


def _read_tables(path: Path, handle: Any) -> None:
    for name in GROUPS:
        if (group := hdf5.group(handle, name)) is not None:
            _look_at(path, group)
    for kind in SETS:
        every = hdf5.group(handle, kind)
        for name in hdf5.names(every) if every is not None else ():
            if (group := hdf5.group(every, name)) is not None:
                _look_at(path, group)


def _look_at(path: Path, group: Any) -> None:
    """No column is larger than can be read whole; what has no fixed size is read."""
    from pipeline import upgrades

    upgrades.attributes(path, group)
    for name in hdf5.names(group):
        item = hdf5.dataset(group, name)
        if item is None:
            continue
        if item.nbytes > MOST_READ_BYTES:
            raise ProjectError(f"{path}: {item.name} has {item.nbytes / 1e9:.1f} GB, more than pages can hold. The "
                               "file is damaged, or this project is for the command line.")
        if item.dtype.kind == "O":
            hdf5.read(item)
