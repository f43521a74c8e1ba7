"""Spectrograms as they are stored: dB below the recording's maximum, one byte a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.audio import Recording, spooled
from pipeline.errors import ParameterError
from pipeline.params import param

FLOOR_DB = -80.0
LARGEST = 127              # the int8 value that stands for the floor, with its sign turned
BLOCK_FRAMES = 256          # what fits into a core's cache
HELD_VALUES = 1 << 26       # 256 MB of float32


@dataclass(frozen=True)
class SpectrogramParams:
    """How spectrograms are made."""

    n_fft: int = param(512, "window length", unit="samples", low=16, high=65536, flag="n-fft")
    hop_length: int = param(128, "step between windows", unit="samples", low=1, high=65536, flag="hop-length")
    spec_min_freq: float = param(312.0, "lowest frequency kept", unit="Hz", low=0, flag="spec-min-freq")
    spec_max_freq: float = param(8000.0, "highest frequency kept", unit="Hz", low=1, flag="spec-max-freq")


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """One recording's spectrogram.

    values : int8 (n_freq, n_frames), frame i centred at i · hop_s; dB = value · db_per_step
    freq_hz : the first and the last row's frequency      loudest : the power that is 0 dB
    """

    values: np.ndarray
    db_per_step: float
    freq_hz: tuple[float, float]
    hop_s: float
    loudest: float


def rows_kept(params: SpectrogramParams, rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    """The FFT rows with min_freq < f < max_freq, and their frequencies in Hz. Raises ParameterError if none."""
    freq_hz = np.fft.rfftfreq(params.n_fft, 1 / rate_hz)
    rows = np.flatnonzero((freq_hz > params.spec_min_freq) & (freq_hz < params.spec_max_freq))
    if not len(rows):
        raise ParameterError(f"No row of a {params.n_fft}-point spectrogram at {rate_hz} Hz lies between spec-min-freq "
                             f"{params.spec_min_freq:g} Hz and spec-max-freq {params.spec_max_freq:g} Hz.")
    return rows, freq_hz[rows]


def compute(recording: Recording, params: SpectrogramParams, *, loudest: float | None = None) -> Spectrogram:
    """|STFT| (Hann), in dB relative to the recording's largest magnitude, floor −80 dB, as int8.

    loudest : the power that is to be 0 dB instead, for a part of a recording; what is louder is 0 dB, too

    Long recordings are gone through twice, first for the largest magnitude, so that they never lie in memory whole.
    """
    rows, freq_hz = rows_kept(params, recording.rate_hz)
    n_frames = 1 + len(recording.samples) // params.hop_length
    blocks = (_Block(first, power[:, rows], float(power.max())) for first, power in _power(recording, params, n_frames))
    if loudest is None and n_frames * len(rows) <= HELD_VALUES:
        blocks = list(blocks)
        loudest = max(block.loudest for block in blocks)
    elif loudest is None:
        loudest = max(float(power.max()) for _first, power in _power(recording, params, n_frames))
    values = spooled((len(rows), n_frames), np.int8)
    for block in blocks:
        values[:, block.first:block.first + len(block.power)] = _quantised(block.power, loudest).T
    limits = (float(freq_hz[0]), float(freq_hz[-1]))
    return Spectrogram(values, -FLOOR_DB / LARGEST, limits, params.hop_length / recording.rate_hz, loudest)


@dataclass(frozen=True, eq=False)
class _Block:
    """Some frames' power in the rows kept, and the largest power in any row."""

    first: int
    power: np.ndarray
    loudest: float


def _power(recording: Recording, params: SpectrogramParams, n_frames: int) -> Iterator[tuple[int, np.ndarray]]:
    """|STFT|² of frames centred at i · hop (what lies outside the recording is 0): (first frame, float32 (n, rows))."""
    import scipy.fft

    n_fft, hop, half = params.n_fft, params.hop_length, params.n_fft // 2
    window = _hann(n_fft)
    for first in range(0, n_frames, BLOCK_FRAMES):
        last = min(first + BLOCK_FRAMES, n_frames)
        begin, end = first * hop - half, (last - 1) * hop - half + n_fft
        inside = np.asarray(recording.samples[max(0, begin):max(0, end)])
        padded = np.pad(inside, (max(0, -begin), max(0, end - len(recording.samples))))
        frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
        spectrum = scipy.fft.rfft(frames * window, axis=1)
        yield first, spectrum.real ** 2 + spectrum.imag ** 2


def _hann(n_fft: int) -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


def _quantised(power: np.ndarray, loudest: float) -> np.ndarray:
    """dB below the loudest, from 0 to −80, as int8 from 0 to −127; silence is the floor everywhere."""
    if not loudest:
        return np.full(power.shape, -LARGEST, np.int8)
    below = 10 * np.log10(np.maximum(power / np.float32(loudest), np.float32(1e-10)))
    return np.rint(np.clip(below, FLOOR_DB, 0) * (LARGEST / -FLOOR_DB)).astype(np.int8)
