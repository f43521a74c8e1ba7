"""Exporting a project: which format, whether the place will do, and then the exporter's work."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline import export_folder, params, registry
from pipeline.curation import agreement, journal
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError

FOLDER = "exporters"
SPARE_BYTES = 1 << 22


def formats() -> tuple[str, ...]:
    """The names of all formats."""
    return registry.names(FOLDER)


def title(format: str) -> str:
    """What a format is, in a few words: its description up to the first sign that divides it."""
    return re.split("[:;,(]", registry.describe(FOLDER, format).rstrip("."))[0].strip()


def suffix(format: str, values: Mapping[str, Any] | None = None) -> str:
    """The ending of a format's files, such as ``.h5``; ``.zip`` for a format of many files."""
    return _exporter(format, values).SUFFIX or export_folder.ZIP


def makes_folder(format: str, values: Mapping[str, Any] | None = None) -> bool:
    """Whether a format is a folder of files with these parameters: its ``SUFFIX`` is empty."""
    return not _exporter(format, values).SUFFIX


def notes(dataset: Dataset, labels: Labels, *, format: str, values: Mapping[str, Any] | None = None) -> list[str]:
    """Sentences about what of a project is not in an export: what was not asked for, or has no place in the format."""
    exporter = _exporter(format, values)
    return exporter.notes(dataset, labels) if hasattr(exporter, "notes") else []


def _exporter(format: str, values: Mapping[str, Any] | None) -> Any:
    return params.make(registry.load(FOLDER, format), values or {})


def export(dataset: Dataset, labels: Labels, path: Path | str, *, format: str = "hdf5", replace: bool = False,
           values: Mapping[str, Any] | None = None) -> Path:
    """Write what a project holds, with ``labels`` as its labels, and return where.

    format : one of `formats`, with ``values`` for its parameters
    replace : whether another project that has a journal may be replaced; its journal is then set aside

    A format of many files makes the folder ``path``, or a zip of it if the name ends in ``.zip``.
    ``path`` may be the open project itself: its journal and history go on. Raises ExportError or ProjectError with a
    sentence, and leaves what was there untouched, if ``path`` will not do or the disk is full.
    """
    path = Path(path).expanduser().absolute()
    exporter = _exporter(format, values)
    in_folder = not exporter.SUFFIX and not export_folder.is_zip(path)
    export_folder.check_place(path) if in_folder else _check_place(path)
    edited = journal.exists(journal.path_of(path.resolve()))
    if _is_same(path, dataset.path):
        _refuse_other_format(path, format)
        edited = False
    elif edited and not replace:
        raise ExportError(f"{path} is another project, and has a journal of edits. Choose another name, or ask for it "
                          "to be replaced; its journal is then kept under a dated name.")
    check_room(dataset, path, format, values)
    if not exporter.SUFFIX:
        export_folder.write(exporter, dataset, labels, path)
    else:
        exporter.write(dataset, labels, path)
    if edited:
        agreement.retire_journal(path)
    return path


def beside(project: Path, name: str, *, format: str) -> Path:
    """Where a file of that name lies beside the project, with the format's ending.

    Raises ExportError for what is no plain name of a file, and for a file that is there already and not the project.
    """
    name = name.strip()
    if not name:
        raise ExportError("Give the file a name.")
    if name.startswith(".") or any(sign in '/\\:' or not sign.isprintable() for sign in name):
        raise ExportError(f"“{name}” is no plain name of a file. Leave out slashes, colons and dots at the beginning: "
                          "the file is written beside the project.")
    ending = suffix(format)
    path = project.parent / (name if name.lower().endswith(ending) else name + ending)
    if (path.exists() or path.is_symlink()) and not _is_same(path, project):
        raise ExportError(f"There is a file {path.name} beside the project already. Choose another name.")
    return path


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise ExportError(f"{path} is a folder. Give the name of a file in it, such as {path / 'project.h5'}.")
    if path.exists() and not path.is_file():
        raise ExportError(f"{path} is no file that could be replaced. Choose another name.")
    if not path.resolve().parent.is_dir():
        raise ExportError(f"There is no folder {path.resolve().parent}. Create it, or choose another.")


def _is_same(path: Path, project: Path) -> bool:
    return path.exists() and path.samefile(project)


def _refuse_other_format(path: Path, format: str) -> None:
    if format != "hdf5":
        raise ExportError(f"{path} is the project itself; as {format} it needs another name.")


def check_room(dataset: Dataset, path: Path, format: str, values: Mapping[str, Any] | None = None) -> None:
    """ExportError if it does not fit: a copy of a project, or of its recordings. A table is refused while written."""
    needed, free = _needed(dataset, path, format, values), shutil.disk_usage(path.resolve().parent).free
    if free < needed:
        raise ExportError(f"The disk of {path} has {free / 1e6:,.0f} MB left, but {_what(format)} needs "
                          f"{needed / 1e6:,.0f} MB. Make room, or choose another disk.")


def _needed(dataset: Dataset, path: Path, format: str, values: Mapping[str, Any] | None) -> int:
    if format == "hdf5":
        return 0 if _is_same(path, dataset.path) else dataset.path.stat().st_size + SPARE_BYTES
    exporter = _exporter(format, values)
    if not exporter.SUFFIX:
        n_bytes = exporter.n_bytes(dataset)
        return (2 if export_folder.is_zip(path) else 1) * n_bytes + SPARE_BYTES
    return 0


def _what(format: str) -> str:
    return "a copy of this project" if format == "hdf5" else f"{format} of it"
