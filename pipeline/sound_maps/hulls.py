"""Convex hulls of classes on a map: their areas, outlines and the area of their union."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from shapely import Polygon

GRID = float(1 << 20)    # places are rounded to so many steps of the map's width, so that what is nearly a line is one


def of_classes(points: np.ndarray, codes: np.ndarray) -> list[Polygon]:
    """The hull of each class that spans an area.

    points : float (n, 2), finite, about 0 … 1      codes : int (n,), below 0 for none. O(n log n).
    """
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0):]
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    hulls = (hull(points[rows]) for rows in np.split(order, ends))
    return [one for one in hulls if one.area > 0]


def hull(points: np.ndarray) -> Polygon:
    """The convex hull; an empty one, of area 0, if all points lie on a line."""
    import shapely

    found = shapely.MultiPoint(np.round(np.asarray(points, np.float64) * GRID) / GRID).convex_hull
    return found if isinstance(found, shapely.Polygon) else shapely.Polygon()


def roundness(hull: Polygon) -> float:
    """4 π area / outline², 1 for a circle."""
    return 4 * np.pi * hull.area / hull.length**2


def union_area(hulls: Sequence[Polygon]) -> float:
    """What any of the hulls encloses."""
    import shapely

    return float(shapely.union_all(hulls).area)
