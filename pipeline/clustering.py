"""Clustering, from vectors to labels: scale ▸ reduce ▸ an algorithm; and what there is to say of the result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import Any

import numpy as np

from pipeline import params, registry
from pipeline.clusterers import NOISE, Clustering
from pipeline.params import Spec
from pipeline.reduction import Reduction
from pipeline.shelf import Shelf
from pipeline.watcher import Watcher

FOLDER = "clusterers"
TITLES = {"hdbscan": "HDBSCAN", "spectral": "Spectral", "kmeans": "KMeans", "fcm": "FCM", "dbscan": "DBSCAN"}
LIBRARIES = ("numpy", "scipy", "scikit-learn", "hdbscan", "umap-learn")
ON_A_PROJECT = {"reduce": "umap"}
ON_A_FOLDER = {"min_cluster_size": 5, "reduce_dim": 50, "pca_dim": 0, "n_neighbors": 15, "min_dist": 0.1}


@dataclass(frozen=True)
class Recipe:
    """How vectors become labels: a reduction, and an algorithm with its parameters."""

    algorithm: str
    method: Any
    reduction: Reduction = field(default_factory=Reduction)

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters by name, as plain values."""
        return {"algorithm": self.algorithm, **params.values(self.reduction), **params.values(self.method)}


@dataclass(frozen=True, eq=False)
class Result:
    """A clustering, the points it was made on, and how.

    points : float32 (n, k), scaled and reduced      parameters, versions : plain values      notes : sentences
    """

    clustering: Clustering
    points: np.ndarray
    parameters: Mapping[str, Any]
    versions: Mapping[str, str]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> np.ndarray:
        """int32 (n,), 0 … k−1, -1 = noise."""
        return self.clustering.label

    def counts(self) -> dict[str, int]:
        """How many sounds, clusters, and sounds that are noise."""
        return {"n": len(self.label), "n_clusters": self.clustering.n_clusters,
                "n_noise": int(np.count_nonzero(self.label == NOISE))}


def algorithms() -> tuple[str, ...]:
    """The names of all algorithms."""
    return registry.names(FOLDER)


def title(algorithm: str) -> str:
    """What an algorithm's results are called: ``HDBSCAN``, ``KMeans``, …"""
    return TITLES.get(algorithm, algorithm.capitalize())


def parameters() -> list[tuple[Spec, tuple[str, ...]]]:
    """Every parameter of a recipe: its declaration, and the algorithms that have it (none: those of the reduction)."""
    found: dict[str, tuple[Spec, list[str]]] = {spec.name: (spec, []) for spec in params.specs(Reduction)}
    for name in algorithms():
        for spec in params.specs(registry.load(FOLDER, name)):
            found.setdefault(spec.name, (spec, []))
            if spec.name not in {own.name for own in params.specs(Reduction)}:
                found[spec.name][1].append(name)
    return [(spec, tuple(names)) for spec, names in found.values()]


def make_recipe(algorithm: str, values: Mapping[str, Any], *, usual: Mapping[str, Any] | None = None) -> Recipe:
    """A recipe from parameter values by name; what is not given, or None, is as ``usual``, else as declared.

    Raises ParameterError for an algorithm that is not there or a value that cannot be.
    """
    given = {name: value for name, value in values.items() if value is not None}
    usual = dict(usual or {})
    if given.get("reduce", usual.get("reduce")) != "umap" and algorithm == "blobs":
        usual.pop("reduce", None)
    given = usual | given
    return Recipe(algorithm, params.make(registry.load(FOLDER, algorithm), given), params.make(Reduction, given))


def without_effect(recipe: Recipe, values: Mapping[str, Any]) -> list[str]:
    """The names of values that were given but are none of this recipe's business."""
    own = set(recipe.parameters)
    return [name for name, value in values.items() if value is not None and name not in own]


def run(vectors: np.ndarray, recipe: Recipe, *, watcher: Watcher | None = None, shelf: Shelf | None = None,
        points: np.ndarray | None = None) -> Result:
    """Cluster vectors float32 (n, d); the notes go to the watcher as well.

    points : the reduced vectors, where they are known already

    Angles mean nothing on a map: with cosine it is made from vectors of length 1, and clustered as it lies.
    """
    watcher, start = _Noting(watcher), time.perf_counter()
    method = recipe.method
    if points is None:
        reduction = recipe.reduction
        if getattr(method, "metric", "") == "cosine" and reduction.reduce == "umap":
            reduction, method = replace(reduction, scale="l2"), replace(method, metric="euclidean")
        points = reduction.apply(vectors, watcher=watcher, shelf=shelf)
    watcher.begin("cluster", 1, title=title(recipe.algorithm))
    found = method.cluster(points)
    watcher.advance("cluster", 1)
    for sentence in found.notes:
        watcher.note(sentence)
    if not found.n_clusters and not found.notes:
        watcher.note(f"{title(recipe.algorithm)} found no cluster: all {len(points)} sounds are noise. Choose other "
                     "parameters, or spectral clustering, which finds as many as it is told.")
    return Result(found, points, recipe.parameters, versions(), time.perf_counter() - start, tuple(watcher.sentences))


def versions() -> dict[str, str]:
    """The versions of the libraries that take part."""
    return {name: metadata.version(name) for name in LIBRARIES}


class _Noting(Watcher):
    """Hands on to another watcher, and keeps the notes."""

    def __init__(self, watcher: Watcher | None) -> None:
        self._watcher, self.sentences = watcher or Watcher(), []

    def begin(self, step: str, total: float, *, title: str = "") -> None:
        self._watcher.begin(step, total, title=title)

    def advance(self, step: str, amount: float) -> None:
        self._watcher.advance(step, amount)

    def note(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self._watcher.note(sentence)
