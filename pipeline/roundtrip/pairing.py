"""Which row of a table is which sound: the same bounds first, then the greatest overlap, always one to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.errors import TableError

NO_SOUND = -1
GRID_S = 1e-9                # bounds that agree to this are the same however they were written
LEAST_MARGIN_S = 1e-3        # far above what the arithmetic on one long axis loses
MOST_PAIRS = 5_000_000       # that are looked at in one go, some hundred megabytes


@dataclass(frozen=True, eq=False)
class Bounds:
    """Where sounds lie: int64 (n,) rows of recordings, float64 (n,) seconds, and int64 (n,) numbers of their labels."""

    file_rows: np.ndarray
    onset_s: np.ndarray
    offset_s: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.onset_s)

    def take(self, rows: np.ndarray) -> Bounds:
        """Some of them, in this order."""
        return Bounds(self.file_rows[rows], self.onset_s[rows], self.offset_s[rows], self.label[rows])


def pair(sounds: Bounds, rows: Bounds, *, onset_slack_s: np.ndarray, offset_slack_s: np.ndarray) -> np.ndarray:
    """The sound that each row is, int64 (k,), or `NO_SOUND`.

    onset_slack_s, offset_slack_s : float64 (k,), what the times of a row may differ by and still be the same

    Of several sounds with the same bounds a row is given the one with its label. What is left is matched by
    intersection over union, the greatest first. Raises TableError where too much overlaps.
    """
    found = np.full(len(rows), NO_SOUND, np.int64)
    for with_label in (True, False):
        _same_bounds(sounds, rows, found, with_label=with_label)
    _nearly_same(sounds, rows, found, onset_slack_s, offset_slack_s)
    _by_overlap(sounds, rows, found)
    return found


def _same_bounds(sounds: Bounds, rows: Bounds, found: np.ndarray, *, with_label: bool) -> None:
    """Rows and sounds with the same key are matched in their order; any number of them may share one."""
    free_sounds, free_rows = _free(sounds, found), np.flatnonzero(found == NO_SOUND)
    if not len(free_sounds) or not len(free_rows):
        return
    both = np.concatenate([_keys(sounds.take(free_sounds), with_label), _keys(rows.take(free_rows), with_label)])
    _different, code = np.unique(both, axis=0, return_inverse=True)
    code = code.reshape(-1)
    n = len(free_sounds)
    of_sounds, of_rows = _ranked(code[:n]), _ranked(code[n:])
    _same, left, right = np.intersect1d(of_sounds, of_rows, assume_unique=True, return_indices=True)
    found[free_rows[right]] = free_sounds[left]


def _keys(bounds: Bounds, with_label: bool) -> np.ndarray:
    times = [np.rint(times_s / GRID_S).astype(np.int64) for times_s in (bounds.onset_s, bounds.offset_s)]
    return np.stack([bounds.file_rows, *times, *([bounds.label] if with_label else [])], axis=1)


def _ranked(codes: np.ndarray) -> np.ndarray:
    """Each code with how often it came before, as one number."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    first = np.searchsorted(ordered, ordered)
    ranked = np.empty(len(codes), np.int64)
    ranked[order] = ordered * (1 << 32) + np.arange(len(codes)) - first
    return ranked


def _free(sounds: Bounds, found: np.ndarray) -> np.ndarray:
    free = np.ones(len(sounds), bool)
    free[found[found != NO_SOUND]] = False
    return np.flatnonzero(free)


def _nearly_same(sounds: Bounds, rows: Bounds, found: np.ndarray, onset_slack_s: np.ndarray,
                 offset_slack_s: np.ndarray) -> None:
    """Rows and sounds whose bounds differ by rounding, the closest first."""
    free_sounds, free_rows = _free(sounds, found), np.flatnonzero(found == NO_SOUND)
    left, right = _near_onsets(sounds.take(free_sounds), rows.take(free_rows), onset_slack_s[free_rows])
    left, right = free_sounds[left], free_rows[right]
    onset_s = np.abs(sounds.onset_s[left] - rows.onset_s[right])
    offset_s = np.abs(sounds.offset_s[left] - rows.offset_s[right])
    fits = (onset_s <= onset_slack_s[right]) & (offset_s <= offset_slack_s[right])
    _take(sounds, rows, found, left[fits], right[fits], (onset_s + offset_s)[fits])


def _by_overlap(sounds: Bounds, rows: Bounds, found: np.ndarray) -> None:
    """Rows and sounds by intersection over union, the greatest first; without any intersection there is no match."""
    free_sounds, free_rows = _free(sounds, found), np.flatnonzero(found == NO_SOUND)
    left, right = near(sounds.take(free_sounds), rows.take(free_rows))
    left, right = free_sounds[left], free_rows[right]
    first_s, last_s = np.minimum, np.maximum
    shared_s = (first_s(sounds.offset_s[left], rows.offset_s[right])
                - last_s(sounds.onset_s[left], rows.onset_s[right]))
    union_s = (last_s(sounds.offset_s[left], rows.offset_s[right])
               - first_s(sounds.onset_s[left], rows.onset_s[right]))
    fits = shared_s > 0
    _take(sounds, rows, found, left[fits], right[fits], 1 - shared_s[fits] / np.maximum(union_s[fits], GRID_S))


def _take(sounds: Bounds, rows: Bounds, found: np.ndarray, left: np.ndarray, right: np.ndarray, cost: np.ndarray,
          ) -> None:
    """Match pairs (sound, row) one to one, the cheapest first; among equals those with the same label."""
    differs = sounds.label[left] != rows.label[right]
    order = np.lexsort((left, right, differs, np.rint(cost / GRID_S)))
    taken: set[int] = set()
    for sound, row in zip(left[order].tolist(), right[order].tolist(), strict=True):
        if found[row] == NO_SOUND and sound not in taken:
            found[row] = sound
            taken.add(sound)


def _near_onsets(sounds: Bounds, rows: Bounds, slack_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (sound, row) in one recording whose onsets differ by no more than the row's slack, or hardly more."""
    if not len(sounds) or not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    margin_s = slack_s + LEAST_MARGIN_S / 10
    length_s = 1.0 + max(sounds.onset_s.max(), rows.onset_s.max()) + 2 * float(margin_s.max())
    onset_s = sounds.file_rows * length_s + sounds.onset_s
    order, begin = np.argsort(onset_s, kind="stable"), rows.file_rows * length_s + rows.onset_s
    first = np.searchsorted(onset_s[order], begin - margin_s, side="left")
    return _all_pairs(order, first, np.searchsorted(onset_s[order], begin + margin_s, side="right"))


def near(sounds: Bounds, rows: Bounds) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (sound, row) in one recording that touch or nearly do, int64 each.

    On one axis that holds the recordings end to end, a row is compared with the sounds from the first that may reach
    into it, by the longest sound there is, to the last that begins before it ends.
    """
    if not len(sounds) or not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    length_s = 1.0 + max(sounds.offset_s.max(), rows.offset_s.max()) + 4 * LEAST_MARGIN_S
    order = np.argsort(sounds.file_rows * length_s + sounds.onset_s, kind="stable")
    onset_s = (sounds.file_rows * length_s + sounds.onset_s)[order]
    longest_s = np.maximum.accumulate((sounds.file_rows * length_s + sounds.offset_s)[order])
    begin = rows.file_rows * length_s + rows.onset_s
    end = rows.file_rows * length_s + rows.offset_s
    first = np.searchsorted(longest_s, begin - LEAST_MARGIN_S, side="left")
    last = np.searchsorted(onset_s, end + LEAST_MARGIN_S, side="right")
    return _all_pairs(order, first, last)


def _all_pairs(order: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row with ``order[first:last]`` of it. Raises TableError where that is too many."""
    counts = np.maximum(last - first, 0)
    if counts.sum() > MOST_PAIRS:
        raise TableError("Too many sounds lie on top of each other to tell which is which. Bring back a table that "
                         "carries their segment_id, such as the CSV.")
    right = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(right)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[np.repeat(first, counts) + within], right
