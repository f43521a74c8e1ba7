"""Decoding: any recording, once, block by block, as mono samples at one rate.

libsndfile reads by content, whatever the extension says; what it cannot read (m4a, aac, wma) goes through ffmpeg
if the machine has it. Long recordings are spooled to an unlinked temporary file and mapped, so that an hour at
384 kHz never lies in memory whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.audio_sources import Source, open_source
from pipeline.errors import AudioError
from pipeline.text import counted

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 2_000, 1_000_000
SPOOL_FROM_SAMPLES = 1 << 25          # 128 MB of float32: longer recordings live in a mapped file


@dataclass(frozen=True)
class Probe:
    """What a recording's header says: rate in Hz, channels, duration in s, format in words."""

    rate_hz: int
    n_channels: int
    duration_s: float
    format: str


@dataclass(eq=False)
class Recording:
    """One decoded recording.

    samples : float32 (n,), mono, finite, at ``rate_hz``; mapped from a file when long, so slice it, never copy it
    peak : the largest absolute sample
    notes : what a person should know about the file, e.g. that samples had to be replaced
    """

    path: Path
    name: str
    file_id: int
    rate_hz: int
    native_rate_hz: int
    n_channels: int
    samples: np.ndarray
    peak: float
    notes: tuple[str, ...] = field(default=())

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    def blocks(self, block_s: float = 60.0, *, overlap_s: float = 0.0) -> Iterator[tuple[int, np.ndarray]]:
        """Cut into blocks of ``block_s`` seconds, each followed by ``overlap_s`` of what comes next.

        Yields (first sample, float32 samples). Every sample is the non-overlapping part of exactly one block.
        """
        step, overlap = max(1, round(block_s * self.rate_hz)), round(overlap_s * self.rate_hz)
        for first in range(0, len(self.samples), step):
            yield first, np.asarray(self.samples[first:first + step + overlap])

    def clip(self, onset_s: float, offset_s: float) -> np.ndarray:
        """The samples between two times, float32; at least one sample as long as the recording has any."""
        first = min(max(0, round(onset_s * self.rate_hz)), max(0, len(self.samples) - 1))
        last = max(first + 1, round(offset_s * self.rate_hz))
        return np.asarray(self.samples[first:last])


def probe(path: Path) -> Probe:
    """Read a recording's header. Raises AudioError."""
    with open_source(path) as source:
        return Probe(source.rate_hz, source.n_channels, source.duration_s, source.format)


def decode(
    path: Path,
    *,
    rate_hz: int | None,
    channel: int | None = None,
    name: str = "",
    file_id: int = 0,
    spool_dir: Path | None = None,
) -> Recording:
    """Decode a recording to mono at ``rate_hz`` (None: as recorded).

    ``channel`` counts from 0; None takes the mean of all. Raises AudioError with a sentence if the file cannot be
    read, is empty, or lacks that channel. Samples that are no finite number become 0 and are told in ``notes``.
    """
    with open_source(path) as source:
        _check(source, channel, path)
        target_hz = rate_hz or source.rate_hz
        sink, n_bad = _Sink(spool_dir), 0
        for block in _resampled(_mono(source, channel), source.rate_hz, target_hz):
            n_bad += block.n_bad
            sink.append(block.samples)
        notes = source.notes() + ((f"{n_bad} samples were no finite number and became 0",) if n_bad else ())
    if not sink.n_samples:
        raise AudioError(f"{path} holds no samples.")
    return Recording(
        path=path, name=name or path.name, file_id=file_id, rate_hz=target_hz, native_rate_hz=source.rate_hz,
        n_channels=source.n_channels, samples=sink.array(), peak=sink.peak, notes=notes,
    )


def read_part(path: Path, onset_s: float, offset_s: float, *, channel: int | None = None) -> tuple[np.ndarray, int]:
    """A stretch of a recording at its own rate, without decoding the rest: (float32 (n,), rate in Hz).

    Raises AudioError. For listening; times beyond the ends are cut off.
    """
    with open_source(path) as source:
        _check(source, channel, path)
        first, last = max(0, round(onset_s * source.rate_hz)), round(offset_s * source.rate_hz)
        parts = [_to_mono(block, channel)[0] for block in source.blocks(first, max(first + 1, last))]
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return samples, source.rate_hz


def _check(source: Source, channel: int | None, path: Path) -> None:
    if not LOWEST_RATE_HZ <= source.rate_hz <= HIGHEST_RATE_HZ:
        raise AudioError(f"{path} has a sample rate of {source.rate_hz} Hz; "
                         f"Syllabary reads {LOWEST_RATE_HZ:,} Hz to {HIGHEST_RATE_HZ:,} Hz.")
    if channel is not None and not 0 <= channel < source.n_channels:
        raise AudioError(f"{path} has {counted(source.n_channels, 'channel')}, so there is no channel {channel} "
                         "(counted from 0).")


@dataclass(frozen=True, eq=False)
class _Block:
    samples: np.ndarray
    n_bad: int


def _mono(source: Source, channel: int | None) -> Iterator[_Block]:
    for block in source.blocks():
        yield _Block(*_to_mono(block, channel))


def _to_mono(block: np.ndarray, channel: int | None) -> tuple[np.ndarray, int]:
    """One channel of (n, channels), with what is not finite as 0, and how many that were."""
    mono = block[:, channel] if channel is not None else block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
    finite = np.isfinite(mono)
    n_bad = len(mono) - int(np.count_nonzero(finite))
    return (np.where(finite, mono, np.float32(0)) if n_bad else np.ascontiguousarray(mono)), n_bad


def _resampled(blocks: Iterator[_Block], from_hz: int, to_hz: int) -> Iterator[_Block]:
    if from_hz == to_hz:
        yield from blocks
        return
    import soxr

    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield _Block(stream.resample_chunk(block.samples), block.n_bad)
    yield _Block(stream.resample_chunk(np.zeros(0, np.float32), last=True), 0)


def spooled(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """An array to be filled, in memory if small, else mapped from an unlinked temporary file."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if n_bytes <= 4 * SPOOL_FROM_SAMPLES:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile() as file:   # the mapping keeps the file alive
        return np.memmap(file, dtype, "w+", shape=shape)


class _Sink:
    """Takes blocks of samples; keeps few in memory and many in an unlinked file."""

    def __init__(self, spool_dir: Path | None) -> None:
        self.n_samples, self.peak = 0, 0.0
        self._blocks: list[np.ndarray] = []
        self._spool_dir, self._spool = spool_dir, None

    def append(self, samples: np.ndarray) -> None:
        if not len(samples):
            return
        self.n_samples += len(samples)
        self.peak = max(self.peak, float(np.abs(samples).max()))
        if self._spool is None and self.n_samples > SPOOL_FROM_SAMPLES:
            self._spool = tempfile.TemporaryFile(dir=self._spool_dir)   # noqa: SIM115 - lives as long as the mapping
            for block in self._blocks:
                self._spool.write(block.tobytes())
            self._blocks = []
        if self._spool is None:
            self._blocks.append(samples)
        else:
            self._spool.write(samples.tobytes())

    def array(self) -> np.ndarray:
        if self._spool is None:
            return np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.float32)
        self._spool.flush()
        return np.memmap(self._spool, np.float32, "r", shape=(self.n_samples,))
