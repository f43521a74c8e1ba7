"""Chroma: the energy of each pitch class, as librosa makes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import compiled
from pipeline.features._analysis import N_FFT, NOTES, short_sounds
from pipeline.params import param


@dataclass(frozen=True)
class Chroma:
    """Energy of the twelve pitch classes over time."""

    hop_length: int = param(512, "step between frames", unit="samples", low=16, high=1 << 16)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (12, frames), from C up."""
        librosa = compiled.librosa()
        with short_sounds():
            return librosa.feature.chroma_stft(y=np.ascontiguousarray(samples), sr=rate_hz, n_fft=N_FFT,
                                               hop_length=self.hop_length).astype(np.float32)

    def rows(self) -> tuple[str, ...]:
        """A name for each row."""
        return NOTES
