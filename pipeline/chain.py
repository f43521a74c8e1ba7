"""The nearest-neighbour chain: from the first point always on to the nearest one not yet visited.

It is the order that brute force finds, equal distances by the lower row. Each point's nearest others are listed
beforehand, for all at once; a point whose listed ones have all been visited looks at everything that is left. The lists
are made anew for the points left over when that has become too frequent.
"""

from __future__ import annotations

import numpy as np

from pipeline.neighbours import Products, distinct_points, near, squared_distances

N_LISTED = 16
SEARCHES = 16       # to look at all n points n / 16 times takes about as long as new lists for half of them


def chain(points: np.ndarray) -> np.ndarray:
    """The rows of ``points``, finite float (n, d), in the order of the chain that starts at row 0; int64 (n,).

    Memory: O(n · d).
    """
    if not len(points):
        return np.zeros(0, np.int64)
    distinct, which, n_alike = distinct_points(np.asarray(points, np.float64))
    alike = np.split(np.argsort(which, kind="stable"), np.cumsum(n_alike)[:-1])
    return np.concatenate([alike[row] for row in _visit(distinct)])      # those on one place follow each other


def _visit(points: np.ndarray) -> list[int]:
    """The chain through points that all differ."""
    order, left, at = [0], np.arange(len(points)), 0
    while len(left) > 1:
        path = _Stage(points[left], at).walk()
        order.extend(left[path].tolist())
        left = np.delete(left, [at, *path[:-1]])
        at = int(np.searchsorted(left, order[-1]))
    return order


class _Stage:
    """The walk over some points, as long as their lists are worth it."""

    def __init__(self, points: np.ndarray, at: int) -> None:
        self._points, self._ready = points, Products.of(points)
        lists = near(points, N_LISTED, ready=self._ready)
        self._begin, self._column = lists.begin.tolist(), lists.column.tolist()
        self._squared, self._bound, self._rounding = lists.squared.tolist(), lists.bound.tolist(), lists.rounding
        self._visited = bytearray(len(points))
        self._open_norm = self._ready.norm.copy()      # infinite at the visited ones
        self._go_to(at)

    def walk(self) -> list[int]:
        """From point to point, until all are visited or half of them are and new lists would save time."""
        n, n_searches, path = len(self._visited), 0, []
        while len(path) < n - 1 and (n_searches * SEARCHES < n or 2 * len(path) < n):
            listed = self._among_listed()
            n_searches += listed is None
            path.append(self._go_to(self._among_all() if listed is None else listed))
        return path

    def _go_to(self, at: int) -> int:
        self._at, self._visited[at], self._open_norm[at] = at, 1, np.inf
        return at

    def _among_listed(self) -> int | None:
        """The nearest one of the list, or None where one outside of it may be as near."""
        begin, end = self._begin[self._at], self._begin[self._at + 1]
        nearby = zip(self._squared[begin:end], self._column[begin:end], strict=True)
        listed = [(squared, column) for squared, column in nearby if not self._visited[column]]
        if not listed:
            return None
        lowest, column = min(listed)
        highest = self._rounding.at_most(lowest, self._at)
        if highest >= self._bound[self._at]:
            return None
        limit = self._rounding.measured_at_most(highest, self._at)
        rivals = [column for squared, column in listed if squared <= limit]
        return column if len(rivals) == 1 else self._nearest_of(np.sort(rivals))

    def _among_all(self) -> int:
        """The nearest of all that are left."""
        at, rounding = self._at, self._ready.rounding
        values = self._ready.doubled @ self._ready.centred[at]
        values += self._open_norm
        best = int(values.argmin())
        exact = squared_distances(self._points[best:best + 1], self._points[at])[0]
        limit = rounding.measured_at_most(exact, at) - rounding.norm[at]
        return self._nearest_of(np.flatnonzero(values <= np.nextafter(np.float32(limit), np.float32(np.inf))))

    def _nearest_of(self, rivals: np.ndarray) -> int:
        return int(rivals[squared_distances(self._points[rivals], self._points[self._at]).argmin()])
