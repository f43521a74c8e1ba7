"""The map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline import geometry
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.figures import style
from pipeline.figures.kinds import _clusters, _names
from pipeline.figures.kinds._clusters import Group
from pipeline.params import param
from pipeline.text import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEGEND, GROUPS, NOTHING = "legend", "groups", "nothing"
MOST_VECTOR_POINTS = 4_000      # above, points are one picture in SVG and PDF
EDGE_MM, LABEL_MM, LEGEND_MM, LEGEND_SHARE = 1.0, 4.0, 34.0, 0.3
TITLES = {"umap": "UMAP", "pca": "PC"}


@dataclass(frozen=True)
class Map:
    """The map: every sound a point in the colour of its cluster, the unassigned ones grey and below."""

    map: str = param("", "which map: umap, pca or another of the project; the project's own if not given")
    clusters: str = param("", "only these clusters: numbers or names, with commas; all of them if not given")
    names: str = param(LEGEND, "where clusters are named", choices=(LEGEND, GROUPS, NOTHING))
    most_named: int = param(40, "clusters that are named, the largest first", low=0, high=1000)
    point_mm: float | None = param(None, "size of a point; as there are many, if not given", unit="mm", low=0.02,
                                   high=10)
    only_assigned: bool = param(False, "leave out the sounds that are in none of the clusters")
    width_mm: float = param(style.TWO_COLUMNS_MM, "width of the figure", unit="mm", low=30, high=1000)
    height_mm: float = param(120.0, "height of the figure", unit="mm", low=30, high=1000)

    def n_pages(self, dataset: Dataset, labels: Labels) -> int:
        """A single page. Raises ExportError for a project without a map."""
        self._place(dataset)
        return 1

    def page(self, dataset: Dataset, labels: Labels, number: int = 0) -> Figure:
        """The page. Raises ExportError for a project without a map."""
        title, points = self._place(dataset)
        groups = _clusters.groups(labels, self.clusters, unassigned=not (self.only_assigned or self.clusters.strip()))
        figure = style.figure(self.width_mm, self.height_mm)
        legend_mm = min(LEGEND_MM, LEGEND_SHARE * self.width_mm) if self.names == LEGEND else 0.0
        box = {"left": LABEL_MM, "top": EDGE_MM, "width": self.width_mm - LABEL_MM - EDGE_MM - legend_mm,
               "height": self.height_mm - LABEL_MM - EDGE_MM}
        axes = style.axes(figure, **box)
        _frame(axes, title, points, box["width"] / box["height"])
        self._points(axes, points, labels, groups)
        if self.names == LEGEND:
            _names.legend(figure, groups, left=self.width_mm - legend_mm + 1, top=EDGE_MM, height=box["height"],
                          width=legend_mm - 2, most=self.most_named)
        elif self.names == GROUPS:
            _names.at_groups(axes, _largest(groups, self.most_named), points, labels, (box["width"], box["height"]))
        return figure

    def _place(self, dataset: Dataset) -> tuple[str, np.ndarray]:
        """What the axes are called, and the points: float64 (n, 2), NaN where a sound has no place."""
        segments, name = dataset.segments, self.map.strip()
        own = {"umap": segments.umap, "pca": segments.pca if name != "umap" else None}
        usable = {known: points for known, points in own.items() if points is not None and points.shape[1] >= 2}
        name = name or next(iter(usable), "")
        if name in usable:
            return TITLES[name], np.asarray(usable[name][:, :2], np.float64)
        there = [*usable, *[other for other in dataset.names("projections") if other not in usable]]
        if name in there:
            return name, np.asarray(dataset.projection(name), np.float64)
        if not there:
            raise ExportError(f"{dataset.path} has no map of its sounds. Make the project from its recordings, which "
                              "makes one.")
        raise ExportError(f"{dataset.path} has no map {name!r}; it has {listed(there)}.")

    def _points(self, axes: Axes, points: np.ndarray, labels: Labels, groups: Sequence[Group]) -> None:
        """The points in a mixed order, so that no cluster covers another, those in no group below."""
        colour = {one.number: one.colour for one in groups}
        numbers, which = np.unique(labels.ids, return_inverse=True)
        table = np.array([_rgb(colour.get(int(number), style.UNASSIGNED)) for number in numbers]).reshape(-1, 3)
        grey = np.array([number == UNASSIGNED or int(number) not in colour for number in numbers], bool)
        below, mixed = grey[which], np.random.default_rng(0).permutation(len(points))
        mixed = mixed[np.isfinite(points[mixed]).all(axis=1) & ~(self.only_assigned & below[mixed])]
        mixed = mixed[np.argsort(~below[mixed], kind="stable")]
        size_mm = self.point_mm or float(np.clip(28 / np.sqrt(max(len(mixed), 1)), 0.18, 1.1))
        area = (size_mm * style.PT_AN_INCH / style.MM_AN_INCH) ** 2
        axes.scatter(points[mixed, 0], points[mixed, 1], s=area, c=table[which[mixed]], linewidths=0, zorder=2,
                     rasterized=len(mixed) > MOST_VECTOR_POINTS)


def _frame(axes: Axes, title: str, points: np.ndarray, aspect: float) -> None:
    """Axes without numbers, one unit as long on both; far outliers do not make the rest small."""
    left, right, low, high = geometry.first_view(points[np.isfinite(points).all(axis=1)])
    middle, span = ((left + right) / 2, (low + high) / 2), max((right - left) / aspect, high - low, 1e-9)
    axes.set(xlim=(middle[0] - span * aspect / 2, middle[0] + span * aspect / 2),
             ylim=(middle[1] - span / 2, middle[1] + span / 2), xticks=[], yticks=[], autoscale_on=False)
    axes.set_xlabel(f"{title} 1", color=style.PALE, loc="left")
    axes.set_ylabel(f"{title} 2", color=style.PALE, loc="bottom")
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.FAINT)


def _largest(groups: Sequence[Group], most: int) -> list[Group]:
    named = [one for one in groups if one.number != UNASSIGNED]
    return sorted(named, key=lambda one: -one.n)[:most]


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5))
