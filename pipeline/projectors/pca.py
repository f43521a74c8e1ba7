"""Principal components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.params import param


@dataclass(frozen=True, eq=False)
class Components:
    """A fitted PCA.

    scores : float32 (n, k)     mean : float32 (d,)     components : float32 (k, d), rows in falling variance
    """

    scores: np.ndarray
    mean: np.ndarray
    components: np.ndarray
    explained: np.ndarray

    def place(self, vectors: np.ndarray) -> np.ndarray:
        """The scores of further vectors (n, d): float32 (n, k)."""
        return ((vectors - self.mean) @ self.components.T).astype(np.float32)


@dataclass(frozen=True)
class Pca:
    """Principal component analysis: the directions of greatest variance."""

    n_pca: int = param(100, "number of principal components; fewer if there are fewer sounds", low=1, high=10_000,
                       flag="n-pca")
    seed: int = param(42, "seed of everything random", low=0, high=2**31 - 1, flag="seed")

    def project(self, vectors: np.ndarray) -> np.ndarray:
        """The first two components of each row: float32 (n, 2)."""
        scores = self.fit(vectors).scores
        return np.pad(scores, ((0, 0), (0, max(0, 2 - scores.shape[1]))))[:, :2]

    def fit(self, vectors: np.ndarray) -> Components:
        """All components, at most min(n, d) of them. ``vectors``: float32 (n, d), n ≥ 1."""
        k = min(self.n_pca, *vectors.shape)
        if k == 0 or len(vectors) < 2:
            mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], np.float32)
            nothing = (np.zeros((len(vectors), k)), mean, np.zeros((k, vectors.shape[1])), np.zeros(k))
            return Components(*(part.astype(np.float32) for part in nothing))
        from sklearn.decomposition import PCA

        model = PCA(n_components=k, svd_solver="auto", random_state=self.seed)
        scores = model.fit_transform(vectors)
        parts = (scores, model.mean_, model.components_, model.explained_variance_ratio_)
        return Components(*(np.ascontiguousarray(part, np.float32) for part in parts))
