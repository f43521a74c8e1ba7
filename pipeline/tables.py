"""What a project is read into: tables in row order, with units in their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.errors import ProjectError
from pipeline.upgrades import Layout


@dataclass(frozen=True, eq=False)
class Files:
    """The recordings, in row order.

    file_id int32 (m,) · sr int32 Hz, 0 if unknown · duration_s float64 s, NaN if unknown · recorded_at float64 s since
    1970 UTC, NaN if unknown · the others texts, of which ``data_dir`` is empty where the project's own counts
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
    data_dir: tuple[str, ...]

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

    def rows_of(self, file_ids: np.ndarray) -> np.ndarray:
        """The rows, int64, of recordings by their ids, in the order asked. Raises ProjectError as `row_of`."""
        different, which = np.unique(np.asarray(file_ids), return_inverse=True)
        return np.array([self.row_of(file_id) for file_id in different.tolist()], np.int64)[which]


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
    """values float32 (n, d) in row order, NaN where a sound has none; ``columns`` are d names, or ()."""

    values: np.ndarray
    columns: tuple[str, ...]
    attrs: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Labeling:
    """label int32 (n,) in row order, -1 = noise or not labelled; probability float32 (n, k) or None.

    silhouette : float32 (k,), of each cluster, or None
    exemplars : int32 (k, e), ids of the sounds nearest to each cluster's centre, -1 where there are fewer, or None
    """

    label: np.ndarray
    probability: np.ndarray | None
    attrs: dict[str, Any]
    silhouette: np.ndarray | None = None
    exemplars: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree of sounds, and the order of its leaves.

    rows : int64 (r,), the row in the project of each leaf      linkage : float64 (r − 1, 4), as scipy's, of them
    order : int64 (r,), the leaves from first to last
    """

    rows: np.ndarray
    order: np.ndarray
    linkage: np.ndarray
    attrs: dict[str, Any]

    @property
    def rows_in_order(self) -> np.ndarray:
        """The rows in the project from the first leaf to the last, int64 (r,)."""
        return self.rows[self.order]


def files_of(layout: Layout) -> Files:
    """The recordings of a checked layout."""
    columns = layout.files
    return Files(
        file_id=columns["file_id"], filename=columns["filename"], path=columns["path"], sr=columns["sr"],
        duration_s=columns["duration_sec"], recorded_at=columns["recorded_at"], status=columns["status"],
        day=columns["day"], note=columns["note"], data_dir=columns["data_dir"],
    )


def segments_of(layout: Layout, read_pca: Callable[[], np.ndarray | None]) -> Segments:
    """The sounds of a checked layout; ``read_pca`` is called when their components are first asked for."""
    columns = layout.segments
    return Segments(
        segment_id=columns["segment_id"], file_id=columns["file_id"], onset_s=columns["onset_sec"],
        duration_s=columns["duration_sec"], umap=columns.get("umap"), label=columns.get("label"), read_pca=read_pca,
    )
