"""The door to HDF5 files that others may have written: nothing is believed before it was looked at.

Every group and data set is reached through `group` and `dataset`, which follow no link out of the file and refuse
what could not be held in memory; every failure of the library becomes a sentence that names the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from pipeline.errors import ProjectError

ALWAYS_HELD_BYTES = 1 << 26      # what a data set may declare without holding anything: fill values take no space
MOST_EXPANSION = 1100            # deflate cannot expand further; what declares more is not what it says
MOST_CHUNK_BYTES = 1 << 28
LIBRARY_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError, UnicodeError, MemoryError, OverflowError)


def open_file(path: Path) -> h5py.File:
    """Open a file for reading, without a lock that would keep others out.

    Raises ProjectError if it is missing, a folder, empty, truncated, or no HDF5 at all.
    """
    _look_at(path)
    try:
        # HDF5 refuses one file twice in a process under different locking; another driver keeps ours apart from a
        # notebook's plain h5py.File(path), which otherwise could not be opened beside it.
        return h5py.File(path, "r", driver="stdio", locking=False)
    except PermissionError:
        raise ProjectError(f"{path} may not be read by this account. Change its permissions.") from None
    except LIBRARY_ERRORS as error:
        raise ProjectError(f"{path} is damaged and cannot be opened ({error}). Restore it from a copy.") from error


def _look_at(path: Path) -> None:
    if path.is_dir():
        raise ProjectError(f"{path} is a folder, not a project file. Name the .h5 file inside it.")
    if not path.exists():
        raise ProjectError(f"There is no project file {path}. Check the name, or make it with 'preprocess'.")
    if not path.is_file():
        raise ProjectError(f"{path} is not a regular file, so it cannot be a project.")
    if not os.access(path, os.R_OK):
        raise ProjectError(f"{path} may not be read by this account. Change its permissions.")
    if not h5py.is_hdf5(path):
        raise ProjectError(f"{path} is not an HDF5 file, so it is not a project. Choose a .h5 file made by "
                           "'preprocess' or by a tool with the same layout.")
    if path.stat().st_size < _stated_size(path):
        raise ProjectError(f"{path} is truncated: its end is missing, as after a broken copy. Copy or make it again.")


def _stated_size(path: Path) -> int:
    """The length that the file's superblock gives, 0 where it is not told in the usual way.

    The library's own message about a truncated file differs between versions. Source: HDF5 File Format
    Specification 3.0, section II.A.
    """
    with path.open("rb") as raw:
        head = raw.read(64)
    version = head[8] if head.startswith(b"\x89HDF\r\n\x1a\n") and len(head) == 64 else None
    place = {0: 40, 1: 44, 2: 28, 3: 28}.get(version)
    offset_bytes = head[13] if version in (0, 1) else head[9]
    return int.from_bytes(head[place:place + 8], "little") if place and offset_bytes == 8 else 0


@contextmanager
def guarded(path: Path, what: str) -> Iterator[None]:
    """Turn a failure of the library while reading ``what`` into a ProjectError that names the file."""
    try:
        yield
    except LIBRARY_ERRORS as error:
        raise ProjectError(f"{path} is damaged: {what} cannot be read ({error}). Restore it from a copy.") from error


def group(parent: h5py.Group, name: str) -> h5py.Group | None:
    """A group below ``parent``, or None if there is no such group. Raises ProjectError for links and damage."""
    found = _child(parent, name)
    return found if isinstance(found, h5py.Group) else None


def required_group(parent: h5py.Group, name: str) -> h5py.Group:
    """A group that must be there. Raises ProjectError if it is not."""
    found = group(parent, name)
    if found is None:
        raise ProjectError(f"{file_of(parent)} has no group {name!r}. The file was changed; open it again.")
    return found


def dataset(parent: h5py.Group, name: str) -> h5py.Dataset | None:
    """A data set below ``parent`` that is safe to read, or None if there is none.

    Raises ProjectError for links, for data kept in other files, and for sizes the file cannot hold.
    """
    found = _child(parent, name)
    if not isinstance(found, h5py.Dataset):
        return None
    _refuse_elsewhere(found)
    _refuse_absurd(found)
    return found


def names(parent: h5py.Group) -> list[str]:
    """The names below a group, sorted as HDF5 sorts them."""
    with guarded(file_of(parent), f"the list of {parent.name}"):
        return list(parent)


def file_of(item: h5py.HLObject) -> Path:
    """The file that ``item`` lies in."""
    return Path(os.fsdecode(item.file.filename))


def read(item: h5py.Dataset) -> np.ndarray:
    """All of a data set. Raises ProjectError where it is damaged."""
    with guarded(file_of(item), item.name):
        return item[()]


def texts(item: h5py.Dataset) -> tuple[str, ...]:
    """A data set of texts, as utf-8, bytes or whole numbers; what is no utf-8 is shown as ``\\xNN``."""
    values = np.atleast_1d(read(item))
    if values.dtype.kind not in "OSUiu":
        raise ProjectError(f"{file_of(item)}: {item.name} holds measured numbers where texts belong.")
    return tuple(text(value) for value in values.ravel())


def text(value: object) -> str:
    """One text out of a file, whatever it was written as."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def is_overwritable(item: h5py.Dataset) -> bool:
    """Whether the values lie in one piece at a fixed place, so that they can be changed without HDF5."""
    in_one_piece = item.dtype.kind != "O" and item.chunks is None and not item.external and not item.is_virtual
    return in_one_piece and not item.file.userblock_size and item.id.get_offset() is not None


def read_now(item: h5py.Dataset, descriptor: int) -> np.ndarray:
    """The values as the disk has them now, not as the library remembers them.

    An open handle goes on showing old values after another process has overwritten a contiguous data set, so its
    bytes are read from ``descriptor``, an open file descriptor of the same file.
    """
    if not is_overwritable(item):
        return read(item)
    raw = os.pread(descriptor, item.nbytes, item.id.get_offset())
    if len(raw) != item.nbytes:
        raise ProjectError(f"{file_of(item)} is truncated: {item.name} is not all there. Restore it from a copy.")
    return np.frombuffer(raw, item.dtype).reshape(item.shape)


def _child(parent: h5py.Group, name: str) -> h5py.HLObject | None:
    path = file_of(parent)
    with guarded(path, f"{parent.name.rstrip('/')}/{name}"):
        key = name.encode()
        if not parent.id.links.exists(key):
            return None
        hard = parent.id.links.get_info(key).type == h5py.h5l.TYPE_HARD
        if hard:
            return parent[name]
    raise ProjectError(f"{path}: {parent.name.rstrip('/')}/{name} is a link to another place. Links are not followed, "
                       "because they can lead out of the file; write the data themselves into the project.")


def _refuse_elsewhere(item: h5py.Dataset) -> None:
    if item.external or item.is_virtual:
        raise ProjectError(f"{file_of(item)}: the values of {item.name} lie in another file. Write them into the "
                           "project itself.")


def _refuse_absurd(item: h5py.Dataset) -> None:
    n_bytes = int(np.prod(item.shape or (1,), dtype=object)) * item.dtype.itemsize
    chunk_bytes = int(np.prod(item.chunks or (0,), dtype=object)) * item.dtype.itemsize
    holds = MOST_EXPANSION * item.id.get_storage_size()
    if n_bytes > max(ALWAYS_HELD_BYTES, holds) or chunk_bytes > MOST_CHUNK_BYTES:
        raise ProjectError(f"{file_of(item)}: {item.name} claims {n_bytes / 1e9:,.1f} GB, which the file does not "
                           "hold. The file is damaged or not a project.")
