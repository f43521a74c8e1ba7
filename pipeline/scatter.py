"""A picture of clusters on a map, for a paper or a quick look: points in the clusters' colours, with a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.clusterers import NOISE
from pipeline.curation import colours

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH, HEIGHT, LEGEND, MARGIN = 1600, 1200, 260, 60
FINER = 2                    # drawn so many times larger, then made smaller: smooth edges
NOISE_COLOUR, INK, PAPER = "#c9ced6", "#1f2430", "#ffffff"
MOST_IN_LEGEND = 30
CENTRAL_PERCENT, ROOM = (0.5, 99.5), 1.0


def draw(places: np.ndarray, label: np.ndarray, *, title: str) -> Image:
    """A picture of 1600 × 1200 pixels; places float (n, 2), label int (n,) with -1 = noise, which is drawn below."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), PAPER)
    pen = ImageDraw.Draw(picture)
    radius = FINER * float(np.clip(220 / np.sqrt(max(len(label), 1)), 1.2, 7))
    pixels = _pixels(places)
    for row in np.lexsort((_mixed(len(label)), label != NOISE)).tolist():
        x, y = pixels[row]
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(int(label[row])))
    picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    _legend(ImageDraw.Draw(picture), label, title, ImageFont.load_default(22))
    return picture


def two_columns(points: np.ndarray) -> np.ndarray:
    """The first two columns, float (n, 2); zeros where there are fewer."""
    return np.pad(points, ((0, 0), (0, max(0, 2 - points.shape[1]))))[:, :2]


def _pixels(places: np.ndarray) -> np.ndarray:
    """Where each point lies in the larger picture; the few that lie far outside of all others are moved to the edge."""
    room = np.array([WIDTH - LEGEND - 2 * MARGIN, HEIGHT - 2 * MARGIN]) * FINER
    if not len(places):
        return np.zeros((0, 2))
    low, high = np.percentile(places, CENTRAL_PERCENT, axis=0)
    span = np.where(high > low, high - low, 1.0)
    low, high = np.maximum(places.min(axis=0), low - ROOM * span), np.minimum(places.max(axis=0), high + ROOM * span)
    share = (np.clip(places, low, high) - low) / np.where(high > low, high - low, 1.0)
    share[:, 1] = 1 - share[:, 1]
    return share * room + MARGIN * FINER


def _mixed(n: int) -> np.ndarray:
    """A seeded order, so that no cluster covers another because it is numbered later."""
    return np.random.default_rng(0).permutation(n)


def _colour(number: int) -> str:
    return NOISE_COLOUR if number == NOISE else colours.of(number + 1)


def _legend(pen: object, label: np.ndarray, title: str, font: object) -> None:
    pen.text((MARGIN, 16), title, fill=INK, font=font)
    found, counts = np.unique(label, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    shown, left = order[:MOST_IN_LEGEND], WIDTH - LEGEND + 10
    for line, row in enumerate(shown.tolist()):
        top = MARGIN + 34 * line
        name = "noise" if found[row] == NOISE else str(found[row])
        pen.ellipse((left, top + 4, left + 20, top + 24), fill=_colour(int(found[row])))
        pen.text((left + 32, top), f"{name}  ({counts[row]:,})", fill=INK, font=font)
    if len(order) > len(shown):
        pen.text((left, MARGIN + 34 * len(shown)), f"and {len(order) - len(shown)} more", fill=INK, font=font)
