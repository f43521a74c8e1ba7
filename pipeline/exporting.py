"""Exporting a project: which format, what it will be, whether the place will do, and then the exporter's work."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline import export_folder, params, registry
from pipeline.curation import agreement, journal
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError, ParameterError
from pipeline.exporters.npy import EMBEDDING
from pipeline.watcher import Watcher

FOLDER = "exporters"
SPARE_BYTES = 1 << 22
MOST_LINES, MOST_OUTLINED, MOST_SIGNS, MOST_NAMES = 24, 120, 1_000, 150      # of a preview


@dataclass(frozen=True)
class Preview:
    """What an export will be, told without making it.

    names : of the files, the first of them      n_files : of all      n_sounds : that are in it
    shown : the name of the file whose beginning ``lines`` are; empty where they only tell what there is
    is_cut : whether the file goes on      n_bytes : of all files, about      notes : what is left out or changed
    """

    names: list[str]
    n_files: int
    n_sounds: int
    shown: str
    lines: list[str]
    is_cut: bool
    n_bytes: int
    about: str
    notes: list[str]


def formats() -> tuple[str, ...]:
    """The names of all formats."""
    return registry.names(FOLDER)


def title(format: str) -> str:
    """What a format is, in a few words: its description up to the first sign that divides it."""
    return re.split("[:;,(]", registry.describe(FOLDER, format).rstrip("."))[0].strip()


def suffix(format: str, values: Mapping[str, Any] | None = None) -> str:
    """The ending of a format's files, such as ``.h5``; ``.zip`` for a format of many files."""
    return _exporter(format, values).SUFFIX or export_folder.ZIP


def describe(format: str) -> str:
    """What a format holds, in a sentence."""
    return registry.describe(FOLDER, format).replace("`", "")


def read_by(format: str) -> str:
    """The programs that a format is for."""
    return registry.load(FOLDER, format).FOR


def choices(dataset: Dataset, option: str) -> tuple[str, ...]:
    """What of a project an option names one of; empty for an option that takes anything else."""
    known = {"labeling": ["", *dataset.names("labelings")], "vectors": [EMBEDDING, *dataset.names("features")]}
    return tuple(known.get(option, ()))


def plain_values(given: Any) -> dict[str, Any]:
    """Options as a browser sends them: texts, numbers, yes and no by name; several texts become one with commas.

    Raises ParameterError for anything else.
    """
    if not isinstance(given, dict) or not all(_is_plain(value) for value in given.values()):
        raise ParameterError("Options are texts, numbers, yes or no, each with its name.")
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in given.items()}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) or (
        isinstance(value, list) and all(isinstance(one, str) for one in value))


def makes_folder(format: str, values: Mapping[str, Any] | None = None) -> bool:
    """Whether a format is a folder of files with these parameters: its ``SUFFIX`` is empty."""
    return not _exporter(format, values).SUFFIX


def notes(dataset: Dataset, labels: Labels, *, format: str, values: Mapping[str, Any] | None = None) -> list[str]:
    """Sentences about what of a project is not in an export: what was not asked for, or has no place in the format."""
    return _exporter(format, values).notes(dataset, labels)


def preview(dataset: Dataset, labels: Labels, *, format: str, values: Mapping[str, Any] | None = None,
            stem: str = "") -> Preview:
    """What `export` would write: names, the first lines, how much it is. Of a large project only a part is made.

    stem : the name of the file without its ending, the project's unless given. Raises what `export` would, as far as it
    can be known beforehand
    """
    exporter = _exporter(format, values)
    name = (stem or dataset.path.stem) + exporter.SUFFIX
    files = exporter.files(dataset, labels, name)
    pieces = files.lines(files.shown) if len(files) else None
    if pieces is not None:
        lines, is_cut = _head(pieces, most=MOST_LINES)
    else:
        lines, is_cut = _head(files.sketch() if files.sketch else (), most=MOST_OUTLINED)
    n_sounds = len(exporter.rows(labels)) if hasattr(exporter, "rows") else dataset.n_segments
    return Preview([str(files.names[place]) for place in range(min(len(files), MOST_NAMES))], len(files), n_sounds,
                   files.names[files.shown] if pieces is not None else "", lines, is_cut,
                   exporter.n_bytes(dataset, labels), files.about, exporter.notes(dataset, labels))


def _head(pieces: Iterable[str], *, most: int) -> tuple[list[str], bool]:
    """The first lines of a text, and whether there are more; a very long line is cut."""
    lines = [line for piece in islice(pieces, most + 1) for line in piece.split("\n")]
    shown = [line if len(line) <= MOST_SIGNS else f"{line[:MOST_SIGNS]}…" for line in lines[:most]]
    return shown, len(lines) > most


def _exporter(format: str, values: Mapping[str, Any] | None) -> Any:
    return params.make(registry.load(FOLDER, format), values or {})


def export(dataset: Dataset, labels: Labels, path: Path | str, *, format: str = "hdf5", replace: bool = False,
           values: Mapping[str, Any] | None = None, watcher: Watcher | None = None) -> Path:
    """Write what a project holds, with ``labels`` as its labels, and return where.

    format : one of `formats`, with ``values`` for its parameters
    replace : whether another project that has a journal may be replaced; its journal is then set aside
    watcher : is told how far it is, where there are several files

    A format of many files makes the folder ``path``, or a zip of it if the name ends in ``.zip``.
    ``path`` may be the open project itself: its journal and history go on. Raises ExportError or ProjectError with a
    sentence, and leaves what was there untouched, if ``path`` will not do or the disk is full.
    """
    path = Path(path).expanduser().absolute()
    watcher, done = watcher or Watcher(), 0.0
    for share in exported(dataset, labels, path, format=format, replace=replace, values=values):
        if not done and share < 1:
            watcher.begin(format, 1.0)
        if done or share < 1:
            watcher.advance(format, share - done)
            done = share
    return path


def exported(dataset: Dataset, labels: Labels, path: Path, *, format: str = "hdf5", replace: bool = False,
             values: Mapping[str, Any] | None = None) -> Iterator[float]:
    """As `export`, bit by bit: yields the share that is done. ``path`` is a full path."""
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
    check_room(dataset, labels, path, format=format, values=values)
    make = exporter.writing if exporter.SUFFIX else partial(export_folder.writing, exporter)
    yield from make(dataset, labels, path)
    if edited:
        agreement.retire_journal(path)


def save_beside(dataset: Dataset, labels: Labels, name: str, *, format: str,
                values: Mapping[str, Any] | None = None) -> tuple[Path, list[str]]:
    """Write a file of that name into the project's own folder: where it is, and what is not in it."""
    path = beside(dataset.path, name, format=format, values=values)
    export(dataset, labels, path, format=format, values=values)
    return path, notes(dataset, labels, format=format, values=values)


def beside(project: Path, name: str, *, format: str, values: Mapping[str, Any] | None = None) -> Path:
    """Where a file of that name lies beside the project, with the format's ending.

    Raises ExportError for what is no plain name of a file, and for a file that is there already and not the project.
    """
    name = name.strip()
    if not name:
        raise ExportError("Give the file a name.")
    if name.startswith(".") or any(sign in '/\\:' or not sign.isprintable() for sign in name):
        raise ExportError(f"“{name}” is no plain name of a file. Leave out slashes, colons and dots at the beginning: "
                          "the file is written beside the project.")
    ending = suffix(format, values)
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


def check_room(dataset: Dataset, labels: Labels, path: Path, *, format: str,
               values: Mapping[str, Any] | None = None) -> None:
    """Raise ExportError if it does not fit beside ``path``."""
    if _is_same(path, dataset.path):
        return
    exporter = _exporter(format, values)
    copies = 2 if not exporter.SUFFIX and export_folder.is_zip(path) else 1
    needed = copies * exporter.n_bytes(dataset, labels) + SPARE_BYTES
    free = shutil.disk_usage(path.resolve().parent).free
    if free < needed:
        raise ExportError(f"The disk of {path} has {free / 1e6:,.0f} MB left, but {_what(format)} needs "
                          f"{needed / 1e6:,.0f} MB. Make room, or choose another disk.")


def _what(format: str) -> str:
    return "a copy of this project" if format == "hdf5" else f"{format} of it"
