"""Exports of many files: into a folder, or into a zip of it, whole or not at all."""

from __future__ import annotations

import shutil
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError

ZIP = ".zip"


def writing(exporter: Any, dataset: Dataset, labels: Labels, path: Path) -> Iterator[float]:
    """Let a format that makes a folder write to ``path``, or into a zip if that is how the name ends.

    Yields the share that is done. Raises ExportError if the folder is there and not empty, or cannot be written; then,
    and when it is not gone on with, nothing is left behind.
    """
    made = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        if not is_zip(path):
            yield from exporter.writing(dataset, labels, made)
            made.replace(path)
            return
        for share in exporter.writing(dataset, labels, made):
            yield 0.7 * share
        with store.replacing(path) as temporary:
            for share in _pack(made, temporary, inside=path.stem):
                yield 0.7 + 0.3 * share
    except OSError as error:
        raise ExportError(f"{path} could not be written ({error.strerror or error}). Check that there is room, then "
                          "try again.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def is_zip(path: Path) -> bool:
    """Whether the files go into a zip, by its name."""
    return path.suffix.lower() == ZIP


def check_place(path: Path) -> None:
    """Raise ExportError unless a folder can be made there: nothing lies there, or an empty folder."""
    if path.is_dir() and not any(path.iterdir()):
        return
    if path.exists() or path.is_symlink():
        raise ExportError(f"{path} is there already. Choose another name for the folder, or {path.name}{ZIP} for one "
                          "file with all in it.")
    if not path.resolve().parent.is_dir():
        raise ExportError(f"There is no folder {path.resolve().parent}. Create it, or choose another.")


def _pack(folder: Path, into: Path, *, inside: str) -> Iterator[float]:
    """Sounds hardly grow smaller, so nothing is compressed."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        for place, path in enumerate(paths, 1):
            packed.write(path, f"{inside}/{path.relative_to(folder).as_posix()}")
            yield place / len(paths)
