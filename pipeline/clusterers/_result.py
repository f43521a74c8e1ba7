"""What every clusterer gives, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

NOISE = -1
METRICS = ("euclidean", "cosine")
TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Clustering:
    """Groups of points.

    label : int32 (n,), 0 … k−1, -1 = noise
    probability : float32 (n, k), or (n, k + 1) where ``noise_column``: the last is noise; rows sum to 1; None if the
        method has none
    facts : what else it found out, as plain JSON values      notes : sentences for a person
    """

    label: np.ndarray
    probability: np.ndarray | None = None
    noise_column: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def n_clusters(self) -> int:
        """How many clusters there are, noise not counted."""
        return int(self.label.max(initial=NOISE)) + 1

    def noted(self, *notes: str) -> Clustering:
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def for_metric(points: np.ndarray, metric: str) -> np.ndarray:
    """Points among which euclidean distance ranks as ``metric`` does: for cosine, all of length 1."""
    points = np.ascontiguousarray(points, np.float32)
    if metric != "cosine":
        return points
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(length > 0, length, 1)


def unclustered(n: int, *notes: str) -> Clustering:
    """All ``n`` points are noise."""
    return Clustering(np.full(n, NOISE, np.int32), np.ones((n, 1), np.float32), noise_column=True, notes=notes)


def together(n: int, *notes: str) -> Clustering:
    """All ``n`` points in one cluster; none at all if there are no points."""
    return Clustering(np.zeros(n, np.int32), np.ones((n, min(n, 1)), np.float32), notes=notes)


def n_different(points: np.ndarray, at_most: int) -> int:
    """The number of different points; counted no further than ``at_most``."""
    at_most = max(at_most, 1)
    first = points[:4 * at_most + 1000]
    n = len(np.unique(first, axis=0))
    return min(n if n >= at_most or len(first) == len(points) else len(np.unique(points, axis=0)), at_most)


def few_enough(points: np.ndarray, n_clusters: int) -> tuple[int, tuple[str, ...]]:
    """The number of clusters that these points can have, at most ``n_clusters``, and a note if it is smaller."""
    n = n_different(points, n_clusters)
    if n >= n_clusters:
        return n_clusters, ()
    return n, (f"{n_clusters} clusters were asked for, but there are only {n} different points.",)


def by_nearness(distances: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Soft values that fall with the square of the distance, float32 (n, k); rows sum to 1, the label's is highest.

    distances : (n, k), to the centre of each cluster
    """
    weight = 1 / (np.asarray(distances, np.float64) ** 2 + TINY)
    weight /= weight.sum(axis=1, keepdims=True)
    rows, highest = np.arange(len(label)), weight.argmax(axis=1)
    own = weight[rows, label]
    weight[rows, label] = weight[rows, highest]     # another centre may be as near: the label's has the highest value
    weight[rows, highest] = np.where(highest == label, weight[rows, highest], own)
    return weight.astype(np.float32)


def centres(points: np.ndarray, label: np.ndarray, k: int) -> np.ndarray:
    """The mean of each cluster's points, float64 (k, d)."""
    order = np.argsort(label, kind="stable")
    order = order[np.searchsorted(label[order], 0):]
    begin = np.searchsorted(label[order], np.arange(k))
    sums = np.add.reduceat(points[order].astype(np.float64), begin, axis=0)
    return sums / np.bincount(label[order], minlength=k)[:, None]


def renumbered(label: np.ndarray) -> np.ndarray:
    """The same groups as 0 … k−1, the one whose first point comes first is 0; noise stays -1. int32 (n,)."""
    found, first, which = np.unique(label, return_index=True, return_inverse=True)
    place = np.full(len(found), NOISE, np.int32)
    real = np.flatnonzero(found != NOISE)
    place[real[np.argsort(first[real])]] = np.arange(len(real))
    return place[which.reshape(-1)].astype(np.int32) if len(label) else np.zeros(0, np.int32)
