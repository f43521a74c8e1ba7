"""When sounds were made: by hour of the day and by day, or by recording where times are not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.dataset import Dataset

HOUR_S, DAY_S, HOURS = 3600, 86_400, 24
DAYS_A_BAR = (1, 2, 7, 14, 28, 91, 182, 364, 1820, 3640, 36_400)
MOST_BARS = 62
LONGEST_S = 31 * DAY_S          # no recording is longer: a duration beyond is a damaged header's


@dataclass(frozen=True, eq=False)
class Clock:
    """Sounds whose time is known.

    by_hour : int64 (k, 24), of each cluster      hours_recorded : float64 (24,), h in each hour of the day
    by_day : int64 (k, d), of each cluster in bars of ``days_a_bar`` days from the day ``first_day`` (since 1970) on
    recorded_by_day : float64 (d,), h      first_s, last_s : of all sounds, s since 1970
    n_without : sounds whose recording has no time
    """

    by_hour: np.ndarray
    hours_recorded: np.ndarray
    first_day: int
    days_a_bar: int
    by_day: np.ndarray
    recorded_by_day: np.ndarray
    first_s: float
    last_s: float
    n_without: int

    @property
    def n_days(self) -> int:
        """From the first to the last, both counted."""
        return int(self.last_s // DAY_S) - int(self.first_s // DAY_S) + 1


@dataclass(frozen=True, eq=False)
class Course:
    """Sounds by recording, in the order of folders and names.

    counts : int64 (b,), sounds in each bar of ``recordings_a_bar`` recordings
    """

    counts: np.ndarray
    recordings_a_bar: int
    n_recordings: int


def clock(dataset: Dataset, code: np.ndarray, n_clusters: int, *, utc_offset_h: float = 0.0) -> Clock | None:
    """The sounds by the time of each, not that of its recording: one may go past midnight. None if no time is known.

    code : int64 (n,), the cluster of each sound, 0 … n_clusters − 1
    """
    segments, files = dataset.segments, dataset.files
    began_s = files.recorded_at + utc_offset_h * HOUR_S
    at_s = began_s[files.rows_of(segments.file_id)] + segments.onset_s if len(segments) else np.zeros(0)
    known = np.isfinite(at_s)
    if not known.any():
        return None
    at_s, code = at_s[known], code[known]
    hour = (at_s // HOUR_S).astype(np.int64) % HOURS
    by_hour = np.bincount(code * HOURS + hour, minlength=n_clusters * HOURS).reshape(n_clusters, HOURS)
    day = (at_s // DAY_S).astype(np.int64)
    first_day = int(day.min())
    span = int(day.max()) - first_day + 1
    step = next((step for step in DAYS_A_BAR if -(-span // step) <= MOST_BARS), -(-span // MOST_BARS))
    n_bars = -(-span // step)
    by_day = np.bincount(code * n_bars + (day - first_day) // step, minlength=n_clusters * n_bars)
    recorded, recorded_by_day = _recorded(began_s, files.duration_s, first_day, step, n_bars)
    return Clock(by_hour, recorded, first_day, step, by_day.reshape(n_clusters, n_bars), recorded_by_day,
                 float(at_s.min()), float(at_s.max()), int((~known).sum()))


def _recorded(began_s: np.ndarray, duration_s: np.ndarray, first_day: int, days_a_bar: int,
              n_bars: int) -> tuple[np.ndarray, np.ndarray]:
    """How long was recorded, in h: in each hour of the day, float64 (24,), and in each bar of days, float64 (n_bars,).

    Every recording is cut at the full hours that it goes past. O(hours recorded).
    """
    known = np.isfinite(began_s) & np.isfinite(duration_s) & (duration_s > 0) & (duration_s <= LONGEST_S)
    began, end = began_s[known], began_s[known] + duration_s[known]
    first, last = np.floor(began / HOUR_S).astype(np.int64), np.ceil(end / HOUR_S).astype(np.int64)
    n_pieces = last - first
    which = np.repeat(np.arange(len(began)), n_pieces)
    hour = first[which] + np.arange(n_pieces.sum()) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    length_h = (np.minimum(end[which], (hour + 1) * HOUR_S) - np.maximum(began[which], hour * HOUR_S)) / HOUR_S
    by_hour = np.bincount(hour % HOURS, length_h, minlength=HOURS)
    bar = (hour // HOURS - first_day) // days_a_bar
    inside = (bar >= 0) & (bar < n_bars)
    return by_hour, np.bincount(bar[inside], length_h[inside], minlength=n_bars)


def course(dataset: Dataset) -> Course | None:
    """Sounds by recording, in the order of folders and names; None if there are no two recordings."""
    files = dataset.files
    if len(files) < 2:
        return None
    names = [(path.rpartition("/")[0], path.rpartition("/")[2], row) for row, path in enumerate(files.path)]
    order = np.array([row for _folder, _name, row in sorted(names)])
    place = np.argsort(order)
    step = -(-len(files) // MOST_BARS)
    rows = files.rows_of(dataset.segments.file_id) if dataset.n_segments else np.zeros(0, np.int64)
    counts = np.bincount(place[rows] // step, minlength=-(-len(files) // step))
    return Course(counts, step, len(files))
