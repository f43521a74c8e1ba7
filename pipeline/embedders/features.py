"""A classical feature of each sound, as one vector."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline import registry, vectors
from pipeline.params import param


@dataclass(frozen=True)
class Features:
    """One of the classical features (MFCC, mel, chroma, …), summed up over time.

    Each clip is brought to the rate at which the feature is defined; the vector is made as in `pipeline.vectors`.
    """

    feature: str = param("mfcc", "which feature", choices=registry.names("features"))
    vector: str = param("mean_std", "how its frames become one vector", choices=("mean_std", "mean", "image_rows"))
    feature_sr: int = param(22_050, "sample rate at which the feature is computed", unit="Hz", low=2_000,
                            high=1_000_000)

    def embed(self, clips: Iterable[tuple[np.ndarray, int]]) -> np.ndarray:
        """float32 (n_clips, n_dims); each clip is (samples float32 (n,), rate in Hz)."""
        import soxr

        method = registry.load("features", self.feature)()
        rows = [vectors.of_matrix(self._matrix(method, soxr.resample(samples, rate_hz, self.feature_sr)), self.vector)
                for samples, rate_hz in clips]
        return np.stack(rows).astype(np.float32) if rows else np.zeros((0, self._n_dims(method)), np.float32)

    def _matrix(self, method: object, samples: np.ndarray) -> np.ndarray:
        return method.matrix(samples if len(samples) else np.zeros(1, np.float32), self.feature_sr)

    def _n_dims(self, method: object) -> int:
        return len(vectors.of_matrix(np.zeros((len(method.rows()), 1), np.float32), self.vector))
