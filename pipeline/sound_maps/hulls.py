"""Convex hulls of classes on a map: their areas, outlines and the area of their union, all exact."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

GRID = float(1 << 20)    # places are rounded to so many steps of the map's width: signs of areas are then exact


def of_classes(points: np.ndarray, codes: np.ndarray) -> list[np.ndarray]:
    """The hull of each class that spans an area: corners float64 (k, 2), counter-clockwise.

    points : float (n, 2), finite, about 0 … 1      codes : int (n,), below 0 for none. O(n log n).
    """
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0):]
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    hulls = (hull(points[rows]) for rows in np.split(order, ends))
    return [corners for corners in hulls if len(corners)]


def hull(points: np.ndarray) -> np.ndarray:
    """The corners of the convex hull, counter-clockwise, float64 (k, 2); none if all lie on a line."""
    from scipy.spatial import ConvexHull, QhullError

    points = np.unique(np.round(np.asarray(points, np.float64) * GRID) / GRID, axis=0)
    if len(points) < 3:
        return np.zeros((0, 2))
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:        # on a line
        return np.zeros((0, 2))


def area(corners: np.ndarray) -> float:
    """What a hull encloses."""
    return float(_cross(corners, np.roll(corners, -1, axis=0)).sum() / 2)


def roundness(corners: np.ndarray) -> float:
    """4 π area / outline², 1 for a circle."""
    outline = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).sum()
    return float(4 * np.pi * area(corners) / outline**2)


def union_area(hulls: Sequence[np.ndarray]) -> float:
    """What any of the hulls encloses, by Green's theorem: the sum over the parts of edges that lie in no other hull.

    O(e²) in the number e of corners of all; memory O(e · longest hull).
    """
    if not hulls:
        return 0.0
    longest = max(map(len, hulls))
    filled = np.stack([np.concatenate([corners, np.repeat(corners[:1], longest - len(corners), axis=0)])
                       for corners in hulls])
    return sum(_outside(row, corners, filled) for row, corners in enumerate(hulls)) / 2


def _outside(row: int, corners: np.ndarray, hulls: np.ndarray) -> float:
    """The cross products of one hull's edges, each counted as far as it lies outside of all others."""
    step = np.roll(corners, -1, axis=0) - corners
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = (hulls.min(axis=1) <= high).all(axis=1) & (hulls.max(axis=1) >= low).all(axis=1)
    near[row] = False
    others = np.flatnonzero(near)
    covered = _covered(*_inside(corners, step, hulls[others], others < row))
    return float((_cross(corners, step) * (1 - covered)).sum())


def _inside(begin: np.ndarray, step: np.ndarray, hulls: np.ndarray, is_first: np.ndarray) -> tuple[np.ndarray, ...]:
    """The part of each edge in each other hull (Cyrus & Beck 1978): from, to as shares, both (edges, hulls).

    An edge that lies on one of the same direction is inside of the hulls that come first, so that it counts once; on
    one of the other direction it is outside of both, which together add nothing.
    """
    sides = np.roll(hulls, -1, axis=1) - hulls
    height = _cross(sides, begin[:, None, None] - hulls)           # (edges, hulls, sides), above 0 inside
    slope = _cross(sides, step[:, None, None])
    along = (slope == 0) & (sides != 0).any(axis=2)
    same = (sides * step[:, None, None]).sum(axis=3) > 0
    outside = along & ((height < 0) | ((height == 0) & ~(same & is_first[:, None])))
    at = -height / np.where(slope == 0, 1, slope)
    first = np.where(slope > 0, at, 0).max(axis=2, initial=0)
    last = np.where(slope < 0, at, 1).min(axis=2, initial=1)
    return first, np.where(outside.any(axis=2), first, np.maximum(first, last))


def _covered(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The share of each edge that is in any of its intervals (edges, hulls), which may overlap."""
    if not first.shape[1]:
        return np.zeros(len(first))
    order = np.argsort(first, axis=1)
    first, last = np.take_along_axis(first, order, 1), np.take_along_axis(last, order, 1)
    reached = np.maximum.accumulate(last, axis=1)
    before = np.concatenate([np.zeros((len(first), 1)), reached[:, :-1]], axis=1)
    return np.maximum(last - np.maximum(first, before), 0).sum(axis=1)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
