"""Spectral clustering (Shi & Malik 2000; Ng, Jordan & Weiss 2001) on the graph of nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.clusterers import _result
from pipeline.clusterers._result import Clustering
from pipeline.errors import ParameterError
from pipeline.params import param

MOST_POINTS = 30_000
PUBLISHED_CLUSTERS = 10


@dataclass(frozen=True)
class Spectral:
    """Spectral clustering: parts of the graph of nearest neighbours that hang together."""

    n_clusters: int | None = param(None, "number of clusters; suggested by four curves from 2 to 15 if not given",
                                   low=1, high=1000)
    metric: str = param("euclidean", "distance; cosine compares directions", choices=_result.METRICS)
    affinity_neighbors: int = param(10, "neighbours of each sound in the graph", low=2, high=1000)
    compat: bool = param(False, "10 clusters if not given, and soft values by the cosine to each cluster's mean, as "
                         "published: nearly equal, and not always highest for the label")
    random_state: int = param(42, "seed of everything random", low=0, high=2**31 - 1)

    def cluster(self, points: np.ndarray) -> Clustering:
        """Group points float32 (n, d). Raises ParameterError for more than 30,000 of them."""
        from pipeline import k_estimation

        if len(points) > MOST_POINTS:
            raise ParameterError(f"{len(points):,} sounds are too many for spectral clustering, which takes up to "
                                 f"{MOST_POINTS:,}. Choose hdbscan or kmeans, or a part of the sounds.")
        points = _result.for_metric(points, self.metric)
        given = PUBLISHED_CLUSTERS if self.compat and self.n_clusters is None else self.n_clusters
        wanted, told = k_estimation.given_or_suggested(points, given, seed=self.random_state)
        k, few = _result.few_enough(points, wanted)
        if len(points) < 3 or k < 2:
            return _result.together(len(points), *told, *few)
        label, distances = self._cut(points, k)
        soft = _as_published(points, label) if self.compat else _result.by_nearness(distances, label)
        return Clustering(label, soft, notes=(*told, *few))

    def _cut(self, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Labels by k-means among the first eigenvectors, and the distances to its centres there."""
        import warnings

        from sklearn.cluster import KMeans
        from sklearn.manifold import spectral_embedding
        from sklearn.neighbors import kneighbors_graph

        graph = kneighbors_graph(points, min(self.affinity_neighbors, len(points)), include_self=True)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Graph is not fully connected")   # then its parts are clusters
            places = spectral_embedding(0.5 * (graph + graph.T), n_components=min(k, len(points) - 1),
                                        random_state=self.random_state, drop_first=False)
        places = np.nan_to_num(places)
        k = _result.n_different(places, k)
        model = KMeans(k, n_init=10, random_state=self.random_state).fit(places)
        label = _result.renumbered(model.labels_)
        order = np.argsort([label[model.labels_ == old][0] for old in range(k)])
        return label, model.transform(places)[:, order]


def _as_published(points: np.ndarray, label: np.ndarray) -> np.ndarray:
    means = _result.for_metric(_result.centres(points, label, int(label.max()) + 1), "cosine")
    likeness = np.exp(_result.for_metric(points, "cosine") @ means.T)
    return (likeness / likeness.sum(axis=1, keepdims=True)).astype(np.float32)
