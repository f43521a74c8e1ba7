"""Log-mel patches: each sound's spectrogram, stretched to one length. Needs no model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipeline.params import param

WINDOW_STEPS = 6.4         # a window is this many time steps wide: 16 ms at the default of 2.5 ms
LEAST_FFT_EXPONENT = 9      # 512 points


@dataclass(frozen=True)
class Logmel:
    """Log-mel patch of each sound, stretched to a fixed number of frames, with its log duration.

    The patch is level-normalised (dB below its own maximum, from 0 at the floor to 1), so that a sound's loudness
    does not matter; the last column is the logarithm of its duration. The floor cuts background noise off: on typed
    syllables of three birds, one at −35 dB separates types better than −60 dB (mean NMI .954 to .934).
    """

    min_freq: float = param(0.0, "lowest frequency of the mel bands", unit="Hz", low=0)
    max_freq: float = param(0.0, "highest frequency of the mel bands; 0 is half the sample rate", unit="Hz", low=0)
    time_step: float = param(0.0025, "step between spectrum columns", unit="s", low=1e-5, high=1)
    bands: int = param(48, "number of mel bands", low=4, high=512)
    frames: int = param(32, "number of frames each sound is stretched to", low=2, high=512)
    floor: float = param(-35.0, "level below a sound's maximum that counts as silence", unit="dB", low=-120, high=-1)
    duration_weight: float = param(1.0, "weight of the logarithm of the duration", low=0, high=100)

    def embed(self, clips: Iterable[tuple[np.ndarray, int]]) -> np.ndarray:
        """float32 (n_clips, bands · frames + 1); each clip is (samples float32 (n,), rate in Hz)."""
        vectors = [self._vector(samples, rate_hz) for samples, rate_hz in clips]
        return np.stack(vectors) if vectors else np.zeros((0, self.bands * self.frames + 1), np.float32)

    def _vector(self, samples: np.ndarray, rate_hz: int) -> np.ndarray:
        width = max(2, round(WINDOW_STEPS * self.time_step * rate_hz))
        n_fft = 1 << max(LEAST_FFT_EXPONENT, (width - 1).bit_length())   # enough rows for the bands, even at low rates
        bank = _bank(rate_hz, n_fft, self.bands, self.min_freq, self.max_freq)
        power = _power(samples, width=width, n_fft=n_fft, hop=max(1, round(self.time_step * rate_hz)))
        patch = _stretch(_levels(power @ bank, self.floor), self.frames)
        log_duration = np.log(max(len(samples), 1) / rate_hz)
        return np.append(patch.T.ravel(), np.float32(self.duration_weight * log_duration)).astype(np.float32)


@lru_cache(maxsize=8)
def _bank(rate_hz: int, n_fft: int, bands: int, min_freq: float, max_freq: float) -> np.ndarray:
    """Mel filters: float32 (n_fft / 2 + 1, bands)."""
    import librosa

    highest = min(max_freq or rate_hz / 2, rate_hz / 2)
    lowest = min(min_freq, 0.9 * highest)
    return np.ascontiguousarray(
        librosa.filters.mel(sr=rate_hz, n_fft=n_fft, n_mels=bands, fmin=lowest, fmax=highest).T.astype(np.float32))


def _power(samples: np.ndarray, *, width: int, n_fft: int, hop: int) -> np.ndarray:
    """|STFT|² of Hann windows centred every ``hop`` samples: float32 (n_frames, n_fft / 2 + 1)."""
    import scipy.fft

    padded = np.pad(samples, (width // 2, width - width // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[::hop]
    spectrum = scipy.fft.rfft(frames * np.hanning(width).astype(np.float32), n=n_fft, axis=1)
    return spectrum.real ** 2 + spectrum.imag ** 2


def _levels(mel: np.ndarray, floor_db: float) -> np.ndarray:
    """dB below the loudest, from 0 at the floor to 1; a silent sound is 0 everywhere."""
    loudest = float(mel.max(initial=0.0))
    if not loudest:
        return np.zeros_like(mel)
    decibels = 10 * np.log10(np.maximum(mel / loudest, 1e-12))
    return np.maximum(decibels, floor_db) / -floor_db + 1


def _stretch(patch: np.ndarray, n_frames: int) -> np.ndarray:
    """Linear interpolation along time: (n, bands) → (n_frames, bands)."""
    place = np.linspace(0, len(patch) - 1, n_frames)
    left = np.minimum(place.astype(int), max(0, len(patch) - 2))
    right = np.minimum(left + 1, len(patch) - 1)
    share = (place - left)[:, None].astype(np.float32)
    return patch[left] * (1 - share) + patch[right] * share
