"""The short-term features that sample libraries are arranged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.features import _short_term
from pipeline.params import param


@dataclass(frozen=True)
class Acoustic:
    """34 short-term features of windows of 50 ms (crossings, energy, spectrum, MFCC, chroma), and their changes."""

    compat: bool = param(False, "as pyAudioAnalysis 0.3.14 computes MFCC and chroma, faults included")

    def matrix(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        """float32 (68, frames)."""
        samples = np.asarray(samples, np.float64)
        sound = _short_term.normalised(samples, samples.mean(), samples.min(), samples.max(), compat=self.compat)
        frames = _short_term.windows(sound, rate_hz)
        return _short_term.features(frames, rate_hz, compat=self.compat).T.astype(np.float32)

    def rows(self) -> tuple[str, ...]:
        """A name for each number."""
        return _short_term.ROWS
