"""The names of clusters beside a map or on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.figures import style
from pipeline.figures.kinds._clusters import Group

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE_MM, DOT_MM = 3.4, 1.8
NAME_HEIGHT_MM, NAME_GAP_MM = 2.8, 0.5
RINGS = 7                   # how far from its group, in heights of a line, a name may be moved to find room
Box = tuple[float, float, float, float]


def legend(figure: Figure, groups: Sequence[Group], *, left: float, top: float, width: float, height: float, most: int
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
        style.text(figure, left + DOT_MM + 1, middle, style.fitting(group.name, room_mm), va="center")
        style.text(figure, left + width, middle, count, ha="right", va="center", color=style.PALE,
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
    """Each name at the middle of its group, or as near as there is room, with a line to it if it had to move."""
    taken: list[Box] = []
    for group in groups:
        own = points[labels.ids == group.number]
        own = own[np.isfinite(own).all(axis=1)]
        if len(own):
            _write(axes, group, _middle(own), size_mm, taken)


def _middle(points: np.ndarray) -> np.ndarray:
    """The point nearest to the median: a name stands where there are sounds, even if the group is a ring."""
    return points[((points - np.median(points, axis=0)) ** 2).sum(axis=1).argmin()]


def _write(axes: Axes, group: Group, at: np.ndarray, size_mm: tuple[float, float], taken: list[Box]) -> None:
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    scale = np.array([size_mm[0] / (right - left), size_mm[1] / (high - low)])
    origin = np.array([left, low])
    place = (at - origin) * scale
    words = style.fitting(group.name, size_mm[0] / 3)
    width = style.text_width_mm(words) + 1.0
    found = next((box for box in _candidates(place, width, size_mm) if not _meets_any(box, taken)), None)
    if found is None:
        return
    taken.append(found)
    centre = np.array([(found[0] + found[2]) / 2, (found[1] + found[3]) / 2])
    moved = np.abs(centre - place)[1] > NAME_HEIGHT_MM or np.abs(centre - place)[0] > width / 2
    if moved:
        line = np.stack([place, centre]) / scale + origin
        axes.plot(line[:, 0], line[:, 1], color=style.PALE, linewidth=style.HAIRLINE_PT, zorder=4)
    axes.text(*(centre / scale + origin), words, ha="center", va="center", zorder=5,
              bbox={"boxstyle": "square,pad=0.12", "facecolor": style.PAPER, "alpha": 0.78, "linewidth": 0})


def _candidates(place: np.ndarray, width: float, size_mm: tuple[float, float]) -> Iterator[Box]:
    """Boxes of that width round a place, ever farther away, within the axes; all in mm from the lower left corner."""
    for ring in range(RINGS):
        for angle in np.linspace(0, 2 * np.pi, max(1, 8 * ring), endpoint=False) + np.pi / 2:
            step = ring * np.array([np.cos(angle) * (NAME_HEIGHT_MM + width / 4), np.sin(angle) * NAME_HEIGHT_MM])
            half = np.array([width, NAME_HEIGHT_MM]) / 2
            x, y = np.clip(place + step, half, np.maximum(np.array(size_mm) - half, half))
            yield x - half[0], y - half[1], x + half[0], y + half[1]


def _meets_any(box: Box, taken: Sequence[Box]) -> bool:
    gap = NAME_GAP_MM
    return any(box[0] < other[2] + gap and other[0] < box[2] + gap and box[1] < other[3] + gap
               and other[1] < box[3] + gap for other in taken)
