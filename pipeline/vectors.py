"""From matrices of unequal length to one vector for each sound.

A feature is a matrix of bands × frames; how long it is depends on the sound. What makes vectors of one length of them
is chosen by name from `KINDS`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.errors import ParameterError

KINDS = ("mean_std", "mean", "per_frame", "image_rows")
WHOLE = "whole"        # of features whose matrices are all of one size
WIDTH, HEIGHT = 96, 48


def of_matrix(matrix: np.ndarray, kind: str) -> np.ndarray:
    """One sound's vector, float32, from its feature (bands, frames).

    mean : of each band over time      mean_std : the same, then each band's standard deviation
    per_frame : the mean over the bands of each frame; as long as the sound, see `table`
    image_rows : the picture of `image`, row by row from the top, from 0 to 1
    whole : the matrix itself, band by band
    """
    if kind == "mean":
        return matrix.mean(axis=1)
    if kind == "mean_std":
        return np.concatenate([matrix.mean(axis=1), matrix.std(axis=1)])
    if kind == "per_frame":
        return matrix.mean(axis=0)
    if kind == "image_rows":
        return image(matrix).ravel().astype(np.float32) / 255
    if kind == WHOLE:
        return matrix.ravel()
    raise ParameterError(f"There is no vector named {kind!r}. Known are: {', '.join(KINDS)}.")


def columns(rows: Sequence[str], kind: str) -> tuple[str, ...]:
    """Names for the columns of vectors of one kind; ``rows`` are the names of the feature's bands.

    Frames and pixels have none: a number would say nothing, and thousands of names do not fit into an HDF5 attribute.
    """
    if kind == "mean":
        return tuple(rows)
    if kind == "mean_std":
        return (*rows, *(f"{row}_std" for row in rows))
    return ()


def table(vectors: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors as rows, float32 (n, longest); the shorter ones are filled up by `filled`."""
    longest = max((len(vector) for vector in vectors), default=0)
    rows = np.full((len(vectors), longest), np.nan, np.float32)
    for row, vector in zip(rows, vectors, strict=True):
        row[:len(vector)] = vector
    return filled(rows)


def filled(rows: np.ndarray) -> np.ndarray:
    """float32 (n, d), where every value that is not finite is its column's mean, or 0 if it has none."""
    rows = np.ascontiguousarray(rows, np.float32)
    missing = ~np.isfinite(rows)
    if not missing.any():
        return rows
    kept = np.where(missing, 0, rows)
    means = kept.sum(axis=0, dtype=np.float64) / np.maximum((~missing).sum(axis=0), 1)
    return np.where(missing, means.astype(np.float32), kept)


def image(matrix: np.ndarray) -> np.ndarray:
    """A feature as a grey picture: uint8 (48, 96), low bands at the bottom, stretched over the whole width.

    From black at the smallest value of the matrix to white at its greatest; all black if they are the same.
    """
    from PIL import Image

    low, high = float(matrix.min()), float(matrix.max())
    levels = (matrix[::-1] - low) / (high - low) if high > low else np.zeros_like(matrix)
    picture = Image.fromarray(np.ascontiguousarray(levels, np.float32))
    grey = np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    return np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8)
