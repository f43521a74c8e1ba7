"""Thirty-four numbers of a short window of sound, and how they change: the features that `arrange` sorts by.

Windows of 50 ms stand side by side and are not tapered. What is computed is what T. Giannakopoulos, "pyAudioAnalysis",
PLoS ONE 10(12), 2015, describes. ``compat`` keeps three habits of that library's version 0.3.14: its MFCC filters take
the half spectrum for the whole, its chroma keeps only the last bin of each semitone and divides it by another's count,
and 1e-10 is added to the maximum that a sound is divided by.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

WINDOW_S = 0.05
N_MFCC, N_CHROMA, N_BLOCKS = 13, 12, 10
ROLLOFF_SHARE = 0.90
LOWEST_HZ, LINEAR_STEP_HZ, LOG_RATIO, N_LINEAR, N_LOG = 133.33, 200 / 3, 1.0711703, 13, 27
REFERENCE_HZ = 27.5                     # an A: the first pitch class
EPS = float(np.finfo(np.float64).eps)
COMPAT_FLOOR = 1e-10
NAMES = (
    "zcr", "energy", "energy_entropy", "spectral_centroid", "spectral_spread", "spectral_entropy", "spectral_flux",
    "spectral_rolloff", *(f"mfcc_{number}" for number in range(1, N_MFCC + 1)),
    *(f"chroma_{number}" for number in range(1, N_CHROMA + 1)), "chroma_std",
)
ROWS = (*NAMES, *(f"delta_{name}" for name in NAMES))


def window_samples(rate_hz: int) -> int:
    """The length of a window."""
    return int(WINDOW_S * rate_hz)


def windows(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Samples (n,) as float64 (frames, window); what is over at the end is left out, a sound too short is padded."""
    size = window_samples(rate_hz)
    n = max(1, len(samples) // size)
    padded = np.pad(np.asarray(samples[:n * size], np.float64), (0, max(0, n * size - len(samples))))
    return padded.reshape(n, size)


def normalised(part: np.ndarray, mean: float, low: float, high: float, *, compat: bool = False) -> np.ndarray:
    """A part of a sound, less the mean of the whole and divided by its largest value; low, high : of the whole."""
    peak = max(abs(low - mean), abs(high - mean)) + (COMPAT_FLOOR if compat else 0.0)
    return (part - mean) / peak if peak else part - mean


def features(frames: np.ndarray, rate_hz: int, *, compat: bool = False) -> np.ndarray:
    """float64 (…, frames, 68), in the order of `ROWS`.

    frames : float64 (…, frames, window), consecutive windows of sounds from -1 to 1, all at ``rate_hz``
    """
    n_bins = frames.shape[-1] // 2
    spectrum = _magnitudes(frames, n_bins)
    chroma = _chroma(spectrum, rate_hz, frames.shape[-1], compat)
    columns = np.concatenate([
        _in_time(frames), _in_frequency(spectrum, rate_hz), _mfcc(spectrum, rate_hz, frames.shape[-1], compat),
        chroma, chroma.std(axis=-1, keepdims=True),
    ], axis=-1)
    deltas = np.zeros_like(columns)
    deltas[..., 1:, :] = columns[..., 1:, :] - columns[..., :-1, :]
    return np.concatenate([columns, deltas], axis=-1)


def _magnitudes(frames: np.ndarray, n_bins: int) -> np.ndarray:
    from scipy import fft

    return np.ascontiguousarray(np.abs(fft.rfft(frames, axis=-1))[..., :n_bins]) / n_bins


def _in_time(frames: np.ndarray) -> np.ndarray:
    """Zero crossings, energy and its entropy: (…, 3)."""
    size, squares = frames.shape[-1], frames**2
    crossings = np.abs(np.diff(np.sign(frames), axis=-1)).sum(axis=-1) / 2
    total = squares.sum(axis=-1)
    return np.stack([crossings / (size - 1.0), total / size, _entropy(squares, total)], axis=-1)


def _entropy(squares: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Entropy in bits of the energy over ten blocks: (…)."""
    size = squares.shape[-1] // N_BLOCKS
    blocks = squares[..., :size * N_BLOCKS].reshape(*squares.shape[:-1], N_BLOCKS, size)
    share = np.ascontiguousarray(np.swapaxes(blocks, -1, -2)).sum(axis=-2) / (total[..., None] + EPS)
    return -np.sum(share * np.log2(share + EPS), axis=-1)


def _in_frequency(spectrum: np.ndarray, rate_hz: int) -> np.ndarray:
    """Centroid, spread, entropy, flux and roll-off: (…, 5). Bins count from 1 here, as published."""
    n_bins, squares = spectrum.shape[-1], spectrum**2
    total = squares.sum(axis=-1)
    return np.stack([*_centroid_and_spread(spectrum, rate_hz), _entropy(squares, total), _flux(spectrum),
                     _rolloff(squares, total) / float(n_bins)], axis=-1)


def _centroid_and_spread(spectrum: np.ndarray, rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    n_bins = spectrum.shape[-1]
    freqs_hz = np.arange(1, n_bins + 1) * (rate_hz / (2.0 * n_bins))
    peak = spectrum.max(axis=-1, keepdims=True)
    weights = spectrum / np.where(peak == 0, EPS, peak)
    total = weights.sum(axis=-1) + EPS
    centroid_hz = (freqs_hz * weights).sum(axis=-1) / total
    spread_hz = np.sqrt((((freqs_hz - centroid_hz[..., None]) ** 2) * weights).sum(axis=-1) / total)
    return centroid_hz / (rate_hz / 2.0), spread_hz / (rate_hz / 2.0)


def _flux(spectrum: np.ndarray) -> np.ndarray:
    share = spectrum / (spectrum + EPS).sum(axis=-1, keepdims=True)
    flux = np.zeros(spectrum.shape[:-1])
    flux[..., 1:] = ((share[..., 1:, :] - share[..., :-1, :]) ** 2).sum(axis=-1)
    return flux


def _rolloff(squares: np.ndarray, total: np.ndarray) -> np.ndarray:
    """The first bin below which nine tenths of the energy lie; 0 if none is."""
    return (np.cumsum(squares, axis=-1) + EPS > ROLLOFF_SHARE * total[..., None]).argmax(axis=-1)


def _mfcc(spectrum: np.ndarray, rate_hz: int, size: int, compat: bool) -> np.ndarray:
    from scipy import fft

    bank = _filters(rate_hz, size, compat)
    energies = np.matmul(spectrum[..., None, :], bank.T)[..., 0, :]   # one by one: blocks would round in other ways
    return fft.dct(np.log10(energies + EPS), type=2, norm="ortho", axis=-1)[..., :N_MFCC]


@lru_cache(maxsize=64)
def _filters(rate_hz: int, size: int, compat: bool) -> np.ndarray:
    """Triangles in frequency, each of area 1: float64 (40, bins)."""
    n_bins, n_filters = size // 2, N_LINEAR + N_LOG
    edges_hz = np.empty(n_filters + 2)
    edges_hz[:N_LINEAR] = LOWEST_HZ + np.arange(N_LINEAR) * LINEAR_STEP_HZ
    edges_hz[N_LINEAR:] = edges_hz[N_LINEAR - 1] * LOG_RATIO ** np.arange(1, N_LOG + 3)
    per_bin = n_bins if compat else size      # how many bins the sample rate is spread over
    freqs_hz = np.arange(n_bins) / float(per_bin) * rate_hz
    floors = np.floor(edges_hz * per_bin / rate_hz).astype(int) + 1
    heights = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    bank = np.zeros((n_filters, n_bins))
    for row in range(n_filters):
        low, centre, high = edges_hz[row:row + 3]
        rising, falling = slice(floors[row], floors[row + 1]), slice(floors[row + 1], floors[row + 2])
        bank[row, rising] = heights[row] / (centre - low) * (freqs_hz[rising] - low)
        bank[row, falling] = heights[row] / (high - centre) * (high - freqs_hz[falling])
    return bank


def _chroma(spectrum: np.ndarray, rate_hz: int, size: int, compat: bool) -> np.ndarray:
    """The energy of each pitch class from A up, as a share of all: (…, 12)."""
    squares = spectrum**2
    total = squares.sum(axis=-1, keepdims=True)
    folded = _folded_as_published(squares, rate_hz) if compat else squares @ _pitch_classes(rate_hz, size)
    return folded / np.where(total == 0, EPS, total)


@lru_cache(maxsize=64)
def _pitch_classes(rate_hz: int, size: int) -> np.ndarray:
    """Which bin belongs to which pitch class, by the bin's own frequency: 0 or 1, (bins, 12). Bin 0 has no pitch."""
    n_bins = size // 2
    semitone = np.round(12.0 * np.log2(np.arange(1, n_bins) * rate_hz / size / REFERENCE_HZ)).astype(int)
    belongs = np.zeros((n_bins, N_CHROMA))
    belongs[np.arange(1, n_bins), semitone % N_CHROMA] = 1
    return belongs


def _folded_as_published(squares: np.ndarray, rate_hz: int) -> np.ndarray:
    n_bins = squares.shape[-1]
    target, source, counts = _published_bins(n_bins, rate_hz)
    kept = np.zeros_like(squares)
    kept[..., target] = squares[..., source]
    kept /= counts
    n_rows = -(-n_bins // N_CHROMA)
    padded = np.zeros((*squares.shape[:-1], n_rows * N_CHROMA))
    padded[..., :n_bins] = kept
    return padded.reshape(*squares.shape[:-1], n_rows, N_CHROMA).sum(axis=-2)


@lru_cache(maxsize=64)
def _published_bins(n_bins: int, rate_hz: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where a bin goes to, which one goes there last, and what each place is divided by.

    Semitones below the reference count from the end. At rates below about 3 kHz, where the library stops with an
    error, those that have no place are left out.
    """
    freqs_hz = np.arange(1, n_bins + 1) * rate_hz / (2 * n_bins)
    semitone = np.round(12.0 * np.log2(freqs_hz / REFERENCE_HZ)).astype(int)
    _values, inverse, n_of = np.unique(semitone, return_inverse=True, return_counts=True)
    counts = n_of[inverse].astype(np.float64)
    place = np.where(semitone < 0, semitone + n_bins, semitone)
    last = {int(where): row for row, where in enumerate(place) if 0 <= where < n_bins}
    divisors = counts[np.clip(place, 0, n_bins - 1)]
    return np.array(list(last)), np.array(list(last.values())), divisors
