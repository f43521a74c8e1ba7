"""Sounds by their energy: what stands out of the noise, in one band, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline.audio import Recording
from pipeline.errors import ParameterError
from pipeline.params import param
from pipeline.segments import SegmentTable

BLOCK_SAMPLES = 1 << 19              # windowed samples transformed at once: some MB, whatever the rate
DETECT_FRAMES = 1 << 18              # frames of level searched at once
SILENCE = np.float32(1e-9)           # power re peak, 90 dB below: bounds how quiet digital zero is
SPECTRUM_FRAMES = 2000               # enough to know the noise at every frequency
NOISE_PERCENTILE = 15.0              # of the level within a span: noise even where five sixths of it are song
NOISE_ABOVE_DB = 6.0                 # frames within this above that percentile are taken as noise
LEAST_WINDOW_SAMPLES = 16


@dataclass(frozen=True)
class Energy:
    """Energy above an adaptive noise floor, with hysteresis; needs no model.

    The level (dB) of a band in short windows is held against a noise floor that follows the recording. A sound
    lasts while its level is over ``keep_db`` above the floor, less than ``drop_db`` below the loudest moment near,
    and not in a dip of ``dip_db`` between two louder moments; somewhere in it the level must rise ``rise_db`` above
    the floor, for ``rise_time`` in all. Onsets and offsets are interpolated between frames.
    """

    min_freq: float = param(312.0, "Lower edge of the band", unit="Hz", low=0)
    max_freq: float = param(10_000.0, "Upper edge of the band; 0 or too high: as far as the sample rate allows",
                            unit="Hz", low=0)
    time_step: float = param(0.002, "Time from one frame to the next", unit="s", low=0.00002, high=1)
    min_length: float = param(0.01, "Shorter sounds are dropped", unit="s", low=0)
    low_cut: float = param(0.0, "Below this is rumble, left out even if the band goes lower", unit="Hz", low=0)
    whiten: bool = param(False, "Weigh every frequency by its own noise: for narrow calls in coloured noise")
    window: float = param(0.008, "Length of the window in which the level is taken", unit="s", low=0.0001, high=1)
    smooth: float = param(0.004, "Length over which the level is smoothed", unit="s", low=0, high=1)
    rise_db: float = param(10.0, "A sound must somewhere rise this far above the noise", unit="dB", low=0)
    rise_share: float = param(0.0, "… or this share of the way from the noise to the loudest sounds", low=0, high=1)
    rise_time: float = param(0.0, "… for this long in all, which clicks do not", unit="s", low=0, high=10)
    keep_db: float = param(5.0, "A sound lasts while it is this far above the noise", unit="dB", low=0)
    drop_db: float = param(40.0, "A sound ends where it is this far below the loudest moment near it", unit="dB", low=1)
    drop_span: float = param(0.06, "How long 'near' is", unit="s", low=0, high=10)
    dip_db: float = param(30.0, "Neighbours that touch are split where the level dips this far", unit="dB", low=1)
    dip_span: float = param(0.03, "How long such a dip may be", unit="s", low=0, high=10)
    min_gap: float = param(0.004, "Shorter gaps are closed", unit="s", low=0, high=10)
    floor_span: float = param(20.0, "Over how long the noise is taken to be steady", unit="s", low=0.1)

    def segment(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, SegmentTable]]:
        """Find the sounds of each recording: (file_id, table).

        Memory grows by 4 bytes a frame. Raises ParameterError if the band lies above half the sample rate.
        """
        for recording in recordings:
            yield recording.file_id, self.find(recording)

    def find(self, recording: Recording) -> SegmentTable:
        """The sounds of one recording; none in silence."""
        levels = self.levels(recording)
        if not len(levels):
            return SegmentTable.of([], [])
        runs = self.runs(levels)
        onset_s, offset_s = self._in_seconds(runs, recording.duration_s)
        long_enough = offset_s - onset_s >= max(self.min_length, 1e-6)
        return SegmentTable.of(onset_s[long_enough], offset_s[long_enough])

    def levels(self, recording: Recording) -> np.ndarray:
        """Level of the band at each multiple of ``time_step``, in dB re the recording's peak: float32 (n_frames,).

        Empty for silence. Levels more than 90 dB under the peak are raised to that.
        """
        band, n_samples = self._band(recording.rate_hz, recording.peak), len(recording.samples)
        if not n_samples or not recording.peak > 0:
            return np.zeros(0, np.float32)
        hop = self.time_step * recording.rate_hz
        centres = np.rint(np.arange(0, n_samples, hop)).astype(np.int64)
        n_block = max(1, round(BLOCK_SAMPLES / max(len(band.window), hop)))
        if self.whiten:
            band = replace(band, noise=_noise_spectrum(recording.samples, len(centres), band))
        parts = [band.level(recording.samples, centres[at:at + n_block]) for at in range(0, len(centres), n_block)]
        return _smoothed(np.concatenate(parts), self._frames(self.smooth))

    def _band(self, rate_hz: int, peak: float) -> Band:
        n_window = max(LEAST_WINDOW_SAMPLES, round(self.window * rate_hz))
        freqs_hz = np.fft.rfftfreq(n_window, 1 / rate_hz)
        low_hz, top_hz = max(self.min_freq, self.low_cut), self.max_freq if self.max_freq > 0 else rate_hz / 2
        rows = slice(*np.searchsorted(freqs_hz, (low_hz, np.nextafter(top_hz, np.inf))).tolist())
        if rows.start >= rows.stop:
            raise ParameterError(
                f"No frequency lies between {low_hz:g} Hz and {min(top_hz, rate_hz / 2):g} Hz at a sample rate of "
                f"{rate_hz} Hz: lower --seg-min-freq (or --seg-low-cut), or raise --seg-max-freq or --sr.")
        window = np.hanning(n_window + 2)[1:-1]
        window *= np.sqrt(2 / n_window / np.sum(window ** 2)) / (peak or 1)
        return Band(window.astype(np.float32), rows)

    def _frames(self, length_s: float) -> int:
        """The odd number of frames nearest to a length, at least 1."""
        return 2 * round((length_s / self.time_step - 1) / 2) + 1 if length_s > self.time_step else 1

    def runs(self, levels: np.ndarray) -> Runs:
        """Stretches of ``levels`` that are sounds, gaps closed, in frames."""
        floor, rise = self._floor_and_rise(levels)
        margin = max(self._frames(self.drop_span), self._frames(self.dip_span))
        parts = []
        for first in range(0, len(levels), DETECT_FRAMES):
            begin, end = max(0, first - margin), min(len(levels), first + DETECT_FRAMES + margin)
            excess = levels[begin:end] - self._threshold(levels[begin:end], floor.at(begin, end))
            high = levels[begin:end] > rise.at(begin, end)
            high[:first - begin] = high[first - begin + DETECT_FRAMES:] = False     # counted in other blocks
            kept = slice(max(0, first - begin - 1), first - begin + DETECT_FRAMES + 1)
            parts.append(_runs(excess[kept], high[kept], first=begin + kept.start))
        runs = _joined(parts, max_gap=self.min_gap / self.time_step)
        return runs.with_high(max(1, round(self.rise_time / self.time_step)))

    def _floor_and_rise(self, levels: np.ndarray) -> tuple[Line, Line]:
        floor = _noise(levels, max(8, round(self.floor_span / self.time_step)))
        top = float(np.percentile(levels[::max(1, len(levels) // 1_000_000)], 99))
        lifts = np.maximum(self.rise_db, self.rise_share * (top - floor.values))
        return floor, Line(floor.frames, floor.values + lifts)

    def _threshold(self, levels: np.ndarray, floor: np.ndarray) -> np.ndarray:
        from scipy.ndimage import grey_closing, maximum_filter1d

        near_top = maximum_filter1d(levels, self._frames(self.drop_span), mode="nearest") - self.drop_db
        over_dip = grey_closing(levels, self._frames(self.dip_span), mode="nearest") - self.dip_db
        return np.maximum(np.maximum(floor + self.keep_db, near_top), over_dip)

    def _in_seconds(self, runs: Runs, duration_s: float) -> tuple[np.ndarray, np.ndarray]:
        return tuple(np.clip(frames * self.time_step, 0, duration_s) for frames in (runs.first, runs.last))


@dataclass(frozen=True, eq=False)
class Band:
    """Some rows of the spectrum in a window, scaled so that power is mean square re the recording's peak.

    window : float32 (n_window,)      noise : float32 (n_rows,), the power of the noise where it weighs the rows
    """

    window: np.ndarray
    rows: slice
    noise: np.ndarray | None = None

    def power(self, frames: np.ndarray) -> np.ndarray:
        """Power in each row of ``frames``, float32 (n_frames, n_window), overwritten: float32 (n_frames, n_rows)."""
        import scipy.fft

        frames *= self.window
        spectrum = scipy.fft.rfft(frames)[:, self.rows]
        return np.square(spectrum.real) + np.square(spectrum.imag)

    def level(self, samples: np.ndarray, centres: np.ndarray) -> np.ndarray:
        """Level of the band in dB around each of the sample positions ``centres``: float32 (n_frames,).

        Where the rows are weighed by their noise, it is their mean square that counts, so that few strong rows
        stand out of many weak ones.
        """
        power = self.power(_windows(samples, centres, len(self.window)))
        if self.noise is None:
            return 10 * np.log10(np.maximum(power.sum(axis=1), SILENCE))
        power /= self.noise
        return 5 * np.log10(np.maximum(np.einsum("ij,ij->i", power, power) / power.shape[1], SILENCE))


@dataclass(frozen=True, eq=False)
class Line:
    """A quantity given at some frames and interpolated between them: two float arrays (n_knots,)."""

    frames: np.ndarray
    values: np.ndarray

    def at(self, begin: int, end: int) -> np.ndarray:
        """Its values at frames ``begin`` … ``end`` − 1: float32."""
        return np.interp(np.arange(begin, end), self.frames, self.values).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Runs:
    """Stretches of frames: first and last in fractions of frames, and how many frames are high; float64 (n,) each."""

    first: np.ndarray
    last: np.ndarray
    n_high: np.ndarray

    def with_high(self, n_frames: int) -> Runs:
        """Those with at least so many high frames."""
        enough = self.n_high >= n_frames
        return Runs(self.first[enough], self.last[enough], self.n_high[enough])


def _windows(samples: np.ndarray, centres: np.ndarray, n_window: int) -> np.ndarray:
    """A copy of the samples around each centre, (n_frames, n_window); at its ends the recording is mirrored.

    Zeros there would turn a constant offset into a click.
    """
    begin, end = int(centres[0]) - n_window // 2, int(centres[-1]) - n_window // 2 + n_window
    inside = samples[max(0, begin):min(len(samples), end)]
    padded = np.pad(inside, (max(0, -begin), max(0, end - len(samples))), mode="symmetric")
    return np.lib.stride_tricks.sliding_window_view(padded, n_window)[centres - centres[0]]


def _noise_spectrum(samples: np.ndarray, n_frames: int, band: Band) -> np.ndarray:
    """A low percentile of the power in each row over the recording, smoothed over neighbouring rows: float32."""
    n_window = len(band.window)
    if len(samples) < n_window:
        samples = np.pad(samples, (0, n_window - len(samples)), mode="symmetric")
    begins = np.linspace(0, len(samples) - n_window, min(n_frames, SPECTRUM_FRAMES)).astype(np.int64)
    power = band.power(np.lib.stride_tricks.sliding_window_view(samples, n_window)[begins])
    sounding = power[power.sum(axis=1) > SILENCE]
    noise = np.percentile(sounding if len(sounding) else power, NOISE_PERCENTILE, axis=0)
    return np.maximum(_smoothed(noise, 3), SILENCE / len(noise)).astype(np.float32)


def _smoothed(levels: np.ndarray, n_frames: int) -> np.ndarray:
    from scipy.ndimage import uniform_filter1d

    return uniform_filter1d(levels, n_frames, mode="nearest") if n_frames > 1 else levels


def _noise(levels: np.ndarray, n_span: int) -> Line:
    """The level of the noise: first a low percentile, then the median of all that is near it, span by span."""
    spans = _spans(len(levels), n_span)
    centres = np.array([(begin + end - 1) / 2 for begin, end in spans])
    low = Line(centres, np.array([np.percentile(levels[begin:end], NOISE_PERCENTILE) for begin, end in spans]))
    return Line(centres, np.array([_noise_median(levels, low, begin, end) for begin, end in spans]))


def _spans(n_frames: int, n_span: int) -> list[tuple[int, int]]:
    """Spans that overlap by half and are all of one length; one alone where there is no room for two."""
    n_spans = max(1, round(2 * n_frames / n_span) - 1)
    if n_spans == 1:
        return [(0, n_frames)]
    begins = np.rint(np.linspace(0, n_frames - n_span, n_spans)).astype(int)
    return [(begin, begin + n_span) for begin in begins.tolist()]


def _noise_median(levels: np.ndarray, low: Line, begin: int, end: int) -> float:
    part = levels[begin:end]
    return float(np.median(part[part <= low.at(begin, end) + NOISE_ABOVE_DB]))


def _runs(excess: np.ndarray, high: np.ndarray, *, first: int) -> Runs:
    """Stretches where ``excess`` is positive; ``first`` is the number of the first frame."""
    edges = np.flatnonzero(np.diff(excess > 0, prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]
    if not len(begins):
        return Runs(*np.zeros((3, 0)))
    n_high = np.add.reduceat(np.append(high, False).astype(np.float64), edges)[::2]
    return Runs(first + _crossing(excess, begins), first + _crossing(excess, ends), n_high)


def _crossing(excess: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Where between ``frames`` − 1 and ``frames`` the excess is zero; at the ends, the end."""
    before, after = np.maximum(frames - 1, 0), np.minimum(frames, len(excess) - 1)
    rise = np.asarray(excess[after] - excess[before], np.float64)
    share = np.divide(-excess[before], rise, out=np.zeros(len(frames)), where=rise != 0)
    return np.where(frames < len(excess), before + share, len(excess))


def _joined(parts: list[Runs], *, max_gap: float) -> Runs:
    """One list of runs, those together that are less than ``max_gap`` frames apart or were cut by a block's border."""
    first, last, n_high = (np.concatenate([getattr(part, name) for part in parts])
                           for name in ("first", "last", "n_high"))
    if not len(first):
        return Runs(first, last, n_high)
    begins = np.flatnonzero(np.append(True, first[1:] - last[:-1] >= max(max_gap, 1e-6)))
    return Runs(first[begins], np.maximum.reduceat(last, begins), np.add.reduceat(n_high, begins))
