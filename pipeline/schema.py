"""What a project file holds, written down once: creation, validation and the table in the docs are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h5py
import numpy as np

from pipeline.errors import ProjectError

FORMAT = "syllabary"
VERSION = 1
CLUSTER_CAPACITY = 1024
UNUSED_CLUSTER = -1

# How a data set lies in the file.
PLAIN = "contiguous"         # in one piece at a fixed place, so that edits can overwrite it without HDF5
TILED = "chunked in time, with a checksum"
TEXT = "utf-8"

# What an older tool calls the same parameter. Both names are written; either is read.
PARAMETER_ALIASES = {
    "hop_length": "spec_hop_length",
    "n_neighbors": "umap_n_neighbors",
    "n_pca_components": "pca_n_components",
}


@dataclass(frozen=True)
class Entry:
    """One data set of the file.

    ``path`` may hold ``<name>`` or ``<file_id>``. ``shape`` is in words: n sounds, m recordings, r rows of the group's
    own table, other letters anything.
    """

    path: str
    dtype: str
    shape: str
    about: str
    needed: bool = True
    layout: str = PLAIN

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[1] if "/" in self.path else self.path

    @property
    def n_axes(self) -> int:
        return self.shape.count(",") + 1


SCHEMA: tuple[Entry, ...] = (
    Entry("segments/segment_id", "int32", "n", "number of the sound; never reused"),
    Entry("segments/file_id", "int32", "n", "the recording it lies in"),
    Entry("segments/onset_sec", "float64", "n", "where it begins in its recording, s"),
    Entry("segments/duration_sec", "float64", "n", "how long it lasts, s"),
    Entry("segments/cluster_id", "int32", "n", "its cluster; 0 = unassigned; little-endian, overwritten by edits"),
    Entry("segments/umap", "float32", "n, 2", "its place on the map", needed=False),
    Entry("segments/pca", "float32", "n, k", "its principal components", needed=False),
    Entry("segments/label", TEXT, "n", "its true type, if it came with one; for evaluation", needed=False),
    Entry("files/file_id", "int32", "m", "number of the recording; never reused"),
    Entry("files/filename", TEXT, "m", "base name"),
    Entry("files/path", TEXT, "m", "relative to data_dir, with / between folders"),
    Entry("files/sr", "int32", "m", "native sample rate, Hz"),
    Entry("files/duration_sec", "float64", "m", "length, s"),
    Entry("files/recorded_at", "float64", "m", "s since 1970 UTC; NaN if unknown"),
    Entry("files/status", TEXT, "m", "ok, or why it gave no segments"),
    Entry("files/day", TEXT, "m", "first folder of the path", needed=False),
    Entry("files/note", TEXT, "m", "what a person should know about it", needed=False),
    Entry("files/data_dir", TEXT, "m", "the folder of its path; empty: the project's data_dir", needed=False),
    Entry("embeddings/segment_id", "int32", "r", "which sound each row belongs to", needed=False),
    Entry("embeddings/raw", "float32", "r, d", "the default embedding", needed=False),
    Entry("features/<name>/segment_id", "int32", "r", "which sound each row belongs to", needed=False),
    Entry("features/<name>/values", "float32", "r, d", "attrs: parameters, columns", needed=False),
    Entry("projections/<name>/segment_id", "int32", "r", "which sound each row belongs to", needed=False),
    Entry("projections/<name>/values", "float32", "r, 2", "attrs: parameters; of maps that were scored also scores",
          needed=False),
    Entry("projections/<name>/placed", "int8", "r", "1 = placed on the finished map, among its nearest neighbours",
          needed=False),
    Entry("labelings/<name>/segment_id", "int32", "r", "which sound each row belongs to", needed=False),
    Entry("labelings/<name>/label", "int32", "r", "an algorithm's cluster; -1 = noise", needed=False),
    Entry("labelings/<name>/probability", "float32", "r, k", "membership of each cluster; of noise in one column more, "
          "if the attr noise_column is set", needed=False),
    Entry("labelings/<name>/silhouette", "float32", "k", "mean silhouette of each cluster; NaN if there is none",
          needed=False),
    Entry("labelings/<name>/exemplars", "int32", "k, e", "ids of sounds nearest to each cluster's centre; -1 = none",
          needed=False),
    Entry("arrangements/<name>/segment_id", "int32", "r", "which sound each leaf of the tree is", needed=False),
    Entry("arrangements/<name>/order", "int32", "r", "rows of this table, first leaf to last", needed=False),
    Entry("arrangements/<name>/linkage", "float64", "r - 1, 4", "joins of this table's rows, as scipy's linkage; "
          "attrs of the group: parameters", needed=False),
    Entry("clusters/cluster_id", "int32", "c", "-1 = unused row; one row per cluster ever made"),
    Entry("clusters/name", "S64", "c", "UTF-8, cut at whole characters"),
    Entry("clusters/color", "S7", "c", "#rrggbb"),
    Entry("clusters/note", "S1000", "c", "UTF-8, cut at whole characters"),
    Entry("spectrograms/file_id", "int32", "s", "the recordings that have a spectrogram", needed=False),
    Entry("spectrograms/<file_id>", "int8", "f, t", "dB = value × db_per_step; attrs: db_per_step, freq_hz, hop_s",
          needed=False, layout=TILED),
    Entry("pitch/<file_id>", "float32", "2, t", "times in s, F0 in Hz (NaN where unvoiced)", needed=False),
    Entry("umap_maprange", "float64", "4", "x min, x max, y min, y max of the map", needed=False),
)
_BY_PATH = {entry.path: entry for entry in SCHEMA}


def entry(path: str) -> Entry:
    """The entry of one path as the schema spells it, e.g. ``features/<name>/values``."""
    return _BY_PATH[path]


def columns(table: str) -> tuple[Entry, ...]:
    """The entries directly in a group, e.g. ``segments``."""
    return tuple(entry for entry in SCHEMA if entry.path.rpartition("/")[0] == table)


def as_written(about: Entry, values: object) -> np.ndarray:
    """``values`` with the type and the number of axes that the schema gives them.

    Raises ProjectError for values that the type cannot hold: nothing is cut or wrapped silently.
    """
    if about.dtype == TEXT:
        return np.array([clean_text(value) for value in values], dtype=h5py.string_dtype("utf-8"))
    if about.dtype.startswith("S"):
        return fixed_texts(values, int(about.dtype[1:]))
    array = np.asarray(values)
    if array.ndim != about.n_axes:
        raise ProjectError(f"{about.path} must have {about.n_axes} axes ({about.shape}), but has {array.ndim}.")
    if np.dtype(about.dtype).kind == "i":
        _refuse_no_fit(about, array)
    return array.astype(_little(about.dtype), copy=False)


def _refuse_no_fit(about: Entry, array: np.ndarray) -> None:
    if not array.size or array.dtype == np.dtype(about.dtype):   # spares an hour of spectrogram a look
        return
    limits = np.iinfo(about.dtype)
    if array.dtype.kind not in "iufb" or not np.isfinite(array).all() or (array != np.trunc(array)).any():
        raise ProjectError(f"{about.path} must hold whole numbers.")
    if array.min() < limits.min or array.max() > limits.max:
        raise ProjectError(f"{about.path} holds numbers between {array.min():g} and {array.max():g}, which do not fit "
                           f"into {about.dtype}.")


def _little(dtype: str) -> np.dtype:
    return np.dtype(dtype).newbyteorder("<")


def clean_text(value: object) -> str:
    """A text that HDF5 can hold: no null characters, undecodable bytes of a file name as ``\\xNN``."""
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    raw = text.replace("\0", "").encode("utf-8", "surrogateescape" if _came_from_bytes(text) else "backslashreplace")
    return raw.decode("utf-8", "backslashreplace")


def _came_from_bytes(text: str) -> bool:
    surrogates = [char for char in text if "\ud800" <= char <= "\udfff"]
    return all("\udc80" <= char <= "\udcff" for char in surrogates)


def fixed_texts(texts: Sequence[object], n_bytes: int) -> np.ndarray:
    """Texts as UTF-8 in ``n_bytes`` bytes each, cut after a whole character; dtype S<n_bytes>."""
    cut = [clean_text(text).encode()[:n_bytes].decode("utf-8", "ignore").encode() for text in texts]
    return np.array(cut, dtype=f"S{n_bytes}")


def markdown() -> str:
    """The schema as a table for the docs."""
    lines = ["| path | type | shape | what | kept |", "|---|---|---|---|---|"]
    for about in SCHEMA:
        shape = f"({about.shape},)" if about.n_axes == 1 else f"({about.shape})"
        what = about.about if about.needed else f"{about.about} (optional)"
        lines.append(f"| `{about.path}` | {about.dtype} | {shape} | {what} | {about.layout} |")
    return "\n".join(lines) + "\n"
