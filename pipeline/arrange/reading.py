"""The first windows of a sound as features: read once, block by block, at its own rate and in full precision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.audio_sources import Source, open_source
from pipeline.errors import AudioError
from pipeline.features import _short_term

N_FEATURES = len(_short_term.ROWS)
LOWEST_RATE_HZ = 400      # a window has twenty samples then, and a block of its spectrum one bin
WHOLE, HALF_BYTE = 2.0**15, 128.0


@dataclass(frozen=True, eq=False)
class Sound:
    """The beginning of a sound.

    frames : float64 (frames, window), from -1 to 1 by the mean and the largest value of the whole sound; one at least
    n_samples, rate_hz, n_channels : of the whole      notes : what a person should know of the file
    """

    frames: np.ndarray
    n_samples: int
    rate_hz: int
    n_channels: int
    notes: tuple[str, ...] = ()

    @property
    def is_padded(self) -> bool:
        """Whether the sound is shorter than one window."""
        return self.n_samples < _short_term.window_samples(self.rate_hz)


def beginning(path: Path, *, n_frames: int, compat: bool = False) -> Sound:
    """Read a sound. Raises AudioError with a sentence if it cannot be read, is empty or has too low a rate.

    The memory it takes does not grow with the length of the sound.
    """
    with open_source(path) as source:
        return of_source(source, path, n_frames=n_frames, compat=compat)


def of_source(
    source: Source, path: Path, *, n_frames: int, compat: bool = False, from_s: float = 0.0, to_s: float | None = None,
    channel: int | None = None,
) -> Sound:
    """As `beginning`, of an open recording, or of a stretch of it; ``channel`` alone, if one is given."""
    rate_hz, notes = source.rate_hz, source.notes()
    if rate_hz < LOWEST_RATE_HZ:
        raise AudioError(f"{path} has a sample rate of {rate_hz} Hz; at least {LOWEST_RATE_HZ} are needed.")
    if channel is not None and channel >= source.n_channels:
        raise AudioError(f"{path} has no channel {channel}: it has {source.n_channels}.")
    first = max(0, round(from_s * rate_hz))
    last = None if to_s is None else max(first + 1, round(to_s * rate_hz))
    whole = _Whole(n_frames * _short_term.window_samples(rate_hz))
    for block in _mono(source, compat, source.blocks(first, last, dtype=_dtype(source, compat)), channel):
        whole.add(block)
    if not whole.n_samples:
        raise AudioError(f"{path} holds no samples{f' at {from_s:.3f} s' if first else ''}.")
    if whole.n_bad:
        notes = (*notes, f"{whole.n_bad} samples were no finite number and became 0")
    part = _short_term.normalised(whole.beginning(), whole.mean, whole.low, whole.high, compat=compat)
    return Sound(_short_term.windows(part, rate_hz), whole.n_samples, rate_hz, source.n_channels, notes)


def features(sounds: Sequence[Sound], *, n_frames: int, compat: bool = False) -> np.ndarray:
    """float64 (n, 68 · n_frames): first all of frame 1, then of frame 2 …; frames that a sound does not have are 0."""
    rows = np.zeros((len(sounds), n_frames, N_FEATURES))
    alike: dict[tuple[int, int], list[int]] = {}
    for row, sound in enumerate(sounds):
        alike.setdefault((sound.rate_hz, len(sound.frames)), []).append(row)
    for (rate_hz, n), members in alike.items():
        frames = np.stack([sounds[row].frames for row in members])
        rows[members, :n] = _short_term.features(frames, rate_hz, compat=compat)
    return rows.reshape(len(sounds), n_frames * N_FEATURES)


def columns(n_frames: int) -> tuple[str, ...]:
    """A name for each column of `features`."""
    return tuple(f"frame_{frame}_{name}" for frame in range(1, n_frames + 1) for name in _short_term.ROWS)


class _Whole:
    """What has to be known of the whole sound, gathered block by block."""

    def __init__(self, n_kept: int) -> None:
        self.n_samples = self.n_bad = 0
        self.low, self.high = np.inf, -np.inf
        self._sum, self._n_kept, self._parts = 0.0, n_kept, []

    def add(self, block: np.ndarray) -> None:
        finite = np.isfinite(block)
        if not finite.all():
            self.n_bad += len(block) - int(finite.sum())
            block = np.where(finite, block, 0.0)
        if self.n_samples < self._n_kept:
            self._parts.append(block[:self._n_kept - self.n_samples].copy())
        self.n_samples += len(block)
        self._sum += float(block.sum())
        self.low, self.high = min(self.low, float(block.min())), max(self.high, float(block.max()))

    @property
    def mean(self) -> float:
        return self._sum / self.n_samples

    def beginning(self) -> np.ndarray:
        return np.concatenate(self._parts)


def _dtype(source: Source, compat: bool) -> str:
    return "float32" if compat and source.n_channels <= 2 and source.format.endswith(" FLOAT") else "float64"


def _mono(source: Source, compat: bool, blocks: Iterable[np.ndarray], channel: int | None) -> Iterator[np.ndarray]:
    """The channels' mean, block by block, float64. ``compat``: on the scale on which scipy reads a WAV file."""
    for block in blocks:
        block = block if channel is None else block[:, channel:channel + 1]
        mono = block[:, 0] if block.shape[1] == 1 else (block / block.dtype.type(block.shape[1])).sum(axis=1)
        yield _as_published(mono.astype(np.float64), source.format) if compat else mono


def _as_published(mono: np.ndarray, kind: str) -> np.ndarray:
    """Whole numbers as they stand in the file, 24 bits in the upper part of 32, over 2¹⁵."""
    if kind.endswith((" PCM_24", " PCM_32")):
        return mono * 2.0**16
    if kind.endswith(" PCM_U8"):
        return (mono * HALF_BYTE + HALF_BYTE) / WHOLE
    return mono / WHOLE if kind.endswith((" FLOAT", " DOUBLE")) else mono
