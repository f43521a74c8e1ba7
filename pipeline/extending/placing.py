"""Where further sounds lie on a finished map: among those of its sounds that they are most alike."""

from __future__ import annotations

import numpy as np

from pipeline import assemble, rewriting
from pipeline.projectors.pca import Components, Pca
from pipeline.rewriting import Map

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


def onto(old: Map, pca: Pca, embedding: np.ndarray, vectors: np.ndarray) -> tuple[Map, list[str]]:
    """A map with new sounds behind the old ones, and sentences about what had to be computed again.

    embedding : float32 (n, d) of the old sounds, as the map has them      vectors : float32 (m, d) of the new ones

    Old sounds stay where they are; new ones lie at the weighted mean of their nearest old ones, by the components that
    the map was made from.
    """
    told, old_scores, extra = [], old.pca, old.extra
    kept = extra.get("components", np.zeros((0, 0)))
    if "mean" not in extra or old_scores is None or kept.shape != (old_scores.shape[1], vectors.shape[1]):
        fitted = pca.fit(embedding)
        old_scores, extra = fitted.scores, {name: getattr(fitted, name) for name in rewriting.OF_PCA}
        told.append("The project keeps no principal components that fit its embedding, so they were computed again.")
    components = Components(old_scores, extra["mean"], extra["components"], np.zeros(0))
    scores, first = components.place(vectors), ~old.placed if not old.placed.all() else np.ones(len(old.placed), bool)
    used = slice(0, assemble.UMAP_INPUTS)          # the map was made from these
    umap = place(scores[:, used], old_scores[first][:, used], old.umap[first])
    return Map(np.concatenate([old.umap, umap]), np.concatenate([old_scores, scores]),
               np.concatenate([old.placed, np.ones(len(umap), bool)]), old.umap_attrs, old.pca_attrs, extra), told


def _placed(new: np.ndarray, old: np.ndarray, old_places: np.ndarray, k: int) -> np.ndarray:
    squared = (old ** 2).sum(axis=1) - 2 * new @ old.T      # up to each new sound's own length, which orders nothing
    nearest = np.argpartition(squared, k - 1, axis=1)[:, :k]
    distance = np.sqrt(((old[nearest].astype(np.float64) - new[:, None]) ** 2).sum(axis=2))
    alike = distance == 0
    with np.errstate(divide="ignore"):
        weight = np.where(alike.any(axis=1, keepdims=True), alike, 1 / distance)
    return (weight[:, :, None] * old_places[nearest]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
