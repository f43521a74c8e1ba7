"""Nearest neighbours in many dimensions: exact, fast, and in memory that grows with the number of points only.

In a few dimensions a k-d tree answers. In many, distances are first taken in blocks of float32 matrix products; a bound
on their rounding errors tells which points may be among the nearest, and only these are looked at in float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

TREE_DIMS = 3                # a k-d tree is faster up to so many dimensions
BLOCK_VALUES = 1_300_000     # distances held at once, 5 MB
SUMMED_VALUES = 500_000      # coordinates taken together when distances are taken exactly, 4 MB
POINTS_PER_GROUP = 16
MAX_PER_LIST = 96            # a row with more near points than this is looked at by itself


@dataclass(frozen=True, eq=False)
class Near:
    """For each point a list of others that holds all that are nearer than ``bound``.

    begin : int64 (n + 1,), list i is begin[i] … begin[i + 1] - 1      column : int64, the points in the lists
    squared : float64, their squared distances, each wrong by at most `Rounding` says
    bound : float64 (n,), no point outside of list i is nearer to i than the root of this
    """

    begin: np.ndarray
    column: np.ndarray
    squared: np.ndarray
    bound: np.ndarray
    rounding: Rounding


@dataclass(frozen=True, eq=False)
class Rounding:
    """How wrong a squared distance may be: for point i by no more than part · (2 · squared + 8 · norm[i]).

    The error of |y|² - 2 x·y + |x|² is at most part · (|x| + |y|)², by the usual analysis of a sum of products, and
    (|x| + |y|)² ≤ 2 (|x| - |y|)² + 8 |x|² ≤ 2 |x - y|² + 8 |x|².
    """

    part: float
    norm: np.ndarray

    def at_least(self, measured: np.ndarray, i: np.ndarray | int | slice) -> np.ndarray:
        """The lowest that the true squared distance can be."""
        return (measured - 8 * self.part * self.norm[i]) / (1 + 2 * self.part)

    def at_most(self, measured: np.ndarray, i: np.ndarray | int | slice) -> np.ndarray:
        """The highest that the true squared distance can be."""
        return (measured + 8 * self.part * self.norm[i]) / (1 - 2 * self.part)

    def measured_at_most(self, true: np.ndarray, i: np.ndarray | int | slice) -> np.ndarray:
        """The highest that may have been measured for a true squared distance."""
        return true * (1 + 2 * self.part) + 8 * self.part * self.norm[i]


def squared_distances(points: np.ndarray, to: np.ndarray) -> np.ndarray:
    """The squared distances between rows, float64 (n,): the definition that every order here is exact for."""
    return ((points.astype(np.float64, copy=False) - to) ** 2).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Products:
    """Points made ready for matrix products.

    centred : float32 (n, d), about their median      doubled : float32 (n, d), -2 · centred
    norm : float32 (n,), squared lengths
    """

    centred: np.ndarray
    doubled: np.ndarray
    norm: np.ndarray
    rounding: Rounding

    @classmethod
    def of(cls, points: np.ndarray) -> Products:
        """Make ready; ``points`` finite float64 (n, d)."""
        centred = points - np.median(points, axis=0)      # far outliers must not make all others seem far
        norm = (centred ** 2).sum(axis=1)
        centred = centred.astype(np.float32)
        part = (points.shape[1] + 16) * float(np.finfo(np.float32).eps)
        return cls(centred, -2 * centred, norm.astype(np.float32), Rounding(part, norm))

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """(first row, squared distances less the row's own norm, float32 (rows, n)); inf from a point to itself."""
        n = len(self.norm)
        n_rows = max(1, BLOCK_VALUES // n)
        room = np.empty((min(n_rows, n), n), np.float32)
        for first in range(0, n, n_rows):
            rows = np.arange(first, min(n, first + n_rows))
            values = np.matmul(self.centred[rows], self.doubled.T, out=room[:len(rows)])
            values += self.norm
            values[rows - first, rows] = np.inf
            yield first, values


def near(points: np.ndarray, k: int, *, ready: Products | None = None) -> Near:
    """Lists with at least the ``k`` nearest others of each point, where there are so many.

    points : float64 (n, d), finite and all different, n > 1      ready : the same, where it was made before
    Memory: O(n · (d + k)).
    """
    k = min(k, len(points) - 1)
    if points.shape[1] <= TREE_DIMS:
        return _near_by_tree(points, k)
    return _near_by_products(points, k, ready or Products.of(points))


def _near_by_tree(points: np.ndarray, k: int) -> Near:
    from scipy.spatial import cKDTree

    n = len(points)
    distance, column = cKDTree(points).query(points, k=k + 1)
    listed = column != np.arange(n)[:, None]
    rounding = Rounding(64 * float(np.finfo(np.float64).eps), np.zeros(n))
    bound = distance[:, -1] ** 2 * (1 - rounding.part) if k < n - 1 else np.full(n, np.inf)
    return Near(np.arange(n + 1) * k, column[listed], distance[listed] ** 2, bound, rounding)


def _near_by_products(points: np.ndarray, k: int, ready: Products) -> Near:
    n, rounding = len(points), ready.rounding
    counts, columns, squares, bounds = [], [], [], []
    for first, values in ready.blocks():
        own = slice(first, first + len(values))
        norm = rounding.norm[own]
        kth = rounding.at_most(_kth_at_most(values, k) + norm, own)
        limit = np.nextafter((rounding.measured_at_most(kth, own) - norm).astype(np.float32), np.float32(np.inf))
        found = np.flatnonzero(values <= limit[:, None])
        row, column = np.divmod(found, n)
        square, bound = values.ravel()[found] + norm[row], rounding.at_least(limit + norm, own)
        row, column, square = _thinned(points, k, first, (row, column, square), bound)
        counts.append(np.bincount(row, minlength=len(values)))
        columns.append(column)
        squares.append(square)
        bounds.append(bound)
    begin = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return Near(begin, np.concatenate(columns), np.concatenate(squares), np.concatenate(bounds), rounding)


def _thinned(
    points: np.ndarray, k: int, first: int, lists: tuple[np.ndarray, np.ndarray, np.ndarray], bound: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lists without any that is long because the rounding errors are large beside the distances.

    Of those the ``k`` nearest are chosen in float64, and ``bound`` is changed to fit.
    """
    row, column, square = lists
    edges = np.searchsorted(row, np.arange(len(bound) + 1))
    stays = np.ones(len(row), bool)
    for i in np.flatnonzero(np.diff(edges) > max(MAX_PER_LIST, 4 * k)):
        own = slice(edges[i], edges[i + 1])
        exact = squared_distances(points[column[own]], points[first + i])
        nearest = np.argsort(exact, kind="stable")[:k]
        stays[own] = False
        stays[edges[i] + nearest] = True
        square[own] = exact
        bound[i] = min(bound[i], exact[nearest[-1]])
    return row[stays], column[stays], square[stays]


def _kth_at_most(values: np.ndarray, k: int) -> np.ndarray:
    """For each row a value that at least ``k`` of its values do not exceed, and hardly more; float64 (rows,).

    The lowest of each group of columns is taken, and the k-th lowest of these: far faster than the k-th of all.
    """
    n_groups = values.shape[1] // POINTS_PER_GROUP
    if n_groups < 8 * k:
        return np.partition(values, k - 1, axis=1)[:, k - 1].astype(np.float64) if k else np.zeros(len(values))
    grouped = values[:, :n_groups * POINTS_PER_GROUP].reshape(len(values), POINTS_PER_GROUP, n_groups)
    return np.partition(grouped.min(axis=1), k - 1, axis=1)[:, k - 1].astype(np.float64)


def distance_sums(points: np.ndarray, k: int) -> np.ndarray:
    """The sum of the distances from each point to its ``k`` nearest others (all, if there are fewer); float64 (n,).

    points : float64 (n, d), finite. Points on the same place are at distance 0 from each other.
    """
    distinct, which, n_alike = distinct_points(points)
    if len(distinct) < 2:
        return np.zeros(len(points))
    return _sums(distinct, near(distinct, k), k, n_alike)[which]


def _sums(points: np.ndarray, lists: Near, k: int, n_alike: np.ndarray) -> np.ndarray:
    """The sums for different points, each of which counts as often as it occurs."""
    sums = np.zeros(len(points))
    n_rows = max(1, SUMMED_VALUES * len(points) // (lists.begin[-1] * points.shape[1]))
    for first in range(0, len(points), n_rows):
        begin = lists.begin[first:first + n_rows + 1]
        row = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
        column = lists.column[begin[0]:begin[-1]]
        squared = squared_distances(points[column], points[first + row])
        order = np.lexsort((squared, row))
        weight = n_alike[column[order]]
        before = np.cumsum(weight) - weight
        before -= before[(begin[:-1] - begin[0])[row]]
        missing = k - (n_alike[first + row] - 1) - before
        counted = np.sqrt(squared[order]) * np.clip(missing, 0, weight)
        sums[first:first + n_rows] = np.bincount(row, counted, minlength=len(begin) - 1)
    return sums


def distinct_points(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(the different points in the order in which they first occur, which of them each is, how often each occurs)."""
    rows = np.ascontiguousarray(points + 0.0)      # -0 and 0 are the same place
    as_bytes = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, which, counts = np.unique(as_bytes, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rows[first[order]], rank[which], counts[order]
