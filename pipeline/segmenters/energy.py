"""Sounds by their energy: what stands out of the noise, in one band, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.audio import Recording
from pipeline.errors import ParameterError
from pipeline.params import param
from pipeline.segmenters._levels import Band, Line, noise_and_top, smoothed
from pipeline.segments import SegmentTable

DETECT_FRAMES = 1 << 18              # frames of level searched at once
LEVEL_PARAMETERS = ("min_freq", "max_freq", "time_step", "low_cut", "whiten", "window", "smooth")
LEAST_WINDOW_SAMPLES = 16


@dataclass(frozen=True)
class Energy:
    """Energy above an adaptive noise floor, with hysteresis; needs no model.

    The level (dB) of a band in short windows is held against a noise floor that follows the recording. A sound
    lasts while its level is over ``keep_db`` above the floor, less than ``drop_db`` below the loudest moment near,
    and not in a dip of ``dip_db`` between two louder moments; somewhere in it the level must rise ``rise_db`` above
    the floor, for ``min_length`` in all. Onsets and offsets are interpolated between frames.
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
    rise_share: float = param(0.3, "… or this share of the way from the noise to the loudest sounds", low=0, high=1)
    keep_db: float = param(5.0, "A sound lasts while it is this far above the noise", unit="dB", low=0)
    keep_share: float = param(0.1, "… and this share of the way from the noise to the loudest sounds", low=0, high=1)
    drop_db: float = param(40.0, "A sound ends where it is this far below the loudest moment near it", unit="dB", low=1)
    drop_span: float = param(0.03, "How long 'near' is", unit="s", low=0, high=10)
    dip_db: float = param(30.0, "Neighbours that touch are split where the level dips this far", unit="dB", low=1)
    dip_span: float = param(0.03, "How long such a dip may be", unit="s", low=0, high=10)
    min_gap: float = param(0.004, "Shorter gaps are closed", unit="s", low=0, high=10)
    floor_span: float = param(10.0, "Over how long the noise is taken to be steady", unit="s", low=0.1)
    delay: float = param(0.0, "Added to onsets and offsets, to agree with how a lab sets them", unit="s",
                         low=-1, high=1)

    def segment(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, SegmentTable]]:
        """Find the sounds of each recording: (file_id, table).

        Memory grows by 4 bytes a frame. Raises ParameterError if the band lies above half the sample rate, or a time
        step is less than a sample.
        """
        for recording in recordings:
            yield recording.file_id, self.find(recording)

    def find(self, recording: Recording) -> SegmentTable:
        """The sounds of one recording; none in silence."""
        return self.find_in(self.levels(recording), recording.duration_s)

    def find_in(self, levels: np.ndarray, duration_s: float) -> SegmentTable:
        """The sounds of a recording of this length whose levels are known.

        Of all parameters only ``LEVEL_PARAMETERS`` matter for the levels: they can be kept while others change.
        """
        if not len(levels):
            return SegmentTable.of([], [])
        runs = self.runs(levels)
        onset_s, offset_s = self._in_seconds(runs, duration_s)
        long_enough = offset_s - onset_s >= max(self.min_length, 1e-6)
        return SegmentTable.of(onset_s[long_enough], offset_s[long_enough])

    def levels(self, recording: Recording) -> np.ndarray:
        """Level of the band at each multiple of ``time_step``, in dB re the recording's peak: float32 (n_frames,).

        Empty for silence. Levels more than 90 dB under the peak are raised to that.
        """
        if not len(recording.samples) or not recording.peak > 0:
            return np.zeros(0, np.float32)
        band = self._band(recording.rate_hz, recording.peak)
        if self.whiten:
            band = band.weighed(recording.samples)
        return smoothed(band.levels(recording.samples, self._hop(recording.rate_hz)), self._frames(self.smooth))

    def _hop(self, rate_hz: int) -> float:
        hop = self.time_step * rate_hz
        if hop < 1:
            raise ParameterError(f"--seg-time-step {self.time_step:g} s is less than one sample at {rate_hz} Hz: "
                                 f"give at least {1 / rate_hz:.2g} s.")
        return hop

    def _band(self, rate_hz: int, peak: float) -> Band:
        low_hz, high_hz = max(self.min_freq, self.low_cut), self.max_freq or rate_hz / 2
        n_window = max(LEAST_WINDOW_SAMPLES, round(self.window * rate_hz))
        band = Band.of((low_hz, high_hz), n_window=n_window, rate_hz=rate_hz, peak=peak)
        if band.rows.start >= band.rows.stop:
            raise ParameterError(
                f"No frequency can be told between {low_hz:g} Hz and {min(high_hz, rate_hz / 2):g} Hz at a sample rate "
                f"of {rate_hz} Hz: lower --seg-min-freq or --seg-low-cut, or raise --seg-max-freq or --sr.")
        return band

    def _frames(self, length_s: float) -> int:
        """The odd number of frames nearest to a length, at least 1."""
        return 2 * round((length_s / self.time_step - 1) / 2) + 1 if length_s > self.time_step else 1

    def runs(self, levels: np.ndarray) -> Runs:
        """Stretches of ``levels`` that are sounds, gaps closed, in frames."""
        keep, rise = self._bounds(levels)
        margin = max(self._frames(self.drop_span), self._frames(self.dip_span))
        parts = []
        for first in range(0, len(levels), DETECT_FRAMES):
            begin, end = max(0, first - margin), min(len(levels), first + DETECT_FRAMES + margin)
            excess = levels[begin:end] - self._threshold(levels[begin:end], keep.at(begin, end))
            high = levels[begin:end] > rise.at(begin, end)
            high[:first - begin] = high[first - begin + DETECT_FRAMES:] = False     # counted in other blocks
            kept = slice(max(0, first - begin - 1), first - begin + DETECT_FRAMES + 1)
            is_last = first + DETECT_FRAMES >= len(levels)
            parts.append(_runs(excess[kept], high[kept], first=begin + kept.start, is_last=is_last))
        runs = _joined(parts, max_gap=self.min_gap / self.time_step)
        return runs.with_high(max(1, round(self.min_length / self.time_step)))

    def _bounds(self, levels: np.ndarray) -> tuple[Line, Line]:
        """The levels that a sound must keep, and rise to."""
        floor, top = noise_and_top(levels, max(8, round(self.floor_span / self.time_step)))
        range_db = top.values - floor.values
        keep = np.maximum(self.keep_db, self.keep_share * range_db)
        rise = np.maximum(self.rise_db, self.rise_share * range_db)
        return Line(floor.frames, floor.values + keep), Line(floor.frames, floor.values + np.maximum(keep, rise))

    def _threshold(self, levels: np.ndarray, keep: np.ndarray) -> np.ndarray:
        from scipy.ndimage import grey_closing, maximum_filter1d

        near_top = maximum_filter1d(levels, self._frames(self.drop_span), mode="nearest") - self.drop_db
        over_dip = grey_closing(levels, self._frames(self.dip_span), mode="nearest") - self.dip_db
        return np.maximum(np.maximum(keep, near_top), over_dip)

    def _in_seconds(self, runs: Runs, duration_s: float) -> tuple[np.ndarray, np.ndarray]:
        return tuple(np.clip(frames * self.time_step + self.delay, 0, duration_s) for frames in (runs.first, runs.last))


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


def _runs(excess: np.ndarray, high: np.ndarray, *, first: int, is_last: bool) -> Runs:
    """Stretches where ``excess`` is positive; ``first`` is the number of the first frame.

    One that the end of the block cuts off reaches to the last frame, or past it if no other block follows.
    """
    edges = np.flatnonzero(np.diff(excess > 0, prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]
    if not len(begins):
        return Runs(*np.zeros((3, 0)))
    n_high = np.add.reduceat(np.append(high, False).astype(np.float64), edges)[::2]
    end = len(excess) if is_last else len(excess) - 1
    return Runs(first + _crossing(excess, begins), first + np.minimum(_crossing(excess, ends), end), n_high)


def _crossing(excess: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Where between ``frames`` − 1 and ``frames`` the excess is zero; at the ends of the block, its ends."""
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
