"""Which row of a table is which sound: the same bounds first, then the greatest overlap, always one to one."""

from __future__ import annotations

from collections.abc import Callable
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


Chosen = tuple[Bounds, np.ndarray]
Judge = Callable[[Chosen, Chosen], tuple[np.ndarray, np.ndarray]]


def pair(sounds: Bounds, rows: Bounds, *, onset_slack_s: np.ndarray, offset_slack_s: np.ndarray) -> np.ndarray:
    """The sound that each row is, int64 (k,), or `NO_SOUND`.

    onset_slack_s, offset_slack_s : float64 (k,), what the times of a row may differ by and still be the same

    Of several sounds with the same bounds a row is given the one with its label. What is left is matched by
    intersection over union, the greatest first. Raises TableError where too much overlaps.
    """
    found = np.full(len(rows), NO_SOUND, np.int64)
    for with_label in (True, False):
        _same_bounds(sounds, rows, found, with_label=with_label)
    margin_s = max(LEAST_MARGIN_S, 2 * float(onset_slack_s.max(initial=0)), 2 * float(offset_slack_s.max(initial=0)))
    _by_cost(sounds, rows, found, lambda s, r: _nearly_same(s, r, onset_slack_s, offset_slack_s), margin_s=margin_s)
    _by_cost(sounds, rows, found, _overlap, margin_s=margin_s)
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


def _by_cost(sounds: Bounds, rows: Bounds, found: np.ndarray, judge: Judge, *, margin_s: float) -> None:
    """Match what is still free, recording by recording, the cheapest pair first.

    judge : of the two and the numbers of a sound and a row for each pair: (may they match, cost)
    """
    free_sounds, free_rows = _free(sounds, found), np.flatnonzero(found == NO_SOUND)
    left, right = near(sounds.take(free_sounds), rows.take(free_rows), margin_s=margin_s)
    pairs = free_sounds[left], free_rows[right]
    fits, cost = judge((sounds, pairs[0]), (rows, pairs[1]))
    left, right, cost = pairs[0][fits], pairs[1][fits], cost[fits]
    differs = sounds.label[left] != rows.label[right]
    order = np.lexsort((left, right, differs, np.rint(cost / GRID_S)))
    taken: set[int] = set()
    for sound, row in zip(left[order].tolist(), right[order].tolist(), strict=True):
        if found[row] == NO_SOUND and sound not in taken:
            found[row] = sound
            taken.add(sound)


def _nearly_same(
    sounds: Chosen, rows: Chosen, onset_slack_s: np.ndarray, offset_slack_s: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    (one, left), (other, right) = sounds, rows
    onset_s = np.abs(one.onset_s[left] - other.onset_s[right])
    offset_s = np.abs(one.offset_s[left] - other.offset_s[right])
    return (onset_s <= onset_slack_s[right]) & (offset_s <= offset_slack_s[right]), onset_s + offset_s


def _overlap(sounds: Chosen, rows: Chosen) -> tuple[np.ndarray, np.ndarray]:
    """Costs 1 − intersection over union; without any intersection there is no match."""
    (one, left), (other, right) = sounds, rows
    begin = np.maximum(one.onset_s[left], other.onset_s[right])
    end = np.minimum(one.offset_s[left], other.offset_s[right])
    union_s = (np.maximum(one.offset_s[left], other.offset_s[right])
               - np.minimum(one.onset_s[left], other.onset_s[right]))
    shared_s = end - begin
    return shared_s > 0, 1 - shared_s / np.maximum(union_s, GRID_S)


def near(sounds: Bounds, rows: Bounds, *, margin_s: float = LEAST_MARGIN_S) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (sound, row) in one recording that touch or nearly do, int64 each.

    On one axis that holds the recordings end to end, a row is compared with the sounds from the first that may reach
    into it, by the longest sound there is, to the last that begins before it ends.
    """
    if not len(sounds) or not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    length_s = 1.0 + max(sounds.offset_s.max(), rows.offset_s.max()) + 4 * margin_s
    order = np.argsort(sounds.file_rows * length_s + sounds.onset_s, kind="stable")
    onset_s = (sounds.file_rows * length_s + sounds.onset_s)[order]
    longest_s = np.maximum.accumulate((sounds.file_rows * length_s + sounds.offset_s)[order])
    begin = rows.file_rows * length_s + rows.onset_s
    end = rows.file_rows * length_s + rows.offset_s
    first = np.searchsorted(longest_s, begin - margin_s, side="left")
    last = np.searchsorted(onset_s, end + margin_s, side="right")
    counts = np.maximum(last - first, 0)
    if counts.sum() > MOST_PAIRS:
        raise TableError("Too many sounds lie on top of each other to tell which is which. Bring back a table that "
                         "carries their segment_id, such as the CSV.")
    right = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(right)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[np.repeat(first, counts) + within], right
