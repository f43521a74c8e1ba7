"""The repertoire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.figures import style
from pipeline.figures.kinds import _clusters, _tiles
from pipeline.figures.legends import Group
from pipeline.params import param

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AXIS_MM, BAR_MM, EDGE_MM, GAP_MM, TILE_GAP_MM, FOOT_MM = 7.0, 1.2, 1.0, 2.4, 0.8, 5.0
LEAST_NAME_MM, NAME_SHARE, BESIDE_BAR_MM = 17.0, 0.25, 1.2
USUAL_PERCENT, MOST_STRETCHED = 90, 1.3     # a few rows of far longer sounds do not make all others small


@dataclass(frozen=True)
class Repertoire:
    """The repertoire: a row for each cluster with its name, colour, count, share and typical sounds."""

    clusters: str = param("", "only these clusters: names or numbers, with commas, #3-12 a range; all if not given")
    exemplars: int = param(8, "sounds of each cluster", low=1, high=30)
    by: str = param(_clusters.TYPICAL, "which sounds of a cluster, in which order", choices=_clusters.ORDERS)
    seed: int = param(0, "seed of the choice at random", low=0)
    unassigned: bool = param(False, "also a row for the unassigned sounds")
    width_mm: float = param(style.TWO_COLUMNS_MM, "width of the figure", unit="mm", low=60, high=600)
    page_mm: float = param(240.0, "greatest height of a page", unit="mm", low=30, high=420)
    row_mm: float = param(10.0, "height of a row", unit="mm", low=4, high=100)
    ms_per_mm: float | None = param(None, "time scale; as the sounds fit, if not given", unit="ms per mm", low=0.001)
    colours: str = param("grey", "colours of the spectrograms", choices=("grey", "viridis", "magma", "inferno"))

    def n_pages(self, dataset: Dataset, labels: Labels) -> int:
        """Pages of this figure. Raises ExportError if there is nothing to show."""
        return len(self._pages(dataset, labels))

    def page(self, dataset: Dataset, labels: Labels, number: int) -> Figure:
        """One page, counted from 0. Raises ExportError if there is nothing to show."""
        pages, painter = self._pages(dataset, labels), _tiles.Tiles(dataset, self.colours)
        groups, shown = [one for page in pages for one in page], pages[number]
        rows = {one.number: self._sounds(dataset, labels, one) for one in groups}
        left = self._left_mm(groups)
        limits, s_per_mm = painter.limits_khz(np.concatenate([*rows.values()])), self._s_per_mm(dataset, rows, left)
        figure = style.figure(self.width_mm, EDGE_MM + len(shown) * (self.row_mm + GAP_MM) + FOOT_MM)
        for place, group in enumerate(shown):
            top = EDGE_MM + place * (self.row_mm + GAP_MM)
            self._words(figure, group, (left - AXIS_MM, top), len(labels))
            self._row(figure, painter, rows[group.number], (left, top), s_per_mm, limits)
        foot = EDGE_MM + len(shown) * (self.row_mm + GAP_MM) + 0.6
        _tiles.scale_bar(figure, left=left, top=foot, s_per_mm=s_per_mm)
        style.text(figure, left - 1.2, foot + 0.5, "kHz", ha="right", va="center",
                   fontsize=style.SMALL_PT)
        return figure

    def _pages(self, dataset: Dataset, labels: Labels) -> list[Sequence[Group]]:
        _clusters.need_spectrograms(dataset)
        found = _clusters.groups(labels, self.clusters, unassigned=self.unassigned)
        if not found:
            raise ExportError(f"No sound of {dataset.path.name} is in a cluster yet, so there is no repertoire. Curate "
                              "it first, or ask for the unassigned sounds too.")
        room = self.page_mm - EDGE_MM - FOOT_MM
        return _clusters.paged(found, max(1, int(room / (self.row_mm + GAP_MM))))

    def _sounds(self, dataset: Dataset, labels: Labels, group: Group) -> np.ndarray:
        return _clusters.members(dataset, labels, group.number, by=self.by, seed=self.seed)[:self.exemplars]

    def _s_per_mm(self, dataset: Dataset, rows: dict[int, np.ndarray], left: float) -> float:
        """The time scale of all rows: as asked, or so that the sounds of most rows fit."""
        if self.ms_per_mm is not None:
            return self.ms_per_mm / 1000
        durations_s = [dataset.segments.duration_s[found] for found in rows.values() if len(found)]
        room = self.width_mm - left - EDGE_MM
        needed = [found.sum() / max(room - TILE_GAP_MM * len(found), 1.0) for found in durations_s]
        longest = _tiles.longest_s(np.concatenate(durations_s)) / (room - TILE_GAP_MM)
        usual = float(np.percentile(needed, USUAL_PERCENT))
        return max(min(max(needed), MOST_STRETCHED * usual), longest, 1e-6)

    def _left_mm(self, groups: Sequence[Group]) -> float:
        """Where the sounds begin: right of the longest name, as far as that is not too long, and the axis."""
        longest = max(style.text_width_mm(one.name, size_pt=style.TITLE_PT) for one in groups)
        wanted = EDGE_MM + BAR_MM + BESIDE_BAR_MM + longest + 2
        return AXIS_MM + min(max(wanted, LEAST_NAME_MM), max(NAME_SHARE * self.width_mm, LEAST_NAME_MM))

    def _words(self, figure: Figure, group: Group, corner: tuple[float, float], n_sounds: int) -> None:
        """What is told of a cluster at the left: its colour, name, count and share; right and upper edge in mm."""
        right, top = corner
        bar = style.axes(figure, left=EDGE_MM, top=top, width=BAR_MM, height=self.row_mm)
        bar.set_axis_off()
        bar.axvspan(0, 1, color=group.colour, linewidth=0)
        left = EDGE_MM + BAR_MM + BESIDE_BAR_MM
        room = right - left - 1.5
        style.text(figure, left, top + 0.2, style.fitting(group.name, room, size_pt=style.TITLE_PT),
                   fontsize=style.TITLE_PT)
        share = f"{group.n:,} · {100 * group.n / max(n_sounds, 1):.1f} %"
        if self.row_mm >= 6.5:
            style.text(figure, left, top + 3.8, share, color=style.PALE, fontsize=style.SMALL_PT)

    def _row(self, figure: Figure, painter: _tiles.Tiles, rows: np.ndarray, corner: tuple[float, float],
             s_per_mm: float, limits: tuple[float, float]) -> None:
        (left, top), room = corner, self.width_mm - corner[0] - EDGE_MM
        width_s = room * s_per_mm
        axes = _tiles.row_axes(figure, left=left, top=top, width=room, height=self.row_mm, width_s=width_s,
                               limits_khz=limits)
        _tiles.khz_ticks(axes, self.row_mm)
        at_s = TILE_GAP_MM * s_per_mm
        for row in rows.tolist():
            whole = at_s + float(painter.dataset.segments.duration_s[row]) <= width_s * (1 + 1e-6)
            if not whole and row != rows[0]:
                break
            at_s += painter.draw(axes, row, at_s=at_s, most_s=width_s - at_s) + TILE_GAP_MM * s_per_mm
        if not len(rows):
            axes.text(at_s, sum(limits) / 2, "no spectrograms of its sounds", color=style.PALE,
                      va="center", fontsize=style.SMALL_PT)
