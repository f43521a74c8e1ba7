"""How loud a band of frequencies is, frame by frame, and how loud its noise is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

BLOCK_SAMPLES = 1 << 19              # windowed samples transformed at once: some MB, whatever the rate
SILENCE = np.float32(1e-9)           # power re peak, 90 dB below: bounds how quiet digital zero is
SPECTRUM_FRAMES = 2000               # enough to know the noise at every frequency
NOISE_PERCENTILE = 15.0              # of the level within a span: noise even where five sixths of it are song
TOP_PERCENTILE = 99.0                # of the level within a span: its loudest sounds
TOP_SPANS = 5                        # half overlapping, as far as the loudest sounds matter
NOISE_ABOVE_DB = 6.0                 # frames within this above that percentile are taken as noise


@dataclass(frozen=True, eq=False)
class Band:
    """Some rows of the spectrum in a window, scaled so that power is mean square re the recording's peak.

    window : float32 (n_window,)      noise : float32 (n_rows,), the power of the noise where it weighs the rows
    """

    window: np.ndarray
    rows: slice
    noise: np.ndarray | None = None

    @classmethod
    def of(cls, freqs_hz: tuple[float, float], *, n_window: int, rate_hz: int, peak: float) -> Band:
        """The rows between two frequencies in a Hann window; ``rows`` is empty if there are none.

        A row hears what lies one row below: the lowest one is left out, so that none reaches out of the band.
        """
        row_hz = rate_hz / n_window
        low_hz, high_hz = freqs_hz
        first, last = int(np.ceil(low_hz / row_hz - 1e-9)), int(min(high_hz, rate_hz / 2) / row_hz + 1e-9)
        if 0 < first < last:
            first += 1
        window = np.hanning(n_window + 2)[1:-1]
        window *= np.sqrt(2 / n_window / np.sum(window ** 2)) / peak
        return cls(window.astype(np.float32), slice(first, max(first, last + 1)))

    def power(self, frames: np.ndarray) -> np.ndarray:
        """Power in each row of ``frames``, float32 (n_frames, n_window), overwritten: float32 (n_frames, n_rows)."""
        parts = self._spectrum(frames)
        return np.square(parts[:, ::2]) + np.square(parts[:, 1::2])

    def _spectrum(self, frames: np.ndarray) -> np.ndarray:
        """Real and imaginary parts of each row by turns: float32 (n_frames, 2 · n_rows)."""
        import scipy.fft

        frames *= self.window
        return scipy.fft.rfft(frames).view(np.float32)[:, 2 * self.rows.start:2 * self.rows.stop]

    def level(self, samples: np.ndarray, centres: np.ndarray) -> np.ndarray:
        """Level of the band in dB around each of the sample positions ``centres``: float32 (n_frames,).

        Where the rows are weighed by their noise, it is their mean square that counts, so that few strong rows
        stand out of many weak ones.
        """
        frames = _windows(samples, centres, len(self.window))
        if self.noise is None:
            return 10 * np.log10(np.maximum(_sum_of_squares(self._spectrum(frames)), SILENCE))
        power = self.power(frames) / self.noise
        return 5 * np.log10(np.maximum(_sum_of_squares(power) / power.shape[1], SILENCE))

    def levels(self, samples: np.ndarray, hop: float) -> np.ndarray:
        """Level of the band in dB at every ``hop`` samples, block by block: float32 (n_frames,)."""
        centres = np.rint(np.arange(0, len(samples), hop)).astype(np.int64)
        n_block = max(1, round(BLOCK_SAMPLES / max(len(self.window), hop)))
        return np.concatenate([self.level(samples, centres[at:at + n_block])
                               for at in range(0, len(centres), n_block)])

    def weighed(self, samples: np.ndarray) -> Band:
        """The same band, each row weighed by its noise: a low percentile over frames from the whole recording."""
        n_window = len(self.window)
        if len(samples) < n_window:
            samples = np.pad(samples, (0, n_window - len(samples)), mode="symmetric")
        begins = np.unique(np.linspace(0, len(samples) - n_window, SPECTRUM_FRAMES).astype(np.int64))
        frames = np.lib.stride_tricks.sliding_window_view(samples, n_window)[begins]
        power = self.power(frames.astype(np.float32, copy=False))
        sounding = power[power.sum(axis=1) > SILENCE]
        noise = np.percentile(sounding if len(sounding) else power, NOISE_PERCENTILE, axis=0)
        return replace(self, noise=np.maximum(smoothed(noise, 3), SILENCE / len(noise)).astype(np.float32))


def _sum_of_squares(rows: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", rows, rows)


def _windows(samples: np.ndarray, centres: np.ndarray, n_window: int) -> np.ndarray:
    """A copy of the samples around each centre, (n_frames, n_window); at its ends the recording is mirrored.

    Zeros there would turn a constant offset into a click.
    """
    begin, end = int(centres[0]) - n_window // 2, int(centres[-1]) - n_window // 2 + n_window
    inside = np.asarray(samples[max(0, begin):min(len(samples), end)], np.float32)
    padded = np.pad(inside, (max(0, -begin), max(0, end - len(samples))), mode="symmetric")
    return np.lib.stride_tricks.sliding_window_view(padded, n_window)[centres - centres[0]]


def smoothed(values: np.ndarray, n: int) -> np.ndarray:
    """The mean of each value and its neighbours, ``n`` in all."""
    from scipy.ndimage import uniform_filter1d

    return uniform_filter1d(values, n, mode="nearest") if n > 1 else values


@dataclass(frozen=True, eq=False)
class Line:
    """A quantity given at some frames and interpolated between them: two float arrays (n_knots,)."""

    frames: np.ndarray
    values: np.ndarray

    def at(self, begin: int, end: int) -> np.ndarray:
        """Its values at frames ``begin`` … ``end`` − 1: float32."""
        return np.interp(np.arange(begin, end), self.frames, self.values).astype(np.float32)


def noise_and_top(levels: np.ndarray, n_span: int) -> tuple[Line, Line]:
    """The level of the noise and that of the loudest sounds, span by span.

    Noise is first a low percentile, then the median of all that is near it: the percentile alone would depend on how
    much of a span is sound. The loudest sounds are those of a span and its neighbours.
    """
    from scipy.ndimage import maximum_filter1d

    spans = _spans(len(levels), n_span)
    centres = np.array([(begin + end - 1) / 2 for begin, end in spans])
    both = np.array([np.percentile(levels[begin:end], (NOISE_PERCENTILE, TOP_PERCENTILE)) for begin, end in spans])
    low = Line(centres, both[:, 0])
    noise = np.array([_noise_median(levels, low, begin, end) for begin, end in spans])
    return Line(centres, noise), Line(centres, maximum_filter1d(both[:, 1], TOP_SPANS, mode="nearest"))


def _spans(n_frames: int, n_span: int) -> list[tuple[int, int]]:
    """Spans that overlap by half and are all of one length; one alone where there is no room for two."""
    n_spans = max(1, round(2 * n_frames / n_span) - 1)
    if n_spans == 1:
        return [(0, n_frames)]
    begins = np.rint(np.linspace(0, n_frames - n_span, n_spans)).astype(int)
    return [(begin, begin + n_span) for begin in begins.tolist()]


def _noise_median(levels: np.ndarray, low: Line, begin: int, end: int) -> float:
    part, bound = levels[begin:end], low.at(begin, end) + NOISE_ABOVE_DB
    near = part[part <= bound]
    return float(np.median(near if len(near) else part))
