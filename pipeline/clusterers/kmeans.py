"""k-means (Lloyd 1982), begun by k-means++ (Arthur & Vassilvitskii 2007)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.clusterers import _result
from pipeline.clusterers._result import Clustering
from pipeline.params import param


@dataclass(frozen=True)
class Kmeans:
    """k-means: round clusters of similar extent; every sound is in one."""

    n_clusters: int | None = param(None, "number of clusters; suggested by four curves from 2 to 15 if not given",
                                   low=1, high=10_000)
    metric: str = param("euclidean", "distance; cosine compares directions", choices=_result.METRICS)
    init: str = param("k-means++", "how the first centres are chosen", choices=("k-means++", "random"))
    n_init: int = param(10, "so many starts, of which the best is kept", low=1, high=1000)
    max_iter: int = param(300, "at most so many rounds", low=1, high=100_000)
    tol: float = param(1e-4, "it ends when the centres move less than this, relative to the spread", low=0, high=1)
    random_state: int = param(42, "seed of everything random", low=0, high=2**31 - 1)

    def cluster(self, points: np.ndarray) -> Clustering:
        """Group points float32 (n, d). Facts: ``inertia``, the sum of squared distances to the centres."""
        from sklearn.cluster import KMeans

        from pipeline import k_estimation

        points = _result.for_metric(points, self.metric)
        wanted, told = k_estimation.given_or_suggested(points, self.n_clusters, seed=self.random_state)
        k, few = _result.few_enough(points, wanted)
        if len(points) < 2 or k < 2:
            return _result.together(len(points), *told, *few)
        model = KMeans(k, init=self.init, n_init=self.n_init, max_iter=self.max_iter, tol=self.tol,
                       random_state=self.random_state).fit(points)
        label = model.labels_.astype(np.int32)
        soft = _result.by_nearness(model.transform(points), label)
        return Clustering(label, soft, facts={"inertia": float(model.inertia_)}, notes=(*told, *few))
