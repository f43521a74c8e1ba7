"""Mel-frequency cepstral coefficients of the whole clip, as librosa makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline import compiled
from pipeline.params import param
from pipeline.sound_maps.features._frames import fitted


@dataclass(frozen=True)
class Mfcc30:
    """Thirty mel-frequency cepstral coefficients in 24 frames."""

    SCALING: ClassVar[str] = "minmax"    # or the first, which is the level, outweighs all others

    n_mfcc: int = param(30, "number of coefficients", low=2, high=128)
    n_fft: int = param(2048, "length of the window", unit="samples", low=64, high=1 << 16)
    hop_length: int = param(512, "step between frames", unit="samples", low=16, high=1 << 16)
    n_frames: int = param(24, "frames that are kept, from the first", low=1, high=1024)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (n_mfcc, n_frames)."""
        librosa = compiled.librosa()
        found = librosa.feature.mfcc(y=samples, sr=rate_hz, n_mfcc=self.n_mfcc, n_fft=self.n_fft,
                                     hop_length=self.hop_length)
        return fitted(found, self.n_mfcc, self.n_frames)

    def rows(self) -> tuple[str, ...]:
        """``mfcc_1`` …"""
        return tuple(f"mfcc_{row + 1}" for row in range(self.n_mfcc))
