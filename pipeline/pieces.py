"""Recordings that are looked at before a run: which there are, and as much of one as fits into memory, decoded.

What was decoded is kept, so that whoever asks again with other parameters gets it at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import audio, discover, params
from pipeline.audio import Recording
from pipeline.errors import AudioError, ParameterError
from pipeline.plan import AudioParams
from pipeline.text import printable

MOST_SAMPLES = 1 << 23      # of a recording in memory: 4 min at 32 kHz, 22 s at 384 kHz
MOST_SHOWN_S = 30.0
FRESH_S = 20                # a folder is looked through at most so often
MOST_NAMES = 100            # told at a time


@dataclass(frozen=True)
class Place:
    """A recording as it is now, and how it is to be decoded."""

    path: Path
    name: str
    mtime_ns: int
    audio: AudioParams


@dataclass(frozen=True, eq=False)
class Piece:
    """As much of a recording as a trial hears.

    recording : it, decoded as a run would      begin_s : where it begins, in whole seconds
    duration_s : of the whole recording
    """

    recording: Recording
    begin_s: int
    duration_s: float

    @property
    def end_s(self) -> float:
        """Where it ends."""
        return min(self.duration_s, self.begin_s + self.recording.duration_s)

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the recording."""
        return self.begin_s == 0 and self.recording.duration_s >= self.duration_s - 1e-3


def recordings(data_dir: Path) -> tuple[discover.Found, ...]:
    """The recordings of a folder, as a run would find them. Raises ParameterError."""
    return _recordings(Path(data_dir), now())


def now() -> int:
    """Changes every ``FRESH_S``: what is kept by it is looked for again then."""
    return int(time.monotonic() // FRESH_S)


@lru_cache(maxsize=4)
def _recordings(data_dir: Path, _when: int) -> tuple[discover.Found, ...]:
    return tuple(discover.recordings(data_dir))


def find(data_dir: Path, name: str) -> Path:
    """Where a recording of a folder lies. Raises ParameterError for a name that none of them has."""
    path = next((found.path for found in recordings(data_dir) if found.name == name), None)
    if path is None:
        raise ParameterError(f"There is no recording {printable(name)!r} in {data_dir}.")
    return path


def place(data_dir: Path, name: str, values: Mapping[str, Any]) -> Place:
    """A recording as these values would decode it. Raises ParameterError, or AudioError if it cannot be found."""
    path = find(data_dir, name)
    try:
        changed_ns = path.stat().st_mtime_ns
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}.") from error
    return Place(path, name, changed_ns, params.make(AudioParams, values))


def piece(where: Place, at_s: float) -> Piece:
    """What is heard of a recording around a time: all of it, unless it is long. Raises AudioError."""
    return numbered(where, piece_number(where, at_s))


def piece_number(where: Place, at_s: float) -> int:
    """Which piece of a recording is heard around a time; -1 for a recording that is heard whole."""
    about = probe(where)
    step_s = _step_s(about, where.audio)
    if about.duration_s * max(about.rate_hz, where.audio.sr) <= MOST_SAMPLES or about.duration_s <= 2 * step_s:
        return -1
    return int(np.clip(round(at_s / step_s - 1), 0, int(about.duration_s / step_s) - 1))


def is_piece(where: Place, number: int) -> bool:
    """Whether there is a piece of that number. Raises AudioError."""
    first, last = piece_number(where, 0.0), piece_number(where, probe(where).duration_s)
    return first <= number <= last


def _step_s(about: audio.Probe, wanted: AudioParams) -> int:
    """Pieces overlap by half; this is half a piece, in whole seconds."""
    return max(1, int(MOST_SAMPLES / max(about.rate_hz, wanted.sr) / 2))


@lru_cache(maxsize=16)
def probe(where: Place) -> audio.Probe:
    """What a recording's header says. Raises AudioError."""
    return audio.probe(where.path)


@lru_cache(maxsize=2)
def numbered(where: Place, number: int) -> Piece:
    """A piece by its number, as `piece_number` tells it. Raises AudioError."""
    if number < 0:
        whole = audio.decode(where.path, rate_hz=where.audio.sr, channel=where.audio.channel, name=where.name)
        return Piece(whole, 0, whole.duration_s)
    about = probe(where)
    step_s = _step_s(about, where.audio)
    begin_s = number * step_s
    return Piece(part(where, begin_s, begin_s + 2 * step_s), begin_s, about.duration_s)


def part(where: Place, begin_s: float, end_s: float) -> Recording:
    """A stretch of a recording, decoded without the rest. Raises AudioError."""
    import soxr

    samples, native_hz = audio.read_part(where.path, begin_s, end_s, channel=where.audio.channel)
    if not len(samples):
        raise AudioError(f"{where.path} holds no samples at {begin_s:g} s.")
    if native_hz != where.audio.sr:
        samples = soxr.resample(samples, native_hz, where.audio.sr).astype(np.float32)
    peak = float(np.abs(samples).max(initial=0.0))
    return Recording(where.path, where.name, 0, where.audio.sr, native_hz, 1, samples, peak)


def most_shown_s(where: Place) -> float:
    """The longest stretch that is looked at in one go."""
    if piece_number(where, 0) < 0:
        return min(probe(where).duration_s, MOST_SHOWN_S)
    return min(MOST_SHOWN_S, float(_step_s(probe(where), where.audio)))


@dataclass(frozen=True)
class Choice:
    """The recording that is looked at, and those whose names hold what was typed.

    row, n : its place among the n recordings of the folder      names : at most ``MOST_NAMES`` that match
    """

    name: str
    row: int
    n: int
    names: tuple[str, ...] = ()
    n_matching: int = 0


def choose(data_dir: Path, *, now: str | None = None, typed: str = "", step: int = 0) -> Choice:
    """The recording that is meant: the one whose name was typed, or ``step`` after the one looked at now, or it.

    What was typed counts as a name if it is one, as it is shown (`printable`), or all but one hold it.
    """
    names = [found.name for found in recordings(data_dir)]
    rows = {name: row for row, name in enumerate(names)}
    matching = [name for name in names if typed.lower() in printable(name).lower()]
    meant = [name for name in matching if printable(name) == typed] or (matching if len(matching) == 1 else [])
    row = rows[meant[0]] if typed and meant else (rows.get(now or "", 0) + step) % len(names)
    return Choice(names[row], row, len(names), tuple(matching[:MOST_NAMES]), len(matching))
