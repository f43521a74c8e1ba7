"""Agglomerative clustering: the two nearest clusters become one, again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.clusterers import _result
from pipeline.clusterers._result import Clustering
from pipeline.params import param

MOST_PAIRWISE = 12_000      # all distances of more points would take over half a gigabyte


@dataclass(frozen=True)
class Agglomerative:
    """Agglomerative clustering by Ward's, complete, average or single linkage."""

    n_clusters: int | None = param(None, "number of clusters; suggested by four curves from 2 to 15 if not given",
                                   low=1, high=10_000)
    linkage: str = param("ward", "what the distance of two clusters is", choices=("ward", "complete", "average",
                                                                                  "single"))
    metric: str = param("euclidean", "distance; cosine compares directions", choices=_result.METRICS)
    graph_neighbors: int = param(15, f"above {MOST_PAIRWISE:,} sounds only clusters that touch in the graph of so many "
                                 "nearest neighbours are joined", low=2, high=1000)
    random_state: int = param(42, "seed of everything random", low=0, high=2**31 - 1)

    def cluster(self, points: np.ndarray) -> Clustering:
        """Group points float32 (n, d)."""
        from pipeline import k_estimation

        points = _result.for_metric(points, self.metric)
        wanted, told = k_estimation.given_or_suggested(points, self.n_clusters, seed=self.random_state)
        k = min(wanted, len(points))
        few = () if k == wanted else (f"{wanted} clusters were asked for, but there are only {k} sounds.",)
        if len(points) < 2 or k < 2:
            return _result.together(len(points), *told, *few)
        label, sparse = self._joined(points, k)
        return Clustering(_result.renumbered(label), notes=(*told, *few, *sparse))

    def _joined(self, points: np.ndarray, k: int) -> tuple[np.ndarray, tuple[str, ...]]:
        import warnings

        from sklearn.cluster import AgglomerativeClustering
        from sklearn.neighbors import kneighbors_graph

        if len(points) <= MOST_PAIRWISE:
            return AgglomerativeClustering(k, linkage=self.linkage).fit_predict(points), ()
        graph = kneighbors_graph(points, self.graph_neighbors, include_self=False)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="the number of connected components")   # it joins them itself
            label = AgglomerativeClustering(k, linkage=self.linkage, connectivity=graph).fit_predict(points)
        return label, (f"{len(points):,} sounds are too many for all their distances: only neighbours in the graph of "
                       f"the {self.graph_neighbors} nearest were joined.",)
