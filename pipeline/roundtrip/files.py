"""The tables that a person hands in: single files, folders, or a zip as the page Export gives it."""

from __future__ import annotations

import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.errors import TableError
from pipeline.export_folder import is_zip
from pipeline.importers import tables_in
from pipeline.importers._read import SUFFIXES
from pipeline.text import printable

MOST_FILES, MOST_BYTES = 100_000, 1 << 31      # in a zip, unpacked
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class TableFile:
    """One table: where it lies at this moment, and what it is called.

    places : from which its recording may be told, relative to what was handed in: (path, whether it is the whole path)
    """

    path: Path
    name: str
    places: tuple[tuple[PurePosixPath, bool], ...]


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[list[TableFile]]:
    """The tables at these paths; what is packed is unpacked for as long as this lasts.

    Raises TableError for what is not there, is no zip, or holds no table.
    """
    with ExitStack() as stack:
        found = [table for path in paths for table in _at(Path(path).expanduser().absolute(), stack)]
        if not found:
            raise TableError(f"There is no table in {', '.join(printable(str(path)) for path in paths)}. Give the "
                             "edited tables, a folder that holds them, or a zip of it.")
        yield found


def found_at(path: Path) -> list[Path]:
    """The files that tables at a path are read from, sorted: of a folder those that may be tables, and its zips."""
    if not path.is_dir():
        return [path] if path.is_file() else []
    return sorted([*tables_in(path), *_zips(path)])


def sources(paths: Sequence[Path]) -> tuple[str, ...]:
    """What was handed in, by names: files, and what folders hold."""
    inside = [found.relative_to(path).parts[0] if path.is_dir() else path.name for path in map(Path, paths)
              for found in found_at(path)]
    return tuple(dict.fromkeys(inside))


def _zips(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if is_zip(path) and not path.name.startswith("."))
    return sorted(path for path in found if path.is_file())


def _at(path: Path, stack: ExitStack) -> Iterator[TableFile]:
    if path.is_dir():
        yield from _in_folder(path, path)
        for packed in _zips(path):
            yield from _at(packed, stack)
    elif not path.exists():
        raise TableError(f"There is nothing at {printable(str(path))}. Check the name of the table.")
    elif is_zip(path):
        folder = Path(tempfile.mkdtemp(prefix="syllabary-tables-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        _unpack(path, folder)
        yield from _in_folder(folder, path)
    else:
        yield TableFile(path, path.name, tuple(_tails(PurePosixPath(path.as_posix().lstrip("/")))))


def _in_folder(folder: Path, called: Path) -> Iterator[TableFile]:
    tables = [table.relative_to(folder) for table in tables_in(folder)]
    tops = {table.parts[0] for table in tables if len(table.parts) > 1}
    has_top = len(tops) == 1 and all(len(table.parts) > 1 for table in tables)
    for table in tables:
        inside = PurePosixPath(table.as_posix())
        whole = [(inside, True)]
        if has_top:                     # the folder that was packed
            whole.append((PurePosixPath(*inside.parts[1:]), True))
        outer = PurePosixPath(called.name) / inside
        yield TableFile(folder / table, f"{called.name}/{inside}", (*whole, *_tails(outer)))


def _tails(path: PurePosixPath) -> Iterator[tuple[PurePosixPath, bool]]:
    """A path without its first folder, its first two, …, down to its name."""
    parts = path.parts
    return ((PurePosixPath(*parts[first:]), False) for first in range(len(parts)))


def _unpack(path: Path, folder: Path) -> None:
    """The tables in a zip, under plain names; sizes are counted as they come, whatever the zip says of them."""
    room = MOST_BYTES
    try:
        with zipfile.ZipFile(path) as packed:
            entries = [entry for entry in packed.infolist() if _is_table(entry)]
            if len(entries) > MOST_FILES:
                raise TableError(f"{path} holds {len(entries):,} tables, more than {MOST_FILES:,}. Unpack it, and give "
                                 "its parts.")
            for entry in entries:
                room -= _copy(packed, entry, folder / _safe(entry.filename), room)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise TableError(f"{path} cannot be unpacked ({error}). Pack it again, or give the folder itself.") from error


def _is_table(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
    return not entry.is_dir() and name.suffix.lower() in SUFFIXES and not hidden


def _safe(name: str) -> PurePosixPath:
    """Never out of the folder: without roots, drives and steps upwards."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..") and "\0" not in part]
    return PurePosixPath(*parts)


def _copy(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, room: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    n_bytes = 0
    with packed.open(entry) as source, target.open("xb") as kept:
        while block := source.read(BLOCK_BYTES):
            n_bytes += len(block)
            if n_bytes > room:
                raise TableError(f"{packed.filename} unpacks to more than {MOST_BYTES >> 30} GB. Give its parts.")
            kept.write(block)
    return n_bytes
