"""The connected parts of a yes-or-no image, and their outlines.

An image is held as its runs: unbroken stretches of set pixels in one row. There are few of them however many pixels
there are, so that finding parts, areas and outlines takes time by the length of the outlines only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TOLERANCE_PX = 0.75          # an outline may be moved so far when it is simplified
CROWDED = 8                  # so many times more corners than allowed, and the tolerance begins higher
COARSEST_PX = 5_000          # wider than any image: nothing is left to be simplified
MAX_CORNERS = 1_800          # of all outlines together: 30 blobs must fit in 40 kB
HOLE_AREA = 6.0              # holes smaller than this many times the tolerance squared are not drawn

Ring = tuple[int, np.ndarray]


@dataclass(frozen=True, eq=False)
class Runs:
    """The set pixels of an image: row y, columns first … last - 1, and the part each run belongs to.

    y, first, last, part : int64 (n_runs,), ordered by row and column; parts count from 1
    areas : int64 (n_parts,), pixels      size : (rows, columns) of the image
    """

    y: np.ndarray
    first: np.ndarray
    last: np.ndarray
    part: np.ndarray
    areas: np.ndarray
    size: tuple[int, int]

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return len(self.areas)

    def image(self) -> np.ndarray:
        """The number of the part at each pixel, 0 where there is none, uint8 ``size``."""
        begin, end = self.y * self.size[1] + self.first, self.y * self.size[1] + self.last
        borders = np.concatenate([[0], np.column_stack([begin, end]).ravel(), [self.size[0] * self.size[1]]])
        values = np.zeros(len(borders) - 1, np.uint8)
        values[1::2] = self.part
        return np.repeat(values, np.diff(borders)).reshape(self.size)

    def inner_places(self) -> np.ndarray:
        """For each part the middle of its longest run as (x, y) in pixels, which lies inside; float64 (n_parts, 2)."""
        by_length = np.argsort(self.last - self.first, kind="stable")
        longest = np.zeros(self.n_parts + 1, np.int64)
        longest[self.part[by_length]] = by_length
        runs = longest[1:]
        return np.column_stack([(self.first[runs] + self.last[runs]) / 2, self.y[runs] + 0.5])


def parts(image: np.ndarray, *, n_largest: int) -> Runs:
    """The largest parts of an image, bool (rows, columns), connected along pixel edges.

    Numbered from 1 by area, the largest first; of equal areas the one with the lower first row, then column.
    """
    height, width = image.shape
    framed = np.zeros((height, width + 2), bool)
    framed[:, 1:-1] = image
    flat = framed.ravel()
    borders = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    begin, end = borders[0::2], borders[1::2]
    component = _components(begin, end, width + 2)
    areas = np.bincount(component, weights=end - begin).astype(np.int64)
    largest = np.argsort(-areas, kind="stable")[:n_largest]
    number = np.zeros(len(areas), np.int64)
    number[largest] = np.arange(1, len(largest) + 1)
    part = number[component]
    kept = part > 0
    y, first = np.divmod(begin[kept], width + 2)
    last = first + (end - begin)[kept]
    return Runs(y, first - 1, last - 1, part[kept], areas[largest], (height, width))


def _components(begin: np.ndarray, end: np.ndarray, width: int) -> np.ndarray:
    """The component of each run, numbered in the order in which they first occur; int64 (n_runs,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    below = np.searchsorted(end, begin + width, side="right")      # the runs of the next row that touch this one
    beyond = np.searchsorted(begin, end + width, side="left")
    n_touching = np.maximum(beyond - below, 0)
    upper = np.repeat(np.arange(len(begin)), n_touching)
    within = np.arange(len(upper)) - np.repeat(np.cumsum(n_touching) - n_touching, n_touching)
    graph = coo_array((np.ones(len(upper), np.int8), (upper, below[upper] + within)), shape=(len(begin),) * 2)
    found = connected_components(graph, directed=False)[1] if len(begin) else np.zeros(0, np.int64)
    _, first_run, component = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first_run, kind="stable"), kind="stable")[component]


# ---- outlines --------------------------------------------------------------------------------------------------------

def rings(runs: Runs) -> list[Ring]:
    """The closed outlines along pixel edges as (part, corners (n, 2) of x and y): outer ones and holes.

    The right sides of runs lead up and the left sides down, so an outer ring turns left and a hole turns right.
    """
    part, x, low, high, is_left = _sides(runs)
    n = len(part)
    tail_y, head_y = np.where(is_left, high, low), np.where(is_left, low, high)
    end_y, side = np.concatenate([tail_y, head_y]), np.tile(np.arange(n), 2)
    order = np.lexsort((is_left[side], x[side], end_y, part[side]))
    partner = np.empty(2 * n, np.int64)
    partner[order[0::2]], partner[order[1::2]] = order[1::2], order[0::2]
    following = partner[n:]          # the tail that the head of each side leads to, which is that side's number
    corners = np.stack([np.column_stack([x, tail_y]), np.column_stack([x, head_y])], axis=1)
    return [(int(part[cycle[0]]), corners[cycle].reshape(-1, 2)) for cycle in _cycles(following.tolist())]


def _sides(runs: Runs) -> tuple[np.ndarray, ...]:
    """The upright sides, as long as they are straight: part, x, lower y, upper y, and whether it is a left one."""
    n = len(runs.y)
    part, y = np.tile(runs.part, 2), np.tile(runs.y, 2)
    x, is_left = np.concatenate([runs.first, runs.last]), np.arange(2 * n) < n
    order = np.lexsort((y, x, is_left, part))
    part, x, y, is_left = part[order], x[order], y[order], is_left[order]
    goes_on = (part[1:] == part[:-1]) & (x[1:] == x[:-1]) & (y[1:] == y[:-1] + 1) & (is_left[1:] == is_left[:-1])
    begins = np.flatnonzero(np.concatenate([[True], ~goes_on])[:2 * n])
    ends = np.append(begins[1:], 2 * n)[:len(begins)] - 1
    return part[begins], x[begins], y[begins], y[ends] + 1, is_left[begins]


def _cycles(following: list[int]) -> list[list[int]]:
    """The cycles of a permutation."""
    cycles, seen = [], [False] * len(following)
    for start in range(len(following)):
        if seen[start]:
            continue
        cycle, at = [], start
        while not seen[at]:
            seen[at] = True
            cycle.append(at)
            at = following[at]
        cycles.append(cycle)
    return cycles


def simplified(outlines: Sequence[Ring], *, max_corners: int = MAX_CORNERS) -> list[Ring]:
    """The same outlines with fewer corners, moved by less than twice a tolerance (Douglas and Peucker, 1973).

    The tolerance begins at ``TOLERANCE_PX``, higher where there are very many corners, and is doubled until no more
    than ``max_corners`` are left. Holes too small for it are left out, outer rings never.
    """
    crowding = _n_corners(outlines) / (CROWDED * max_corners)
    tolerance = TOLERANCE_PX * 2.0 ** max(0, int(np.ceil(np.log2(max(crowding, 1)))))
    outlines = _simplify(_drawn(outlines, tolerance), tolerance)
    while _n_corners(outlines) > max_corners and tolerance < COARSEST_PX:
        tolerance *= 2
        outlines = _simplify(_drawn(outlines, tolerance), tolerance)
    return outlines


def _n_corners(outlines: Sequence[Ring]) -> int:
    return sum(len(corners) for _, corners in outlines)


def _drawn(outlines: Sequence[Ring], tolerance: float) -> list[Ring]:
    """Outer rings, and holes that are large enough to be seen."""
    areas = [_area(corners) for _, corners in outlines]
    return [ring for ring, area in zip(outlines, areas, strict=True) if area > 0 or -area > HOLE_AREA * tolerance ** 2]


def _area(corners: np.ndarray) -> float:
    """The area inside a ring, positive if it turns left (Gauss's formula)."""
    x, y = corners.T
    inner = x[:-1] @ y[1:] - y[:-1] @ x[1:]
    return float(inner + x[-1] * y[0] - y[-1] * x[0]) / 2


def _simplify(outlines: Sequence[Ring], tolerance: float) -> list[Ring]:
    if not outlines:
        return []
    closed = [np.vstack([corners, corners[:1]]) for _, corners in outlines]
    corners = np.concatenate(closed).astype(np.float64)
    kept = np.concatenate([_fixed(ring) for ring in closed])
    _keep_far_corners(corners, kept, tolerance)
    ends = np.cumsum([len(ring) for ring in closed])
    starts = np.append(0, ends[:-1])
    return [(part, corners[begin:end - 1][kept[begin:end - 1]])
            for (part, _), begin, end in zip(outlines, starts, ends, strict=True)]


def _fixed(ring: np.ndarray) -> np.ndarray:
    """The corners that stay in any case: both ends and the extremes, so that no ring shrinks to a line."""
    fixed = np.zeros(len(ring), bool)
    fixed[[0, -1, *ring.argmin(axis=0), *ring.argmax(axis=0)]] = True
    return fixed


def _keep_far_corners(corners: np.ndarray, kept: np.ndarray, tolerance: float) -> None:
    """Keep, between any two kept neighbours, the corner farthest from their line if it is farther than the tolerance.

    All stretches at once, until none is left to be divided.
    """
    undecided = np.flatnonzero(~kept)
    while len(undecided):
        ends = np.flatnonzero(kept)
        stretch = (np.cumsum(kept) - 1)[undecided]
        distance = _distance_from_line(corners[undecided], corners[ends[stretch]], corners[ends[stretch + 1]])
        begins = np.diff(stretch, prepend=-1) != 0
        farthest = np.maximum.reduceat(distance, np.flatnonzero(begins))[np.cumsum(begins) - 1]
        divided = farthest > tolerance
        candidates = np.flatnonzero(divided & (distance == farthest))
        kept[undecided[candidates[np.diff(stretch[candidates], prepend=-1) != 0]]] = True
        undecided = undecided[divided]
        undecided = undecided[~kept[undecided]]


def _distance_from_line(points: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    along, offset = end - begin, points - begin
    length = np.hypot(*along.T)
    across = np.abs(along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0])
    return np.where(length > 0, across / np.where(length > 0, length, 1), np.hypot(*offset.T))
