"""Where the recordings of a project lie on this machine: where the project says, or where a person has found them.

What a person found is remembered for this machine and this project; the project file is not touched.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import filelock
import numpy as np

from pipeline import settings
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.text import counted

MOST_LOOKED_FOR = 40     # recordings whose absence is checked when a page opens: a folder may be far away
MEMORY = "audio-folders.json"


def folder_of(dataset: Dataset) -> Path:
    """The folder in which the recordings are looked for."""
    return _found(dataset) or dataset.path.parent / dataset.data_dir


def path_of(dataset: Dataset, file_id: int) -> Path:
    """Where one recording should lie; it may not be there. Raises ProjectError for an unknown recording."""
    stated = dataset.audio_path(file_id)
    folder = _found(dataset)
    return stated if folder is None else _in_folder(dataset, file_id, folder, stated)


def missing(dataset: Dataset) -> str:
    """A sentence about recordings that are not where they are looked for; empty if all are there."""
    file_ids = _sample(dataset)
    absent = [file_id for file_id in file_ids if not path_of(dataset, file_id).is_file()]
    if not absent:
        return ""
    looked = counted(len(file_ids), "recording")
    which = f"None of {looked} was found" if len(absent) == len(file_ids) else f"{len(absent)} of {looked} are not"
    if len(file_ids) == 1:
        which = "The recording was not found"
    return f"{which} in {folder_of(dataset).resolve()}, so there is no sound. Which folder holds them?"


def look_in(dataset: Dataset, folder: Path | str, *, roots: Sequence[Path] | None = None) -> str:
    """From now on look for the recordings in ``folder``, and remember it; returns a sentence about what is there.

    roots : the folder must lie in one of them (None: it may be anywhere)
    Raises ParameterError if it is no folder, lies elsewhere, or holds none of the recordings.
    """
    text = str(folder).strip()
    if not text:
        raise ParameterError("Type the folder that holds the recordings.")
    wanted = _checked(Path(text).expanduser(), roots)
    file_ids = _sample(dataset)
    here = [_in_folder(dataset, file_id, wanted, dataset.audio_path(file_id)).is_file() for file_id in file_ids]
    if not any(here):
        named = dataset.files.path[dataset.files.row_of(file_ids[0])] if file_ids else ""
        raise ParameterError(f"{wanted} holds none of the recordings. The first would be {named}.")
    _remember(dataset.project_id, wanted)
    return f"{sum(here)} of {counted(len(here), 'recording')} found in {wanted}."


def _checked(folder: Path, roots: Sequence[Path] | None) -> Path:
    """The folder without links in its path. Where it may not be, nothing is told about what is there."""
    if "\0" in str(folder) or not folder.is_absolute():
        raise ParameterError(f"{str(folder)!r} is not the full path of a folder: begin with / or ~.")
    wanted = folder.resolve()
    if roots is not None and not any(wanted.is_relative_to(root.resolve()) for root in roots):
        allowed = ", ".join(sorted({str(root.resolve()) for root in roots}))
        raise ParameterError(f"{wanted} lies outside the folders that may be looked into: {allowed}. Start the program "
                             "with --audio-dir to use another.")
    if not wanted.is_dir():
        raise ParameterError(f"{wanted} is not a folder.")
    return wanted


def _in_folder(dataset: Dataset, file_id: int, folder: Path, stated: Path) -> Path:
    """By the path in the project; else by name alone, where that names one recording only."""
    row = dataset.files.row_of(file_id)
    by_path, by_name = folder / dataset.files.path[row], folder / stated.name
    may_use_name = not by_path.is_file() and _names(dataset.files.filename)[dataset.files.filename[row]] == 1
    return by_name if may_use_name and by_name.is_file() else by_path


@lru_cache(maxsize=16)
def _names(names: tuple[str, ...]) -> Counter[str]:
    return Counter(names)


def _sample(dataset: Dataset) -> list[int]:
    """All recordings that gave sounds, or ``MOST_LOOKED_FOR`` of them, evenly spread."""
    file_ids = np.unique(dataset.segments.file_id)
    places = np.linspace(0, len(file_ids) - 1, min(MOST_LOOKED_FOR, len(file_ids))).astype(int)
    return file_ids[places].tolist() if len(file_ids) else []


def _found(dataset: Dataset) -> Path | None:
    """The folder that a person has pointed to; read again only when another process has changed it."""
    file = settings.state_dir() / MEMORY
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    folder = _read(file, changed).get(dataset.project_id)
    return Path(folder) if isinstance(folder, str) else None


@lru_cache(maxsize=4)
def _read(file: Path, _changed_ns: int) -> dict[str, str]:
    """What is remembered. A damaged file counts as empty: folders can be pointed to again."""
    try:
        memory = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}


def _remember(project_id: str, folder: Path) -> None:
    file = settings.state_dir() / MEMORY
    with filelock.FileLock(f"{file}.lock"):
        memory = dict(_read(file, file.stat().st_mtime_ns if file.exists() else 0)) | {project_id: os.fspath(folder)}
        temporary = file.with_suffix(".part")
        temporary.write_text(json.dumps(memory, indent=1), encoding="utf-8")
        temporary.replace(file)
