"""The demo's recordings: three simulated birds, heard over four days.

Everything is made by arithmetic from one seed, so there is no network, no licence and no recording of anybody in it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

import numpy as np
import soundfile

from pipeline.syllables import RATE_HZ, REPERTOIRE, sing

DAYS = ("2026-03-14", "2026-03-15", "2026-03-17", "2026-03-20")
RECORDINGS_PER_DAY = 4
DURATION_S = 11.5
QUIET_END_S = 0.3
SONG_LEVEL = 0.34          # of full scale, for a sound at 0 dB: leaves 9 dB of headroom
NOISE_LEVEL = 0.003
CAGE = "cage"              # the label of what is no song: hops and rustling
KINDS = {kind.label: kind for kind in REPERTOIRE}


@dataclass(frozen=True)
class Singer:
    """One bird: its voice, its motif, how it likes to end it, and the call it gives between songs."""

    name: str
    pitch: float
    tempo: float
    motif: tuple[str, ...]
    endings: tuple[tuple[str, ...], ...]
    repeats: str           # the syllable it may sing several times in a row
    call: str


SINGERS = (
    Singer("ash", 0.99, 1.03, ("stack", "fall", "hiss", "whistle"), (("moan",), ("moan", "tick"), ()), "hiss", "stack"),
    Singer("elm", 1.02, 0.97, ("rise", "trill", "tick", "arch"), (("whistle",), ("arch", "fall")), "tick", "moan"),
    Singer("oak", 1.00, 1.00, ("warble", "tick", "duet", "rise"), (("hiss",), ("trill",), ()), "rise", "warble"),
)


@dataclass(frozen=True)
class Placed:
    """A sound and where it lies in its recording."""

    label: str
    onset_s: float
    samples: np.ndarray

    @property
    def offset_s(self) -> float:
        return self.onset_s + len(self.samples) / RATE_HZ


def record(folder: Path, *, seed: int = 7) -> Path:
    """Write the recordings into ``folder/recordings``, one folder per day, and the true table beside them.

    Returns the table's path: ``labels.csv`` with filename (relative to the recordings), onset_sec, offset_sec, label.
    The same seed gives the same sounds.
    """
    rows = []
    for number, (name, singer) in enumerate(_sessions(seed)):
        rng = np.random.default_rng([seed, number])
        sounds = list(takewhile(lambda sound: sound.offset_s < DURATION_S - QUIET_END_S, _programme(singer, rng)))
        _write(folder / "recordings" / name, _mix(sounds, rng))
        rows += [(name, f"{s.onset_s:.5f}", f"{s.offset_s:.5f}", s.label) for s in sounds]
    table = folder / "labels.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("filename", "onset_sec", "offset_sec", "label"), *rows])
    return table


def _sessions(seed: int) -> Iterator[tuple[str, Singer]]:
    """The names of the recordings, with day and time in them, and who sings in each."""
    rng = np.random.default_rng([seed, len(DAYS)])
    for day in DAYS:
        start = datetime.fromisoformat(f"{day}T06:40:00")
        for number in range(RECORDINGS_PER_DAY):
            start += timedelta(seconds=int(rng.integers(420, 5400)))
            singer = SINGERS[(number + DAYS.index(day)) % len(SINGERS)]
            yield f"{day}/{singer.name}_{start:%Y-%m-%dT%H-%M-%S}.wav", singer


def _programme(singer: Singer, rng: np.random.Generator) -> Iterator[Placed]:
    """Songs without end, with pauses between them; in a pause now and then a call or a noise."""
    now_s = rng.uniform(0.25, 0.6)
    while True:
        for sound in _song(singer, now_s, rng):
            yield sound
            now_s = sound.offset_s
        now_s += rng.uniform(0.25, 0.5)
        if rng.random() < 0.85:
            sound = _between(singer, now_s, rng)
            yield sound
            now_s = sound.offset_s
        now_s += rng.uniform(0.25, 0.6)


def _song(singer: Singer, start_s: float, rng: np.random.Generator) -> Iterator[Placed]:
    """Introductory notes that come faster and faster, then the motif two to four times."""
    tempo = singer.tempo * rng.normal(1.0, 0.03)
    pitch = singer.pitch * rng.normal(1.0, 0.006)
    now_s, gap_s = start_s, 0.15
    for label in _words(singer, rng):
        sound = Placed(label, now_s, SONG_LEVEL * sing(KINDS[label], rng, pitch=pitch, tempo=tempo))
        yield sound
        gap_s = max(gap_s * 0.82, 0.06) if label == "intro" else rng.normal(0.048, 0.008)
        now_s = sound.offset_s + max(gap_s / tempo, 0.026)


def _words(singer: Singer, rng: np.random.Generator) -> list[str]:
    words = ["intro"] * int(rng.integers(2, 6))
    for _ in range(int(rng.integers(2, 5))):
        for label in singer.motif:
            words += [label] * (int(rng.integers(1, 4)) if label == singer.repeats else 1)
        words += singer.endings[int(rng.integers(len(singer.endings)))]
    return words


def _between(singer: Singer, start_s: float, rng: np.random.Generator) -> Placed:
    if rng.random() < 0.45:
        return Placed(singer.call, start_s, SONG_LEVEL * sing(KINDS[singer.call], rng, pitch=singer.pitch, tempo=0.95))
    noise = _hop(rng) if rng.random() < 0.5 else _rustle(rng)
    return Placed(CAGE, start_s, noise)


def _hop(rng: np.random.Generator) -> np.ndarray:
    """Feet landing on a perch: a low thump with a dull knock in it."""
    time_s = np.arange(int(0.07 * RATE_HZ)) / RATE_HZ
    thump = np.exp(-time_s / 0.014) * np.sin(2 * np.pi * rng.uniform(140, 230) * time_s)
    knock = np.exp(-time_s / 0.005) * np.sin(2 * np.pi * rng.uniform(800, 1400) * time_s)
    return 0.16 * rng.uniform(0.6, 1.0) * (thump + 0.5 * knock) * np.minimum(time_s / 0.002, 1)


def _rustle(rng: np.random.Generator) -> np.ndarray:
    """Wings: a few strokes of broad noise."""
    n_samples = int(rng.uniform(0.16, 0.3) * RATE_HZ)
    strokes = np.sin(np.pi * rng.uniform(3, 5) * np.linspace(0, 1, n_samples)) ** 2
    fade = np.sin(np.linspace(0, np.pi, n_samples)) ** 0.5
    return 0.035 * strokes * fade * _coloured(n_samples, rng, slope=0.4)


def _mix(sounds: list[Placed], rng: np.random.Generator) -> np.ndarray:
    """All sounds in their places, in a small room, over a background that slowly comes and goes."""
    from scipy.signal import fftconvolve  # slow to import

    song = np.zeros(int(DURATION_S * RATE_HZ))
    for sound in sounds:
        first = round(sound.onset_s * RATE_HZ)
        song[first:first + len(sound.samples)] += sound.samples
    song = fftconvolve(song, _room(rng))[: len(song)]
    at = np.linspace(0, 1, len(song))
    drift_db = np.interp(at, np.linspace(0, 1, 6), rng.uniform(-3, 3, size=6))
    hum = 0.3 * np.sin(2 * np.pi * 50 * DURATION_S * at)
    return song + NOISE_LEVEL * 10 ** (drift_db / 20) * (_coloured(len(song), rng, slope=0.5) + hum)


def _room(rng: np.random.Generator) -> np.ndarray:
    """The answer of a padded box: the sound itself and a faint tail that dies within 20 ms."""
    n_samples = int(0.02 * RATE_HZ)
    tail = rng.normal(size=n_samples) * np.exp(-np.arange(n_samples) / (0.004 * RATE_HZ))
    tail[0] = 0.0
    return np.concatenate([[1.0], 0.006 * tail])


def _coloured(n_samples: int, rng: np.random.Generator, *, slope: float) -> np.ndarray:
    """Noise of unit root mean square whose amplitude falls as frequency to the power of ``-slope``."""
    frequency_hz = np.fft.rfftfreq(n_samples, 1 / RATE_HZ)
    spectrum = np.fft.rfft(rng.normal(size=n_samples)) / np.maximum(frequency_hz, 60.0) ** slope
    noise = np.fft.irfft(spectrum, n_samples)
    return noise / np.sqrt(np.mean(noise**2))


def _write(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples.astype(np.float32), RATE_HZ, subtype="PCM_16")
