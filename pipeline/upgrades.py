"""Older versions of the project file, and files of other tools with a like layout, read as if we had written them.

A file is never changed here: a `Layout` is what was found in it, and each small function below turns one thing in it
into what this version writes. `note` keeps a sentence about what had to be left out.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import h5py
import numpy as np

from pipeline import hdf5, schema
from pipeline.errors import ProjectError

Column = np.ndarray | tuple | h5py.Dataset
ROOT_ATTRS = ("format", "format_version", "created", "software", "project_id")
LAZY = ("pca",)                  # wide columns, read when asked for
OLDER_COLUMNS = r"umap_[xy]|pc_\d{1,6}|scanrate"
RENAMED_PARAMETERS = {"scanrate": "sr_original", "nonoverlap": "spec_hop_length", **schema.PARAMETER_ALIASES}


@dataclass
class Layout:
    """What is in a file: columns by name, and where the large things lie.

    ``spectrograms`` and ``pitch`` name the data set of each file_id. ``project_id`` of a file without one is made
    from its sounds, so that the same file is always recognised.
    """

    path: Path
    handle: h5py.File
    attrs: dict[str, Any]
    version: int
    segments: dict[str, Any]
    files: dict[str, Any]
    parameters: dict[str, Any]
    spectrograms: dict[int, str]
    pitch: dict[int, str]
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def __post_init__(self) -> None:
        self.has_project_id = bool(self.attrs.get("project_id"))


def load(path: Path, handle: h5py.File) -> Layout:
    """Read the small tables of an open file and bring them up to date.

    Raises ProjectError if it is newer than this program, has no sounds, columns of different lengths, ids that repeat
    or places that are not finite.
    """
    layout = _found(path, handle)
    for before, upgrade in UPGRADES:
        if layout.version < before:
            upgrade(layout)
    for complete in COMPLETIONS:
        complete(layout)
    _validate(layout)
    return layout


def _found(path: Path, handle: h5py.File) -> Layout:
    attrs = attributes(path, handle)
    version = _version(path, attrs)
    segments, files = hdf5.group(handle, "segments"), hdf5.group(handle, "files")
    if segments is None:
        raise ProjectError(f"{path} has no group 'segments', so it is not a project. Choose a file made by "
                           "'preprocess' or by a tool with the same layout.")
    return Layout(
        path=path, handle=handle, attrs=attrs, version=version,
        segments=_table(segments, "segments"),
        files=_table(files, "files") if files is not None else {},
        parameters=_found_parameters(path, handle, attrs),
        spectrograms=_numbered(handle, "spectrograms"),
        pitch=_numbered(handle, "pitch"),
    )


def _version(path: Path, attrs: dict[str, Any]) -> int:
    """The version of a file of ours; 0 for files of others."""
    if attrs.get("format") != schema.FORMAT:
        return 0
    version = attrs.get("format_version", 0)
    if not isinstance(version, int):
        raise ProjectError(f"{path} has the format version {version!r}, which is no number. The file is damaged.")
    if version > schema.VERSION:
        raise ProjectError(f"{path} has format version {version}; this program knows versions up to {schema.VERSION}. "
                           "Update Syllabary to open it.")
    return version


def attributes(path: Path, item: h5py.HLObject) -> dict[str, Any]:
    """All attributes of a group or data set as Python values. Raises ProjectError where they are damaged."""
    with hdf5.guarded(path, f"the attributes of {item.name}"):
        return {name: _plain(value) for name, value in item.attrs.items()}


def _plain(value: Any) -> Any:
    """An attribute as a Python value: text, number, or array of more than one."""
    if isinstance(value, h5py.Empty):
        return ""
    if isinstance(value, np.ndarray) and value.dtype.kind in "OSU":
        texts = [hdf5.text(part) for part in value.ravel()]
        return texts[0] if value.size == 1 else texts
    if isinstance(value, np.ndarray):
        return value.item() if value.size == 1 else value
    return hdf5.text(value) if isinstance(value, (bytes, str)) else value.item() if hasattr(value, "item") else value


def _found_parameters(path: Path, handle: h5py.File, attrs: dict[str, Any]) -> dict[str, Any]:
    """Parameters as attributes of ``parameters`` or of the root, or as single numbers beside the tables."""
    group = hdf5.group(handle, "parameters")
    found = {name: value for name, value in attrs.items() if name not in ROOT_ATTRS}
    for parent in filter(None, (handle, group)):
        items = {name: hdf5.dataset(parent, name) for name in ("scanrate", "nonoverlap")}
        found |= {name: _scalar(item) for name, item in items.items() if item is not None}
    return found | (attributes(path, group) if group is not None else {})


def _scalar(item: h5py.Dataset) -> Any:
    if item.size != 1:
        raise ProjectError(f"{hdf5.file_of(item)}: {item.name} is not a single number.")
    return _plain(np.asarray(hdf5.read(item)))


def _table(group: h5py.Group, table: str) -> dict[str, Any]:
    """The columns directly in a group: arrays of numbers, tuples of texts; what is not used at once as data sets."""
    items = {name: hdf5.dataset(group, name) for name in hdf5.names(group)}
    types = {entry.name: entry.dtype for entry in schema.columns(table) if entry.name not in LAZY}
    return {name: _column(item, types.get(name)) for name, item in items.items() if item is not None}


def _column(item: h5py.Dataset, dtype: str | None) -> Any:
    if dtype == schema.TEXT:
        return hdf5.texts(item)
    older = re.fullmatch(OLDER_COLUMNS, item.name.rpartition("/")[2])
    return hdf5.read(item) if dtype or older else item


def strangers(layout: Layout) -> list[str]:
    """The paths of groups, data sets and columns that are none of the format's, in this or an older version."""
    tables = {"segments": layout.segments, "files": layout.files}
    columns = [f"{table}/{name}" for table, found in tables.items() for name in found
               if name not in {entry.name for entry in schema.columns(table)}]
    known = {entry.path.split("/")[0] for entry in schema.SCHEMA} | {"parameters", "scanrate", "nonoverlap"}
    return [name for name in hdf5.names(layout.handle) if name not in known] + columns


def _numbered(handle: h5py.File, name: str) -> dict[int, str]:
    """The data sets of a group that are named ``<file_id>``, or ``file_0000`` as an older tool does."""
    group = hdf5.group(handle, name)
    if group is None:
        return {}
    found = ((re.fullmatch(r"(file_)?(\d{1,10})", key), key) for key in hdf5.names(group))
    older_first = sorted((match.group(1) is None, int(match.group(2)), key) for match, key in found if match)
    return {file_id: key for _ours, file_id, key in older_first}


# ---- from version 0, the layout of older and other tools -------------------------------------------------------------

def rename_parameters(layout: Layout) -> None:
    """Older names of parameters; where both are there, ours counts."""
    for old, name in RENAMED_PARAMETERS.items():
        if old in layout.parameters:
            layout.parameters.setdefault(name, layout.parameters[old])


def name_sample_rate(layout: Layout) -> None:
    """``files/scanrate``, or one ``scanrate`` for all, is the sample rate."""
    if "sr" in layout.files:
        return
    if "scanrate" in layout.files:
        layout.files["sr"] = layout.files.pop("scanrate")


def join_umap_columns(layout: Layout) -> None:
    """``umap_x`` and ``umap_y`` are the two columns of ``umap``."""
    x, y = layout.segments.pop("umap_x", None), layout.segments.pop("umap_y", None)
    if x is not None and y is not None and "umap" not in layout.segments:
        layout.segments["umap"] = _side_by_side(layout, {"umap_x": x, "umap_y": y})


def join_pca_columns(layout: Layout) -> None:
    """``pc_0``, ``pc_1``, … are the columns of ``pca``."""
    names = [name for name in layout.segments if re.fullmatch(r"pc_\d{1,6}", name)]
    columns = {name: layout.segments.pop(name) for name in sorted(names, key=lambda name: int(name[3:]))}
    if columns and "pca" not in layout.segments:
        layout.segments["pca"] = _side_by_side(layout, columns)


def take_pca_from_embeddings(layout: Layout) -> None:
    """``embeddings/pca`` belongs to the sounds; it is brought into their order by id."""
    group = hdf5.group(layout.handle, "embeddings")
    values = hdf5.dataset(group, "pca") if group is not None else None
    if values is None or "pca" in layout.segments:
        return
    ids = hdf5.dataset(group, "segment_id")
    if ids is None:
        layout.note("embeddings/pca does not say which sound each row belongs to (there is no embeddings/segment_id), "
                    "so it is left out.")
        return
    layout.segments["pca"] = in_row_order(layout, "embeddings/pca", hdf5.read(ids), hdf5.read(values))


def in_row_order(layout: Layout, what: str, ids: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Rows that carry ids, in the order of the sounds. Raises ProjectError unless each sound has exactly one."""
    wanted = np.asarray(layout.segments.get("segment_id", ()))
    order = np.argsort(ids, kind="stable")
    found = np.asarray(ids)[order]
    same = len(found) == len(values) and np.array_equal(found, np.sort(wanted))
    if not same:
        raise ProjectError(f"{layout.path}: the ids of {what} are not those of the sounds, so its rows cannot be "
                           "matched. Make the project again.")
    return np.asarray(values)[order[np.searchsorted(found, wanted)]]


def _side_by_side(layout: Layout, columns: dict[str, np.ndarray]) -> np.ndarray:
    lengths = {name: np.shape(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1:
        raise ProjectError(f"{layout.path}: the columns of segments have different lengths: {lengths}. "
                           "The file is damaged.")
    return np.stack(list(columns.values()), axis=1).astype(np.float32)


UPGRADES: tuple[tuple[int, Callable[[Layout], None]], ...] = (
    (1, rename_parameters),
    (1, name_sample_rate),
    (1, join_umap_columns),
    (1, join_pca_columns),
    (1, take_pca_from_embeddings),
)


# ---- what may be missing in a file of any version --------------------------------------------------------------------

def number_clusters(layout: Layout) -> None:
    """Without ``cluster_id`` no sound is assigned."""
    if "segment_id" in layout.segments:
        layout.segments.setdefault("cluster_id", np.zeros(len(layout.segments["segment_id"]), np.int32))


def list_files(layout: Layout) -> None:
    """Without ``files`` the recordings are known by their numbers only."""
    if layout.files or "file_id" not in layout.segments:
        return
    file_ids = np.unique(layout.segments["file_id"])
    layout.files = {"file_id": file_ids, "filename": ("",) * len(file_ids)}
    layout.note("There is no table of recordings, so their names are unknown.")


def complete_files(layout: Layout) -> None:
    """Columns of ``files`` that are missing are unknown, but for what other columns tell."""
    files = layout.files
    m = len(files.get("file_id", ()))
    rate = layout.parameters.get("sr_original")
    rate = rate if isinstance(rate, (int, float)) else 0
    names = files.get("filename") or files.get("path") or ("",) * m
    paths = files.setdefault("path", names)
    files.setdefault("filename", tuple(PurePosixPath(path).name for path in paths))
    files.setdefault("sr", np.full(m, rate))
    files.setdefault("duration_sec", np.full(m, np.nan))
    files.setdefault("recorded_at", np.full(m, np.nan))
    files.setdefault("status", ("ok",) * m)
    files.setdefault("day", tuple(path.split("/")[0] if "/" in path else "" for path in paths))
    files.setdefault("note", ("",) * m)
    files.setdefault("data_dir", ("",) * m)


def identify(layout: Layout) -> None:
    """A file without ``project_id`` gets the same one each time, made from its sounds."""
    if not layout.attrs.get("project_id"):
        names = ("segment_id", "file_id", "onset_sec", "duration_sec")
        content = b"".join(np.asarray(layout.segments[name]).tobytes() for name in names if name in layout.segments)
        layout.attrs["project_id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, content.hex()))


COMPLETIONS: tuple[Callable[[Layout], None], ...] = (number_clusters, list_files, complete_files, identify)


# ---- what cannot be accepted -----------------------------------------------------------------------------------------

def _validate(layout: Layout) -> None:
    for table, columns in (("segments", layout.segments), ("files", layout.files)):
        _refuse_missing(layout, table, columns)
        _refuse_lengths(layout, table, columns)
        _convert(layout, table, columns)
    _refuse_repeats(layout, "segments/segment_id", layout.segments["segment_id"])
    _refuse_repeats(layout, "files/file_id", layout.files["file_id"])
    for name in ("onset_sec", "duration_sec", "umap"):
        values = layout.segments.get(name)
        if values is not None and not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))[0])
            raise ProjectError(f"{layout.path}: segments/{name} of sound {layout.segments['segment_id'][row]} is not a "
                               "finite number. Make the project again without that sound.")


def _refuse_missing(layout: Layout, table: str, columns: dict[str, Any]) -> None:
    for entry in schema.columns(table):
        if entry.needed and entry.name not in columns:
            raise ProjectError(f"{layout.path} has no {entry.path} ({entry.about}), so it cannot be used as a project. "
                               "Make it again with 'preprocess'.")


def _refuse_lengths(layout: Layout, table: str, columns: dict[str, Any]) -> None:
    """Every data set directly in a table has as many rows as it has ids."""
    ids = "segment_id" if table == "segments" else "file_id"
    n_rows = len(columns[ids]) if np.ndim(columns[ids]) == 1 else -1
    for name, column in columns.items():
        shape = (len(column),) if isinstance(column, tuple) else column.shape
        if not shape or shape[0] != n_rows:
            raise ProjectError(f"{layout.path}: {table}/{name} has the shape {shape}, but {table}/{ids} has "
                               f"{max(n_rows, 0)} rows. The columns do not belong together; make the project again.")


def _convert(layout: Layout, table: str, columns: dict[str, Any]) -> None:
    for entry in schema.columns(table):
        column = columns.get(entry.name)
        if isinstance(column, np.ndarray):
            try:
                columns[entry.name] = schema.as_written(entry, column)
            except (ProjectError, ValueError, TypeError) as error:
                raise ProjectError(f"{layout.path}: {error}") from error


def _refuse_repeats(layout: Layout, what: str, ids: np.ndarray) -> None:
    unique, counts = np.unique(ids, return_counts=True)
    if len(unique) != len(ids):
        raise ProjectError(f"{layout.path}: the id {unique[counts > 1][0]} occurs more than once in {what}. Ids must "
                           "be unique; make the project again.")
