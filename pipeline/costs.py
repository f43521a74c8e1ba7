"""What a run costs in time: the work of each step, times what a unit of it took on a machine that is known.

How fast this machine is, and how busy, is measured at the moment of asking; what comes out is a range.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline import pitch, settings, steps
from pipeline.plan import Plan

# Seconds of one core, measured with benchmarks/preprocessing.py on the machine of the README's tables.
DECODE_S, RESAMPLE_S = 10e-9, 22e-9        # for each sample, the larger rate's
OPEN_S = 0.012                             # for each recording: open it, keep the results of its steps
SPECTROGRAM_S = 4e-9                       # for each sample of each window
PITCH_S, PITCH_SAMPLE_S = 4e-6, 35e-9      # for each frame, for each sample of its window
SEGMENT_S = 4e-9                           # for each sample of each window
EMBED_S, EMBED_SAMPLE_S = 30e-6, 5e-9      # for each sound, for each sample of each window in sounds
MAP_S, EXPORT_S = 4e-3, 10e-9              # for each sound, for each byte
START_S, MAP_START_S, COMPILE_S = 3.0, 10.0, 45.0
FOURIER_S = 2.3e-3                         # what `_slowness` measures took there
SHARED = 0.5                               # what each further core adds: between 0.2, as there, and 1
SPREAD = 1.7                               # a range reaches this far to both sides


@dataclass(frozen=True)
class Material:
    """What there is to be worked on.

    rate_hz : of the recordings, on average      paths : some recordings, spread over all of them
    """

    n_recordings: int
    duration_s: float
    rate_hz: float
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Amount:
    """How much work a run will be: on which recordings, for how many sounds, of what length, for how large a result."""

    of: Material
    n_sounds: int
    sounding_s: float
    n_bytes: int


def n_frames(plan: Plan, of: Material) -> float:
    """Frames of all spectrograms together."""
    return of.duration_s * plan.audio.sr / plan.spectrogram.hop_length + of.n_recordings


def pitch_frames(plan: Plan, of: Material) -> float:
    """Frames of all pitch tracks together."""
    floor_hz = min(plan.pitch.pitch_floor, plan.audio.sr / 8)
    return of.duration_s / max(pitch.PERIODS_PER_STEP / floor_hz, pitch.LEAST_STEP_S)


def seconds(plan: Plan, amount: Amount, wanted: tuple[str, ...], *, workers: int) -> tuple[tuple[float, float], str]:
    """((from, to) in s, the methods whose time is not known and not counted)."""
    each = _core_seconds(plan, amount)
    untimed = [name for step, name in (("segment", plan.segmenter_name), ("embed", plan.embedder_name))
               if step in wanted and step not in each]
    recordings_s = each["decode"] + sum(each.get(step, 0.0) for step in steps.PER_RECORDING if step in wanted)
    n = max(1, min(workers, amount.of.n_recordings))
    alone_s = START_S + EXPORT_S * amount.n_bytes
    if "project" in wanted:
        alone_s += MAP_START_S + MAP_S * amount.n_sounds + (0.0 if _has_compiled() else COMPILE_S)
    likely_s = _slowness() * _crowding(n) * (recordings_s / (1 + SHARED * (n - 1)) + alone_s)
    return (likely_s / SPREAD, likely_s * SPREAD), " and ".join(untimed)


def _core_seconds(plan: Plan, amount: Amount) -> dict[str, float]:
    """What each step takes of one core, as far as it is known."""
    of, sr, found = amount.of, plan.audio.sr, {}
    a_sample_s = DECODE_S if of.rate_hz == sr else RESAMPLE_S
    found["decode"] = a_sample_s * of.duration_s * max(of.rate_hz, sr) + OPEN_S * of.n_recordings
    found["spectrogram"] = SPECTROGRAM_S * n_frames(plan, of) * plan.spectrogram.n_fft
    window = pitch.PERIODS_PER_WINDOW * sr / min(plan.pitch.pitch_floor, sr / 8)
    found["pitch"] = pitch_frames(plan, of) * (PITCH_S + PITCH_SAMPLE_S * window)
    if plan.segmenter_name in ("files", "table"):
        found["segment"] = 0.0
    elif plan.segmenter_name == "energy":
        found["segment"] = SEGMENT_S * of.duration_s / plan.segmenter.time_step * plan.segmenter.window * sr
    if plan.embedder_name == "logmel":
        n_fft = max(512, 2 ** math.ceil(math.log2(max(2.0, 6.4 * plan.embedder.time_step * sr))))
        n_frames_in_sounds = amount.sounding_s / plan.embedder.time_step
        found["embed"] = EMBED_S * amount.n_sounds + EMBED_SAMPLE_S * n_frames_in_sounds * n_fft
    return found


@lru_cache(maxsize=1)
def _slowness() -> float:
    """How much longer than the machine of the constants this one takes for the same: some Fourier transforms."""
    import scipy.fft

    frames = np.random.default_rng(0).normal(size=(2048, 512)).astype(np.float32)
    took = []
    for _attempt in range(5):
        start = time.thread_time()
        spectrum = scipy.fft.rfft(frames, axis=1)
        np.square(spectrum.real) + np.square(spectrum.imag)
        took.append(time.thread_time() - start)
    return float(np.clip(min(took) / FOURIER_S, 0.1, 10))


def _crowding(n_workers: int) -> float:
    """How much longer all takes because others work on this machine, too, should they go on."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1.0, (busy + n_workers) / (os.cpu_count() or 1))


def _has_compiled() -> bool:
    """Whether numba has kept what the map needs from an earlier run."""
    kept = Path(os.environ.get("NUMBA_CACHE_DIR") or settings.cache_dir() / "numba")
    return kept.is_dir() and any(kept.iterdir())
