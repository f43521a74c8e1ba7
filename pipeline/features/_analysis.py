"""What the spectral features share: their rate, their window, and sounds that are shorter than one window."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from pipeline import compiled

N_FFT = 2048
NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@contextmanager
def short_sounds() -> Iterator[None]:
    """A sound shorter than one window is padded with silence by librosa, which need not be told each time."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is too large for input signal.*", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*Trying to estimate tuning from empty.*", category=UserWarning)
        yield


def magnitudes(samples: np.ndarray, hop_length: int) -> np.ndarray:
    """|STFT| with a Hann window of `N_FFT` samples, centred: float32 (1 + N_FFT / 2, frames)."""
    librosa = compiled.librosa()
    with short_sounds():
        return np.abs(librosa.stft(np.ascontiguousarray(samples), n_fft=N_FFT, hop_length=hop_length))
