"""How well clusters lie apart, without knowing the truth: measures of labels on points.

Noise is left out of all of them. Measures that compare every pair of points are taken on a seeded sample where points
are many, so that time and memory stay bounded; `Separation.n_sampled` says of how many.
"""

from __future__ import annotations

import numpy as np

from pipeline.clusterers import NOISE

MOST_PAIRED = 10_000       # points whose silhouette and neighbours are looked at
MOST_DENSITY = 4_000       # points of DBCV, which keeps all distances within a cluster
NEIGHBOURS = 10
NAMES = ("silhouette", "calinski_harabasz", "davies_bouldin", "dbcv", "knn_agreement")


def separation(points: np.ndarray, label: np.ndarray, *, seed: int = 42) -> dict[str, float]:
    """silhouette, calinski_harabasz, davies_bouldin, dbcv and knn_agreement; NaN where there are no two clusters.

    points : float32 (n, d)      label : int (n,), -1 = noise

    silhouette (Rousseeuw 1987), Calinski & Harabasz 1974 and DBCV (Moulavi et al. 2014): higher is better. Davies &
    Bouldin 1979: lower is better. knn_agreement: the share of a sound's 10 nearest neighbours that have its label.
    """
    from sklearn import metrics

    points, label = _clustered(points, label)
    if len(np.unique(label)) < 2 or len(np.unique(label)) >= len(label):
        return dict.fromkeys(NAMES, float("nan"))
    width, _rows = silhouettes(points, label, seed=seed)
    return {
        "silhouette": float(width.mean()),
        "calinski_harabasz": float(metrics.calinski_harabasz_score(points, label)),
        "davies_bouldin": float(metrics.davies_bouldin_score(points, label)),
        "dbcv": dbcv(points, label, seed=seed), "knn_agreement": knn_agreement(points, label, seed=seed),
    }


def silhouettes(points: np.ndarray, label: np.ndarray, *, seed: int = 42) -> tuple[np.ndarray, np.ndarray]:
    """(silhouette, row) of each sampled point that is no noise; empty where there are no two clusters."""
    from sklearn.metrics import silhouette_samples

    rows = _sample(np.flatnonzero(label != NOISE), label, MOST_PAIRED, seed)
    n_clusters = len(np.unique(label[rows]))
    if n_clusters < 2 or n_clusters >= len(rows):
        return np.zeros(0), np.zeros(0, np.int64)
    return silhouette_samples(points[rows], label[rows]), rows


def silhouette_of_clusters(points: np.ndarray, label: np.ndarray, *, seed: int = 42) -> dict[int, float]:
    """The mean silhouette of each cluster's (sampled) points, by its number."""
    width, rows = silhouettes(points, label, seed=seed)
    return {int(k): float(width[label[rows] == k].mean()) for k in np.unique(label[rows])}


def knn_agreement(points: np.ndarray, label: np.ndarray, *, k: int = NEIGHBOURS, seed: int = 42) -> float:
    """Of the ``k`` nearest neighbours of each (sampled) point, the share that has the same label."""
    from sklearn.neighbors import NearestNeighbors

    points, label = _clustered(points, label)
    k = min(k, len(points) - 1)
    if k < 1:
        return float("nan")
    rows = _sample(np.arange(len(points)), label, MOST_PAIRED, seed)
    near = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points[rows], return_distance=False)
    same = label[near] == label[rows, None]
    itself = near == rows[:, None]
    hidden = ~itself.any(axis=1)                # among many on one place a point need not be its own neighbour
    itself[hidden, -1] = True
    return float(same[~itself].mean())


def dbcv(points: np.ndarray, label: np.ndarray, *, seed: int = 42) -> float:
    """Density-based cluster validity, -1 … 1, of a sample; NaN where it is not defined."""
    from hdbscan.validity import validity_index

    points, label = _clustered(points, label)
    rows = _sample(np.arange(len(points)), label, MOST_DENSITY, seed)
    points, label = points[rows].astype(np.float64), label[rows]
    label = np.unique(label, return_inverse=True)[1].reshape(-1)
    counts = np.bincount(label)
    different = np.flatnonzero(counts >= 3)     # it needs a tree in each
    kept = np.isin(label, different)
    points, label = points[kept], np.unique(label[kept], return_inverse=True)[1].reshape(-1)
    if len(different) < 2:
        return float("nan")
    points = points + np.random.default_rng(seed).normal(0, 1e-9 * points.std(), points.shape)   # twins: 1 / 0
    try:
        with np.errstate(all="ignore"):
            return float(validity_index(points, label.astype(np.intp)))
    except AssertionError:      # in many dimensions the density of near twins is more than a float holds
        return float("nan")


def _clustered(points: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kept = np.asarray(label) != NOISE
    return np.asarray(points, np.float32)[kept], np.asarray(label)[kept]


def _sample(rows: np.ndarray, label: np.ndarray, n: int, seed: int) -> np.ndarray:
    """At most about ``n`` rows, of each label its share, but at least three where it has them."""
    if len(rows) <= n:
        return rows
    rng = np.random.default_rng(seed)
    order = rng.permutation(rows)
    order = order[np.argsort(label[order], kind="stable")]
    begin = np.searchsorted(label[order], np.unique(label[order]))
    counts = np.diff([*begin, len(order)])
    kept = np.minimum(counts, np.maximum(3, np.round(counts * n / len(rows)).astype(int)))
    place = np.arange(len(order)) - np.repeat(begin, counts)
    return np.sort(order[place < np.repeat(kept, counts)])
