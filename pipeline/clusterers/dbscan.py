"""DBSCAN (Ester, Kriegel, Sander & Xu 1996), a block of points at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.clusterers import _result
from pipeline.clusterers._result import NOISE, Clustering
from pipeline.params import param

if TYPE_CHECKING:
    from sklearn.neighbors import NearestNeighbors

PAIRS_AT_ONCE = 1 << 23     # of a block of points; however dense the points lie, no more are kept
QUANTILE = 0.9


@dataclass(frozen=True)
class Dbscan:
    """DBSCAN: clusters are places where sounds lie dense, of any form; the others are noise."""

    eps: float | None = param(None, "distance within which sounds are neighbours; if not given, 9 of 10 sounds have "
                              "enough neighbours within it", low=0)
    min_samples: int = param(5, "neighbours, itself among them, that make a place dense", low=1, high=100_000)
    metric: str = param("euclidean", "distance; cosine compares directions", choices=_result.METRICS)

    def cluster(self, points: np.ndarray) -> Clustering:
        """Group points float32 (n, d). Facts: ``eps``. The same clusters as scikit-learn's, in memory linear in n."""
        from sklearn.neighbors import NearestNeighbors

        points = _result.for_metric(points, self.metric)
        if len(points) < self.min_samples:
            return _result.unclustered(len(points), f"There are {len(points)} sounds, fewer than min_samples "
                                       f"({self.min_samples}), so there is no dense place.")
        index = NearestNeighbors().fit(points)
        reach = np.concatenate([index.kneighbors(block, self.min_samples)[0][:, -1]
                                for block in np.array_split(points, -(-len(points) // 5000))])
        eps = float(np.quantile(reach, QUANTILE)) if self.eps is None else self.eps
        label = _grown(index, points, reach <= eps, eps)
        told = () if self.eps is not None else (f"eps was set to {eps:.4g}: 9 of 10 sounds have {self.min_samples} "
                                                "neighbours within it.",)
        return Clustering(label, facts={"eps": eps}, notes=told)


def _grown(index: NearestNeighbors, points: np.ndarray, dense: np.ndarray, eps: float) -> np.ndarray:
    """Dense points within reach of each other are one cluster; the others go to the first cluster that reaches them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    label = np.arange(len(points))
    for rows, columns in _pairs(index, points, np.flatnonzero(dense), eps):
        among = dense[columns]
        ends = np.stack([label[rows[among]], label[columns[among]]])
        ends = ends[:, ends[0] != ends[1]]          # most are one already
        if ends.size:
            graph = coo_array((np.ones(ends.shape[1], np.int8), ends), shape=(len(points), len(points)))
            label = connected_components(graph, directed=False)[1][label]
    label = np.where(dense, label, NOISE)
    core = _result.renumbered(label)
    label = core.copy()
    for rows, columns in _pairs(index, points, np.flatnonzero(~dense), eps):
        near = dense[columns]
        first = np.full(len(points), len(points), np.int64)
        np.minimum.at(first, rows[near], core[columns[near]])
        reached = first < len(points)
        label[reached] = first[reached]
    return label


def _pairs(
    index: NearestNeighbors, points: np.ndarray, rows: np.ndarray, eps: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows with each of their neighbours within ``eps``, a block at a time."""
    at_once = max(1, PAIRS_AT_ONCE // len(points))
    done = 0
    while done < len(rows):
        block = rows[done:done + at_once]
        found = index.radius_neighbors(points[block], eps, return_distance=False)
        counts = np.fromiter(map(len, found), np.int64, len(found))
        yield np.repeat(block, counts), np.concatenate(found)
        done += len(block)
        per_row = max(1, int(counts.mean() * 4))       # few neighbours: larger blocks
        at_once = int(np.clip(PAIRS_AT_ONCE // per_row, 1, 4 * at_once))
