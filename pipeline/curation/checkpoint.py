"""Copying the labels into the project file, so that no crash can damage it.

The data sets written to are contiguous and unfiltered: their bytes lie at fixed places in the file and are
overwritten there. Nothing of the HDF5 structure changes, whatever happens half-way.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from pipeline import drives, store
from pipeline.curation.edits import NAME_BYTES, NOTE_BYTES
from pipeline.curation.labels import ClusterInfo
from pipeline.errors import ProjectError

CAPACITY = 1024
CELLS = "segments/cluster_id"
COLUMNS = {"cluster_id": np.dtype("<i4"), "name": np.dtype(f"S{NAME_BYTES}"), "color": np.dtype("S7"),
           "note": np.dtype(f"S{NOTE_BYTES}")}
ROW_BYTES = sum(dtype.itemsize for dtype in COLUMNS.values())
UNUSED = -1


@dataclass(frozen=True)
class Content:
    """What the file has where labels are written: the bytes of ``segments/cluster_id`` and of the four columns of
    ``clusters/``, one after the other."""

    cells: bytes
    cluster_table: bytes

    @property
    def capacity(self) -> int:
        return len(self.cluster_table) // ROW_BYTES


@dataclass(frozen=True)
class Places:
    """Where labels are written: (offset, length) in bytes of ``segments/cluster_id``, then of the four columns."""

    project_id: str
    cells: tuple[int, int]
    columns: tuple[tuple[int, int], ...]

    @property
    def n_sounds(self) -> int:
        return self.cells[1] // np.dtype("<i4").itemsize

    def fits(self, content: Content) -> bool:
        """Whether there is room for it."""
        room = sum(length for _, length in self.columns)
        return self.cells[1] == len(content.cells) and room == len(content.cluster_table)


def locate(project: Path) -> Places | None:
    """Where to write the labels, or None if the file must first be rewritten to have room for them in place."""
    with _reading(project) as file:
        project_id = str(file.attrs.get("project_id", ""))
        sets = [file.get(CELLS), *(file.get(f"clusters/{name}") for name in COLUMNS)]
        types = [np.dtype("<i4"), *COLUMNS.values()]
        if not project_id or not all(map(_is_in_place, sets, types)) or len({len(s) for s in sets[1:]}) != 1:
            return None
        spans = [(found.id.get_offset() or 0, found.id.get_storage_size()) for found in sets]
    return Places(project_id, spans[0], tuple(spans[1:]))


def segment_ids(project: Path) -> np.ndarray:
    """The ids of the sounds that the file has now, in row order."""
    with _reading(project) as file:
        return file["segments/segment_id"][()]


def project_id_of(project: Path) -> str:
    """The id that the file carries, "" for one that Syllabary has never written to."""
    with _reading(project) as file:
        return str(file.attrs.get("project_id", ""))


def read(project: Path, places: Places) -> Content:
    """The bytes that are there now."""
    cells, *columns = _pread(project, [places.cells, *places.columns])
    return Content(cells, b"".join(columns))


def write(project: Path, places: Places, content: Content) -> None:
    """Overwrite what differs, in place, and bring it to disk."""
    now = read(project, places)
    handle = os.open(project, os.O_RDWR)
    try:
        if now.cells != content.cells:
            _pwrite(handle, content.cells, places.cells[0])
        if now.cluster_table != content.cluster_table:
            for (offset, _), column in zip(places.columns, _columns(content.cluster_table), strict=True):
                _pwrite(handle, column, offset)
        drives.sync(handle)
    finally:
        os.close(handle)


def is_mixture(found: Content, old: Content, new: Content) -> bool:
    """Whether every byte found is either the old or the new one, as a write cut short by a crash leaves them."""
    return _is_mixture(found.cells, old.cells, new.cells) and _is_mixture(
        found.cluster_table, old.cluster_table, new.cluster_table
    )


def encode(clusters: Iterable[ClusterInfo], *, capacity: int) -> bytes:
    """The cluster table as bytes; doubled until all clusters find room. 0 and noise need no row."""
    infos = [info for info in clusters if info.cluster_id > 0]
    while capacity < len(infos):
        capacity *= 2
    columns = {name: np.zeros(capacity, dtype) for name, dtype in COLUMNS.items()}
    columns["cluster_id"][:] = UNUSED
    for row, info in enumerate(infos):
        columns["cluster_id"][row] = info.cluster_id
        for name, text in (("name", info.name), ("color", info.colour), ("note", info.note)):
            columns[name][row] = cut(text, COLUMNS[name].itemsize)
    return b"".join(column.tobytes() for column in columns.values())


def decode(table: bytes) -> list[ClusterInfo]:
    """The clusters in a cluster table."""
    columns = dict(zip(COLUMNS, (a for name, a in _arrays(Content(b"", table)).items() if name != CELLS), strict=True))
    used = np.flatnonzero(columns["cluster_id"] > 0)
    texts = ([bytes(columns[name][row]).decode(errors="replace") for row in used] for name in ("name", "color", "note"))
    return [ClusterInfo(int(k), *rest) for k, *rest in zip(columns["cluster_id"][used], *texts, strict=True)]


def columns_of(content: Content) -> dict[str, np.ndarray]:
    """The columns of ``clusters/`` by name, each (c,), as they lie in the file."""
    return {name.partition("/")[2]: array for name, array in _arrays(content).items() if name != CELLS}


def cut(text: str, n_bytes: int) -> bytes:
    """UTF-8 of at most ``n_bytes``, cut at a whole character."""
    return text.encode(errors="replace")[:n_bytes].decode(errors="ignore").encode()


def rewrite(project: Path, content: Content, *, project_id: str, keep: bool) -> None:
    """Write the whole file anew, with room for the labels in place, and rename it over the old one.

    ``keep`` leaves the old one as ``NAME.before-syllabary.h5``. To be called while `locks.holding` the project.
    """
    with store.replacing(project) as temporary:
        shutil.copyfile(project, temporary)
        with store.filling(temporary, "r+") as (file, sink):
            _refuse_other_sounds(project, file, content)
            file.attrs["project_id"] = project_id
            for name, array in _arrays(content).items():
                file.pop(name, None)
                file.create_dataset(name, data=array)
                sink.complain()
        drives.sync_file(temporary)   # before the original gets its second name
        if keep:
            _keep_original(project)


def _refuse_other_sounds(project: Path, file: h5py.File, content: Content) -> None:
    n_labels, n_sounds = len(content.cells) // 4, len(file["segments/segment_id"])
    if n_labels != n_sounds:
        raise ProjectError(f"{project} has {n_sounds} sounds, but there are labels for {n_labels}: it was extended "
                           "since it was opened. Open it again.")


def sounds_digest(segment_ids: np.ndarray, file_ids: np.ndarray, onset_s: np.ndarray, duration_s: np.ndarray) -> str:
    """A fingerprint of which sounds a project has, to tell whether a journal speaks of the same ones."""
    digest = hashlib.sha256()
    for values, dtype in ((segment_ids, "<i4"), (file_ids, "<i4"), (onset_s, "<f8"), (duration_s, "<f8")):
        digest.update(np.asarray(values).astype(dtype).tobytes())
    return digest.hexdigest()


def _is_in_place(found: h5py.Dataset | None, dtype: np.dtype) -> bool:
    if not isinstance(found, h5py.Dataset) or found.ndim != 1 or found.dtype != dtype:
        return False
    contiguous = found.chunks is None and not found.external and not found.is_virtual
    return contiguous and (len(found) == 0 or found.id.get_offset() is not None)


@contextmanager
def _reading(project: Path) -> Iterator[h5py.File]:
    try:
        # this driver keeps our handle apart from a plain h5py.File(path) in the same process, which locks otherwise
        with h5py.File(project, "r", driver="stdio", locking=False) as file:
            yield file
    except OSError as error:
        raise ProjectError(f"{project} cannot be read ({error}). See whether it was moved, or bring it back from a "
                           "backup: the edits are safe in the journal beside it.") from None


def _pread(project: Path, spans: Iterable[tuple[int, int]]) -> list[bytes]:
    handle = os.open(project, os.O_RDONLY)
    try:
        return [os.pread(handle, length, offset) for offset, length in spans]
    finally:
        os.close(handle)


def _pwrite(handle: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        n_written = os.pwrite(handle, view, offset)
        view, offset = view[n_written:], offset + n_written


def _is_mixture(found: bytes, old: bytes, new: bytes) -> bool:
    if found in (old, new):
        return True
    if not len(found) == len(old) == len(new):
        return False
    now, before, after = (np.frombuffer(data, np.uint8) for data in (found, old, new))
    return bool(np.all((now == before) | (now == after)))


def _columns(table: bytes) -> list[bytes]:
    capacity, start, found = len(table) // ROW_BYTES, 0, []
    for dtype in COLUMNS.values():
        found.append(table[start:start + capacity * dtype.itemsize])
        start += capacity * dtype.itemsize
    return found


def _arrays(content: Content) -> Mapping[str, np.ndarray]:
    arrays = {CELLS: np.frombuffer(content.cells, "<i4")}
    for (name, dtype), data in zip(COLUMNS.items(), _columns(content.cluster_table), strict=True):
        arrays[f"clusters/{name}"] = np.frombuffer(data, dtype)
    return arrays


def _keep_original(project: Path) -> None:
    endings = itertools.chain([""], (f"-{k}" for k in itertools.count(2)))
    names = (f"{project.stem}.before-syllabary{ending}{project.suffix}" for ending in endings)
    kept = next(free for name in names if not (free := project.with_name(name)).exists())
    try:
        os.link(project, kept)
    except OSError:   # a drive without hard links
        shutil.copy2(project, kept)
        drives.sync_file(kept)
