"""From vectors to the points that are clustered: filled, scaled, and in fewer dimensions. What was made once is kept.

Maps take minutes, and are asked for again with every other algorithm and parameter: finished ones wait on a shelf in
the cache folder, under the fingerprint of the vectors and of how they were reduced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import params, settings
from pipeline.params import param
from pipeline.projectors.pca import Pca
from pipeline.projectors.umap import FEWEST, Umap
from pipeline.shelf import Shelf, fingerprint
from pipeline.vectors import filled
from pipeline.watcher import Watcher

SCALES = ("none", "minmax", "zscore", "robust", "l2")
METHODS = ("none", "pca", "umap")
PCA_DIM, MAP_DIM = 50, 2
STEP, VERSION = "reduce", 1
KEPT_BYTES = 1 << 31
CENTRAL_PERCENT = (1, 99)


@dataclass(frozen=True)
class Reduction:
    """How vectors are scaled and reduced before they are clustered."""

    scale: str = param("none", "scaling of each column before that: to 0 … 1 (minmax), to mean 0 and deviation 1 "
                       "(zscore), by median and central 98 % (robust); or each sound to length 1 (l2)", choices=SCALES)
    reduce: str = param("none", "reduction before clustering: principal components, or a map, which is what "
                        "a project's sounds have if nothing is given", choices=METHODS)
    reduce_dim: int | None = param(None, "dimensions that are left; 50 for pca, 2 for umap if not given", low=1,
                                   high=10_000)
    pca_dim: int = param(PCA_DIM, "umap: principal components that the map is made from; 0 is the vectors themselves",
                         low=0, high=10_000)
    n_neighbors: int = param(100, "umap: neighbours of each sound", low=2, high=10_000)
    min_dist: float = param(0.0, "umap: least distance of points on the map", low=0, high=10)
    random_state: int = param(42, "seed of everything random", low=0, high=2**31 - 1)

    @property
    def dims(self) -> int | None:
        """How many dimensions are left at most; None for as many as there are."""
        usual = {"none": None, "pca": PCA_DIM, "umap": MAP_DIM}[self.reduce]
        return usual if self.reduce == "none" or self.reduce_dim is None else self.reduce_dim

    def apply(self, vectors: np.ndarray, *, watcher: Watcher | None = None, shelf: Shelf | None = None) -> np.ndarray:
        """Points float32 (n, k) of ``vectors`` float32 (n, d); values that are not finite become their column's mean.

        There are no more principal components than sounds and columns; the watcher is told where there are fewer.
        """
        watcher = watcher or Watcher()
        scaled = scale(filled(vectors), self.scale)
        if self.reduce == "none" or len(scaled) < 2:
            return scaled
        place = shelf or kept()
        key = fingerprint(VERSION, params.values(self), scaled)
        self._tell(scaled, watcher)
        if not place.has(STEP, key):
            watcher.begin("reduce", 1, title="map" if self.reduce == "umap" else "components")
            place.put(STEP, key, {"points": self._reduced(scaled)})
            watcher.advance("reduce", 1)
            prune(place)
        return np.array(place.get(STEP, key)[0]["points"])

    def _reduced(self, points: np.ndarray) -> np.ndarray:
        if self.reduce == "pca":
            return self._components(points, self.dims)
        if self.pca_dim:
            points = self._components(points, self.pca_dim)
        umap = Umap(n_neighbors=self.n_neighbors, min_dist=self.min_dist, seed=self.random_state)
        return umap.project(points, n_dims=min(self.dims, max(1, len(points) - 2)))

    def _components(self, points: np.ndarray, n: int) -> np.ndarray:
        """The first ``n``; computed with as many as a project has, so that both have the same map."""
        return Pca(n_pca=max(n, Pca().n_pca), seed=self.random_state).fit(points).scores[:, :n]

    def _tell(self, points: np.ndarray, watcher: Watcher) -> None:
        n, d = points.shape
        if self.reduce == "pca" and self.dims > min(n, d):
            watcher.note(f"{n} sounds of {d} dimensions have {min(n, d)} principal components, fewer than the "
                         f"{self.dims} asked for.")
        if self.reduce == "umap" and self.n_neighbors > n - 1:
            watcher.note(f"There are {n} sounds, so the map looks at {n - 1} neighbours instead of {self.n_neighbors}.")
        if self.reduce == "umap" and n < FEWEST:
            watcher.note(f"{n} sounds are too few for a map: their first components are taken.")


def scale(vectors: np.ndarray, how: str) -> np.ndarray:
    """Scaled vectors, float32 (n, d). A column that is everywhere the same becomes 0."""
    if how == "none" or not len(vectors):
        return vectors
    if how == "l2":
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(length > 0, length, 1)
    middle, width = scaling(vectors, how)
    return ((vectors - middle) / width).astype(np.float32)


def scaling(vectors: np.ndarray, how: str) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
    """(middle, width) of each column, float64 (d,), by which `scale` scales it; None where it does not scale columns.

    vectors : float32 (n, d), n > 0
    """
    if how not in _SCALES:
        return None, None
    middle, width = _SCALES[how](vectors.astype(np.float64))
    return middle, np.where(width > 0, width, 1)


def _robust(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, middle, high = np.percentile(vectors, (CENTRAL_PERCENT[0], 50, CENTRAL_PERCENT[1]), axis=0)
    return middle, high - low


_SCALES: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "minmax": lambda vectors: (vectors.min(axis=0), np.ptp(vectors, axis=0)),
    "zscore": lambda vectors: (vectors.mean(axis=0), vectors.std(axis=0)),
    "robust": _robust,
}


def kept() -> Shelf:
    """Where finished reductions wait."""
    return Shelf(settings.cache_dir() / "clustering")


def prune(shelf: Shelf, *, n_bytes: int = KEPT_BYTES) -> None:
    """Remove the oldest results until the rest is small enough."""
    found = sorted(_sizes(shelf.folder / STEP), reverse=True)
    total = 0
    for _when, size, path in found:
        total += size
        if total > n_bytes:
            path.unlink(missing_ok=True)


def _sizes(folder: Path) -> list[tuple[float, int, Path]]:
    about = [(path, path.stat()) for path in folder.glob("*.np[yz]")]
    return [(stat.st_mtime, stat.st_size, path) for path, stat in about]
