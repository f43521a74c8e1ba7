"""Mel-frequency cepstral coefficients, as librosa makes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import compiled
from pipeline.features._analysis import N_FFT, short_sounds
from pipeline.params import param


@dataclass(frozen=True)
class Mfcc:
    """Mel-frequency cepstral coefficients, the first of which is the level."""

    hop_length: int = param(512, "step between frames", unit="samples", low=16, high=1 << 16)
    n_mfcc: int = param(20, "number of coefficients", low=2, high=128)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (n_mfcc, frames)."""
        librosa = compiled.librosa()
        with short_sounds():
            return librosa.feature.mfcc(y=np.ascontiguousarray(samples), sr=rate_hz, n_mfcc=self.n_mfcc, n_fft=N_FFT,
                                        hop_length=self.hop_length).astype(np.float32)

    def rows(self) -> tuple[str, ...]:
        """A name for each row."""
        return tuple(f"mfcc_{number}" for number in range(self.n_mfcc))
