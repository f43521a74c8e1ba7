"""Points of a map: which lie inside a drawn path, and which are nearest to a place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.errors import EditError

OUTLIER_SPANS = 1.5      # how far beyond its central part a map's first view may reach, in spans of that part
CENTRAL_PERCENT = (1, 99)
MARGIN = 0.04


def inside(points: np.ndarray, polygon: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Which points lie inside a closed path, by the even-odd rule; bool (n,).

    points : float (n, 2)      polygon : (n_corners, 2), closed by itself

    The sum is done in float64 exactly as ``assets/geometry.js`` does it, so that browser and server select the same
    sounds. Only the points between an edge's two heights are looked at: O(n log n + crossings). Raises EditError if
    the path is no polygon.
    """
    corners = _corners(polygon)
    result = np.zeros(len(points), bool)
    rows = _rows_in_box(points, corners)
    rows = rows[np.argsort(points[rows, 1], kind="stable")]
    x, y = points[rows].astype(np.float64).T if len(rows) else np.zeros((2, 0))
    odd = np.zeros(len(rows), bool)
    for (xi, yi), (xj, yj) in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        if yi != yj:
            first, last = np.searchsorted(y, (min(yi, yj), max(yi, yj)), side="left")
            odd[first:last] ^= x[first:last] < (xj - xi) * (y[first:last] - yi) / (yj - yi) + xi
    result[rows] = odd
    return result


def _corners(polygon: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    try:
        corners = np.asarray(polygon, np.float64)
    except (TypeError, ValueError):
        corners = np.zeros(0)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
        raise EditError("The path drawn on the map is not closed around anything. Draw it again, around the sounds.")
    return corners


def _rows_in_box(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    low, high = corners.min(axis=0), corners.max(axis=0)
    return np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))


def nearest(points: np.ndarray, at: Sequence[float], k: int) -> np.ndarray:
    """The rows of the ``k`` points nearest to ``at``, nearest first; all of them if there are fewer. int64 (≤ k,)."""
    squared = ((points.astype(np.float64) - np.asarray(at, np.float64)) ** 2).sum(axis=1)
    few = np.argpartition(squared, k - 1)[:k] if 0 < k < len(points) else np.arange(len(points))[:max(0, k)]
    return few[np.lexsort((few, squared[few]))]


def first_view(points: np.ndarray) -> tuple[float, float, float, float]:
    """The part of a map to show at first: (x low, x high, y low, y high), with a margin.

    A few far outliers must not shrink all others to a dot, so the view ends ``OUTLIER_SPANS`` spans of the central
    98 % beyond it; the outliers are still there, to be panned to.
    """
    if not len(points):
        return -1.0, 1.0, -1.0, 1.0
    low, high = np.percentile(points, CENTRAL_PERCENT, axis=0)
    reach = OUTLIER_SPANS * (high - low)
    low = np.maximum(points.min(axis=0), low - reach)
    high = np.minimum(points.max(axis=0), high + reach)
    margin = np.where(high > low, MARGIN * (high - low), 1.0)
    (x_low, y_low), (x_high, y_high) = (low - margin).tolist(), (high + margin).tolist()
    return x_low, x_high, y_low, y_high
