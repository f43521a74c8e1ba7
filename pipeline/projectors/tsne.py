"""t-SNE (van der Maaten & Hinton 2008), approximated after Barnes & Hut (van der Maaten 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.params import param

FEWEST = 4                 # below, there is nothing to lay out: the points are put on the first two columns
EXAGGERATED = 250          # iterations that scikit-learn needs at least


@dataclass(frozen=True)
class Tsne:
    """t-distributed stochastic neighbour embedding to two dimensions."""

    perplexity: float = param(30.0, "how many neighbours each sound is kept near to; fewer if there are fewer sounds",
                              low=1, high=10_000)
    iterations: int = param(1000, "steps of the layout", low=EXAGGERATED, high=100_000)
    seed: int = param(42, "seed of everything random", low=0, high=2**31 - 1)

    @staticmethod
    def most(n: int) -> float:
        """The largest perplexity that ``n`` sounds can have."""
        return max(1.0, (n - 1) / 3)

    def project(self, vectors: np.ndarray) -> np.ndarray:
        """Coordinates for each row of ``vectors`` (float32 (n, d)): float32 (n, 2)."""
        n = len(vectors)
        if n < FEWEST or not np.ptp(vectors, axis=0).any():
            return np.pad(vectors, ((0, 0), (0, max(0, 2 - vectors.shape[1]))))[:, :2].astype(np.float32)
        from sklearn.manifold import TSNE

        model = TSNE(n_components=2, perplexity=min(self.perplexity, self.most(n)), max_iter=self.iterations,
                     init="pca" if vectors.shape[1] > 1 else "random", learning_rate="auto", random_state=self.seed)
        return np.nan_to_num(model.fit_transform(vectors).astype(np.float32), copy=False)
