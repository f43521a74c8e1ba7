"""Spectrograms of sounds on paper: cut to the frame, all on one time scale, with an axis in kHz and a scale bar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline import tiles
from pipeline.dataset import Dataset
from pipeline.figures import style
from pipeline.pictures import SpectrogramScale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_TICKS_MM = 3.4         # between the numbers of an axis
STEPS = (1, 2, 5)             # of scale bars
TICK_STEPS = (1, 2, 3, 4, 5)
LONGEST_IN_MEDIANS = 4.0     # longer sounds are cut off, so that one of them does not make all others small


@dataclass(frozen=True, eq=False)
class Tiles:
    """Draws the sounds of a data set; ``colours`` is one of `tiles.MAPS`."""

    dataset: Dataset
    colours: str = "grey"

    @cached_property
    def levels(self) -> tuple[float, float]:
        """The stored values that are the lightest and the darkest."""
        return self.dataset.level_range()

    @cached_property
    def _map(self) -> Any:
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list(self.colours, list(tiles.MAPS[self.colours]))

    def limits_khz(self, rows: np.ndarray) -> tuple[float, float]:
        """The lowest and the highest frequency that the spectrograms of these sounds reach."""
        file_ids = np.unique(self.dataset.segments.file_id[rows]).tolist()
        ends = np.array([self.dataset.spectrogram_scale(file_id).freq_hz for file_id in file_ids]) / 1000
        low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
        return low, high if high > low else low + 1.0

    def draw(self, axes: Axes, row: int, *, at_s: float, most_s: float) -> float:
        """Show one sound from ``at_s`` on the axes (s, kHz), no more than ``most_s`` of it; how long it is there."""
        from matplotlib.patches import Rectangle

        segments = self.dataset.segments
        file_id, onset_s = int(segments.file_id[row]), float(segments.onset_s[row])
        shown_s = min(float(segments.duration_s[row]), most_s)
        low, high = axes.get_ylim()
        frame = Rectangle((at_s, low), shown_s, high - low, facecolor="none", edgecolor=style.FAINT, clip_on=False,
                          linewidth=style.HAIRLINE_PT, zorder=3)
        axes.add_patch(frame)
        values = self.dataset.spectrogram(file_id, onset_s, onset_s + shown_s)
        if values is not None and 0 not in values.shape:
            extent = _extent(values.shape, self.dataset.spectrogram_scale(file_id), onset_s, at_s)
            picture = axes.imshow(values, extent=extent, origin="lower", aspect="auto", cmap=self._map,
                                  vmin=self.levels[0], vmax=self.levels[1], interpolation="auto", zorder=2)
            picture.set_clip_path(Rectangle((at_s, low), shown_s, high - low, transform=axes.transData))
        return shown_s


def _extent(shape: tuple[int, int], scale: SpectrogramScale, onset_s: float, at_s: float) -> tuple[float, ...]:
    """Where the edges of a cut lie: left, right in s, low, high in kHz; a frame reaches half a step to each side."""
    first = np.floor(onset_s / scale.hop_s)
    left = at_s + (first - 0.5) * scale.hop_s - onset_s
    low, high = (hz / 1000 for hz in scale.freq_hz)
    half = (high - low) / max(shape[0] - 1, 1) / 2
    return left, left + shape[1] * scale.hop_s, low - half, high + half


def longest_s(durations_s: np.ndarray) -> float:
    """How much of a sound is shown at most: all of the longest, unless it is far longer than most."""
    if not len(durations_s):
        return 1.0
    return max(float(min(durations_s.max(), LONGEST_IN_MEDIANS * np.median(durations_s))), 1e-3)


def row_axes(figure: Figure, *, left: float, top: float, width: float, height: float, width_s: float,
             limits_khz: tuple[float, float]) -> Axes:
    """Axes in s and kHz for tiles side by side, without a frame; in mm from the left and upper edges."""
    axes = style.axes(figure, left=left, top=top, width=width, height=height)
    axes.set(xlim=(0, width_s), ylim=limits_khz, xticks=[], autoscale_on=False)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "left")
    return axes


def khz_ticks(axes: Axes, height_mm: float, *, numbers: bool = True) -> None:
    """Round numbers on the axis, as many as there is room for."""
    low, high = axes.get_ylim()
    found = round_ticks(low, high, most=max(1, int(height_mm / LEAST_TICKS_MM)))
    axes.set_yticks(found, [f"{value:g}" for value in found] if numbers else [""] * len(found),
                    fontsize=style.SMALL_PT)
    axes.tick_params(axis="y", length=1.6, pad=1.2)


def round_ticks(low: float, high: float, *, most: int) -> list[float]:
    """Multiples of 1 to 5 times a power of ten within ``low`` … ``high``, no more than ``most`` but at least one."""
    for step in _round_steps((high - low) / (10 * most)):
        first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    found = [float(f"{step * k:.6g}") for k in range(int(first), int(last) + 1)]
    return found or [float(f"{(low + high) / 2:.2g}")]


def _round_steps(least: float) -> Iterable[float]:
    decade = 10.0 ** np.floor(np.log10(least))
    return (step * decade * 10.0 ** power for power in range(6) for step in TICK_STEPS)


def scale_bar(figure: Figure, *, left: float, top: float, s_per_mm: float, most_mm: float = 18.0) -> None:
    """A bar of a round length of time, and how long that is beside it."""
    length_s = max((step * 10.0 ** power for power in range(-5, 5) for step in STEPS
                    if step * 10.0 ** power <= most_mm * s_per_mm), default=most_mm * s_per_mm)
    length_mm = length_s / s_per_mm
    axes = style.axes(figure, left=left, top=top, width=length_mm, height=1.0)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    axes.plot([0, 1], [0.5, 0.5], color=style.INK, linewidth=1.2, solid_capstyle="butt", clip_on=False)
    told = f"{length_s:g} s" if length_s >= 1 else f"{1000 * length_s:g} ms"
    style.text(figure, left + length_mm + 1.2, top + 0.5, told, va="center", fontsize=style.SMALL_PT)
