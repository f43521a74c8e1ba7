"""The names of clusters beside a map or on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE_MM, DOT_MM = 3.4, 1.8
NAME_HEIGHT_MM, NAME_GAP_MM = 2.8, 0.5
INSET_MM, CELL_MM = 0.6, 0.5
COVERED_COSTS = 60.0        # a box full of points against one so many candidates farther away
RINGS = 7                   # how far from its group, in heights of a line, a name may be moved to find room


@dataclass(frozen=True)
class Group:
    """The sounds of one cluster: its number, what it is called, its colour, how many sounds it has."""

    number: int
    name: str
    colour: str
    n: int


def beside(figure: Figure, groups: Sequence[Group], *, left: float, top: float, width: float, height: float, most: int
           ) -> None:
    """A dot, name and count for each group, the largest ``most`` of them, as many as there is room for."""
    room = max(1, min(most, int(height / LINE_MM)))
    kept = sorted(sorted(groups, key=lambda one: -one.n)[:room if len(groups) <= room else max(room - 1, 0)],
                  key=groups.index)
    for line, group in enumerate(kept):
        middle = top + (line + 0.5) * LINE_MM
        _dot(figure, left, middle, group.colour)
        count = f"{group.n:,}"
        room_mm = width - DOT_MM - 3 - style.text_width_mm(count, size_pt=style.SMALL_PT)
        style.text(figure, left + DOT_MM + 1, middle, style.fitting(group.name, room_mm), va="center_baseline")
        style.text(figure, left + width, middle, count, ha="right", va="center_baseline", color=style.PALE,
                   fontsize=style.SMALL_PT)
    if len(kept) < len(groups):
        style.text(figure, left, top + (len(kept) + 0.5) * LINE_MM, f"and {len(groups) - len(kept)} more", va="center",
                   color=style.PALE)


def _dot(figure: Figure, left: float, middle: float, colour: str) -> None:
    axes = style.axes(figure, left=left, top=middle - DOT_MM / 2, width=DOT_MM, height=DOT_MM)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    axes.plot([0.5], [0.5], "o", color=colour, markeredgewidth=0, clip_on=False,
              markersize=DOT_MM * style.PT_AN_INCH / style.MM_AN_INCH)


def at_groups(axes: Axes, groups: Sequence[Group], points: np.ndarray, labels: Labels, size_mm: tuple[float, float]
              ) -> None:
    """Each name at its group, or as near as there is room, with a line to it if it had to move far."""
    room = _Room(axes, points[np.isfinite(points).all(axis=1)], size_mm)
    for group in groups:
        own = points[labels.ids == group.number]
        own = own[np.isfinite(own).all(axis=1)]
        if len(own):
            _write(axes, group, room.mm(own), room)


class _Room:
    """Where names may stand: not on each other, and rather not on points; in mm from the axes' lower left corner."""

    def __init__(self, axes: Axes, points: np.ndarray, size_mm: tuple[float, float]) -> None:
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        self._origin, self.size_mm = np.array([left, low]), np.array(size_mm)
        self._scale = self.size_mm / (right - left, high - low)
        cells = tuple(np.maximum(1, np.ceil(self.size_mm / CELL_MM)).astype(int))
        limits = [(0, n * CELL_MM) for n in cells]
        filled = np.histogram2d(*self.mm(points).T, bins=cells, range=limits)[0] > 0
        self._sums = np.pad(filled, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)     # of all cells below and left
        self._taken = np.zeros((0, 4))

    def mm(self, places: np.ndarray) -> np.ndarray:
        """Places of the map on paper."""
        return (places - self._origin) * self._scale

    def on_map(self, places: np.ndarray) -> np.ndarray:
        """Places on paper on the map."""
        return places / self._scale + self._origin

    def take(self, boxes: np.ndarray) -> np.ndarray | None:
        """The box that covers the fewest points and lies nearest, of those that meet no other; it is then taken.

        boxes : float (m, 4), left, low, right, high, the nearest first
        """
        (x0, y0, x1, y1), gap = boxes.T[:, :, None], NAME_GAP_MM
        left, low, right, high = self._taken.T
        meets = (x0 < right + gap) & (left < x1 + gap) & (y0 < high + gap) & (low < y1 + gap)
        costs = np.where(meets.any(axis=1), np.inf, COVERED_COSTS * self._covered(boxes) + np.arange(len(boxes)))
        best = int(costs.argmin())
        if not np.isfinite(costs[best]):
            return None
        self._taken = np.vstack([self._taken, boxes[best]])
        return boxes[best]

    def _covered(self, boxes: np.ndarray) -> np.ndarray:
        """The share of each box's cells that hold points."""
        most = np.array(self._sums.shape) - 1
        first = np.clip((boxes[:, :2] / CELL_MM).astype(int), 0, most - 1)
        last = np.clip((boxes[:, 2:] / CELL_MM).astype(int) + 1, first + 1, most)
        (x0, y0), (x1, y1), sums = first.T, last.T, self._sums
        found = sums[x1, y1] - sums[x0, y1] - sums[x1, y0] + sums[x0, y0]
        return found / ((x1 - x0) * (y1 - y0))


def _write(axes: Axes, group: Group, own_mm: np.ndarray, room: _Room) -> None:
    """A name where its group is; on it, if the group is larger than the name."""
    place = own_mm[((own_mm - np.median(own_mm, axis=0)) ** 2).sum(axis=1).argmin()]
    reach_mm = 2 * float(np.percentile(np.abs(own_mm - place).sum(axis=1), 25))
    words = style.fitting(group.name, float(room.size_mm[0]) / 3)
    width = style.text_width_mm(words) + 1.0
    found = room.take(_candidates(place, width, room.size_mm, on_top=reach_mm > 1.5 * NAME_HEIGHT_MM))
    if found is None:
        return
    centre = (found[:2] + found[2:]) / 2
    away = np.abs(centre - place)
    if away[1] > 1.5 * NAME_HEIGHT_MM or away[0] > width / 2 + NAME_HEIGHT_MM:
        axes.plot(*room.on_map(np.stack([place, centre])).T, color=style.PALE, linewidth=style.HAIRLINE_PT, zorder=4)
    axes.text(*room.on_map(centre), words, ha="center", va="center", zorder=5,
              bbox={"boxstyle": "square,pad=0.1", "facecolor": style.PAPER, "alpha": 0.7, "linewidth": 0})


def _candidates(place: np.ndarray, width: float, size_mm: np.ndarray, *, on_top: bool) -> np.ndarray:
    """Boxes of that width round a place, ever farther away, within the axes: float (m, 4), see `_Room.take`."""
    half, found = np.array([width, NAME_HEIGHT_MM]) / 2, []
    for ring in range(0 if on_top else 1, RINGS):
        angles = np.linspace(0, 2 * np.pi, max(1, 8 * ring), endpoint=False) + np.pi / 2
        reach = np.array([half[0] + ring * NAME_HEIGHT_MM / 2, NAME_HEIGHT_MM * (0.3 + 0.7 * ring)]) if ring else 0.0
        found.append(place + reach * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    inset = half + INSET_MM
    middles = np.clip(np.concatenate(found), inset, np.maximum(size_mm - inset, inset))
    return np.hstack([middles - half, middles + half])
