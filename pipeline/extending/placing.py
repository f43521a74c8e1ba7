"""Where further sounds lie on a finished map: among those of its sounds that they are most alike."""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 15
BLOCK_VALUES = 1 << 22       # distances held at once, 16 MB


def place(scores: np.ndarray, old_scores: np.ndarray, old_places: np.ndarray, *, k: int = NEIGHBOURS) -> np.ndarray:
    """The distance-weighted mean of the places of the ``k`` nearest old sounds: float32 (m, 2).

    scores : float32 (m, d), principal components of new sounds      old_scores : those of n ≥ 1 sounds on the map
    old_places : float32 (n, 2)

    Weights are 1 / distance; a sound that is exactly like old ones lies where they do. Cost: O(m · n · d) in time,
    some megabytes in memory.
    """
    centre = old_scores.mean(axis=0, dtype=np.float64)
    new, old = (np.asarray(points - centre, np.float32) for points in (scores, old_scores))
    k, rows = min(k, len(old)), max(1, BLOCK_VALUES // len(old))
    places = [_placed(new[first:first + rows], old, old_places, k) for first in range(0, len(new), rows)]
    return np.concatenate([np.zeros((0, 2)), *places]).astype(np.float32)


def _placed(new: np.ndarray, old: np.ndarray, old_places: np.ndarray, k: int) -> np.ndarray:
    squared = (old ** 2).sum(axis=1) - 2 * new @ old.T      # up to each new sound's own length, which orders nothing
    nearest = np.argpartition(squared, k - 1, axis=1)[:, :k]
    distance = np.sqrt(((old[nearest].astype(np.float64) - new[:, None]) ** 2).sum(axis=2))
    alike = distance == 0
    with np.errstate(divide="ignore"):
        weight = np.where(alike.any(axis=1, keepdims=True), alike, 1 / distance)
    return (weight[:, :, None] * old_places[nearest]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
