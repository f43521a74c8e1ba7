"""Mel-frequency cepstral coefficients without the level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.features.mfcc import Mfcc


@dataclass(frozen=True)
class MfccWo0(Mfcc):
    """Mel-frequency cepstral coefficients without the first, so that loudness does not matter."""

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (n_mfcc - 1, frames)."""
        return super().matrix(samples, rate_hz)[1:]

    def rows(self) -> tuple[str, ...]:
        """A name for each row."""
        return super().rows()[1:]
