"""UMAP (McInnes, Healy & Melville 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import compiled
from pipeline.params import param

FEWEST = 4                 # below, there is nothing to lay out: the points are put on the first two columns


@dataclass(frozen=True)
class Umap:
    """Uniform manifold approximation and projection to two dimensions."""

    n_neighbors: int = param(100, "neighbours of each sound; fewer if there are fewer sounds", low=2, high=10_000,
                             flag="n-neighbors")
    min_dist: float = param(0.0, "least distance of points on the map", low=0, high=10, flag="min-dist")
    train_percentage: float = param(1.0, "share of the sounds the map is fitted on; the others are placed on it",
                                    low=0.001, high=1, flag="train-percentage")
    seed: int = param(42, "seed of everything random", low=0, high=2**31 - 1, flag="seed")

    def project(self, vectors: np.ndarray, *, n_dims: int = 2) -> np.ndarray:
        """Coordinates for each row of ``vectors`` (float32 (n, d)): float32 (n, n_dims)."""
        n = len(vectors)
        rng = np.random.default_rng(self.seed)
        n_fit = max(min(n, FEWEST), round(n * self.train_percentage))
        chosen = np.sort(rng.choice(n, n_fit, replace=False)) if n_fit < n else np.arange(n)
        if len(chosen) < FEWEST:
            return _first_columns(vectors, n_dims)
        model = self._model(len(chosen), n_dims).fit(vectors[chosen])
        place = np.empty((n, n_dims), np.float32)
        place[chosen] = model.embedding_
        others = np.setdiff1d(np.arange(n), chosen)
        if len(others):
            place[others] = model.transform(vectors[others])
        return np.nan_to_num(place, copy=False)

    def _model(self, n: int, n_dims: int) -> object:
        import warnings

        from numba import NumbaPerformanceWarning

        warnings.filterwarnings("ignore", category=NumbaPerformanceWarning)
        warnings.filterwarnings("ignore", message="n_jobs value .* overridden")   # a seed means one thread
        init = "spectral" if n > max(10, n_dims + 1) else "random"
        return compiled.umap().UMAP(n_neighbors=min(self.n_neighbors, n - 1), min_dist=self.min_dist,
                                    random_state=self.seed, init=init, n_components=n_dims)


def _first_columns(vectors: np.ndarray, n_dims: int) -> np.ndarray:
    place = np.zeros((len(vectors), n_dims), np.float32)
    n_columns = min(n_dims, vectors.shape[1])
    place[:, :n_columns] = vectors[:, :n_columns]
    return place
