"""The clips that maps are made of: how a sound begins, at one rate, length and level."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import audio
from pipeline.params import param

SILENT = 2.0**-15       # one step of 16 bits
SLACK_S = 1e-6          # of durations that were computed


@dataclass(frozen=True)
class Clips:
    """The first part of each sound, mono, padded with silence to one length, its peak brought to 1."""

    sr: int = param(48_000, "sample rate of the clips", unit="Hz", low=2_000, high=1_000_000)
    length_s: float = param(0.25, "how much of a sound's beginning is looked at", unit="s", low=0.01, high=60,
                            flag="length")
    longest_s: float = param(4.0, "sounds of this length or more are no one-shots, and left out", unit="s", low=0.01,
                             high=86_400, flag="longest")

    def recording(self, path: Path, *, channel: int | None = None) -> audio.Recording:
        """A recording, mono and at the rate of the clips. Raises AudioError."""
        return audio.decode(path, rate_hz=self.sr, channel=channel)

    def clip(self, recording: audio.Recording, onset_s: float, offset_s: float) -> np.ndarray | None:
        """float32 (sr · length_s,) with its peak at 1; None for a sound that is too long, or silent at first."""
        if self.is_long(offset_s - onset_s):
            return None
        begin = recording.clip(onset_s, min(offset_s, onset_s + self.length_s))[:self.n_samples]
        peak = float(np.abs(begin).max(initial=0))
        if peak <= SILENT:
            return None
        clip = np.zeros(self.n_samples, np.float32)
        clip[:len(begin)] = begin / peak
        return clip

    def is_long(self, duration_s: float) -> bool:
        """Whether a sound is left out because of its length."""
        return duration_s >= self.longest_s - SLACK_S

    @property
    def n_samples(self) -> int:
        """The length of every clip."""
        return max(1, round(self.sr * self.length_s))
