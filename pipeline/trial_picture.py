"""Spectrograms of recordings that are looked at before a run, a stretch at a time, on one scale for the recording."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np

from pipeline import pieces, spectrogram, surroundings
from pipeline.audio import Recording
from pipeline.pieces import Piece, Place
from pipeline.spectrogram import SpectrogramParams
from pipeline.surroundings import Frames, Stretch

LEVEL_PERCENT = (35, 99.8)       # of the values: what is drawn quietest and loudest
SCALE_SAMPLES = 1 << 19          # from all over a piece: enough to know how loud it is
SCALE_PARTS = 64
MOST_FRAMES = 1 << 14            # of a picture; a finer hop is thinned
MOST_VALUES = 1 << 24            # frames · window


def picture(where: Place, number: int, params: SpectrogramParams, part: Stretch) -> np.ndarray:
    """A stretch of a piece of a recording as shades, uint8; 0 beyond the piece. See `surroundings.drawn`.

    Raises ParameterError for parameters that leave no row, AudioError if the recording cannot be read.
    """
    piece = pieces.numbered(where, number)
    shown = Stretch(part.from_ms - 1000 * piece.begin_s, part.to_ms - 1000 * piece.begin_s)
    return surroundings.drawn(_frames(where, number, params, shown), shown)


def _frames(where: Place, number: int, params: SpectrogramParams, shown: Stretch) -> Frames:
    """The frames of a stretch that is counted from the beginning of the piece, with some on both sides."""
    loudest, levels = _scale(where, number, params)
    piece = pieces.numbered(where, number)
    thinned = _thinned(params, piece, shown)
    hop, margin = thinned.hop_length, -(-thinned.n_fft // thinned.hop_length) + 1
    rate_hz = piece.recording.rate_hz
    first = max(0, int(shown.from_s * rate_hz / hop) - margin)
    last = max(first + 1, int(shown.to_s * rate_hz / hop) + margin)
    samples = np.asarray(piece.recording.samples[first * hop:last * hop])
    made = spectrogram.compute(_of(piece.recording, samples), thinned, loudest=loudest)
    return Frames(made.values, first, made.hop_s, levels)


def _thinned(params: SpectrogramParams, piece: Piece, shown: Stretch) -> SpectrogramParams:
    """With a multiple of the hop, where there would be many more frames than a picture can show."""
    n_frames = (shown.to_s - shown.from_s) * piece.recording.rate_hz / params.hop_length
    most = max(64, min(MOST_FRAMES, MOST_VALUES // params.n_fft))
    times = max(1, int(np.ceil(n_frames / most)))
    return dataclasses.replace(params, hop_length=params.hop_length * times)


@lru_cache(maxsize=16)
def _scale(where: Place, number: int, params: SpectrogramParams) -> tuple[float, tuple[float, float]]:
    """(the power that is 0 dB, the values that are drawn quietest and loudest), by samples from all over the piece."""
    recording = pieces.numbered(where, number).recording
    hop = max(params.hop_length, params.n_fft // 4)
    made = spectrogram.compute(_of(recording, _sampled(recording.samples)),
                               dataclasses.replace(params, hop_length=hop))
    low, high = np.percentile(made.values, LEVEL_PERCENT)
    return made.loudest, (float(low), float(max(high, low + 1)))


def _sampled(samples: np.ndarray) -> np.ndarray:
    if len(samples) <= SCALE_SAMPLES:
        return np.asarray(samples)
    length = SCALE_SAMPLES // SCALE_PARTS
    begins = np.linspace(0, len(samples) - length, SCALE_PARTS).astype(int)
    return np.concatenate([samples[begin:begin + length] for begin in begins])


def _of(recording: Recording, samples: np.ndarray) -> Recording:
    return dataclasses.replace(recording, samples=samples)
