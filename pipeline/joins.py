"""Tables that speak of sounds, brought into the order of the sounds by id; never by position."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pipeline import hdf5, upgrades
from pipeline.errors import ProjectError
from pipeline.tables import Feature, Labeling, Tree
from pipeline.text import listed

SETS = ("features", "projections", "labelings", "arrangements")
RowsOf = Callable[[np.ndarray], np.ndarray]


class Joined:
    """The embedding, features, projections, labelings and arrangements of an open file.

    ``rows_of`` finds the rows of sounds by their ids. Not safe for several threads at once: `Dataset` holds the lock.
    """

    def __init__(self, path: Path, handle: h5py.File, *, n_segments: int, rows_of: RowsOf) -> None:
        self._path, self._handle = path, handle
        self._n, self._rows_of = n_segments, rows_of

    def embedding_shape(self) -> tuple[int, int] | None:
        """(rows, dimensions) of the default embedding without reading it, or None."""
        group = hdf5.group(self._handle, "embeddings")
        item = hdf5.dataset(group, "raw") if group is not None else None
        return (item.shape[0], item.shape[1]) if item is not None and item.ndim == 2 else None

    def embedding(self) -> np.ndarray:
        """float32 (n, d) in row order."""
        if self.embedding_shape() is None:
            raise ProjectError(f"{self._path} has no embedding. Compute it with 'preprocess --compute-embeddings'.")
        rows, values = self._read("embeddings", "raw")
        if len(rows) != self._n:
            raise ProjectError(f"{self._path} has embeddings for {len(rows)} of {self._n} sounds. Compute them again.")
        if not np.isfinite(values).all():
            raise ProjectError(f"{self._path}: embeddings/raw holds values that are not finite. Compute them again.")
        return self._in_order(rows, values)

    def names(self, kind: str) -> list[str]:
        """The names of one of `SETS`, sorted."""
        if kind not in SETS:
            raise ValueError(f"{kind!r} is none of {SETS}")
        group = hdf5.group(self._handle, kind)
        if group is None:
            return []
        return sorted(name for name in hdf5.names(group) if hdf5.group(group, name) is not None)

    def feature(self, name: str) -> Feature:
        """A set of features, NaN where a sound has none."""
        rows, values = self._read(f"features/{name}", "values")
        attrs = self.attrs_of(f"features/{name}")
        columns = attrs.pop("columns", ())
        columns = (columns,) if isinstance(columns, str) else tuple(str(column) for column in columns)
        return Feature(self._in_order(rows, values), columns, attrs)

    def feature_width(self, name: str) -> int:
        """How many columns a set of features has, without reading it."""
        item = hdf5.dataset(self._group(f"features/{name}"), "values")
        if item is None or item.ndim != 2:
            raise self._mismatch(f"features/{name}", "has no table of values")
        return int(item.shape[1])

    def projection(self, name: str) -> np.ndarray:
        """float32 (n, 2) in row order, NaN where a sound has no place."""
        rows, values = self._read(f"projections/{name}", "values")
        if not np.isfinite(values).all():
            raise ProjectError(f"{self._path}: projections/{name} holds places that are not finite. Compute it again.")
        return self._in_order(rows, values)

    def placed(self, name: str) -> np.ndarray:
        """bool (n,) in row order; none where the map does not tell."""
        if name not in self.names("projections"):
            return np.zeros(self._n, bool)
        place, placed = f"projections/{name}", np.zeros(self._n, bool)
        if hdf5.dataset(self._group(place), "placed") is not None:
            rows, values = self._read(place, "placed")
            placed[rows] = values != 0
        return placed

    def labeling(self, name: str) -> Labeling:
        """label int32 (n,), -1 where a sound has none."""
        place = f"labelings/{name}"
        rows, label = self._read(place, "label")
        labels = np.full(self._n, -1, np.int32)
        labels[rows] = label
        group = self._group(place)
        has_soft = hdf5.dataset(group, "probability") is not None
        probability = self._in_order(*self._read(place, "probability")) if has_soft else None
        extra = (hdf5.dataset(group, key) for key in ("silhouette", "exemplars"))
        return Labeling(labels, probability, self.attrs_of(place),
                        *(None if item is None else hdf5.read(item) for item in extra))

    def arrangement(self, name: str) -> Tree:
        """A tree of sounds; its rows are those of the project."""
        place = f"arrangements/{name}"
        rows, order = self._read(place, "order")
        item = hdf5.dataset(self._group(place), "linkage")
        linkage = None if item is None else np.asarray(hdf5.read(item), np.float64)
        if linkage is None or not _is_tree(linkage, order):
            raise ProjectError(f"{self._path}: {place} is no tree of its {len(rows)} sounds. Arrange them again.")
        return Tree(rows, order.astype(np.int64), linkage, self.attrs_of(place))

    def whole(self, place: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Everything in a group such as ``features/pitch``, as it lies in the file: (arrays by name, attributes)."""
        group = self._group(place)
        items = {name: hdf5.dataset(group, name) for name in hdf5.names(group)}
        return {name: hdf5.read(item) for name, item in items.items() if item is not None}, self.attrs_of(place)

    def attrs_of(self, place: str) -> dict[str, Any]:
        """The attributes of a group such as ``projections/umap``."""
        return upgrades.attributes(self._path, self._group(place))

    def labeling_rows(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(rows, label) of the sounds that a labeling speaks of."""
        rows, label = self._read(f"labelings/{name}", "label")
        return rows, label.astype(np.int32)

    def _read(self, place: str, column: str) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the sounds that a table speaks of, and its values."""
        group = self._group(place)
        ids, item = hdf5.dataset(group, "segment_id"), hdf5.dataset(group, column)
        if ids is None or item is None:
            raise self._mismatch(place, f"has no {'segment_id' if ids is None else column}")
        found, values = hdf5.read(ids), hdf5.read(item)
        if len(found) != len(values):
            raise self._mismatch(place, f"has {len(values)} rows but {len(found)} ids")
        if len(np.unique(found)) != len(found):
            raise self._mismatch(place, "has ids that repeat")
        try:
            return self._rows_of(found), values
        except ProjectError:
            raise self._mismatch(place, "speaks of sounds that the project does not have") from None

    def _mismatch(self, place: str, what: str) -> ProjectError:
        return ProjectError(f"{self._path}: {place} {what}, so its rows cannot be matched to sounds. Compute it again.")

    def _group(self, place: str) -> h5py.Group:
        kind, _slash, name = place.partition("/")
        found = hdf5.group(self._handle, kind)
        if found is not None and name:
            found = hdf5.group(found, name)
        if found is None:
            known = self.names(kind) if kind in SETS else []
            raise ProjectError(f"{self._path} has no {name!r} among its {kind}; it has {listed(known) or 'none'}.")
        return found

    def _in_order(self, rows: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Rows of some sounds as a table of all of them, NaN where there is none."""
        if np.array_equal(rows, np.arange(self._n)):
            return values.astype(np.float32, copy=False)
        table = np.full((self._n, *values.shape[1:]), np.nan, np.float32)
        table[rows] = values
        return table


def _is_tree(linkage: np.ndarray, order: np.ndarray) -> bool:
    """Whether each leaf stands in the order once, and each join is made of two that were there before it, each once."""
    n = len(order)
    if linkage.shape != (max(n - 1, 0), 4) or not np.array_equal(np.sort(order), np.arange(n)):
        return False
    if not np.isfinite(linkage).all():
        return False
    children = linkage[:, :2].astype(np.int64)
    each_once = np.array_equal(np.sort(children, axis=None), np.arange(2 * len(linkage)))
    return each_once and bool((children < n + np.arange(len(linkage))[:, None]).all())
