"""Syllables made by arithmetic: the voice behind the demo's birds.

A syllable type is a row of numbers (`Syllable`); `sing` turns it into sound, a little different each time. The model
is source and filter: a pitch contour with its harmonics, or noise, shaped by formants, under a smooth envelope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

RATE_HZ = 32_000
HIGHEST_HZ = 14_000       # harmonics above this are left out, well below half the rate
LEAST_FORMANT = 0.004     # what a frequency far from all formants keeps
JITTER = 0.002            # how far pitch wanders within one sound, as a share
JITTER_TIME_S = 0.006     # and how slowly
VARIETY = 0.035           # how far the points of the contour and the formants differ between renditions, as a share


@dataclass(frozen=True)
class Syllable:
    """One type of sound.

    pitch_hz : the pitch at points evenly spaced over the sound; empty for pure noise
    second_hz : the same for a second voice, sung at the same time
    formants : (centre in Hz, width in octaves, gain) of each resonance
    noise : the share of breath in the sound, 0 … 1
    pulse_hz, pulse_depth : how fast and how deep the level beats (a trill), 0 = not
    vibrato_hz, vibrato : how fast and how far, as a share, pitch swings
    decay : how many nepers the level falls from attack to end
    """

    label: str
    duration_s: float
    formants: tuple[tuple[float, float, float], ...]
    pitch_hz: tuple[float, ...] = ()
    second_hz: tuple[float, ...] = ()
    noise: float = 0.02
    pulse_hz: float = 0.0
    pulse_depth: float = 0.0
    vibrato_hz: float = 0.0
    vibrato: float = 0.0
    attack_s: float = 0.008
    decay: float = 0.6
    level_db: float = 0.0


REPERTOIRE = (
    Syllable("intro", 0.042, ((2600, 0.9, 1.0), (5200, 0.5, 0.4)), (980, 1040, 990), noise=0.25, level_db=-5),
    Syllable("stack", 0.115, ((2400, 0.5, 1.0), (4600, 0.35, 0.7), (7200, 0.3, 0.3)), (590, 610, 605, 580)),
    Syllable("fall", 0.074, ((3300, 0.6, 1.0),), (6400, 4300, 2900, 2200), decay=0.3, level_db=-2),
    Syllable("hiss", 0.056, ((3400, 0.8, 1.0), (7000, 0.5, 0.6)), noise=1.0, decay=1.0, level_db=-3),
    Syllable("whistle", 0.094, ((4000, 0.45, 1.0),), (4150, 4230, 4220, 4180), decay=0.2, level_db=-2),
    Syllable("moan", 0.150, ((1500, 0.6, 1.0), (3100, 0.4, 0.5)), (960, 880, 640, 470), attack_s=0.016, decay=0.4),
    Syllable("trill", 0.170, ((3000, 0.5, 1.0),), (3300, 3150, 3050), pulse_hz=62, pulse_depth=0.6, vibrato_hz=62,
             vibrato=0.09, decay=0.2, level_db=-1),
    Syllable("rise", 0.066, ((3200, 0.65, 1.0),), (1900, 2500, 3700, 5200), decay=0.1, level_db=-2),
    Syllable("arch", 0.104, ((3400, 0.6, 1.0), (7400, 0.3, 0.12)), (2500, 3900, 4500, 3800, 2350), decay=0.2),
    Syllable("tick", 0.018, ((3400, 0.7, 1.0), (6200, 0.6, 0.6)), (3600, 3100), noise=0.45, attack_s=0.002,
             decay=3.0, level_db=-1),
    Syllable("warble", 0.134, ((2800, 0.6, 1.0), (5400, 0.4, 0.6)), (1240, 1260, 1235), vibrato_hz=29, vibrato=0.055),
    Syllable("duet", 0.098, ((2700, 0.6, 1.0),), (2050, 2120, 2080), (3330, 3060, 2860), decay=0.4, level_db=-1),
)


def sing(kind: Syllable, rng: np.random.Generator, *, pitch: float = 1.0, tempo: float = 1.0) -> np.ndarray:
    """One rendition: float64 (n_samples,) at ``RATE_HZ``, its loudest part near 1 before ``level_db``.

    ``pitch`` multiplies frequencies and ``tempo`` divides the duration; small differences in both, in shape and in
    level are drawn from ``rng``.
    """
    kind = _varied(kind, rng)
    n_samples = max(int(kind.duration_s / tempo * RATE_HZ), 64)
    pitch = pitch * rng.normal(1.0, 0.03)
    breath = _unit(_shaped_noise(kind, n_samples, rng, pitch=pitch))
    voices = [contour for contour in (kind.pitch_hz, kind.second_hz) if contour]
    sound = kind.noise * breath
    for contour in voices:
        track_hz = _track(contour, kind, n_samples, rng) * pitch
        sound = sound + (1 - kind.noise) / len(voices) * _unit(_harmonics(kind, track_hz))
    sound = _unit(sound) * _envelope(kind, n_samples)
    return sound * 10 ** ((kind.level_db + rng.normal(0.0, 1.2)) / 20)


def _varied(kind: Syllable, rng: np.random.Generator) -> Syllable:
    """The same type as it comes out this time: no bird sings a syllable twice alike."""
    def contour(points: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(hz * rng.normal(1.0, VARIETY) for hz in points)

    def formant(centre_hz: float, width: float, gain: float) -> tuple[float, float, float]:
        return centre_hz * rng.normal(1.0, 2 * VARIETY), width, gain * rng.uniform(0.7, 1.3)

    return replace(kind, pitch_hz=contour(kind.pitch_hz), second_hz=contour(kind.second_hz),
                   formants=tuple(formant(*row) for row in kind.formants),
                   duration_s=kind.duration_s * np.clip(rng.normal(1.0, 0.12), 0.7, 1.4),
                   noise=min(1.0, kind.noise * rng.uniform(0.5, 1.6)), decay=kind.decay * rng.uniform(0.7, 1.3))


def _track(contour: tuple[float, ...], kind: Syllable, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """The pitch in Hz at each sample: the contour through its points, with vibrato and a little wandering."""
    time_s = np.arange(n_samples) / RATE_HZ
    swing = kind.vibrato * np.sin(2 * np.pi * kind.vibrato_hz * time_s + rng.uniform(-0.4, 0.4))
    wander = JITTER * rng.normal(size=int(n_samples / RATE_HZ / JITTER_TIME_S) + 2)
    return _through(contour, n_samples) * (1 + swing + _through(wander, n_samples))


def _through(points: Sequence[float] | np.ndarray, n_samples: int) -> np.ndarray:
    """A smooth curve through evenly spaced points."""
    from scipy.interpolate import PchipInterpolator  # slow to import

    return PchipInterpolator(np.arange(len(points)), points)(np.linspace(0, len(points) - 1, n_samples))


def _harmonics(kind: Syllable, track_hz: np.ndarray) -> np.ndarray:
    """Sines at the multiples of the track, each as strong as the formants let it be at each moment."""
    phase = 2 * np.pi * np.cumsum(track_hz) / RATE_HZ
    sound = np.zeros_like(track_hz)
    for n in range(1, int(HIGHEST_HZ / track_hz.max()) + 1):
        sound += _formant_gain(kind, n * track_hz) / np.sqrt(n) * np.sin(n * phase)
    return sound


def _shaped_noise(kind: Syllable, n_samples: int, rng: np.random.Generator, *, pitch: float) -> np.ndarray:
    spectrum = np.fft.rfft(rng.normal(size=n_samples))
    frequency_hz = np.fft.rfftfreq(n_samples, 1 / RATE_HZ)
    return np.fft.irfft(spectrum * _formant_gain(kind, frequency_hz / pitch), n_samples)


def _formant_gain(kind: Syllable, frequency_hz: np.ndarray) -> np.ndarray:
    octave = np.log2(np.maximum(frequency_hz, 20.0))
    peaks = (gain * np.exp(-0.5 * ((octave - np.log2(centre)) / width) ** 2) for centre, width, gain in kind.formants)
    return LEAST_FORMANT + sum(peaks)


def _envelope(kind: Syllable, n_samples: int) -> np.ndarray:
    """Rise, slow fall, and a smooth end, beating if the type is a trill."""
    n_attack = max(int(kind.attack_s * RATE_HZ), 8)
    n_release = max(n_samples // 6, 24)
    time_s = np.arange(n_samples) / RATE_HZ
    level = np.exp(-kind.decay * np.linspace(0, 1, n_samples))
    level[:n_attack] *= np.sin(np.linspace(0, np.pi / 2, n_attack)) ** 2
    level[-n_release:] *= np.cos(np.linspace(0, np.pi / 2, n_release)) ** 2
    beat = 0.5 * (1 - np.cos(2 * np.pi * kind.pulse_hz * time_s))
    return level * (1 - kind.pulse_depth * (1 - beat)) if kind.pulse_hz else level


def _unit(sound: np.ndarray) -> np.ndarray:
    peak = np.abs(sound).max(initial=0.0)
    return sound / peak if peak > 0 else sound
