"""Writing a project file: complete or not at all.

A file is made under another name in the same folder, brought to disk and renamed; whoever opens the project sees the
old one or the new one, never half of either. What it holds is written down in `pipeline.schema`.
"""

from __future__ import annotations

import datetime
import glob
import io
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pipeline import VERSION, drives, locks, schema
from pipeline.errors import ProjectError

SOFTWARE = f"Syllabary {VERSION}"
# A tile of 100 ms touches one or two chunks. Not compressed: on song gzip 1 saves a tenth of the project and makes
# writing it three times slower; lzf saves nothing. A checksum (fletcher32) tells damage at no cost.
CHUNK_BYTES = 1 << 14
ABANDONED_S = 7 * 24 * 3600


class Writer:
    """Fills a new project file. `files` and `segments` come first; each is called once."""

    def __init__(self, handle: h5py.File, sink: Sink) -> None:
        self._handle, self._sink = handle, sink
        self._file_ids = _ids_in(handle, "files/file_id")
        self._segment_ids = _ids_in(handle, "segments/segment_id")

    def files(self, **columns: Any) -> None:
        """The recordings, in row order; every column (m,), named as in the schema."""
        self._file_ids = self._table("files", columns, ids="file_id")

    def segments(self, **columns: Any) -> None:
        """The sounds, in row order; columns (n,) or (n, k), named as in the schema. ``cluster_id`` may be left out.

        Raises ProjectError for a file_id that is not among the files, and for places or times that are not finite.
        """
        columns.setdefault("cluster_id", np.zeros(len(columns["segment_id"]), np.int32))
        for name in ("onset_sec", "duration_sec", "umap", "pca"):
            _refuse_not_finite(f"segments/{name}", columns.get(name))
        self._refuse_unknown("segments/file_id", columns["file_id"], self._file_ids)
        self._segment_ids = self._table("segments", columns, ids="segment_id")
        if columns.get("umap") is not None and len(columns["umap"]):
            umap = np.asarray(columns["umap"], np.float64)
            low, high = umap.min(axis=0), umap.max(axis=0)
            self._put("umap_maprange", [low[0], high[0], low[1], high[1]])

    def embeddings(self, segment_id: np.ndarray, raw: np.ndarray, attrs: Mapping[str, Any] | None = None) -> None:
        """The default embedding: raw float32 (r, d)."""
        self._joined("embeddings", "embeddings", segment_id, {"raw": raw}, attrs)

    def feature(self, name: str, segment_id: np.ndarray, values: np.ndarray, *, columns: Sequence[str] = (),
                attrs: Mapping[str, Any] | None = None) -> None:
        """A set of features: values float32 (r, d) with a name for each column."""
        self._joined("features/<name>", f"features/{name}", segment_id, {"values": values}, attrs)
        self._name_columns(f"features/{name}", columns)

    def projection(self, name: str, segment_id: np.ndarray, values: np.ndarray, *,
                   attrs: Mapping[str, Any] | None = None, extra: Mapping[str, np.ndarray] | None = None,
                   placed: np.ndarray | None = None) -> None:
        """A map: values float32 (r, 2); ``extra`` arrays such as mean and components are kept beside it.

        placed : int8 (r,), 1 for sounds that came after the map was made and lie among their nearest neighbours
        """
        _refuse_not_finite(f"projections/{name}", values)
        columns = {"values": values, "placed": placed}
        self._joined("projections/<name>", f"projections/{name}", segment_id, columns, attrs)
        for key, array in (extra or {}).items():
            self._create(f"projections/{name}/{key}", np.asarray(array))

    def describe(self, place: str, attrs: Mapping[str, Any]) -> None:
        """Attributes of a group that is there, such as ``projections/umap``; those that are None go."""
        kept = self._handle[place].attrs
        for name in [name for name, value in attrs.items() if value is None and name in kept]:
            del kept[name]
        self._attrs(place, {name: value for name, value in attrs.items() if value is not None})

    def labeling(self, name: str, segment_id: np.ndarray, label: np.ndarray, *, probability: np.ndarray | None = None,
                 attrs: Mapping[str, Any] | None = None, silhouette: np.ndarray | None = None,
                 exemplars: np.ndarray | None = None) -> None:
        """What an algorithm found: label int32 (r,), -1 = noise; probability float32 (r, k).

        silhouette float32 (k,) and exemplars int32 (k, e), ids or -1, speak of the clusters.
        """
        columns = {"label": label, "probability": probability}
        self._joined("labelings/<name>", f"labelings/{name}", segment_id, columns, attrs)
        for key, values in {"silhouette": silhouette, "exemplars": exemplars}.items():
            if values is not None:
                self._put(f"labelings/<name>/{key}", values, at=f"labelings/{name}/{key}")

    def drop_labeling(self, name: str) -> None:
        """Leave out what an algorithm found; nothing happens if there is none of that name."""
        self._handle.pop(f"labelings/{name}", None)

    def arrangement(self, name: str, segment_id: np.ndarray, order: np.ndarray, linkage: np.ndarray, *,
                    attrs: Mapping[str, Any] | None = None) -> None:
        """A tree of sounds: linkage float64 (r − 1, 4) of these rows as scipy has it, order (r,) of its leaves."""
        self._joined("arrangements/<name>", f"arrangements/{name}", segment_id, {"order": order}, attrs)
        self._put("arrangements/<name>/linkage", linkage, at=f"arrangements/{name}/linkage")

    def clusters(self, cluster_ids: Sequence[int], names: Sequence[str], colours: Sequence[str],
                 notes: Sequence[str]) -> None:
        """Every cluster that was ever made, with its name, colour and note."""
        capacity = schema.CLUSTER_CAPACITY
        while capacity < len(cluster_ids):
            capacity *= 2
        unused = capacity - len(cluster_ids)
        columns = {
            "cluster_id": [*cluster_ids, *[schema.UNUSED_CLUSTER] * unused],
            "name": [*names, *[""] * unused],
            "color": [*colours, *[""] * unused],
            "note": [*notes, *[""] * unused],
        }
        self._table("clusters", columns)

    def cluster_table(self, columns: Mapping[str, np.ndarray]) -> None:
        """The table of clusters as another project has it, byte for byte: a journal knows it by its bytes."""
        for name, values in columns.items():
            self._create(f"clusters/{name}", values)

    def spectrogram(self, file_id: int, values: np.ndarray, *, db_per_step: float, freq_hz: tuple[float, float],
                    hop_s: float) -> None:
        """One recording's spectrogram: int8 (n_freq, n_frames), frame i centred at i · hop_s."""
        self._refuse_unknown("spectrograms", [file_id], self._file_ids)
        item = self._put("spectrograms/<file_id>", values, at=f"spectrograms/{int(file_id)}")
        item.attrs.update({"db_per_step": float(db_per_step), "freq_hz": np.asarray(freq_hz, float), "hop_s": hop_s})

    def pitch(self, file_id: int, values: np.ndarray) -> None:
        """One recording's pitch: float32 (2, n_frames), times in s and F0 in Hz."""
        self._refuse_unknown("pitch", [file_id], self._file_ids)
        self._put("pitch/<file_id>", values, at=f"pitch/{int(file_id)}")

    def taken_over(self, place: str, arrays: Mapping[str, np.ndarray], attrs: Mapping[str, Any]) -> None:
        """A group of another project that carries its own ``segment_id``, such as ``features/mfcc``, as it is."""
        self._refuse_unknown(f"{place}/segment_id", arrays["segment_id"], self._segment_ids)
        for name, array in arrays.items():
            self._create(f"{place}/{name}", array)
        named = {name: value for name, value in attrs.items() if name != "columns"}
        self._attrs(place, named)
        if "columns" in attrs:
            self._name_columns(place, [attrs["columns"]] if isinstance(attrs["columns"], str) else attrs["columns"])

    def step(self, name: str, *, fingerprint: str, versions: Mapping[str, str]) -> None:
        """What a step was made from: the fingerprint of its inputs and the versions of its libraries."""
        attrs = {f"step_{name}_fingerprint": fingerprint, f"step_{name}_versions": dict(versions)}
        self._attrs("parameters", attrs)

    def finish(self) -> None:
        """Add what a complete file has besides. Raises ProjectError if the sounds or the recordings were not given."""
        if self._segment_ids is None or self._file_ids is None:
            raise ProjectError("A project needs a table of sounds and one of recordings; this one is not kept.")
        if "clusters" not in self._handle:
            self.clusters([], [], [], [])
        spectrograms = self._handle.require_group("spectrograms")
        ids = sorted(int(key) for key in spectrograms if key.isdigit())
        spectrograms.pop("file_id", None)
        self._put("spectrograms/file_id", np.array(ids, np.int32))

    def _joined(self, template: str, place: str, segment_id: np.ndarray, columns: Mapping[str, Any],
                attrs: Mapping[str, Any] | None) -> None:
        self._refuse_unknown(f"{place}/segment_id", segment_id, self._segment_ids)
        self._handle.pop(place, None)
        self._table(template, {"segment_id": segment_id, **columns}, at=place, ids="segment_id")
        self._attrs(place, attrs or {})

    def _table(self, template: str, columns: Mapping[str, Any], *, at: str = "", ids: str = "") -> np.ndarray:
        at = at or template
        given = {name: values for name, values in columns.items() if values is not None}
        _refuse_missing(template, given)
        lengths = {name: len(values) for name, values in given.items()}
        if len(set(lengths.values())) != 1:
            raise ProjectError(f"The columns of {at} have different lengths: {lengths}.")
        for name, values in given.items():
            self._put(f"{template}/{name}", values, at=f"{at}/{name}")
        return _refuse_repeated(at, np.asarray(given[ids])) if ids else np.empty(0, np.int32)

    def _put(self, template: str, values: Any, *, at: str = "") -> h5py.Dataset:
        about = schema.entry(template)
        return self._create(at or template, schema.as_written(about, values), tiled=about.layout == schema.TILED)

    def _create(self, place: str, array: np.ndarray, *, tiled: bool = False) -> h5py.Dataset:
        how = _tiling(array) if tiled and array.size else {}
        item = self._handle.create_dataset(place, data=array, **how)
        self._sink.complain()
        return item

    def _name_columns(self, place: str, columns: Sequence[str]) -> None:
        named = np.array([schema.clean_text(column) for column in columns], dtype=h5py.string_dtype())
        self._handle[place].attrs["columns"] = named

    def _attrs(self, place: str, values: Mapping[str, Any]) -> None:
        attrs = self._handle.require_group(place).attrs
        for name, value in values.items():
            attrs[name] = _attr(value)

    def _refuse_unknown(self, place: str, ids: Any, known: np.ndarray | None) -> None:
        unknown = np.setdiff1d(np.asarray(ids), () if known is None else known)
        if len(unknown):
            raise ProjectError(f"{place} names the id {unknown[0]}, which this project does not have.")


@contextmanager
def create(path: Path | str, parameters: Mapping[str, Any], *, project_id: str | None = None,
           data_dir: Path | str | None = None, created: str | None = None) -> Iterator[Writer]:
    """Write a new project at ``path``, replacing what is there when all of it is on disk.

    An exception inside leaves what was there untouched. ``project_id`` is a new UUID unless given; ``data_dir`` is the
    folder that the recordings' paths are relative to; ``created`` says when the project was first made, if not now.
    Raises ProjectError if the folder cannot be written.
    """
    with replacing(Path(path)) as temporary, filling(temporary, "w") as (handle, sink):
        handle.attrs.update(_root_attrs(project_id or str(uuid.uuid4()), created))
        writer = Writer(handle, sink)
        writer._attrs("parameters", _parameters(parameters, data_dir))
        yield writer
        writer.finish()


@contextmanager
def amend(path: Path | str) -> Iterator[Writer]:
    """Add features, projections, labelings or arrangements to a project, in a copy that then takes its place.

    A set of the same name is replaced. Labels saved meanwhile by others are in the journal and come back from there.
    """
    path = Path(path)
    with locks.holding(path), replacing(path) as temporary:
        shutil.copyfile(path.resolve(), temporary)
        with filling(temporary, "r+") as (handle, sink):
            writer = Writer(handle, sink)
            yield writer
            writer.finish()


class Sink(io.FileIO):
    """A file whose failures are kept instead of shown to HDF5, which can crash the process when a disk is full.

    What the disk did not take stays in memory, so that HDF5 reads what it has written until `complain` is called.
    """

    def __init__(self, path: Path, mode: str) -> None:
        super().__init__(path, mode)
        self.failure: OSError | None = None
        self._lost: list[tuple[int, bytes]] = []

    def write(self, data: Any) -> int:
        place, rest = self.tell(), memoryview(data).cast("B")
        n_bytes = len(rest)
        try:
            while rest and self.failure is None:
                n_taken = super().write(rest)
                place, rest = place + n_taken, rest[n_taken:]
        except OSError as error:
            self.failure = error
        if rest:
            self._lost.append((place, bytes(rest)))
        return n_bytes

    def readinto(self, buffer: Any) -> int:
        place, view = self.tell(), memoryview(buffer).cast("B")
        n_read = super().readinto(view)
        for start, lost in self._lost:
            first, last = max(place, start), min(place + len(view), start + len(lost))
            if first < last:
                view[first - place:last - place] = lost[first - start:last - start]
        return len(view) if self._lost else n_read

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except OSError as error:
            self.failure = self.failure or error
            return size or 0

    def complain(self) -> None:
        """Raise the first failure, if there was one."""
        if self.failure is not None:
            raise self.failure


@contextmanager
def filling(path: Path, mode: str) -> Iterator[tuple[h5py.File, Sink]]:
    """A file to be written with HDF5, "w" anew or "r+"; what the disk does not take raises OSError at the end."""
    with Sink(path, "w+" if mode == "w" else "r+") as sink:
        with h5py.File(sink, mode) as handle:
            yield handle, sink
        sink.complain()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write a file under, which takes its place when all of it is on disk.

    An exception inside leaves what was there untouched. Raises ProjectError if it cannot be written.
    """
    target = path.resolve()      # a link stays a link: what it points to is replaced
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    _sweep(target)
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        drives.sync_file(temporary)
        temporary.replace(target)
        drives.sync_folder(target.parent)
    except OSError as error:
        raise ProjectError(f"{path} could not be written ({error.strerror or error}). What was there is unchanged; "
                           "check that the folder exists, may be written and has room, then try again.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(target: Path) -> None:
    """Remove what a killed writer left long ago; a younger one may still be at work."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        if time.time() - left.stat().st_mtime > ABANDONED_S:
            left.unlink(missing_ok=True)


def _root_attrs(project_id: str, created: str | None) -> dict[str, Any]:
    created = created or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"format": schema.FORMAT, "format_version": schema.VERSION, "created": created, "software": SOFTWARE,
            "project_id": project_id}


def _parameters(parameters: Mapping[str, Any], data_dir: Path | str | None) -> dict[str, Any]:
    values = dict(parameters)
    if data_dir is not None:
        values["data_dir"] = str(Path(data_dir).resolve())
    for alias, name in schema.PARAMETER_ALIASES.items():
        if name in values:
            values[alias] = values[name]
    return values


def _attr(value: Any) -> Any:
    """A value as HDF5 keeps it: numbers as numbers, nothing as an empty text, tables as JSON."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True, default=str)
    if isinstance(value, (bool, int, float, np.generic, np.ndarray)):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(part, (bool, int, float)) for part in value):
        return np.asarray(value)
    return json.dumps(list(value), default=str) if isinstance(value, (list, tuple)) else schema.clean_text(value)


def _tiling(array: np.ndarray) -> dict[str, Any]:
    n_freq, n_frames = array.shape
    frames = max(16, min(1024, CHUNK_BYTES // n_freq, n_frames))
    return {"chunks": (n_freq, min(frames, n_frames)), "fletcher32": True}


def _ids_in(handle: h5py.File, place: str) -> np.ndarray | None:
    return handle[place][()] if place in handle else None


def _refuse_missing(template: str, given: Mapping[str, Any]) -> None:
    known = {entry.name: entry for entry in schema.columns(template)}
    unknown = set(given) - set(known)
    missing = {name for name, entry in known.items() if entry.needed} - set(given)
    if unknown or missing:
        raise ProjectError(f"The columns of {template} do not fit: missing are {sorted(missing)}, unknown are "
                           f"{sorted(unknown)}.")


def _refuse_repeated(place: str, ids: np.ndarray) -> np.ndarray:
    if len(np.unique(ids)) != len(ids):
        raise ProjectError(f"Ids repeat in {place}; each may occur once.")
    return ids


def _refuse_not_finite(place: str, values: Any) -> None:
    if values is not None and not np.isfinite(np.asarray(values)).all():
        raise ProjectError(f"{place} holds values that are not finite numbers.")
