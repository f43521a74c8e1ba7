"""Reading a project: its tables in row order, its sounds' values joined by id, its spectrograms piece by piece."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pipeline import hdf5, schema, tables, upgrades, vetting
from pipeline.errors import ProjectError
from pipeline.joins import Joined
from pipeline.pictures import Pictures, SpectrogramScale
from pipeline.tables import Cluster, Feature, Labeling, Tree

SAMPLED_SOUNDS = 400
LEVEL_PERCENT = (1, 99)
WHOLE_SCALE = (-127.0, 0.0)


class Dataset:
    """A project, open for reading. Safe to be read by several threads at once.

    parameters : how it was made      steps : fingerprints and library versions of the steps
    notes : sentences about what could not be taken over from a file of another tool
    """

    def __init__(self, layout: upgrades.Layout) -> None:
        self._layout = layout
        self._lock = threading.RLock()
        self._closed = False
        self.path = layout.path
        self.project_id = str(layout.attrs["project_id"])
        self.format_version = layout.version
        self.attrs = dict(layout.attrs)
        self.notes = tuple(layout.notes)
        self.parameters = {name: value for name, value in layout.parameters.items() if not name.startswith("step_")}
        self.steps = {name: value for name, value in layout.parameters.items() if name.startswith("step_")}
        self.files = tables.files_of(layout)
        self.segments = tables.segments_of(layout, self._read_pca)
        self.n_segments = len(self.segments)
        self._joined = Joined(self.path, layout.handle, n_segments=self.n_segments, rows_of=self.rows_of)
        self._pictures = Pictures(layout, self.files)

    @classmethod
    def open(cls, path: Path | str) -> Dataset:
        """Open a project read-only and without a lock; older layouts are upgraded in memory.

        Raises ProjectError with a sentence for what is missing, damaged, newer than this program or no project.
        """
        path = Path(path).absolute()
        vetting.vet(path)
        handle = hdf5.open_file(path)
        try:
            return cls(upgrades.load(path, handle))
        except BaseException:
            handle.close()
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
                self._pictures.close()
                self._layout.handle.close()

    # ---- sounds and clusters -----------------------------------------------------------------------------------------

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self.segments.segment_id, kind="stable")

    @cached_property
    def _sorted_ids(self) -> np.ndarray:
        return self.segments.segment_id[self._order]

    @property
    def next_segment_id(self) -> int:
        """The first number that no sound of this project, nor of one it was made of, ever had."""
        told = self.parameters.get("next_segment_id")
        return max(int(self.segments.segment_id.max(initial=-1)) + 1, told if isinstance(told, int) else 0)

    def rows_of(self, segment_ids: Any) -> np.ndarray:
        """The rows, int64, of sounds by their ids, in the order asked. Raises ProjectError for unknown ids."""
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
        with self._now() as (handle, descriptor):
            item = hdf5.dataset(hdf5.required_group(handle, "segments"), "cluster_id")
            if item is None:
                return np.zeros(self.n_segments, np.int32)
            values = hdf5.read_now(item, descriptor)
        if values.shape != (self.n_segments,):
            raise ProjectError(f"{self.path} has other sounds than when it was opened. Open it again.")
        return np.array(schema.as_written(schema.entry("segments/cluster_id"), values))

    def clusters(self) -> list[Cluster]:
        """The table of clusters as the file has it at this moment, ordered by number; empty if there is none."""
        with self._now() as (handle, descriptor):
            group = hdf5.group(handle, "clusters")
            item = hdf5.dataset(group, "cluster_id") if group is not None else None
            if item is None:
                return []
            ids = hdf5.read_now(item, descriptor)
            texts = [_texts_now(group, name, len(ids), descriptor) for name in ("name", "color", "note")]
        rows = zip(ids.tolist(), *texts, strict=True)
        return sorted((Cluster(int(row[0]), *row[1:]) for row in rows if row[0] >= 0), key=lambda row: row.cluster_id)

    @contextmanager
    def _now(self) -> Iterator[tuple[h5py.File, int]]:
        """The file opened anew, since others may have overwritten or replaced it: (handle, file descriptor)."""
        with hdf5.open_file(self.path) as handle:
            descriptor = os.open(self.path, os.O_RDONLY)
            try:
                self._refuse_another(upgrades.attributes(self.path, handle).get("project_id"))
                yield handle, descriptor
            finally:
                os.close(descriptor)

    def _refuse_another(self, project_id: object) -> None:
        """A file that had no id when it was opened may have been given one since."""
        if self._layout.has_project_id and project_id != self.project_id:
            raise ProjectError(f"{self.path} was replaced by another project since it was opened. Open it again.")

    # ---- what was computed for the sounds ----------------------------------------------------------------------------

    def embedding_shape(self) -> tuple[int, int] | None:
        """(rows, dimensions) of the default embedding without reading it, or None."""
        with self._reading():
            return self._joined.embedding_shape()

    def embedding(self) -> np.ndarray:
        """The default embedding, float32 (n, d) in row order. Raises ProjectError unless each sound has one."""
        with self._reading():
            return self._joined.embedding()

    def names(self, kind: str) -> list[str]:
        """The names of all ``features``, ``projections``, ``labelings`` or ``arrangements``, sorted."""
        with self._reading():
            return self._joined.names(kind)

    def feature(self, name: str) -> Feature:
        """Features by name, joined by id. Raises ProjectError if there are none, or of sounds not in the project."""
        with self._reading():
            return self._joined.feature(name)

    def feature_width(self, name: str) -> int:
        """How many columns a set of features has, without reading it. Raises ProjectError as `feature`."""
        with self._reading():
            return self._joined.feature_width(name)

    def projection(self, name: str) -> np.ndarray:
        """A map by name, float32 (n, 2), NaN where a sound has no place. Raises ProjectError as `feature`."""
        with self._reading():
            return self._joined.projection(name)

    def placed(self, name: str = "umap") -> np.ndarray:
        """Which sounds came to a map by name after it was made, among their nearest neighbours: bool (n,)."""
        with self._reading():
            return self._joined.placed(name)

    def labeling(self, name: str) -> Labeling:
        """What an algorithm found, by name. Raises ProjectError as `feature`."""
        with self._reading():
            return self._joined.labeling(name)

    def arrangement(self, name: str) -> Tree:
        """A tree of sounds by name, with the order of its leaves. Raises ProjectError as `feature`."""
        with self._reading():
            return self._joined.arrangement(name)

    def whole(self, place: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Everything in a group such as ``embeddings`` or ``features/pitch``: (arrays by name, attributes)."""
        with self._reading():
            return self._joined.whole(place)

    def attrs_of(self, place: str) -> dict[str, Any]:
        """The attributes of a group such as ``projections/umap``, without its tables. Raises as `feature`."""
        with self._reading():
            return self._joined.attrs_of(place)

    def strangers(self) -> list[str]:
        """What other programs have put into the file beside what the format knows, by path."""
        with self._reading():
            return upgrades.strangers(self._layout)

    def labeling_rows(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(segment ids, label), both int32 (r,), of the sounds that a labeling speaks of. Raises as `feature`."""
        with self._reading():
            rows, label = self._joined.labeling_rows(name)
        return self.segments.segment_id[rows], label

    def _read_pca(self) -> np.ndarray | None:
        column = self._layout.segments.get("pca")
        if not isinstance(column, h5py.Dataset):
            return column
        with self._reading():
            return schema.as_written(schema.entry("segments/pca"), hdf5.read(column))

    # ---- recordings --------------------------------------------------------------------------------------------------

    def spectrogram(self, file_id: int, onset_s: float, offset_s: float) -> np.ndarray | None:
        """The frames between two times: int8 (n_freq, n_frames), at least one frame, clipped to the recording.

        None if the project has no spectrogram of this recording.
        """
        with self._reading():
            return self._pictures.read(file_id, onset_s, offset_s)

    def spectrogram_scale(self, file_id: int) -> SpectrogramScale:
        """What the values of a recording's spectrogram mean. Raises ProjectError if it has none."""
        with self._reading():
            return self._pictures.scale(file_id)

    def spectrogram_file_ids(self) -> list[int]:
        """The recordings that have a spectrogram."""
        return sorted(self._layout.spectrograms)

    def pitch_file_ids(self) -> list[int]:
        """The recordings that have a pitch track."""
        return sorted(self._layout.pitch)

    def level_range(self) -> tuple[float, float]:
        """The 1st and 99th percentile of the spectrograms' values over a sample of sounds, for all tiles alike."""
        return self._level_range

    @cached_property
    def _level_range(self) -> tuple[float, float]:
        sounds = self.segments
        rows = np.random.default_rng(0).permutation(self.n_segments)[:SAMPLED_SOUNDS]
        rows = rows[np.argsort(sounds.file_id[rows], kind="stable")]     # each recording is opened once
        spans = zip(sounds.file_id[rows], sounds.onset_s[rows], sounds.duration_s[rows], strict=True)
        tiles = [self.spectrogram(file_id, onset_s, onset_s + duration_s) for file_id, onset_s, duration_s in spans]
        values = [tile.ravel() for tile in tiles if tile is not None and tile.size]
        if not values:
            return WHOLE_SCALE
        low, high = np.percentile(np.concatenate(values), LEVEL_PERCENT)
        return float(low), float(max(high, low + 1))

    def pitch(self, file_id: int) -> np.ndarray | None:
        """One recording's pitch: float32 (2, n_frames), times in s and F0 in Hz (NaN where unvoiced), or None."""
        name = self._layout.pitch.get(int(file_id))
        if name is None:
            return None
        with self._reading():
            item = hdf5.dataset(hdf5.required_group(self._layout.handle, "pitch"), name)
            return None if item is None else schema.as_written(schema.entry("pitch/<file_id>"), hdf5.read(item))

    @property
    def data_dir(self) -> str:
        """The folder that the recordings' paths begin in, as the project states it; empty if it does not."""
        stated = self.parameters.get("data_dir")
        return stated if isinstance(stated, str) else ""      # other programs may keep something else there

    def audio_path(self, file_id: int) -> Path:
        """Where the recording should lie; it may have moved. A relative ``data_dir`` starts at the project's folder."""
        row = self.files.row_of(file_id)
        stored = self.files.path[row]
        folder = self.path.parent / (self.files.data_dir[row] or self.data_dir)
        literal = folder / stored
        return literal if literal.exists() else folder / _unescaped(stored)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise ProjectError(f"{self.path} was closed. Open the project again.")
            yield


def _texts_now(group: h5py.Group, name: str, n_rows: int, descriptor: int) -> list[str]:
    item = hdf5.dataset(group, name)
    if item is None:
        return [""] * n_rows
    found = [hdf5.text(value) for value in hdf5.read_now(item, descriptor)]
    if len(found) != n_rows:
        raise ProjectError(f"{hdf5.file_of(group)}: the columns of clusters have different lengths. Make it again.")
    return found


def _unescaped(path: str) -> str:
    """A path whose ``\\xNN`` stand for bytes that are no text, as the file system has it."""
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), path.encode())
    return os.fsdecode(raw)
