"""How well an autoencoder does, as files a person can look at."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from pipeline.autoencoder.encoding import Model

LOSSES, CURVE = "autoencoder_losses.csv", "autoencoder_losses.png"
RECONSTRUCTIONS, NEAREST = "autoencoder_reconstructions.png", "autoencoder_nearest.png"
N_SHOWN, N_NEAREST, GAP_PX = 12, 8, 4
CURVE_PX = (640, 320)


def write(folder: Path, model: Model, pictures: np.ndarray, codes: np.ndarray) -> tuple[Path, ...]:
    """Losses as table and curve, pictures above what became of them, pictures before those with the nearest codes."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    losses = np.array(model.about.losses)
    with (folder / LOSSES).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("epoch", "training", "validation"))
        writer.writerows((epoch + 1, f"{loss:.4f}", f"{check:.4f}") for epoch, (loss, check) in enumerate(losses))
    shown = {RECONSTRUCTIONS: reconstructions(model, pictures, codes), NEAREST: nearest(pictures, codes)}
    for name, sheet in shown.items():
        Image.fromarray(sheet).save(folder / name)
    curve(losses).save(folder / CURVE)
    return tuple(folder / name for name in (LOSSES, CURVE, RECONSTRUCTIONS, NEAREST))


def evenly(n: int, wanted: int) -> np.ndarray:
    """``wanted`` rows of ``n``, evenly spread, or all."""
    return np.linspace(0, n - 1, min(n, wanted)).astype(int)


def reconstructions(model: Model, pictures: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """A sheet, uint8: pictures in the upper row, what the network makes of their codes in the lower one."""
    rows = evenly(len(pictures), N_SHOWN)
    return sheet(np.stack([pictures[rows], model.pictures(codes[rows])]))


def nearest(pictures: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """A sheet, uint8: each row a picture, then those whose codes are nearest to its own."""
    rows = evenly(len(pictures), N_SHOWN)
    return sheet(pictures[nearest_rows(codes, rows, N_NEAREST)])


def nearest_rows(codes: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    """int (len(rows), n + 1): each of ``rows``, then the ``n`` others with the nearest codes."""
    from sklearn.neighbors import NearestNeighbors

    n = min(n, len(codes) - 1)
    found = NearestNeighbors(n_neighbors=n + 1).fit(codes).kneighbors(codes[rows], return_distance=False)
    others = [[other for other in near if other != row][:n] for row, near in zip(rows, found, strict=True)]
    return np.array([[row, *near] for row, near in zip(rows, others, strict=True)])


def sheet(pictures: np.ndarray) -> np.ndarray:
    """Pictures float (n_rows, n_columns, height, width) in 0 … 1 side by side on grey, uint8."""
    n_rows, n_columns, height, width = pictures.shape
    made = np.full((n_rows * (height + GAP_PX) + GAP_PX, n_columns * (width + GAP_PX) + GAP_PX), 96, np.uint8)
    for row in range(n_rows):
        for column in range(n_columns):
            top, left = GAP_PX + row * (height + GAP_PX), GAP_PX + column * (width + GAP_PX)
            made[top:top + height, left:left + width] = np.rint(np.clip(pictures[row, column], 0, 1) * 255)
    return made


def curve(losses: np.ndarray) -> object:
    """Training (grey) and validation loss (blue) per epoch, on a logarithmic scale: a PIL image."""
    from PIL import Image, ImageDraw

    width, height = CURVE_PX
    image = Image.new("RGB", CURVE_PX, "white")
    draw = ImageDraw.Draw(image)
    levels = np.log10(np.maximum(losses, 1e-9))
    low, high = float(levels.min()), float(levels.max()) + 1e-6
    x = 60 + (width - 80) * np.arange(len(losses)) / max(len(losses) - 1, 1)
    for column, colour in ((0, "#8a8f98"), (1, "#1f6feb")):
        y = height - 30 - (height - 50) * (levels[:, column] - low) / (high - low)
        draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=colour, width=2)
    for level, y in ((low, height - 30), (high, 20)):
        draw.text((6, y - 6), f"{10 ** level:.4g}", fill="#333333")
    draw.text((60, height - 22), f"epoch 1 to {len(losses)}: training grey, validation blue", fill="#333333")
    return image
