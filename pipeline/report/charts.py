"""Small charts as the paths of SVG elements, and the map as a picture. Whoever shows them adds colours and words."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAP_PX = 720
MARGIN = 0.02
NAME_PX = (46, 24)              # what a name takes
NEAR_PX = ((0, -18), (0, 24), (36, 0), (-36, 0), (34, -26), (-34, -26), (34, 28), (-34, 28))   # from its sounds
DOT_PX = ((500, 10), (3_000, 7), (40_000, 4), (float("inf"), 2))     # up to so many sounds, dots are so wide
BAR_GAP_PX = 1.0
LEAST_PX = 0.8                  # the height of a bar that stands for at least one sound


def bars(values: np.ndarray, *, width_px: float, height_px: float, gap_px: float = 0.0) -> str:
    """The path of a bar for each value, from the left to the right on the bottom line; nothing for a value of 0.

    The largest value is as high as the chart.
    """
    values = np.asarray(values, np.float64)
    top = float(values.max(initial=0.0))
    if not len(values) or top <= 0:
        return ""
    step = width_px / len(values)
    heights = np.where(values > 0, np.maximum(values / top * height_px, LEAST_PX), 0.0)
    parts = [f"M{_n(k * step)} {_n(height_px)}v{_n(-height)}h{_n(step - gap_px)}v{_n(height)}z"
             for k, height in enumerate(heights.tolist()) if height]
    return "".join(parts)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class MapPicture:
    """The map: ``picture`` is an address that holds a PNG of ``MAP_PX`` by ``MAP_PX`` with a see-through ground.

    middles : x, y in px of the sound nearest to each cluster's median, None for one that is not seen
    n_outside : sounds beyond the edge
    """

    picture: str
    middles: tuple[tuple[float, float] | None, ...]
    n_outside: int


def map_picture(points: np.ndarray, view: tuple[float, float, float, float], code: np.ndarray,
                colours: list[str]) -> MapPicture:
    """Every sound as a dot in its cluster's colour; ``code`` (n,) says which of ``colours``, the last drawn first.

    points : float (n, 2)      view : the part that is shown, (x low, x high, y low, y high)
    Dots are smaller the more sounds there are.
    """
    x_low, x_high, y_low, y_high = view
    span = max(x_high - x_low, y_high - y_low, 1e-12)
    at = np.stack([points[:, 0] - (x_low + x_high) / 2, (y_low + y_high) / 2 - points[:, 1]], axis=1)
    at = (at / span * (1 - 2 * MARGIN) + 0.5) * MAP_PX
    inside = np.isfinite(at).all(axis=1) & (at >= 0).all(axis=1) & (at < MAP_PX).all(axis=1)
    side = next(side for most, side in DOT_PX if len(points) <= most)
    picture = np.zeros((MAP_PX + side, MAP_PX + side, 4), np.uint8)
    table = np.array([[int(colour[i:i + 2], 16) for i in (1, 3, 5)] + [255] for colour in colours], np.uint8)
    rows = np.flatnonzero(inside)
    rows = rows[np.lexsort((np.random.default_rng(0).permutation(len(rows)), code[rows] != len(colours) - 1))]
    x, y = at[rows].astype(np.int64).T
    for down, right in _disc(side):
        picture[y + down, x + right] = table[code[rows]]
    middles = tuple(_middle(at[rows[code[rows] == k]]) for k in range(len(colours)))
    return MapPicture(_png(picture[:MAP_PX, :MAP_PX]), middles, int(len(points) - inside.sum()))


def _middle(at: np.ndarray) -> tuple[float, float] | None:
    """The place of the sound that is nearest to the middle of its cluster, so that a name stands at sounds."""
    if not len(at):
        return None
    x, y = at[((at - np.median(at, axis=0)) ** 2).sum(axis=1).argmin()].tolist()
    return x, y


def apart(names: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Names at places of the picture, x, y in px, each moved a little if it would cover one before it, or left out."""
    placed: list[tuple[float, float, str]] = []
    for x, y, name in names:
        for right, down in NEAR_PX:
            at = (min(max(x + right, 24.0), MAP_PX - 24.0), min(max(y + down, 14.0), MAP_PX - 10.0))
            if all(abs(at[0] - other[0]) > NAME_PX[0] or abs(at[1] - other[1]) > NAME_PX[1] for other in placed):
                placed.append((round(at[0], 1), round(at[1], 1), name))
                break
    return placed


def _disc(side: int) -> list[tuple[int, int]]:
    """The pixels of a dot that is ``side`` wide."""
    middle = (side - 1) / 2
    return [(down, right) for down in range(side) for right in range(side)
            if (down - middle) ** 2 + (right - middle) ** 2 <= (side / 2) ** 2]


def _png(picture: np.ndarray) -> str:
    from PIL import Image

    target = io.BytesIO()
    Image.fromarray(picture, "RGBA").quantize(256, method=Image.Quantize.FASTOCTREE).save(target, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(target.getvalue()).decode('ascii')}"
