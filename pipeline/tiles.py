"""Tiles: small pictures of sounds, cut from the stored spectrograms. Pure functions on arrays."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

HEIGHTS_PX = (24, 32, 40, 48, 56, 64, 80, 96, 128, 192, 256)
MEDIAN_WIDTH_PX = 44          # what a sound of median length is wide, at the height ROW_HEIGHT_PX
ROW_HEIGHT_PX = 40
MIN_WIDTH_PX, MAX_WIDTH_PX = 6, 480
GAP_PX = 2

# Anchors of the maps, quiet to loud; all run evenly from dark to light (grey: light to dark) for every eye.
MAPS = {name: tuple(anchors.split()) for name, anchors in {
    "grey": "#ffffff #000000",
    "viridis": "#440154 #472d7b #3b528b #2c728e #21918c #28ae80 #5ec962 #addc30 #fde725",
    "magma": "#000004 #180f3d #440f76 #721f81 #9e2f7f #cd4071 #f1605d #fd9668 #feca8d #fcfdbf",
    "inferno": "#000004 #1b0c41 #4a0c6b #781c6d #a52c60 #cf4446 #ed6925 #fb9b06 #f7d13d #fcffa4",
}.items()}


@dataclass(frozen=True)
class Style:
    """How tiles are drawn: height in px, scale in px per ms (the same for every tile of a page), colour map."""

    height_px: int = ROW_HEIGHT_PX
    px_per_ms: float = 0.5
    colours: str = "grey"


def scale(durations_s: np.ndarray) -> float:
    """The px per ms, a round number, at which a data set's median sound is about ``MEDIAN_WIDTH_PX`` wide."""
    if not len(durations_s):
        return 0.5
    wanted = MEDIAN_WIDTH_PX / max(1e-3, 1000 * float(np.median(durations_s)))
    decade = 10.0 ** np.floor(np.log10(wanted))
    steps = np.array([1, 1.5, 2, 3, 5, 7, 10]) * decade
    return float(f"{steps[np.abs(np.log(steps / wanted)).argmin()]:.4g}")


def widths_px(durations_s: np.ndarray, px_per_ms: float) -> np.ndarray:
    """The width of each tile, int64 (n,). Very long sounds are cut off at ``MAX_WIDTH_PX``."""
    return np.clip(np.rint(1000 * np.asarray(durations_s) * px_per_ms), MIN_WIDTH_PX, MAX_WIDTH_PX).astype(np.int64)


def shown_s(duration_s: float, px_per_ms: float) -> float:
    """How much of a sound its tile shows, in s: all of it, unless the tile would be too wide."""
    return min(duration_s, MAX_WIDTH_PX / px_per_ms / 1000)


def rows_that_fit(widths: np.ndarray, width_px: int) -> np.ndarray:
    """Where each row of tiles begins when they are laid out one after the other; int64, the first is 0.

    A row holds at least one tile. O(rows · log n).
    """
    ends = np.cumsum(widths + GAP_PX)
    starts, first = [], 0
    while first < len(widths):
        starts.append(first)
        before = ends[first - 1] if first else 0
        first = max(first + 1, int(np.searchsorted(ends, before + width_px + GAP_PX, side="right")))
    return np.asarray(starts, np.int64)


def shades(values: np.ndarray, levels: tuple[float, float], *, width_px: int, height_px: int) -> np.ndarray:
    """A spectrogram as loudness 1 … 255, high frequencies on top; uint8 (height_px, width_px).

    values : int8 (n_freq, n_frames), low frequencies first      levels : what becomes 1 and 255
    Zero is left free for the gaps between tiles. A spectrogram without frames is all quiet.
    """
    from PIL import Image

    if 0 in values.shape:
        return np.ones((height_px, width_px), np.uint8)
    return np.asarray(image(values, levels).resize((width_px, height_px), Image.Resampling.BILINEAR))


def image(values: np.ndarray, levels: tuple[float, float]) -> Image:
    """A spectrogram as a picture of its own size: 1 … 255 for loudness between ``levels``, high frequencies on top."""
    from PIL import Image

    low, high = levels
    loudness = np.clip((values.astype(np.float32) - low) / max(high - low, 1e-6), 0, 1)
    return Image.fromarray(np.uint8(np.rint(1 + 254 * loudness[::-1])))


def strip(tiles: Sequence[np.ndarray], *, height_px: int) -> np.ndarray:
    """Tiles of one height side by side, ``GAP_PX`` apart; uint8 (height_px, total width)."""
    gap = np.zeros((height_px, GAP_PX), np.uint8)
    parts = [part for tile in tiles for part in (tile, gap)]
    return np.concatenate(parts[:-1], axis=1) if parts else np.zeros((height_px, 1), np.uint8)


def png(shades: np.ndarray, *, colours: str = "grey") -> bytes:
    """Encode shades as a PNG with a palette; shade 0 is transparent."""
    from PIL import Image

    image = Image.fromarray(shades, mode="P")
    image.putpalette(_palette(colours))
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=1, transparency=0)
    return target.getvalue()


@cache
def _palette(colours: str) -> bytes:
    """256 colours as RGB: one for gaps, 255 from quiet to loud."""
    anchors = np.array([[int(colour[i:i + 2], 16) for i in (1, 3, 5)] for colour in MAPS[colours]], float)
    at = np.linspace(0, len(anchors) - 1, 255)
    ramp = np.stack([np.interp(at, range(len(anchors)), channel) for channel in anchors.T], axis=1)
    return bytes(3) + np.uint8(np.rint(ramp)).tobytes()
