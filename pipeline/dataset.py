"""Reading a project: its tables in row order, its sounds' values joined by id, its spectrograms piece by piece."""

from __future__ import annotations

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pipeline import hdf5, schema, upgrades
from pipeline.errors import ProjectError

DEFAULT_DB_PER_STEP = 80 / 127
SAMPLED_SOUNDS = 400
LEVEL_PERCENT = (1, 99)
OPEN_SPECTROGRAMS = 64       # each open data set may keep 1 MB of unpacked chunks
SETS = ("features", "projections", "labelings")


@dataclass(frozen=True, eq=False)
class Files:
    """The recordings, in row order.

    file_id int32 (m,) · sr int32 Hz, 0 if unknown · duration_s float64 s, NaN if unknown · recorded_at float64 s since
    1970 UTC, NaN if unknown · the others texts
    """

    file_id: np.ndarray
    filename: tuple[str, ...]
    path: tuple[str, ...]
    sr: np.ndarray
    duration_s: np.ndarray
    recorded_at: np.ndarray
    status: tuple[str, ...]
    day: tuple[str, ...]
    note: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.file_id)

    @cached_property
    def _rows(self) -> dict[int, int]:
        return {int(file_id): row for row, file_id in enumerate(self.file_id)}

    def row_of(self, file_id: int) -> int:
        """The row of a recording. Raises ProjectError if there is none with this id."""
        row = self._rows.get(int(file_id))
        if row is None:
            raise ProjectError(f"This project has no recording with the id {file_id}.")
        return row


@dataclass(frozen=True, eq=False)
class Segments:
    """The sounds, in row order: segment_id, file_id int32 (n,); onset_s, duration_s float64 (n,) in s.

    umap : float32 (n, 2) or None      label : n texts, or None
    """

    segment_id: np.ndarray
    file_id: np.ndarray
    onset_s: np.ndarray
    duration_s: np.ndarray
    umap: np.ndarray | None
    label: tuple[str, ...] | None
    read_pca: Callable[[], np.ndarray | None] = field(repr=False)

    def __len__(self) -> int:
        return len(self.segment_id)

    @cached_property
    def pca(self) -> np.ndarray | None:
        """Principal components, float32 (n, k), or None; read when first asked for."""
        return self.read_pca()


@dataclass(frozen=True)
class Cluster:
    """One row of the table of clusters; ``colour`` is ``#rrggbb`` or empty."""

    cluster_id: int
    name: str
    colour: str
    note: str


@dataclass(frozen=True, eq=False)
class Feature:
    """values float32 (n, d) in row order, NaN where a sound has none; ``columns`` are d names, or () if they have none."""

    values: np.ndarray
    columns: tuple[str, ...]
    attrs: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Labeling:
    """label int32 (n,) in row order, -1 = noise or not labelled; probability float32 (n, k) or None."""

    label: np.ndarray
    probability: np.ndarray | None
    attrs: dict[str, Any]


@dataclass(frozen=True)
class SpectrogramScale:
    """dB = value · db_per_step; ``freq_hz`` of the first and the last row; frame i is centred at i · hop_s."""

    db_per_step: float
    freq_hz: tuple[float, float]
    hop_s: float


class Dataset:
    """A project, open for reading. Safe to be read by several threads at once.

    ``notes`` are sentences about what could not be taken over from a file of another tool.
    """

    def __init__(self, layout: upgrades.Layout, descriptor: int) -> None:
        self._layout = layout
        self._descriptor = descriptor
        self._lock = threading.RLock()
        self._spectrograms: OrderedDict[int, h5py.Dataset] = OrderedDict()
        self._closed = False
        self.path = layout.path
        self.project_id = str(layout.attrs["project_id"])
        self.format_version = layout.version
        self.attrs = dict(layout.attrs)
        self.notes = tuple(layout.notes)
        self.parameters = {name: value for name, value in layout.parameters.items() if not name.startswith("step_")}
        self.steps = {name: value for name, value in layout.parameters.items() if name.startswith("step_")}
        self.files = _files(layout)
        self.segments = _segments(layout, self._read_pca)
        self.n_segments = len(self.segments)

    @classmethod
    def open(cls, path: Path | str) -> Dataset:
        """Open a project read-only and without a lock; older layouts are upgraded in memory.

        Raises ProjectError with a sentence for what is missing, damaged, newer than this program or no project.
        """
        path = Path(path)
        handle = hdf5.open_file(path)
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return cls(upgrades.load(path, handle), descriptor)
        except BaseException:
            handle.close()
            os.close(descriptor)
            raise

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. What was read stays usable; asking for more raises ProjectError."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._spectrograms.clear()
                self._layout.handle.close()
                os.close(self._descriptor)

    # ---- sounds and clusters ----------------------------------------------------------------------------------------

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self.segments.segment_id, kind="stable")

    @cached_property
    def _sorted_ids(self) -> np.ndarray:
        return self.segments.segment_id[self._order]

    def rows_of(self, segment_ids: Any) -> np.ndarray:
        """The rows, int64, of sounds by their ids, in the order asked. Raises ProjectError for ids that are not there."""
        wanted = np.asarray(segment_ids)
        if not wanted.size:
            return np.empty(0, np.int64)
        places = np.minimum(np.searchsorted(self._sorted_ids, wanted), max(self.n_segments - 1, 0))
        unknown = self._sorted_ids[places] != wanted if self.n_segments else np.ones(wanted.shape, bool)
        if unknown.any():
            raise ProjectError(f"{self.path} has no sound with the id {wanted[unknown][0]}. Load the project again.")
        return self._order[places]

    def cluster_ids(self) -> np.ndarray:
        """The cluster of each sound as the file has it at this moment, int32 (n,); 0 = unassigned.

        Raises ProjectError if another project has taken the file's place.
        """
        with _Now(self) as now:
            item = hdf5.dataset(hdf5.group(now.handle, "segments"), "cluster_id")
            if item is None:
                return np.zeros(self.n_segments, np.int32)
            values = hdf5.read_now(item, now.descriptor)
        if values.shape != (self.n_segments,):
            raise ProjectError(f"{self.path} has other sounds than when it was opened. Open it again.")
        return schema.as_written(schema.entry("segments/cluster_id"), values).copy()

    def clusters(self) -> list[Cluster]:
        """The table of clusters as the file has it at this moment, ordered by number; empty if there is none."""
        with _Now(self) as now:
            group = hdf5.group(now.handle, "clusters")
            if group is None or hdf5.dataset(group, "cluster_id") is None:
                return []
            ids = hdf5.read_now(hdf5.dataset(group, "cluster_id"), now.descriptor)
            texts = [_texts_now(group, name, len(ids), now.descriptor) for name in ("name", "color", "note")]
        rows = zip(ids.tolist(), *texts, strict=True)
        return sorted((Cluster(int(row[0]), *row[1:]) for row in rows if row[0] >= 0), key=lambda row: row.cluster_id)

    # ---- what was computed for the sounds ---------------------------------------------------------------------------

    def has_embedding(self) -> bool:
        """Whether there is a default embedding."""
        with self._lock:
            group = hdf5.group(self._handle(), "embeddings")
            return group is not None and hdf5.dataset(group, "raw") is not None

    def embedding(self) -> np.ndarray:
        """The default embedding, float32 (n, d) in row order. Raises ProjectError unless each sound has one."""
        with self._lock:
            if not self.has_embedding():
                raise ProjectError(f"{self.path} has no embedding. Compute it with 'preprocess --compute-embeddings'.")
            rows, values = self._joined("embeddings", "raw")
        if len(rows) != self.n_segments:
            raise ProjectError(f"{self.path} has embeddings for {len(rows)} of {self.n_segments} sounds. Compute them again.")
        return _in_order(rows, values, self.n_segments)

    def embedding_shape(self) -> tuple[int, int] | None:
        """(rows, dimensions) of the default embedding without reading it, or None."""
        with self._lock:
            group = hdf5.group(self._handle(), "embeddings")
            item = hdf5.dataset(group, "raw") if group is not None else None
            return tuple(item.shape) if item is not None and item.ndim == 2 else None

    def names(self, kind: str) -> list[str]:
        """The names of all ``features``, ``projections`` or ``labelings``, sorted."""
        if kind not in SETS:
            raise ValueError(f"{kind!r} is none of {SETS}")
        with self._lock:
            group = hdf5.group(self._handle(), kind)
            if group is None:
                return []
            return sorted(name for name in hdf5.names(group) if hdf5.group(group, name) is not None)

    def feature(self, name: str) -> Feature:
        """A set of features by name. Raises ProjectError if there is none, or its ids are not those of the sounds."""
        with self._lock:
            rows, values = self._joined(f"features/{name}", "values")
            attrs = self._attrs_of(f"features/{name}")
        columns = attrs.pop("columns", ())
        columns = (columns,) if isinstance(columns, str) else tuple(str(column) for column in columns)
        return Feature(_in_order(rows, values, self.n_segments), columns, attrs)

    def projection(self, name: str) -> np.ndarray:
        """A map by name, float32 (n, 2) in row order, NaN where a sound has no place. Raises ProjectError as `feature`."""
        with self._lock:
            rows, values = self._joined(f"projections/{name}", "values")
        if not np.isfinite(values).all():
            raise ProjectError(f"{self.path}: projections/{name} holds places that are not finite. Compute it again.")
        return _in_order(rows, values, self.n_segments)

    def labeling(self, name: str) -> Labeling:
        """What an algorithm found, by name. Raises ProjectError as `feature`."""
        place = f"labelings/{name}"
        with self._lock:
            rows, label = self._joined(place, "label")
            has_probability = hdf5.dataset(self._group(place), "probability") is not None
            probability = self._joined(place, "probability")[1] if has_probability else None
            attrs = self._attrs_of(place)
        in_order = np.full(self.n_segments, -1, np.int32)
        in_order[rows] = label
        soft = None if probability is None else _in_order(rows, probability, self.n_segments)
        return Labeling(in_order, soft, attrs)

    def _joined(self, place: str, column: str) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the sounds that a table speaks of, and its values."""
        group = self._group(place)
        ids, item = hdf5.dataset(group, "segment_id"), hdf5.dataset(group, column)
        if ids is None or item is None:
            missing = "segment_id" if ids is None else column
            raise ProjectError(f"{self.path}: {place} has no {missing}, so its rows cannot be matched to sounds. "
                               "Compute it again.")
        found, values = hdf5.read(ids), hdf5.read(item)
        if len(found) != len(values) or len(np.unique(found)) != len(found):
            raise ProjectError(f"{self.path}: {place} has {len(values)} rows for {len(np.unique(found))} ids, so they cannot "
                               "be matched to sounds. Compute it again.")
        try:
            return self.rows_of(found), values
        except ProjectError as error:
            raise ProjectError(f"{self.path}: {place} speaks of sounds that the project does not have. Compute it "
                               "again.") from error

    def _group(self, place: str) -> h5py.Group:
        found: h5py.Group | None = self._handle()
        for part in place.split("/", 1):
            found = hdf5.group(found, part) if found is not None and part else None
        if found is None:
            kind, _slash, name = place.partition("/")
            raise ProjectError(f"{self.path} has no {name!r} among its {kind}.")
        return found

    def _attrs_of(self, place: str) -> dict[str, Any]:
        return upgrades.attributes(self.path, self._group(place))

    def _read_pca(self) -> np.ndarray | None:
        column = self._layout.segments.get("pca")
        if not isinstance(column, h5py.Dataset):
            return column
        with self._lock:
            self._handle()
            return schema.as_written(schema.entry("segments/pca"), hdf5.read(column))

    # ---- recordings -------------------------------------------------------------------------------------------------

    def spectrogram(self, file_id: int, onset_s: float, offset_s: float) -> np.ndarray | None:
        """The frames between two times: int8 (n_freq, n_frames), at least one frame, clipped to the recording.

        None if the project has no spectrogram of this recording.
        """
        with self._lock:
            item = self._spectrogram(file_id)
            if item is None:
                return None
            hop_s = self._scales[int(file_id)].hop_s
            first = int(np.clip(np.floor(onset_s / hop_s), 0, max(item.shape[1] - 1, 0)))
            last = int(np.clip(np.ceil(offset_s / hop_s) + 1, first + 1, max(item.shape[1], first + 1)))
            with hdf5.guarded(self.path, f"the spectrogram of recording {file_id}"):
                return item[:, first:last]

    def spectrogram_scale(self, file_id: int) -> SpectrogramScale:
        """What the values of a recording's spectrogram mean. Raises ProjectError if it has none."""
        with self._lock:
            if self._spectrogram(file_id) is None:
                raise ProjectError(f"{self.path} has no spectrogram of recording {file_id}.")
            return self._scales[int(file_id)]

    def spectrogram_file_ids(self) -> list[int]:
        """The recordings that have a spectrogram."""
        return sorted(self._layout.spectrograms)

    @cached_property
    def _scales(self) -> dict[int, SpectrogramScale]:
        return {}

    def _spectrogram(self, file_id: int) -> h5py.Dataset | None:
        file_id = int(file_id)
        if file_id in self._spectrograms:
            self._spectrograms.move_to_end(file_id)
            return self._spectrograms[file_id]
        name = self._layout.spectrograms.get(file_id)
        if name is None:
            return None
        item = hdf5.dataset(hdf5.group(self._handle(), "spectrograms"), name)
        if item is None or item.ndim != 2 or item.dtype != np.int8:
            raise ProjectError(f"{self.path}: spectrograms/{name} is not a table of int8. Make the project again.")
        self._scales[file_id] = self._scale_of(item, file_id)
        self._spectrograms[file_id] = item
        if len(self._spectrograms) > OPEN_SPECTROGRAMS:
            self._spectrograms.popitem(last=False)
        return item

    def _scale_of(self, item: h5py.Dataset, file_id: int) -> SpectrogramScale:
        """From the attributes, or from the parameters where an older tool wrote none."""
        attrs = upgrades.attributes(self.path, item)
        rate_hz = self.parameters.get("sr_processing") or self.parameters.get("audio_sr") or self._rate_hz(file_id)
        hop = attrs.get("hop_s") or _ratio(self.parameters.get("spec_hop_length"), rate_hz)
        if not isinstance(hop, (int, float)) or not 0 < hop < np.inf:
            raise ProjectError(f"{self.path}: the time between frames of {item.name} is unknown (no hop or sample rate). "
                               "Make the project again.")
        limits = (self.parameters.get("spec_min_freq") or 0.0, self.parameters.get("spec_max_freq") or rate_hz / 2)
        low, high = attrs.get("freq_hz", limits)
        return SpectrogramScale(float(attrs.get("db_per_step", DEFAULT_DB_PER_STEP)), (float(low), float(high)), float(hop))

    def _rate_hz(self, file_id: int) -> int:
        return int(self.files.sr[self.files.row_of(file_id)])

    def level_range(self) -> tuple[float, float]:
        """The 1st and 99th percentile of the spectrograms' values over a sample of sounds, for all tiles alike."""
        return self._level_range

    @cached_property
    def _level_range(self) -> tuple[float, float]:
        rows = np.random.default_rng(0).permutation(self.n_segments)[:SAMPLED_SOUNDS]
        rows = rows[np.argsort(self.segments.file_id[rows], kind="stable")]     # each recording is opened once
        segments = self.segments
        tiles = [self.spectrogram(segments.file_id[row], segments.onset_s[row], segments.onset_s[row] + segments.duration_s[row])
                 for row in rows]
        values = [tile.ravel() for tile in tiles if tile is not None and tile.size]
        if not values:
            return -127.0, 0.0
        low, high = np.percentile(np.concatenate(values), LEVEL_PERCENT)
        return float(low), float(max(high, low + 1))

    def pitch(self, file_id: int) -> np.ndarray | None:
        """One recording's pitch: float32 (2, n_frames), times in s and F0 in Hz (NaN where unvoiced), or None."""
        name = self._layout.pitch.get(int(file_id))
        if name is None:
            return None
        with self._lock:
            item = hdf5.dataset(hdf5.group(self._handle(), "pitch"), name)
            return None if item is None else hdf5.read(item).astype(np.float32, copy=False)

    def audio_path(self, file_id: int) -> Path:
        """Where the recording should lie; it may have moved. A relative ``data_dir`` starts at the project's folder."""
        stored = self.files.path[self.files.row_of(file_id)]
        folder = self.path.parent / str(self.parameters.get("data_dir") or "")
        literal = folder / stored
        return literal if literal.exists() else folder / _unescaped(stored)

    def _handle(self) -> h5py.File:
        if self._closed:
            raise ProjectError(f"{self.path} was closed. Open the project again.")
        return self._layout.handle


class _Now:
    """The file as it is at this moment, opened anew: others may have overwritten or replaced it."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __enter__(self) -> _Now:
        path = self._dataset.path
        self.handle = hdf5.open_file(path)
        self.descriptor = os.open(path, os.O_RDONLY)
        try:
            now = upgrades.attributes(path, self.handle).get("project_id")
            if now and str(now) != self._dataset.project_id:
                raise ProjectError(f"{path} was replaced by another project since it was opened. Open it again.")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.handle.close()
        os.close(self.descriptor)


def _files(layout: upgrades.Layout) -> Files:
    columns = layout.files
    return Files(
        file_id=columns["file_id"], filename=columns["filename"], path=columns["path"], sr=columns["sr"],
        duration_s=columns["duration_sec"], recorded_at=columns["recorded_at"], status=columns["status"],
        day=columns["day"], note=columns["note"],
    )


def _segments(layout: upgrades.Layout, read_pca: Callable[[], np.ndarray | None]) -> Segments:
    columns = layout.segments
    return Segments(
        segment_id=columns["segment_id"], file_id=columns["file_id"], onset_s=columns["onset_sec"],
        duration_s=columns["duration_sec"], umap=columns.get("umap"), label=columns.get("label"), read_pca=read_pca,
    )


def _in_order(rows: np.ndarray, values: np.ndarray, n_segments: int) -> np.ndarray:
    """Rows of some sounds as a table of all of them, NaN where there is none."""
    if np.array_equal(rows, np.arange(n_segments)):
        return values.astype(np.float32, copy=False)
    table = np.full((n_segments, *values.shape[1:]), np.nan, np.float32)
    table[rows] = values
    return table


def _texts_now(group: h5py.Group, name: str, n_rows: int, descriptor: int) -> list[str]:
    item = hdf5.dataset(group, name)
    if item is None:
        return [""] * n_rows
    return [hdf5.text(value) for value in hdf5.read_now(item, descriptor)]


def _ratio(hop: Any, rate_hz: Any) -> float:
    usable = isinstance(hop, (int, float)) and isinstance(rate_hz, (int, float)) and rate_hz > 0
    return hop / rate_hz if usable else 0.0


def _unescaped(path: str) -> str:
    """A path whose ``\\xNN`` stand for bytes that are no text, as the file system has it."""
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), path.encode())
    return os.fsdecode(raw)
