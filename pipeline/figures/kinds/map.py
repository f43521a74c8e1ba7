"""The map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.figures import legends, scatter, style
from pipeline.figures.kinds import _clusters
from pipeline.figures.legends import Group
from pipeline.params import param
from pipeline.sound_maps import stored
from pipeline.text import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEGEND, GROUPS, NOTHING = "legend", "groups", "nothing"
EDGE_MM, LABEL_MM, LEGEND_MM, LEGEND_SHARE = 1.0, 4.0, 34.0, 0.3
TITLES = {"umap": "UMAP", "pca": "PC", "tsne": "t-SNE"}


@dataclass(frozen=True)
class Map:
    """The map: every sound a point in the colour of its cluster, the unassigned ones grey and below."""

    map: str = param("", "which map of the project, by name; its own if not given")
    clusters: str = param("", "only these clusters: names or numbers, with commas, #3-12 a range; all if not given")
    names: str = param(LEGEND, "where clusters are named", choices=(LEGEND, GROUPS, NOTHING))
    most_named: int = param(40, "clusters that are named, the largest first", low=0, high=600)
    point_mm: float | None = param(None, "size of a point; as there are many, if not given", unit="mm", low=0.02,
                                   high=10)
    only_assigned: bool = param(False, "leave out the sounds that are in none of the clusters")
    width_mm: float = param(style.TWO_COLUMNS_MM, "width of the figure", unit="mm", low=30, high=600)
    height_mm: float = param(120.0, "height of the figure", unit="mm", low=30, high=600)

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
        colour_of = {one.number: one.colour for one in groups if one.number != UNASSIGNED}
        shown = np.isin(labels.ids, list(colour_of)) | (not self.only_assigned)
        scatter.frame(axes, points, title)
        scatter.draw(axes, points[shown], labels.ids[shown], colour_of, grey=style.UNASSIGNED, size_mm=self.point_mm)
        if self.names == LEGEND:
            legends.beside(figure, groups, left=self.width_mm - legend_mm + 1, top=EDGE_MM, height=box["height"],
                          width=legend_mm - 2, most=self.most_named)
        elif self.names == GROUPS:
            legends.at_groups(axes, _largest(groups, self.most_named), points, labels, (box["width"], box["height"]))
        return figure

    def _place(self, dataset: Dataset) -> tuple[str, np.ndarray]:
        """What the axes are called, and the points: float64 (n, 2), NaN where a sound has no place."""
        there = {one.name: one for one in stored.listing(dataset)}
        name = self.map.strip() or next(iter(there), "")
        if not there:
            raise ExportError(f"{dataset.path} has no map of its sounds. Make the project from its recordings, which "
                              "makes one.")
        if name not in there:
            raise ExportError(f"{dataset.path} has no map {name!r}; it has {listed(list(there))}.")
        return TITLES.get(there[name].reducer, name), np.asarray(stored.raw_places(dataset, name), np.float64)


def _largest(groups: Sequence[Group], most: int) -> list[Group]:
    named = [one for one in groups if one.number != UNASSIGNED]
    return sorted(named, key=lambda one: -one.n)[:most]
