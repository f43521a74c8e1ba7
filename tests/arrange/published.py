"""The short-term features as their definitions read: one number after the other, in plain loops."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

EPS = 2.0**-52


def normalised(samples, *, floor=0.0):
    """Less the mean, over the largest value; floor : what the published code adds to that."""
    mean = math.fsum(samples) / len(samples)
    centred = [value - mean for value in samples]
    peak = max(abs(value) for value in centred) + floor
    return [value / peak if peak else value for value in centred]


def magnitudes(frame):
    """|DFT| of the lower half over the number of bins, by its sum."""
    size, n_bins = len(frame), len(frame) // 2
    turns = np.exp(-2j * np.pi * (np.outer(np.arange(n_bins), np.arange(size)) % size) / size)
    return (np.abs(turns @ np.array(frame)) / n_bins).tolist()


def block_entropy(values):
    size, total = len(values) // 10, sum(value * value for value in values)
    shares = [sum(value * value for value in values[block * size:(block + 1) * size]) / (total + EPS)
              for block in range(10)]
    return -sum(share * math.log2(share + EPS) for share in shares)


def centroid_and_spread(spectrum, rate_hz):
    n_bins, peak = len(spectrum), max(spectrum)
    weights = [value / (peak or EPS) for value in spectrum]
    freqs = [(k + 1) * rate_hz / (2 * n_bins) for k in range(n_bins)]
    total = sum(weights) + EPS
    centroid = sum(f * w for f, w in zip(freqs, weights, strict=True)) / total
    spread = math.sqrt(sum((f - centroid) ** 2 * w for f, w in zip(freqs, weights, strict=True)) / total)
    return 2 * centroid / rate_hz, 2 * spread / rate_hz


def flux(spectrum, before):
    now, then = sum(v + EPS for v in spectrum), sum(v + EPS for v in before)
    return sum((a / now - b / then) ** 2 for a, b in zip(spectrum, before, strict=True))


def rolloff(spectrum):
    total, so_far = sum(v * v for v in spectrum), 0.0
    for k, value in enumerate(spectrum):
        so_far += value * value
        if so_far + EPS > 0.9 * total:
            return k / len(spectrum)
    return 0.0


def mfcc(spectrum, rate_hz, hz_per_bin):
    edges = [133.33 + k * 200 / 3 for k in range(13)]
    edges += [edges[-1] * 1.0711703**k for k in range(1, 30)]
    logs = []
    for low, centre, high in zip(edges, edges[1:], edges[2:], strict=False):
        height, energy = 2 / (high - low), 0.0
        for k, value in enumerate(spectrum):
            f = k * hz_per_bin
            if low < f <= centre:
                energy += value * height * (f - low) / (centre - low)
            elif centre < f <= high:
                energy += value * height * (high - f) / (high - centre)
        logs.append(math.log10(energy + EPS))
    n = len(logs)
    return [math.sqrt((1 if c == 0 else 2) / n) * sum(v * math.cos(math.pi * c * (2 * i + 1) / (2 * n))
                                                      for i, v in enumerate(logs)) for c in range(13)]


def chroma(spectrum, rate_hz, size):
    """By definition: each bin's energy goes to its pitch class."""
    classes, total = [0.0] * 12, sum(v * v for v in spectrum)
    for k in range(1, len(spectrum)):
        classes[round(12 * math.log2(k * rate_hz / size / 27.5)) % 12] += spectrum[k] ** 2
    return [value / (total or EPS) for value in classes]


def chroma_as_published(spectrum, rate_hz):
    """The last bin of a semitone wins; each place is divided by the count that stands at its own semitone's place."""
    n_bins, total = len(spectrum), sum(v * v for v in spectrum)
    semitone = [round(12 * math.log2((k + 1) * rate_hz / (2 * n_bins) / 27.5)) for k in range(n_bins)]
    count = [semitone.count(one) for one in semitone]
    places = [0.0] * n_bins
    for k, one in enumerate(semitone):
        places[one] = spectrum[k] ** 2              # below the reference: from the end
    places = [value / count[semitone[k]] for k, value in enumerate(places)]
    return [sum(places[start::12]) / (total or EPS) for start in range(12)]


def short_term(samples, rate_hz, *, n_frames, compat=False):
    """(frames, 68); a frame that the sound does not have is left out, one too short is filled up with zeros."""
    size = int(0.05 * rate_hz)
    sound = normalised(samples, floor=1e-10 if compat else 0.0)
    sound += [0.0] * max(0, size - len(sound))
    rows, before = [], None
    for start in range(0, min(n_frames, len(sound) // size) * size, size):
        frame = sound[start:start + size]
        spectrum = magnitudes(frame)
        signs = [(value > 0) - (value < 0) for value in frame]
        pitch = chroma_as_published(spectrum, rate_hz) if compat else chroma(spectrum, rate_hz, size)
        mean = sum(pitch) / 12
        rows.append([
            sum(abs(b - a) for a, b in pairwise(signs)) / 2 / (size - 1),
            sum(v * v for v in frame) / size, block_entropy(frame), *centroid_and_spread(spectrum, rate_hz),
            block_entropy(spectrum), flux(spectrum, before or spectrum), rolloff(spectrum),
            *mfcc(spectrum, rate_hz, rate_hz / len(spectrum) if compat else rate_hz / size), *pitch,
            math.sqrt(sum((v - mean) ** 2 for v in pitch) / 12)])
        before = spectrum
    found = np.array(rows)
    deltas = np.vstack([np.zeros(34), np.diff(found, axis=0)])
    return np.hstack([found, deltas])
