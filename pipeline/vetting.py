"""The first look at a project that a server is about to open: in another process, once for each state of the file.

HDF5 is a large format, and its library may crash or fill the memory on a file that was made for that. What is read
whole when pages are made is read there first; of spectrograms, which are read piece by piece, a sample.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline import hdf5, sandbox
from pipeline.errors import ProjectError, SyllabaryError

LONGEST_S = 30.0
MOST_READ_BYTES = 3 << 30      # of a table that is read whole
GROUPS, SETS = ("segments", "files", "clusters", "embeddings"), ("features", "projections", "labelings")


def vet(path: Path) -> None:
    """Look at a project from another process. Raises ProjectError for one that harms it, or cannot be opened.

    Nothing is done where no server is to be shielded, or the file is not there: who opens it says so.
    """
    if not sandbox.is_on():
        return
    try:
        found = path.resolve().stat()
    except (OSError, RuntimeError, ValueError):
        return
    why = _judged(path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
    if why:
        raise ProjectError(why)


@lru_cache(maxsize=1024)
def _judged(path: Path, _state: tuple[int, ...]) -> str:
    """Why it cannot be opened; empty if it can."""
    try:
        sandbox.ask("project", path, longest_s=LONGEST_S)
    except SyllabaryError as error:
        return str(error)
    return ""


def answer(path: Path) -> dict[str, Any]:
    """In the other process: read what a server would. Raises ProjectError."""
    from pipeline.dataset import Dataset

    with Dataset.open(path) as project:
        project.cluster_ids(), project.clusters()
        with hdf5.open_file(path) as handle:
            _read_tables(path, handle)
        project.level_range()
        return {"n_sounds": project.n_segments}


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
