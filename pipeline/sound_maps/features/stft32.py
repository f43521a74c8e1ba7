"""A coarse spectrogram of the beginning (McDonald 2016; klustr's STFT)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline import compiled
from pipeline.params import param
from pipeline.sound_maps.features._frames import fitted


@dataclass(frozen=True)
class Stft32:
    """Magnitudes of 32 bands in 32 frames, from 0 to 1: at 48 kHz the first 170 ms up to 15 kHz."""

    SCALING: ClassVar[str] = "none"

    n_fft: int = param(1024, "length of the window", unit="samples", low=64, high=1 << 16)
    hop_length: int = param(256, "step between frames", unit="samples", low=16, high=1 << 16)
    n_bins: int = param(10, "frequency bins whose mean is one band", low=1, high=1024)
    n_bands: int = param(32, "bands that are kept, from the lowest", low=1, high=1024)
    n_frames: int = param(32, "frames that are kept, from the first", low=1, high=1024)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (n_bands, n_frames), its smallest value 0, its greatest 1."""
        librosa = compiled.librosa()
        spectrum = np.abs(librosa.stft(samples, n_fft=self.n_fft, hop_length=self.hop_length))
        begins = np.arange(0, len(spectrum), self.n_bins)
        bands = np.add.reduceat(spectrum, begins, axis=0) / self.n_bins
        matrix = fitted(bands, self.n_bands, self.n_frames)
        matrix -= matrix.min()
        return matrix / matrix.max() if matrix.max() > 0 else matrix

    def rows(self) -> tuple[str, ...]:
        """A name for each band."""
        return tuple(f"band_{row}" for row in range(self.n_bands))
