"""Whisper's log-mel spectrogram at any sample rate and time step, as WhisperSeg uses it.

Source: Gu et al., "Positive transfer of the Whisper speech transformer to human and animal voice activity detection",
ICASSP 2024; the mel filters and the spectrogram itself are those of ``transformers``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from pipeline.errors import ParameterError

N_FFT_UP_TO_HZ = ((32_000, 512), (80_000, 1024), (150_000, 2048), (300_000, 4096))
LARGEST_N_FFT = 8192
N_COLUMNS = 1000                      # of one window of WhisperSeg
VALUES_AT_ONCE = 1 << 24              # of the spectrum, before it becomes 80 or 128 bands: 128 MB
USUAL_CHUNK_S = 30                    # longer windows must say so, or they would be cut


def n_fft(rate_hz: int) -> int:
    """The length of the FFT at a sample rate, in samples."""
    return next((length for up_to_hz, length in N_FFT_UP_TO_HZ if rate_hz <= up_to_hz), LARGEST_N_FFT)


def window_samples(rate_hz: int, *, time_step_s: float, n_columns: int = N_COLUMNS) -> int:
    """How many samples one window of ``n_columns`` columns takes."""
    return int(n_columns * time_step_s * rate_hz)


def log_mel(
    clips: Sequence[np.ndarray],
    *,
    rate_hz: int,
    time_step_s: float,
    n_columns: int = N_COLUMNS,
    n_mels: int = 80,
    min_freq_hz: float = 0.0,
    device: str = "cpu",
) -> np.ndarray:
    """The features of each clip in one window that begins with it: float32 (n_clips, n_mels, n_columns).

    clips : mono samples float32 (n,) at ``rate_hz``; shorter ones are filled up with zeros, longer ones cut
    time_step_s : of one column; the hop is int(time_step_s · rate_hz) samples
    min_freq_hz : lower edge of the bands, which reach up to half the sample rate
    device : "cpu" or "cuda", where they are computed; the result is on the CPU

    Values are log10 of the mel power, not lower than the clip's maximum − 8, plus 4, divided by 4. Columns that a
    window lacks at its end take the clip's lowest value. Raises ParameterError if a time step is less than a sample,
    or no band is left above ``min_freq_hz``.
    """
    extractor = _extractor(rate_hz, time_step_s, n_columns, n_mels, min_freq_hz)
    length = window_samples(rate_hz, time_step_s=time_step_s, n_columns=n_columns)
    features = np.empty((len(clips), n_mels, n_columns), np.float32)
    step = max(1, VALUES_AT_ONCE // (n_columns * (n_fft(rate_hz) // 2 + 1)))
    for first in range(0, len(clips), step):
        windows = [_window(clip, length) for clip in clips[first:first + step]]
        made = extractor(windows, sampling_rate=rate_hz, padding="do_not_pad", device=device)["input_features"]
        features[first:first + step] = _columns(np.asarray(made, np.float32), n_columns)
    return features


@lru_cache(maxsize=8)
def _extractor(rate_hz: int, time_step_s: float, n_columns: int, n_mels: int, min_freq_hz: float) -> Any:
    """Building one takes 0.1 s, so each is built once."""
    from transformers import WhisperFeatureExtractor
    from transformers.audio_utils import mel_filter_bank

    hop, length, highest_hz = int(time_step_s * rate_hz), n_fft(rate_hz), rate_hz // 2
    if hop < 1:
        raise ParameterError(f"A time step of {time_step_s:g} s is less than one sample at {rate_hz} Hz: give at least "
                             f"{1 / rate_hz:.2g} s.")
    if min_freq_hz >= highest_hz:
        raise ParameterError(f"A minimum frequency of {min_freq_hz:g} Hz leaves no band below half the sample rate, "
                             f"{highest_hz} Hz: lower it, or raise --sr.")
    with warnings.catch_warnings():   # the lowest bands may be narrower than a bin, as they are in what was published
        warnings.simplefilter("ignore", UserWarning)
        extractor = WhisperFeatureExtractor(
            feature_size=n_mels, sampling_rate=rate_hz, hop_length=hop, n_fft=length,
            chunk_length=max(USUAL_CHUNK_S, math.ceil(n_columns * time_step_s)))
        extractor.mel_filters = mel_filter_bank(
            num_frequency_bins=1 + length // 2, num_mel_filters=n_mels, min_frequency=min_freq_hz,
            max_frequency=highest_hz, sampling_rate=rate_hz, norm="slaney", mel_scale="slaney")
    return extractor


def _window(clip: np.ndarray, length: int) -> np.ndarray:
    clip = np.asarray(clip[:length], np.float32)
    return clip if len(clip) == length else np.pad(clip, (0, length - len(clip)))


def _columns(features: np.ndarray, n_columns: int) -> np.ndarray:
    """Exactly ``n_columns`` columns of each clip."""
    n_missing = n_columns - features.shape[2]
    if n_missing <= 0:
        return features[:, :, :n_columns]
    lowest = features.min(axis=(1, 2), initial=np.inf)[:, None, None]
    return np.concatenate([features, np.broadcast_to(lowest, (*features.shape[:2], n_missing))], axis=2)
