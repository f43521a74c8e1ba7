"""The sounds of one cluster."""

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
from pipeline.text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEAD_MM, FOOT_MM, AXIS_MM, EDGE_MM, GAP_MM, DOT_MM = 6.0, 5.0, 7.0, 1.0, 1.6, 2.4
LEAST_NAME_MM = 16.0


@dataclass(frozen=True)
class Cluster:
    """The grid of a cluster: the spectrograms of its sounds in rows and columns, a page for each cluster."""

    clusters: str = param("", "only these clusters: names or numbers, with commas, #3-12 a range; all if not given")
    rows: int = param(4, "rows of the grid", low=1, high=40)
    columns: int = param(8, "columns of the grid", low=1, high=24)
    by: str = param(_clusters.TYPICAL, "which sounds of a cluster, in which order", choices=_clusters.ORDERS)
    seed: int = param(0, "seed of the choice at random", low=0)
    width_mm: float = param(style.TWO_COLUMNS_MM, "width of the figure", unit="mm", low=40, high=600)
    row_mm: float = param(14.0, "height of a row", unit="mm", low=4, high=100)
    ms_per_mm: float | None = param(None, "time scale; as the sounds fit, if not given", unit="ms per mm", low=0.001)
    colours: str = param("grey", "colours of the spectrograms", choices=("grey", "viridis", "magma", "inferno"))

    def n_pages(self, dataset: Dataset, labels: Labels) -> int:
        """Pages of this figure: one for each cluster. Raises ExportError if there is nothing to show."""
        return len(self._groups(dataset, labels))

    def page(self, dataset: Dataset, labels: Labels, number: int) -> Figure:
        """One cluster, counted from 0. Raises ExportError if there is nothing to show."""
        group = self._groups(dataset, labels)[number]
        found = _clusters.members(dataset, labels, group.number, by=self.by, seed=self.seed)
        shown = found[:self.rows * self.columns]
        if not len(shown):
            raise ExportError(f"{group.name} has no sound of which there is a spectrogram, so it cannot be shown.")
        lines = [shown[first:first + self.columns] for first in range(0, len(shown), self.columns)]
        figure = style.figure(self.width_mm, HEAD_MM + len(lines) * (self.row_mm + GAP_MM) + FOOT_MM)
        self._head(figure, group, len(shown), _clusters.SAID[_clusters.possible(dataset, len(found), self.by)])
        self._grid(figure, _tiles.Tiles(dataset, self.colours), lines)
        return figure

    def _groups(self, dataset: Dataset, labels: Labels) -> Sequence[Group]:
        _clusters.need_spectrograms(dataset)
        found = _clusters.groups(labels, self.clusters)
        if not found:
            raise ExportError(f"No sound of {dataset.path.name} is in a cluster that was asked for. Curate it first, "
                              "or name 0 for the unassigned sounds.")
        return found

    def _head(self, figure: Figure, group: Group, n_shown: int, order: str) -> None:
        dot = style.axes(figure, left=AXIS_MM, top=1.2, width=DOT_MM, height=DOT_MM)
        dot.set_axis_off()
        dot.axvspan(0, 1, color=group.colour, linewidth=0)
        of = f"{n_shown} of {counted(group.n, 'sound')}" if n_shown < group.n else counted(group.n, "sound")
        left = AXIS_MM + DOT_MM + 1.4
        room = {words: self.width_mm - left - EDGE_MM - 3 - style.text_width_mm(words)
                for words in (f"{of}, {order}", of, "")}
        told = next((words for words in room if room[words] >= LEAST_NAME_MM), "")
        name = style.fitting(group.name, room[told], size_pt=style.TITLE_PT)
        middle = 1.2 + DOT_MM / 2
        style.text(figure, left, middle, name, fontsize=style.TITLE_PT, va="center")
        style.text(figure, self.width_mm - EDGE_MM, middle, told, ha="right", va="center", color=style.PALE)

    def _grid(self, figure: Figure, painter: _tiles.Tiles, lines: Sequence[np.ndarray]) -> None:
        """All sounds at one time scale, each at the left of its cell."""
        shown = np.concatenate(lines)
        n_columns = len(lines[0])
        width_mm = self.width_mm - AXIS_MM - EDGE_MM
        gap_mm = min(GAP_MM, 0.2 * width_mm / n_columns)
        cell_mm = (width_mm - gap_mm * (n_columns - 1)) / n_columns
        limits, durations_s = painter.limits_khz(shown), painter.dataset.segments.duration_s[shown]
        usual = _tiles.longest_s(durations_s) / cell_mm
        s_per_mm = usual if self.ms_per_mm is None else self.ms_per_mm / 1000
        for place, line in enumerate(lines):
            top = HEAD_MM + place * (self.row_mm + GAP_MM)
            axes = _tiles.row_axes(figure, left=AXIS_MM, top=top, width=width_mm, height=self.row_mm,
                                   width_s=width_mm * s_per_mm, limits_khz=limits)
            _tiles.khz_ticks(axes, self.row_mm)
            for column, row in enumerate(line.tolist()):
                painter.draw(axes, row, at_s=column * (cell_mm + gap_mm) * s_per_mm, most_s=cell_mm * s_per_mm)
        foot = HEAD_MM + len(lines) * (self.row_mm + GAP_MM) + 0.6
        _tiles.scale_bar(figure, left=AXIS_MM, top=foot, s_per_mm=s_per_mm)
        style.text(figure, AXIS_MM - 1.2, foot + 0.5, "kHz", ha="right", va="center", fontsize=style.SMALL_PT)
