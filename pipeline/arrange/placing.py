"""Sorted copies of files, and copies by cluster: nothing is overwritten, and nothing of another's is touched.

The number in front makes every name different. A folder of copies is made beside its place under another name and
then put there; one that an earlier run made is taken away first, but only if it holds nothing but what that run put in.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.arrange.cutting import Cut
from pipeline.errors import ExportError

LISTED = ".files.txt"
LONGEST_NAME_BYTES, FEWEST_DIGITS = 240, 5
PART = ".part"


def names(paths: Sequence[Path], *, parent_dir: bool) -> list[str]:
    """``00000_dir_file.wav`` …, in the order of ``paths``; all different, and short enough for any disk."""
    digits = max(FEWEST_DIGITS, len(str(max(0, len(paths) - 1))))
    return [_name(number, path, digits, parent_dir) for number, path in enumerate(paths)]


def _name(number: int, path: Path, digits: int, parent_dir: bool) -> str:
    parts = [f"{number:0{digits}d}", *([path.parent.name] if parent_dir and path.parent.name else []), path.stem]
    suffix = os.fsencode(path.suffix)
    whole = os.fsencode("_".join(parts))
    if len(whole) + len(suffix) > LONGEST_NAME_BYTES:
        cut = whole[:LONGEST_NAME_BYTES - len(suffix)]
        whole = cut.decode("utf-8", "ignore").encode() if _is_utf8(whole) else cut    # not within a letter
    return os.fsdecode(whole + suffix)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def fill(folder: Path, files: Sequence[tuple[Path | Cut, str]], *, how: str,
         advance: Callable[[int], None] = lambda _n: None) -> int:
    """Put files into ``folder`` under the names given (which may hold one ``/``); how : ``copy`` or ``link``.

    Where a file system cannot link, copies are made: returns how many. Parts of recordings are cut out. Raises
    ExportError if ``folder`` holds what no earlier run put there, or cannot be written; what was there then still is.
    advance : called with 1 for each file
    """
    check(folder)
    part, n_copied = folder.with_name(folder.name + PART), 0
    try:
        _remove(part)
        part.mkdir(parents=True)
        (part / LISTED).write_bytes(b"\0".join(os.fsencode(name) for _source, name in files))
        for source, name in files:
            (part / name).parent.mkdir(exist_ok=True)
            n_copied += _put(source, part / name, how)
            advance(1)
        _remove(folder)
        part.rename(folder)
    except OSError as error:
        raise ExportError(f"{folder} could not be written: {error.strerror or error}"
                          f"{f' ({error.filename})' if error.filename else ''}. Make room, or choose another "
                          "--output-dir.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)      # nothing is left of what was not finished
    return n_copied


def check(folder: Path) -> None:
    """Raise ExportError if there is something in ``folder`` that no earlier run put there."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportError(f"{folder} is a file. Choose another --output-dir.")
    listed, there = _listed(folder), [path for path in folder.rglob("*") if not path.is_dir()]
    foreign = next((path for path in there if str(path.relative_to(folder)) not in listed), None)
    if foreign is not None:
        raise ExportError(f"{foreign} was not put there by an earlier run, so {folder.name} is left as it is. Move it "
                          "away, or choose another --output-dir.")


def remove(folder: Path) -> None:
    """Take away what an earlier run made. Raises ExportError as `check` does."""
    check(folder)
    _remove(folder)


def _listed(folder: Path) -> set[str]:
    with contextlib.suppress(FileNotFoundError):
        return {LISTED, *(os.fsdecode(name) for name in (folder / LISTED).read_bytes().split(b"\0"))}
    return set()


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)


def _put(path: Path | Cut, target: Path, how: str) -> int:
    """1 if a copy had to be made in place of a link."""
    if isinstance(path, Cut):
        with target.open("wb") as file:
            path.write(file)
        return 0
    if how == "link":
        try:
            os.link(path.resolve(), target)    # of the file itself, should this be a symbolic link
            return 0
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES):
                raise
    shutil.copy2(path, target)
    return int(how == "link")
