"""Points on a map in the colours of their clusters; the picture of a clustering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pipeline import geometry
from pipeline.clusterers import NOISE
from pipeline.curation import colours
from pipeline.figures import legends, style
from pipeline.figures.legends import Group

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_VECTOR_POINTS = 4_000      # above, points are one picture in SVG and PDF
WIDTH_MM, HEIGHT_MM, DPI = 203.2, 152.4, 200       # of a clustering's picture: 1600 by 1200 pixels
EDGE_MM, HEAD_MM, LABEL_MM, LEGEND_MM = 1.5, 6.0, 4.5, 32.0
MOST_IN_LEGEND = 40
GREY = "#c9ced6"                # of noise, which is drawn below


def frame(axes: Axes, points: np.ndarray, title: str) -> None:
    """Axes without numbers, one unit as long on both; far outliers do not make the rest small.

    points : float (n, 2), NaN where a sound has no place      title : what the two axes are called, before their number
    """
    box = axes.get_window_extent()
    aspect = box.width / box.height
    left, right, low, high = geometry.first_view(points[np.isfinite(points).all(axis=1)])
    middle, span = ((left + right) / 2, (low + high) / 2), max((right - left) / aspect, high - low, 1e-9)
    axes.set(xlim=(middle[0] - span * aspect / 2, middle[0] + span * aspect / 2),
             ylim=(middle[1] - span / 2, middle[1] + span / 2), xticks=[], yticks=[], autoscale_on=False)
    axes.set_xlabel(f"{title} 1", color=style.PALE, loc="left")
    axes.set_ylabel(f"{title} 2", color=style.PALE, loc="bottom")
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.FAINT)


def draw(axes: Axes, points: np.ndarray, numbers: np.ndarray, colour_of: Mapping[int, str], *, grey: str,
         size_mm: float | None = None) -> None:
    """A point for each sound with a place, in a mixed order, so that no cluster covers another.

    numbers : int (n,), of the clusters; those that are not in ``colour_of`` are ``grey`` and lie below
    """
    known, which = np.unique(numbers, return_inverse=True)
    table = np.array([_rgb(colour_of.get(int(number), grey)) for number in known]).reshape(-1, 3)
    below = ~np.isin(known, list(colour_of))[which]
    mixed = np.random.default_rng(0).permutation(len(points))
    mixed = mixed[np.isfinite(points[mixed]).all(axis=1)]
    mixed = mixed[np.argsort(~below[mixed], kind="stable")]
    size_mm = size_mm or float(np.clip(28 / np.sqrt(max(len(mixed), 1)), 0.18, 1.1))
    axes.scatter(points[mixed, 0], points[mixed, 1], s=(size_mm * style.PT_AN_INCH / style.MM_AN_INCH) ** 2,
                 c=table[which[mixed]], linewidths=0, zorder=2, rasterized=len(mixed) > MOST_VECTOR_POINTS)


def clustering(places: np.ndarray, label: np.ndarray, *, title: str, axis: str) -> Figure:
    """The clusters that an algorithm found: float (n, 2) on a map, int (n,) with -1 = noise; with a legend.

    axis : what the map's axes are called
    """
    figure = style.figure(WIDTH_MM, HEIGHT_MM)
    box = {"left": LABEL_MM, "top": HEAD_MM, "width": WIDTH_MM - LABEL_MM - LEGEND_MM - EDGE_MM,
           "height": HEIGHT_MM - HEAD_MM - LABEL_MM - EDGE_MM}
    style.text(figure, LABEL_MM, EDGE_MM, title, fontsize=style.TITLE_PT)
    axes = style.axes(figure, **box)
    numbers, counts = np.unique(label, return_counts=True)
    found = [Group(int(number), str(number), colours.of(int(number) + 1), int(n))
             for number, n in zip(numbers, counts, strict=True) if number != NOISE]
    noise = [Group(NOISE, "noise", GREY, int(n)) for number, n in zip(numbers, counts, strict=True) if number == NOISE]
    frame(axes, places, axis)
    draw(axes, places, label, {one.number: one.colour for one in found}, grey=GREY)
    legends.beside(figure, [*found, *noise], left=WIDTH_MM - LEGEND_MM + 1, top=HEAD_MM, height=box["height"],
                   width=LEGEND_MM - 2, most=MOST_IN_LEGEND)
    return figure


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5))
