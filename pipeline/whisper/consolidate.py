"""One answer from several trials: joining what clips cut, grouping what trials agree on, taking back the FFT's blur.

Source: WhisperSeg, `model.py` of its published program; the sums are done in the same order, so that results are equal.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from pipeline.whisper.tokens import Segment

DIGITS = 3                             # results are rounded to ms
SILENCE = -1


def within_trial(clips: Iterable[Sequence[Segment]], *, duration_s: float, min_length_s: float) -> list[Segment]:
    """The sounds of one trial, from those of its clips in their order: joined, cut to the recording, sorted by onset.

    A sound that begins exactly where the one of the same type in the clip before ended is the same sound.
    """
    joined: list[Segment] = []
    for segments in clips:
        rest = list(segments)
        if joined and rest and (joined[-1][1], joined[-1][2]) == (rest[0][0], rest[0][2]):
            joined[-1] = (joined[-1][0], rest[0][1], rest[0][2])
            rest = rest[1:]
        joined += rest
    inside = [(max(0, onset), min(offset, duration_s), kind) for onset, offset, kind in joined]
    return sorted((one for one in inside if one[1] - one[0] >= min_length_s), key=lambda one: one[0])


def by_clustering(trials: Sequence[Sequence[Segment]], *, eps_s: float) -> list[Segment]:
    """The sounds that at least half of the trials (and two of them) agree on.

    Two sounds differ by the mean of |Δonset| and |Δoffset|; DBSCAN groups them within ``eps_s``. A group becomes its
    mean onset, mean offset and most frequent type; what is in no group is dropped. Memory is linear in their number.
    """
    segments = [segment for trial in trials for segment in trial]
    if not segments:
        return []
    labels = _groups(np.array([one[:2] for one in segments]), eps_s, max(2, math.ceil(len(trials) * 0.5)))
    order = np.argsort(labels, kind="stable")
    cuts = np.searchsorted(labels[order], np.arange(labels.max() + 2))
    groups = [order[begin:end].tolist() for begin, end in itertools.pairwise(cuts)]
    merged = [_mean([segments[row] for row in rows]) for rows in groups]
    return sorted(merged, key=lambda one: one[0])


def _groups(times: np.ndarray, eps_s: float, min_samples: int) -> np.ndarray:
    """The group of each sound, −1 for none."""
    from sklearn.cluster import DBSCAN

    grouped = DBSCAN(eps=max(2 * eps_s, np.finfo(float).tiny), min_samples=min_samples, metric="manhattan",
                     algorithm="kd_tree")       # the sum of both differences, so twice eps
    return grouped.fit_predict(times)


def _mean(group: Sequence[Segment]) -> Segment:
    kinds = Counter(kind for _onset, _offset, kind in group)     # of equally frequent ones the first met
    return (float(np.mean([one[0] for one in group])), float(np.mean([one[1] for one in group])),
            kinds.most_common(1)[0][0])


def by_voting(trials: Sequence[Sequence[Segment]], *, frame_s: float, numbers: dict[str, int]) -> list[Segment]:
    """The sounds of a vote, frame by frame: the most frequent type of all trials wins, silence at a draw.

    numbers : the number of each type; of types with as many votes the lower wins
    """
    segments = [segment for trial in trials for segment in trial]
    if not segments:
        return []
    start_s, end_s = min(one[0] for one in segments), max(one[1] for one in segments)
    votes = np.full((len(trials), round((end_s - start_s) / frame_s)), SILENCE, np.int32)
    for row, trial in zip(votes, trials, strict=True):
        for onset, offset, kind in trial:
            row[round((onset - start_s) / frame_s):round((offset - start_s) / frame_s)] = numbers[kind]
    names = {number: kind for kind, number in numbers.items()}
    return [(first * frame_s + start_s, last * frame_s + start_s, names[number])
            for first, last, number in _runs(_most_frequent(votes)) if number != SILENCE]


def _most_frequent(votes: np.ndarray) -> np.ndarray:
    from scipy.stats import mode

    return mode(votes, axis=0).mode if votes.shape[1] else votes[0]


def _runs(values: np.ndarray) -> list[tuple[int, int, int]]:
    """Stretches of equal values: (first frame, frame after the last, value)."""
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return [(first, last, int(values[first])) for first, last in itertools.pairwise(edges) if last > first]


def sharpened(segments: Iterable[Segment], *, blur_s: float) -> list[Segment]:
    """Rounded to ms, ``blur_s`` later at the onset and earlier at the offset, sorted, without duplicates.

    Where an onset would pass its offset, both become the middle between them.
    """
    rounded = [(float(np.round(onset, DIGITS)), float(np.round(offset, DIGITS)), kind)
               for onset, offset, kind in segments]
    sharp = sorted((_sharp(one, blur_s) for one in rounded), key=lambda one: one[0])
    return [one for row, one in enumerate(sharp) if not row or one != sharp[row - 1]]


def _sharp(segment: Segment, blur_s: float) -> Segment:
    onset, offset, kind = segment
    if onset + blur_s > offset - blur_s:
        return ((onset + offset) / 2, (onset + offset) / 2, kind)
    return (onset + blur_s, offset - blur_s, kind)
