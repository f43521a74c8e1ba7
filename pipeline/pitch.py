"""Fundamental frequency by Praat's autocorrelation method (Boersma 1993), block by block on one frame grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.audio import Recording
from pipeline.params import param

SILENCE = 0.03             # Praat's standard silence threshold: a share of the recording's peak
PERIODS_PER_WINDOW = 3     # Praat's: a window holds three periods of the lowest pitch
PERIODS_PER_STEP = 1.5     # windows overlap by half; Praat's own default, a quarter, takes twice the time
LEAST_STEP_S = 0.0005      # ultrasound needs no finer track, and an hour of it would take half a gigabyte
BLOCK_FRAMES = 4096
MARGIN_FRAMES = 32         # analysed on both sides of a block and thrown away: the path finder looks at neighbours
COLUMNS = ("median_f0_hz", "minimum_f0_hz", "maximum_f0_hz", "voiced_fraction")


@dataclass(frozen=True)
class PitchParams:
    """How the fundamental frequency is found."""

    pitch_floor: float = param(312.0, "lowest fundamental frequency", unit="Hz", low=1, high=5e5, flag="pitch-floor")


@dataclass(frozen=True)
class _Grid:
    """Frames every ``step`` samples, ``window`` samples wide; frame i begins at i · step."""

    step: int
    window: int
    n_frames: int

    @classmethod
    def of(cls, n_samples: int, rate_hz: int, floor_hz: float) -> _Grid:
        step = max(1, round(max(PERIODS_PER_STEP / floor_hz, LEAST_STEP_S) * rate_hz))
        window = int(np.ceil(PERIODS_PER_WINDOW / floor_hz * rate_hz)) + 2
        return cls(step, window, max(0, (n_samples - window) // step + 1))

    def times_s(self, rate_hz: int) -> np.ndarray:
        return (np.arange(self.n_frames) * self.step + self.window / 2) / rate_hz


def track(recording: Recording, params: PitchParams) -> np.ndarray:
    """F0 of a recording: float32 (2, n_frames), times in s and F0 in Hz (NaN where unvoiced).

    The ceiling is a quarter of the sample rate. A recording shorter than three periods of the floor has no frames.
    """
    floor_hz = min(params.pitch_floor, recording.rate_hz / 8)
    grid = _Grid.of(len(recording.samples), recording.rate_hz, floor_hz)
    f0 = np.zeros(grid.n_frames, np.float32)
    for first in range(0, grid.n_frames, BLOCK_FRAMES):
        last = min(first + BLOCK_FRAMES, grid.n_frames)
        begin, end = max(0, first - MARGIN_FRAMES), min(last + MARGIN_FRAMES, grid.n_frames)
        f0[first:last] = _track_frames(recording, grid, (begin, end), floor_hz)[first - begin:last - begin]
    return np.stack([grid.times_s(recording.rate_hz).astype(np.float32), np.where(f0 > 0, f0, np.float32(np.nan))])


def _track_frames(recording: Recording, grid: _Grid, frames: tuple[int, int], floor_hz: float) -> np.ndarray:
    """F0 of the frames from one to another, 0 where unvoiced."""
    import parselmouth

    f0 = np.zeros(frames[1] - frames[0], np.float32)
    samples = recording.samples[frames[0] * grid.step:(frames[1] - 1) * grid.step + grid.window].astype(np.float64)
    samples -= samples.mean()
    peak = np.abs(samples).max()
    if peak < SILENCE * recording.peak or not peak:
        return f0
    found = parselmouth.Sound(samples, recording.rate_hz).to_pitch_ac(
        time_step=grid.step / recording.rate_hz,
        pitch_floor=floor_hz,
        silence_threshold=min(1.0, SILENCE * recording.peak / peak),   # Praat takes the peak of what it is given
        pitch_ceiling=recording.rate_hz / 4,
    ).selected_array["frequency"]
    f0[:len(found)] = found[:len(f0)]
    return f0


def per_segment(pitch: np.ndarray, onset_s: np.ndarray, offset_s: np.ndarray) -> np.ndarray:
    """Median, minimum and maximum F0 in Hz and the voiced fraction of each segment: float32 (n, 4).

    pitch : float32 (2, n_frames) as from `track`. F0 is NaN where a segment has no voiced frame; a segment too
    short to hold a frame takes the nearest one.
    """
    summary = np.full((len(onset_s), 4), np.nan, np.float32)
    times_s, f0 = pitch
    if not len(times_s):
        return summary
    first = np.minimum(np.searchsorted(times_s, onset_s), len(times_s) - 1)
    last = np.maximum(np.searchsorted(times_s, offset_s), first + 1)
    for row, (begin, end) in enumerate(zip(first, last, strict=True)):
        frames = f0[begin:end]
        voiced = frames[~np.isnan(frames)]
        summary[row, 3] = len(voiced) / len(frames)
        if len(voiced):
            summary[row, :3] = np.median(voiced), voiced.min(), voiced.max()
    return summary
