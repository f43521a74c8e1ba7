"""Sounds for the tests: short, plain, and known to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 32_000


def tone(freq_hz: float, duration_s: float, *, rate_hz: int = RATE_HZ, level: float = 0.5) -> np.ndarray:
    """A harmonic tone with 5-ms ramps: float32."""
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    wave = sum(np.sin(2 * np.pi * freq_hz * k * t) / k for k in (1, 2, 3) if freq_hz * k < rate_hz / 2)
    ramp = np.clip(np.minimum(t, t[::-1]) / 0.005, 0, 1)
    return (level * wave * ramp / 1.6).astype(np.float32)


def song(onsets_s: list[float], *, duration_s: float = 2.0, rate_hz: int = RATE_HZ, seed: int = 0,
         freq_hz: float = 1500.0, noise: float = 1e-3) -> np.ndarray:
    """Tones of 80 ms at the given times, rising a little from one to the next, in faint noise."""
    samples = np.random.default_rng(seed).normal(0, noise, round(duration_s * rate_hz)).astype(np.float32)
    for number, onset_s in enumerate(onsets_s):
        first, wave = round(onset_s * rate_hz), tone(freq_hz * (1 + number % 3), 0.08, rate_hz=rate_hz)
        samples[first:first + len(wave)] += wave
    return samples


def write_songs(folder: Path, *, n_files: int = 4, n_sounds: int = 6, rate_hz: int = RATE_HZ) -> Path:
    """Recordings with known sounds every 250 ms from 0.2 s on, in two folders of days."""
    for number in range(n_files):
        path = folder / f"day-{number % 2 + 1}" / f"bird_2024-03-0{number + 1}T06-00-00.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        onsets_s = [0.2 + 0.25 * k for k in range(n_sounds)]
        soundfile.write(path, song(onsets_s, rate_hz=rate_hz, seed=number), rate_hz)
    return folder
