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
from pipeline.figures.kinds._clusters import Group
from pipeline.params import param
from pipeline.text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME_MM, AXIS_MM, BAR_MM, EDGE_MM, GAP_MM, TILE_GAP_MM, FOOT_MM = 29.0, 7.0, 1.2, 1.0, 2.4, 0.8, 5.0
USUAL_PERCENT, MOST_STRETCHED = 90, 1.3     # a few rows of far longer sounds do not make all others small


@dataclass(frozen=True)
class Repertoire:
    """The repertoire: a row for each cluster with its name, colour, count, share and typical sounds."""

    clusters: str = param("", "only these clusters: numbers or names, with commas")
    exemplars: int = param(8, "sounds of each cluster", low=1, high=60)
    by: str = param(_clusters.TYPICAL, "which sounds of each cluster", choices=_clusters.ORDERS)
    seed: int = param(0, "seed of the choice at random", low=0)
    unassigned: bool = param(False, "also a row for the unassigned sounds")
    width_mm: float = param(style.TWO_COLUMNS_MM, "width of the figure", unit="mm", low=60, high=1000)
    height_mm: float = param(240.0, "greatest height of a page", unit="mm", low=30, high=1200)
    row_mm: float = param(10.0, "height of a row", unit="mm", low=4, high=100)
    ms_per_mm: float | None = param(None, "time scale; as most rows fit, if not given", unit="ms per mm", low=0.001)
    colours: str = param("grey", "colours of the spectrograms", choices=("grey", "viridis", "magma", "inferno"))

    def n_pages(self, dataset: Dataset, labels: Labels) -> int:
        """Pages of this figure. Raises ExportError if there is nothing to show."""
        return len(self._pages(dataset, labels))

    def page(self, dataset: Dataset, labels: Labels, number: int) -> Figure:
        """One page, counted from 0. Raises ExportError if there is nothing to show."""
        shown, painter = self._pages(dataset, labels)[number], _tiles.Tiles(dataset, self.colours)
        rows = {one.number: self._sounds(dataset, labels, one) for one in _clusters.groups(
            labels, self.clusters, unassigned=self.unassigned)}
        limits, s_per_mm = painter.limits_khz(np.concatenate([*rows.values()])), self._s_per_mm(dataset, rows)
        figure = style.figure(self.width_mm, EDGE_MM + len(shown) * (self.row_mm + GAP_MM) + FOOT_MM)
        for place, group in enumerate(shown):
            top = EDGE_MM + place * (self.row_mm + GAP_MM)
            self._words(figure, group, top, len(labels))
            self._row(figure, painter, rows[group.number], top, s_per_mm, limits)
        foot = EDGE_MM + len(shown) * (self.row_mm + GAP_MM) + 0.6
        _tiles.scale_bar(figure, left=NAME_MM + AXIS_MM, top=foot, s_per_mm=s_per_mm)
        style.text(figure, NAME_MM + AXIS_MM - 1.2, foot + 0.5, "kHz", ha="right", va="center",
                   fontsize=style.SMALL_PT)
        return figure

    def _pages(self, dataset: Dataset, labels: Labels) -> list[Sequence[Group]]:
        _clusters.need_spectrograms(dataset)
        found = _clusters.groups(labels, self.clusters, unassigned=self.unassigned)
        if not found:
            raise ExportError(f"No sound of {dataset.path.name} is in a cluster yet, so there is no repertoire. Curate "
                              "it first, or ask for the unassigned sounds too.")
        room = self.height_mm - EDGE_MM - FOOT_MM
        return _clusters.paged(found, max(1, int(room / (self.row_mm + GAP_MM))))

    def _sounds(self, dataset: Dataset, labels: Labels, group: Group) -> np.ndarray:
        return _clusters.members(dataset, labels, group.number, by=self.by, seed=self.seed)[:self.exemplars]

    def _s_per_mm(self, dataset: Dataset, rows: dict[int, np.ndarray]) -> float:
        """The time scale of all rows: as asked, or so that the sounds of most rows fit."""
        if self.ms_per_mm is not None:
            return self.ms_per_mm / 1000
        durations_s = [dataset.segments.duration_s[found] for found in rows.values() if len(found)]
        needed = [found.sum() / max(self._room_mm() - TILE_GAP_MM * len(found), 1.0) for found in durations_s]
        longest = _tiles.longest_s(np.concatenate(durations_s)) / self._room_mm()
        usual = float(np.percentile(needed, USUAL_PERCENT))
        return max(min(max(needed), MOST_STRETCHED * usual), longest, 1e-6)

    def _room_mm(self) -> float:
        return self.width_mm - NAME_MM - AXIS_MM - EDGE_MM

    def _words(self, figure: Figure, group: Group, top: float, n_sounds: int) -> None:
        """What is told of a cluster at the left: its colour, name, count and share."""
        bar = style.axes(figure, left=EDGE_MM, top=top, width=BAR_MM, height=self.row_mm)
        bar.set_axis_off()
        bar.axvspan(0, 1, color=group.colour, linewidth=0)
        left, room = EDGE_MM + BAR_MM + 1.2, NAME_MM - BAR_MM - 3.0
        style.text(figure, left, top + 0.2, style.fitting(group.name, room, size_pt=style.TITLE_PT),
                   fontsize=style.TITLE_PT)
        share = f"{group.n:,} · {100 * group.n / max(n_sounds, 1):.1f} %"
        if self.row_mm >= 6.5:
            style.text(figure, left, top + 3.8, share, color=style.PALE, fontsize=style.SMALL_PT)

    def _row(self, figure: Figure, painter: _tiles.Tiles, rows: np.ndarray, top: float, s_per_mm: float,
             limits: tuple[float, float]) -> None:
        width_s = self._room_mm() * s_per_mm
        axes = _tiles.row_axes(figure, left=NAME_MM + AXIS_MM, top=top, width=self._room_mm(), height=self.row_mm,
                               width_s=width_s, limits_khz=limits)
        _tiles.khz_ticks(axes, self.row_mm)
        at_s = TILE_GAP_MM * s_per_mm
        for row in rows.tolist():
            whole = at_s + float(painter.dataset.segments.duration_s[row]) <= width_s
            if not whole and row != rows[0]:
                break
            at_s += painter.draw(axes, row, at_s=at_s, most_s=width_s - at_s) + TILE_GAP_MM * s_per_mm
        if not len(rows):
            axes.text(at_s, sum(limits) / 2, f"no spectrograms of its {counted(0, 'sound')[2:]}s", color=style.PALE,
                      va="center", fontsize=style.SMALL_PT)
