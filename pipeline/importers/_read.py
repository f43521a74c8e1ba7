"""Reading a table whatever its format, or a folder with one table for each recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pipeline import registry, sandbox
from pipeline.errors import TableError
from pipeline.importers._table import TEXTS, ImportedTable
from pipeline.text_tables import decoded

HEAD_BYTES = 4096
SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".textgrid", ".mat")


class Importer(Protocol):
    """What a format's class can do."""

    def sniff(self, path: Path, head: str) -> bool:
        """Whether a file is of this format, by its name and its first characters."""

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError."""


def read_segments(path: Path, *, format: str | None = None) -> ImportedTable:
    """Read a table of sounds, or a folder of tables, one for each recording.

    The format is told from extension and content unless it is named (``csv``, ``raven``, …: the files of this
    folder). In a folder, with its sub-folders, what is no table is passed over, but all tables must be of one format.
    Raises TableError with file, line and column; ParameterError for a format that is not known.
    """
    path = Path(path).expanduser()
    if sandbox.is_on():
        return ImportedTable.from_plain(path, sandbox.ask("table", path, format=format))
    if path.is_dir():
        return _read_folder(path, format)
    name = format or _format_of(path)
    if name is None:
        raise TableError(f"{path} is no table of sounds in a format that is known "
                         f"({', '.join(registry.names('importers'))}). A CSV with the columns filename, onset_sec and "
                         "offset_sec always works.")
    return replace(_importer(name).read(path), format=name)


def answer(path: Path, *, format: str | None) -> dict[str, Any]:
    """What `read_segments` asks another process for where a server is to be shielded."""
    return read_segments(path, format=format).as_plain()


def _importer(name: str) -> Importer:
    return registry.load("importers", name)()


def _format_of(path: Path) -> str | None:
    """The one format whose signs a file bears. Raises TableError if it cannot be read."""
    try:
        if path.exists() and not path.is_file():   # reading a pipe would wait, perhaps for ever
            raise TableError(f"{path} is no file. Give a table that lies on the disk.")
        with path.open("rb") as file:
            head = decoded(file.read(HEAD_BYTES))
    except OSError as error:
        raise TableError(f"The table {path} cannot be read: {error.strerror}.") from error
    return next((name for name in registry.names("importers") if _importer(name).sniff(path, head)), None)


def tables_in(folder: Path) -> list[Path]:
    """The files in a folder and its sub-folders that may be tables, by their extensions, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()
                  and not path.name.startswith("."))


def _read_folder(folder: Path, format: str | None) -> ImportedTable:
    formats = {path: found for path in tables_in(folder) if (found := _format_of(path)) and format in (None, found)}
    if not formats:
        raise TableError(f"The folder {folder} holds no table of sounds. Give the table itself, or a folder with one "
                         "table for each recording.")
    _check_one_format(folder, formats)
    parts = [_in_folder(_importer(name).read(path), folder) for path, name in formats.items()]
    _check_told_once(parts)
    return _joined(folder, parts)


def _check_one_format(folder: Path, formats: dict[Path, str]) -> None:
    if len(set(formats.values())) > 1:
        examples = {name: path for path, name in reversed(formats.items())}
        listed = ", ".join(f"{path.relative_to(folder)} is {name}" for name, path in examples.items())
        raise TableError(f"The folder {folder} holds tables of several formats ({listed}), which may list the same "
                         "sounds twice. Give one table, or a folder with tables of one format.")


def _in_folder(part: ImportedTable, folder: Path) -> ImportedTable:
    """With the table's sub-folder before the recording's name, as far as the name has no folder itself."""
    inside = part.path.parent.relative_to(folder).as_posix()
    if inside == ".":
        return part
    return replace(part, recording=tuple(text if "/" in text else f"{inside}/{text}" for text in part.recording))


def _check_told_once(parts: Sequence[ImportedTable]) -> None:
    teller: dict[str, Path] = {}
    for part in parts:
        for text in dict.fromkeys(part.recording):
            if text in teller:
                raise TableError(f"Both {teller[text]} and {part.path} list the sounds of {text!r}. Keep one of them.")
            teller[text] = part.path


def _joined(folder: Path, parts: Sequence[ImportedTable]) -> ImportedTable:
    def texts(name: str) -> tuple[str, ...] | None:
        columns = [getattr(part, name) for part in parts]
        if all(column is None for column in columns):
            return None
        return tuple(text for column, part in zip(columns, parts, strict=True) for text in column or ("",) * len(part))

    return ImportedTable(
        folder, tuple(text for part in parts for text in part.recording),
        np.concatenate([part.onset_s for part in parts]), np.concatenate([part.offset_s for part in parts]),
        ignore=np.concatenate([part.ignore for part in parts]), notes=_chained(parts, "notes"),
        lines=np.concatenate([part.lines for part in parts]), points=_chained(parts, "points"),
        doubts=_chained(parts, "doubts"), **{name: texts(name) for name in TEXTS},
    )


def _chained(parts: Sequence[ImportedTable], name: str) -> tuple[Any, ...]:
    return tuple(one for part in parts for one in getattr(part, name))
