"""The mel spectrogram in decibels, as librosa makes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import compiled
from pipeline.features._analysis import N_FFT, magnitudes, short_sounds
from pipeline.params import param


@dataclass(frozen=True)
class Mel:
    """Mel spectrogram, in dB below the sound's maximum (floor −80)."""

    hop_length: int = param(1024, "step between frames", unit="samples", low=16, high=1 << 16)
    n_mels: int = param(128, "number of mel bands", low=8, high=512)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (n_mels, frames), low frequencies first."""
        librosa = compiled.librosa()
        with short_sounds():
            power = librosa.feature.melspectrogram(
                S=magnitudes(samples, self.hop_length) ** 2, sr=rate_hz, n_fft=N_FFT, n_mels=self.n_mels)
        return librosa.power_to_db(power, ref=np.max).astype(np.float32)

    def rows(self) -> tuple[str, ...]:
        """A name for each row."""
        return tuple(f"mel_{number}" for number in range(self.n_mels))
