"""The spectrogram in decibels, as librosa makes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import compiled
from pipeline.features._analysis import N_FFT, magnitudes
from pipeline.params import param


@dataclass(frozen=True)
class Spectrogram:
    """Magnitude spectrogram, in dB below the sound's maximum (floor −80)."""

    hop_length: int = param(1024, "step between frames", unit="samples", low=16, high=1 << 16)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (1025, frames), low frequencies first."""
        librosa = compiled.librosa()
        return librosa.amplitude_to_db(magnitudes(samples, self.hop_length), ref=np.max).astype(np.float32)

    def rows(self) -> tuple[str, ...]:
        """A name for each row: the number of its frequency bin."""
        return tuple(f"bin_{number}" for number in range(N_FFT // 2 + 1))
