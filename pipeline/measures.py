"""Scores: how well segments were found, and how well clusters agree with true labels.

Everything here is a pure function of arrays. Segments of one recording are `Intervals`; scores over a data set are
sums of `Counts` over its recordings, as in the WhisperSeg paper (Gu et al., ICASSP 2024).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

FRAME_S = 0.001
SLACK_S = 1e-9                       # times written with six decimals must not fail a tolerance by rounding
LEAST_SHARED = 0.5                   # of the union: below this, two sounds are not the same one


@dataclass(frozen=True, eq=False)
class Intervals:
    """Sounds of one recording: onset_s and offset_s, float64 (n,), in any order; they may overlap."""

    onset_s: np.ndarray
    offset_s: np.ndarray

    @classmethod
    def of(cls, onset_s: Sequence[float] | np.ndarray, offset_s: Sequence[float] | np.ndarray) -> Intervals:
        """From two sequences of equal length."""
        return cls(np.asarray(onset_s, np.float64), np.asarray(offset_s, np.float64))

    def __len__(self) -> int:
        return len(self.onset_s)

    def take(self, rows: np.ndarray) -> Intervals:
        """The intervals at ``rows`` (positions or a mask)."""
        return Intervals(self.onset_s[rows], self.offset_s[rows])


NOTHING = Intervals.of([], [])


@dataclass(frozen=True)
class Counts:
    """True sounds, found sounds, and those that are both; sums over recordings are made with ``+``."""

    n_true: int = 0
    n_found: int = 0
    n_hit: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.n_true + other.n_true, self.n_found + other.n_found, self.n_hit + other.n_hit)

    @property
    def precision(self) -> float:
        """Share of what was found that is true; 1 where nothing was found and nothing is there, else 0."""
        return _share(self.n_hit, self.n_found, self.n_true)

    @property
    def recall(self) -> float:
        """Share of what is true that was found; 1 where nothing was found and nothing is there, else 0."""
        return _share(self.n_hit, self.n_true, self.n_found)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.n_hit, self.n_true + self.n_found, 0)

    def scores(self) -> dict[str, float]:
        """Precision, recall and F1 by name."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1}


def _share(part: int, whole: int, other: int) -> float:
    return part / whole if whole else float(not other)


def segment_counts(
    found: Intervals, truth: Intervals, *, tolerance_s: float = 0.01, ignored: Intervals = NOTHING
) -> Counts:
    """Segment-wise counts of one recording.

    A hit is a pair whose onsets and offsets both lie within ``tolerance_s``; each sound is in one pair at most, and
    there are as many pairs as can be (Hopcroft and Karp 1973). A sound found where the truth is ``ignored`` - a pair
    with an ignored one, or half of it inside of one - counts neither as hit nor as error.
    """
    hit = matched_rows(found, truth, tolerance_s=tolerance_s)
    n_hit = int(np.count_nonzero(hit))
    rest = found.take(~hit)
    excused = matched_rows(rest, ignored, tolerance_s=tolerance_s) | _half_inside(rest, ignored)
    return Counts(len(truth), len(found) - int(np.count_nonzero(excused)), n_hit)


def matched_rows(found: Intervals, truth: Intervals, *, tolerance_s: float) -> np.ndarray:
    """Which of ``found`` take part in a largest one-to-one matching with ``truth``: bool (n_found,)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    rows, columns = _near(found, truth, tolerance_s + SLACK_S)
    if not len(rows):
        return np.zeros(len(found), bool)
    graph = csr_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(len(found), len(truth)))
    return maximum_bipartite_matching(graph, perm_type="column") >= 0


def _near(found: Intervals, truth: Intervals, tolerance_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (rows of found, rows of truth) whose onsets and offsets are both within the tolerance."""
    order = np.argsort(truth.onset_s, kind="stable")
    onsets = truth.onset_s[order]
    first = np.searchsorted(onsets, found.onset_s - tolerance_s, side="left")
    last = np.searchsorted(onsets, found.onset_s + tolerance_s, side="right")
    rows, columns = _expand(first, last)
    columns = order[columns]
    near = np.abs(found.offset_s[rows] - truth.offset_s[columns]) <= tolerance_s
    return rows[near], columns[near]


def _expand(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row i with each of first[i] … last[i] − 1, as two int arrays."""
    n_each = np.maximum(last - first, 0)
    rows = np.repeat(np.arange(len(first)), n_each)
    start_of_row = np.cumsum(n_each) - n_each
    return rows, np.arange(n_each.sum()) - start_of_row[rows] + first[rows]


def overlaps(a: Intervals, b: Intervals) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs that share time: (rows of a, rows of b, shared seconds)."""
    order = np.argsort(b.onset_s, kind="stable")
    onsets, latest_offsets = b.onset_s[order], np.maximum.accumulate(b.offset_s[order])
    first = np.searchsorted(latest_offsets, a.onset_s, side="right")
    last = np.searchsorted(onsets, a.offset_s, side="left")
    rows, columns = _expand(first, last)
    columns = order[columns]
    shared_s = np.minimum(a.offset_s[rows], b.offset_s[columns]) - np.maximum(a.onset_s[rows], b.onset_s[columns])
    real = shared_s > 0
    return rows[real], columns[real], shared_s[real]


def _half_inside(found: Intervals, ignored: Intervals) -> np.ndarray:
    rows, _, shared_s = overlaps(found, ignored)
    inside_s = np.bincount(rows, shared_s, minlength=len(found))
    return inside_s >= 0.5 * (found.offset_s - found.onset_s) if len(ignored) else np.zeros(len(found), bool)


def frame_counts(found: Intervals, truth: Intervals, *, ignored: Intervals = NOTHING) -> Counts:
    """Frame-wise counts of one recording on frames of 1 ms; onsets and offsets are rounded to whole frames.

    A frame belongs to a sound or not, however many sounds overlap there. Frames that are ``ignored`` and not true
    are left out. Memory grows with the number of sounds, not with the length of the recording.
    """
    sides = [_edges(intervals) for intervals in (found, truth, ignored)]
    edges = np.unique(np.concatenate([frames for frames, _ in sides]))
    n_frames = np.diff(edges)
    is_found, is_true, is_ignored = (_covered(edges, *side)[:-1] for side in sides)
    counted = is_found & (is_true | ~is_ignored)
    return Counts(_total(n_frames, is_true), _total(n_frames, counted), _total(n_frames, is_found & is_true))


def _edges(intervals: Intervals) -> tuple[np.ndarray, np.ndarray]:
    """Frames at which a sound begins (+1) or ends (−1)."""
    frames = np.rint(np.concatenate([intervals.onset_s, intervals.offset_s]) / FRAME_S).astype(np.int64)
    return frames, np.repeat([1, -1], len(intervals))


def _covered(edges: np.ndarray, frames: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Whether a sound lasts from each of the sorted ``edges`` to the next."""
    change = np.bincount(np.searchsorted(edges, frames), steps, minlength=len(edges))
    return np.cumsum(change) > 0.5


def _total(n_frames: np.ndarray, mask: np.ndarray) -> int:
    return int(n_frames[mask].sum())


def match_by_overlap(found: Intervals, truth: Intervals) -> tuple[np.ndarray, np.ndarray]:
    """Pair the sounds of one recording one to one, the largest overlap first: (rows of found, rows of truth).

    Only pairs that share at least half of their union are taken.
    """
    rows, columns, shared_s = overlaps(found, truth)
    union_s = (found.offset_s - found.onset_s)[rows] + (truth.offset_s - truth.onset_s)[columns] - shared_s
    same = shared_s >= LEAST_SHARED * union_s - SLACK_S
    rows, columns, shared_s, union_s = rows[same], columns[same], shared_s[same], union_s[same]
    order = np.lexsort((columns, rows, -shared_s / union_s, -shared_s))
    return _first_come(rows[order], columns[order])


def _first_come(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of pairs in order of preference, those whose two sides are both still free; sorted by row."""
    taken_rows, taken_columns = set(), set()
    pairs = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if row not in taken_rows and column not in taken_columns:
            taken_rows.add(row)
            taken_columns.add(column)
            pairs.append((row, column))
    table = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def label_scores(truth: Iterable, found: Iterable) -> dict[str, float | int]:
    """Agreement of two labelings of the same sounds.

    nmi, acc, acc_purity_assignment, ari, ami, homogeneity, completeness, v, purity, and n, the number of sounds.

    ``truth`` and ``found`` are labels of equal number, texts or numbers; noise and unassigned are labels like others.
    NMI takes the arithmetic mean of the entropies; ACC the best one-to-one assignment (Kuhn 1955) of clusters to
    labels; acc_purity_assignment the same of each cluster's majority alone, as some published tables do: never higher.
    All are NaN where there is not one sound.
    """
    from sklearn import metrics

    truth, found = _codes(truth), _codes(found)
    if len(truth) != len(found):
        raise ValueError(f"{len(truth)} true labels for {len(found)} sounds")
    if not len(truth):
        names = ("nmi", "acc", "acc_purity_assignment", "ari", "ami", "homogeneity", "completeness", "v", "purity")
        return {**dict.fromkeys(names, float("nan")), "n": 0}
    homogeneity, completeness, v = metrics.homogeneity_completeness_v_measure(truth, found)
    table = contingency(truth, found)
    return {
        "nmi": float(metrics.normalized_mutual_info_score(truth, found, average_method="arithmetic")),
        "acc": accuracy(table), "acc_purity_assignment": accuracy(majorities(table), n=len(truth)),
        "ari": float(metrics.adjusted_rand_score(truth, found)),
        "ami": float(metrics.adjusted_mutual_info_score(truth, found)),
        "homogeneity": float(homogeneity), "completeness": float(completeness), "v": float(v),
        "purity": float(table.max(axis=0).sum() / len(truth)), "n": len(truth),
    }


def contingency(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """How many sounds have true label i and found label j: int64 (n_true_labels, n_found_labels).

    Both are codes 0 … k−1.
    """
    n_true, n_found = int(truth.max()) + 1, int(found.max()) + 1
    return np.bincount(truth * n_found + found, minlength=n_true * n_found).reshape(n_true, n_found)


def accuracy(table: np.ndarray, *, n: int | None = None) -> float:
    """Share of ``n`` sounds (all in the table) that are right under the best assignment of clusters to labels."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / (table.sum() if n is None else n))


def majorities(table: np.ndarray) -> np.ndarray:
    """A contingency table with nothing but each found label's largest count; the first, if several are."""
    highest = table.argmax(axis=0)
    kept = np.zeros_like(table)
    kept[highest, np.arange(table.shape[1])] = table.max(axis=0)
    return kept


def _codes(labels: Iterable) -> np.ndarray:
    return np.unique(np.asarray(list(labels)), return_inverse=True)[1]
