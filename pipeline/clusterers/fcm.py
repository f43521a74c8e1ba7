"""Fuzzy c-means (Dunn 1973; Bezdek 1981)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.clusterers import _result
from pipeline.clusterers._result import Clustering
from pipeline.params import param

AT_ONCE = 1 << 22           # distances of a block of points
TINY = 1e-12


@dataclass(frozen=True)
class Fcm:
    """Fuzzy c-means: every sound belongs to every cluster, to a degree."""

    n_clusters: int | None = param(None, "number of clusters; suggested by four curves from 2 to 15 if not given",
                                   low=1, high=10_000)
    metric: str = param("euclidean", "distance; cosine compares directions", choices=_result.METRICS)
    m: float = param(1.5, "fuzzifier: near 1 as hard as k-means, higher ever softer", low=1.01, high=10)
    max_iter: int = param(300, "at most so many rounds", low=1, high=100_000)
    tol: float = param(1e-4, "it ends when no centre moves more than this, relative to the spread", low=0, high=1)
    random_state: int = param(42, "seed of everything random", low=0, high=2**31 - 1)

    def cluster(self, points: np.ndarray) -> Clustering:
        """Group points float32 (n, d).

        Facts: ``partition_coefficient`` (1/k … 1, 1 = hard), ``partition_entropy`` (0 = hard … ln k), ``rounds``.
        """
        from sklearn.cluster import KMeans

        from pipeline import k_estimation

        points = _result.for_metric(points, self.metric)
        wanted, told = k_estimation.given_or_suggested(points, self.n_clusters, seed=self.random_state)
        k, few = _result.few_enough(points, wanted)
        if len(points) < 2 or k < 2:
            return _result.together(len(points), *told, *few)
        first = KMeans(k, n_init=1, random_state=self.random_state).fit(points).cluster_centers_.astype(np.float64)
        centres, rounds = self._settled(points, first)
        degree = np.concatenate([self._degrees(block, centres) for block in _blocks(points, k)])
        return _answer(degree, rounds, notes=(*told, *few))

    def _settled(self, points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, int]:
        """The centres once they move no more, and after how many rounds."""
        near_enough = self.tol * np.sqrt(points.var(axis=0, dtype=np.float64).sum())
        shift, rounds = np.inf, 0
        while shift > near_enough and rounds < self.max_iter:
            rounds += 1
            sums, weights = np.zeros_like(centres), np.zeros(len(centres))
            for block in _blocks(points, len(centres)):
                weight = self._degrees(block, centres) ** self.m
                sums += weight.T @ block
                weights += weight.sum(axis=0)
            moved = sums / np.maximum(weights, TINY)[:, None]
            shift = np.sqrt(((moved - centres) ** 2).sum(axis=1)).max()
            centres = moved
        return centres, rounds

    def _degrees(self, block: np.ndarray, centres: np.ndarray) -> np.ndarray:
        """To what degree each point belongs to each cluster, float64 (n, k); rows sum to 1."""
        from sklearn.metrics.pairwise import euclidean_distances

        squared = euclidean_distances(block, centres.astype(block.dtype), squared=True).astype(np.float64)
        ratio = np.log(squared + TINY * (1 + squared.max(initial=0)))
        ratio = (ratio.min(axis=1, keepdims=True) - ratio) / (self.m - 1)     # in logarithms: powers would overflow
        degree = np.exp(ratio)
        return degree / degree.sum(axis=1, keepdims=True)


def _blocks(points: np.ndarray, k: int) -> list[np.ndarray]:
    return np.array_split(points, max(1, -(-len(points) * k // AT_ONCE)))


def _answer(degree: np.ndarray, rounds: int, notes: tuple[str, ...]) -> Clustering:
    used = np.unique(degree.argmax(axis=1))
    if len(used) < degree.shape[1]:
        notes = (*notes, f"Only {len(used)} of {degree.shape[1]} clusters have a sound that belongs to them most; the "
                 "others lie on the same places. A smaller m keeps them apart.")
        degree = degree[:, used] / degree[:, used].sum(axis=1, keepdims=True)
    entropy = -np.sum(degree * np.log(np.maximum(degree, TINY)), axis=1).mean()
    facts = {"partition_coefficient": float(np.mean(np.sum(degree ** 2, axis=1))),
             "partition_entropy": float(max(entropy, 0.0)), "rounds": rounds}
    return Clustering(degree.argmax(axis=1).astype(np.int32), degree.astype(np.float32), facts=facts, notes=notes)
