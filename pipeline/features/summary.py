"""Ten numbers that sum a sound up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import compiled
from pipeline.features._analysis import N_FFT, magnitudes, short_sounds
from pipeline.features.chroma import Chroma
from pipeline.params import param

ROWS = ("duration_s", "tempo_bpm", "rms", "zero_crossing_rate", "centroid_hz", "bandwidth_hz", "rolloff_hz",
        "first_pitch_class", "second_pitch_class", "third_pitch_class")


@dataclass(frozen=True)
class Summary:
    """Ten numbers: duration, tempo, level, zero crossings, centroid, bandwidth, roll-off, three pitch classes."""

    hop_length: int = param(512, "step between frames", unit="samples", low=16, high=1 << 16)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (10, 1)."""
        librosa = compiled.librosa()
        size, spectrum = {"frame_length": N_FFT, "hop_length": self.hop_length}, magnitudes(samples, self.hop_length)
        with short_sounds():
            values = [
                len(samples) / rate_hz, self._tempo(samples, rate_hz),
                librosa.feature.rms(y=samples, **size).mean(),
                librosa.feature.zero_crossing_rate(y=samples, **size).mean(),
                librosa.feature.spectral_centroid(S=spectrum, sr=rate_hz).mean(),
                librosa.feature.spectral_bandwidth(S=spectrum, sr=rate_hz).mean(),
                librosa.feature.spectral_rolloff(S=spectrum, sr=rate_hz).mean(),
                *np.argsort(-Chroma(self.hop_length).matrix(samples, rate_hz).mean(axis=1), kind="stable")[:3],
            ]
        return np.nan_to_num(np.array(values, np.float32))[:, None]

    def _tempo(self, samples: np.ndarray, rate_hz: int) -> float:
        librosa = compiled.librosa()
        onsets = librosa.onset.onset_strength(y=samples, sr=rate_hz, hop_length=self.hop_length)
        return float(librosa.feature.tempo(onset_envelope=onsets, sr=rate_hz, hop_length=self.hop_length)[0])

    def rows(self) -> tuple[str, ...]:
        """A name for each number."""
        return ROWS
