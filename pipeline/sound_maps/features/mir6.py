"""Six curves that describe how a clip goes on (klustr's MIR features)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline import compiled
from pipeline.params import param
from pipeline.sound_maps.features._frames import fitted

ROWS = ("rms", "centroid_hz", "crest", "flux", "rolloff_hz", "zero_crossing_rate")


@dataclass(frozen=True)
class Mir6:
    """Level, centroid, crest, flux, roll-off and zero crossings in 24 frames."""

    SCALING: ClassVar[str] = "zscore"      # the curves have different units

    n_fft: int = param(2048, "length of the window", unit="samples", low=64, high=1 << 16)
    hop_length: int = param(512, "step between frames", unit="samples", low=16, high=1 << 16)
    n_frames: int = param(24, "frames that are kept, from the first", low=1, high=1024)

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (6, n_frames).

        crest : the greatest magnitude of a frame over their sum      flux : the length of the change from the frame
        before, over the number of frequency bins; 0 in the first
        """
        librosa = compiled.librosa()
        size = {"frame_length": self.n_fft, "hop_length": self.hop_length}
        spectrum = np.abs(librosa.stft(samples, n_fft=self.n_fft, hop_length=self.hop_length))
        total = spectrum.sum(axis=0)
        crest = spectrum.max(axis=0) / np.where(total > 0, total, 1)
        flux = np.linalg.norm(np.diff(spectrum, axis=1, prepend=spectrum[:, :1]), axis=0) / len(spectrum)
        found = [
            librosa.feature.rms(y=samples, **size)[0],
            librosa.feature.spectral_centroid(S=spectrum, sr=rate_hz)[0], crest, flux,
            librosa.feature.spectral_rolloff(S=spectrum, sr=rate_hz)[0],
            librosa.feature.zero_crossing_rate(y=samples, **size)[0],
        ]
        return fitted(np.stack(found), len(ROWS), self.n_frames)

    def rows(self) -> tuple[str, ...]:
        """A name for each curve."""
        return ROWS
