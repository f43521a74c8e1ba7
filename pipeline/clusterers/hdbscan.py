"""HDBSCAN (Campello, Moulavi & Sander 2013; McInnes & Healy 2017)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.clusterers import _graph_tree, _membership, _result
from pipeline.clusterers._result import NOISE, Clustering
from pipeline.params import param
from pipeline.text import counted

LEAST_SHARE, LEAST_SIZE = 40, 5
GRAPH_FROM, GRAPH_DIMS = 10_000, 10      # from there on, in more dimensions than these, exact methods take too long
MOST_SOFT_VALUES = 1 << 28
FEWEST = 3


@dataclass(frozen=True)
class Hdbscan:
    """HDBSCAN: clusters of any form and density, found without their number; the others are noise."""

    min_cluster_size: int | None = param(None, "sounds that a cluster has at least; n/40, but at least 5, if not "
                                         "given; 5 for a folder of arrays",
                                         low=2)
    min_samples: int | None = param(None, "neighbours that make a place dense; the higher, the more noise; as "
                                    "min_cluster_size if not given", low=1)
    metric: str = param("euclidean", "distance; cosine compares directions", choices=_result.METRICS)
    cluster_selection_method: str = param("eom", "which parts of the tree are clusters: those that last (eom), or its "
                                          "leaves, which are smaller and more even", choices=("eom", "leaf"))
    allow_single_cluster: bool = param(False, "whether all may be one cluster")
    hdbscan_algorithm: str = param(
        "best", "how the tree is built; best takes the graph of nearest neighbours (graph) for many sounds in many "
        "dimensions, which is nearly the same and takes minutes instead of hours",
        choices=("best", "generic", "prims_kdtree", "prims_balltree", "boruvka_kdtree", "boruvka_balltree", "graph"))
    min_clusters: int | None = param(None, "try again with half the min_cluster_size until there are so many clusters",
                                     low=1, high=10_000)
    max_retries: int = param(5, "min_clusters: at most so many times", low=0, high=30)
    max_clusters: int | None = param(None, "merge the clusters whose centres are nearest until there are so many",
                                     low=1, high=10_000)
    compat: bool = param(False, "as published: no clever choice for cosine, whose soft values are then 0 and 1")

    def cluster(self, points: np.ndarray) -> Clustering:
        """Group points float32 (n, d).

        Soft values have a last column for noise. Facts: ``min_cluster_size``, ``min_samples``, ``tree``.
        """
        n = len(points)
        size = self.min_cluster_size or max(LEAST_SIZE, n // LEAST_SHARE)
        if n < max(FEWEST, min(size, FEWEST)):
            return _result.unclustered(n, f"{counted(n, 'sound')} cannot be clustered; it takes {FEWEST}.")
        if n < size:
            return _result.unclustered(n, f"There are {n} sounds, fewer than a cluster must have ({size}). Choose a "
                                       "smaller min_cluster_size.")
        if _result.n_different(points, 2) < 2:
            return _result.together(n, f"All {n} sounds are the same, so they are one cluster.")
        found, notes = self._retried(points, size)
        if not found.n_clusters:
            return _result.unclustered(n, *notes, *_none_found(n, self.allow_single_cluster))
        found = found.noted(*notes)
        return found if self.max_clusters is None else merged(points, found, self.max_clusters)

    def _retried(self, points: np.ndarray, size: int) -> tuple[Clustering, tuple[str, ...]]:
        found = self._found(points, size)
        first, tries = size, 0
        while self.min_clusters and found.n_clusters < self.min_clusters and tries < self.max_retries and size > 2:
            size, tries = max(2, size // 2), tries + 1
            found = self._found(points, size)
        if not tries:
            return found, ()
        told = (f"min_cluster_size was lowered from {first} to {size}, which gives "
                f"{counted(found.n_clusters, 'cluster')}.")
        missed = found.n_clusters < self.min_clusters
        return found, (told + (f" {self.min_clusters} were asked for." if missed else ""),)

    def _found(self, points: np.ndarray, size: int) -> Clustering:
        samples = min(self.min_samples or size, len(points) - 1)
        if self.compat and self.metric == "cosine":
            return self._as_published(points, size, samples)
        points = _result.for_metric(points, self.metric)
        many = len(points) > GRAPH_FROM and points.shape[1] > GRAPH_DIMS
        by_graph = self.hdbscan_algorithm == "graph" or (self.hdbscan_algorithm == "best" and many and not self.compat)
        label, rows = self._by_graph(points, size, samples) if by_graph else self._by_library(points, size, samples)
        facts = {"min_cluster_size": size, "min_samples": samples, "tree": "graph" if by_graph else "exact"}
        return _with_soft_values(Clustering(label.astype(np.int32), facts=facts), points, rows)

    def _by_library(self, points: np.ndarray, size: int, samples: int) -> tuple[np.ndarray, np.ndarray]:
        model = self._model(size, samples, metric="euclidean", algorithm=self.hdbscan_algorithm)
        model.fit(points.astype(np.float64))
        return model.labels_, model.condensed_tree_.to_numpy()

    def _by_graph(self, points: np.ndarray, size: int, samples: int) -> tuple[np.ndarray, np.ndarray]:
        from hdbscan._hdbscan_tree import compute_stability, condense_tree, get_clusters

        rows = condense_tree(_graph_tree.single_linkage(points, samples), size)
        label, _probabilities, _stabilities = get_clusters(
            rows, compute_stability(rows), self.cluster_selection_method, self.allow_single_cluster)
        return label, rows

    def _as_published(self, points: np.ndarray, size: int, samples: int) -> Clustering:
        """Cosine distances of all pairs, soft values 0 and 1."""
        algorithm = "generic" if self.hdbscan_algorithm in ("best", "graph") else self.hdbscan_algorithm
        model = self._model(size, samples, metric="cosine", algorithm=algorithm).fit(points.astype(np.float64))
        label = model.labels_.astype(np.int32)
        k = int(label.max(initial=NOISE)) + 1
        soft = np.eye(k + 1, dtype=np.float32)[np.where(label == NOISE, k, label)]
        return Clustering(label, soft, noise_column=True, facts={"min_cluster_size": size, "min_samples": samples})

    def _model(self, size: int, samples: int, **how: Any) -> Any:
        import warnings

        import hdbscan

        warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn|hdbscan")
        return hdbscan.HDBSCAN(
            min_cluster_size=size, min_samples=samples, allow_single_cluster=self.allow_single_cluster,
            cluster_selection_method=self.cluster_selection_method, core_dist_n_jobs=1, **how)


def _with_soft_values(found: Clustering, points: np.ndarray, rows: np.ndarray) -> Clustering:
    if not found.n_clusters:
        return found
    if len(points) * (found.n_clusters + 1) > MOST_SOFT_VALUES:
        return found.noted(f"{found.n_clusters:,} clusters of {len(points):,} sounds have too many soft values to be "
                           "kept; the labels are there. A larger min_cluster_size gives fewer clusters.")
    inside = _membership.membership(_membership.Tree.of(rows), points, found.label)
    noise = np.clip(1 - inside.sum(axis=1, keepdims=True, dtype=np.float64), 0, 1).astype(np.float32)
    return replace(found, probability=np.concatenate([inside, noise], axis=1), noise_column=True)


def _none_found(n: int, single: bool) -> tuple[str, ...]:
    one = "" if single else ", let all be one cluster (--allow-single-cluster)"
    return (f"HDBSCAN found no cluster among {n:,} sounds: all are noise. Choose a smaller min_cluster_size{one}, or "
            "spectral clustering (--algorithm spectral), which finds as many as it is told.",)


def merged(points: np.ndarray, found: Clustering, max_clusters: int) -> Clustering:
    """At most ``max_clusters`` clusters: those whose centres are nearest become one, their soft columns are added."""
    from scipy.cluster.hierarchy import fcluster, linkage

    k = found.n_clusters
    if k <= max_clusters:
        return found
    middle = _result.centres(points, found.label, k)
    into = fcluster(linkage(middle, "average"), max_clusters, "maxclust")
    into = _result.renumbered(into.astype(np.int32))
    label = np.where(found.label == NOISE, NOISE, into[found.label]).astype(np.int32)
    soft = found.probability
    if soft is not None:
        gathered = np.zeros((len(label), into.max() + 1 + found.noise_column), np.float32)
        for old, new in enumerate(into.tolist()):
            gathered[:, new] += soft[:, old]
        if found.noise_column:
            gathered[:, -1] = soft[:, -1]
        soft = gathered
    told = f"{k} clusters were merged to {into.max() + 1} by the distances of their centres."
    return replace(found, label=label, probability=soft).noted(told)
