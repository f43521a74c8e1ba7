"""Scores against examples worked by hand, and against slow ways to say the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures import (
    NOTHING,
    Counts,
    Intervals,
    accuracy,
    contingency,
    frame_counts,
    label_scores,
    match_by_overlap,
    overlaps,
    segment_counts,
)


def sounds(*pairs: tuple[float, float]) -> Intervals:
    return Intervals.of([onset for onset, _ in pairs], [offset for _, offset in pairs])


@st.composite
def recordings(draw, most: int = 6) -> Intervals:
    """Sounds on a grid of 5 ms, so that ties, touching and overlapping happen often."""
    pairs = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 15)), max_size=most))
    return sounds(*((onset * 0.005, (onset + length) * 0.005) for onset, length in pairs))


# ---- segments --------------------------------------------------------------------------------------------------------

def test_a_hit_needs_both_onset_and_offset():
    truth = sounds((0.100, 0.200), (0.300, 0.400), (0.500, 0.600))
    found = sounds((0.108, 0.192), (0.300, 0.415), (0.489, 0.600), (0.8, 0.9))
    assert segment_counts(found, truth) == Counts(n_true=3, n_found=4, n_hit=1)


def test_a_difference_of_just_the_tolerance_is_a_hit_however_the_times_are_rounded():
    for onset in (0.1, 0.7, 1.3, 2.9):
        assert segment_counts(sounds((onset + 0.01, onset + 0.11)), sounds((onset, onset + 0.1))).n_hit == 1
        assert segment_counts(sounds((onset + 0.0101, onset + 0.11)), sounds((onset, onset + 0.1))).n_hit == 0


def test_each_sound_is_hit_once_and_as_many_are_as_can_be():
    truth = sounds((0.100, 0.200), (0.112, 0.212))
    found = sounds((0.106, 0.206), (0.120, 0.220))      # the first fits both: it must not take the second's partner
    assert segment_counts(found, truth).n_hit == 2
    assert segment_counts(sounds((0.1, 0.2), (0.1, 0.2)), sounds((0.1, 0.2))).n_hit == 1


def test_noise_in_the_truth_counts_neither_as_hit_nor_as_error():
    truth, noise = sounds((0.1, 0.2)), sounds((0.5, 0.6), (1.0, 2.0))
    found = sounds((0.1, 0.2), (0.505, 0.595), (1.2, 1.3), (1.9, 2.2))
    counts = segment_counts(found, truth, ignored=noise)
    assert counts == Counts(n_true=1, n_found=2, n_hit=1)     # only the last lies mostly beside the noise
    assert counts.scores() == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3)}


def test_a_sound_that_is_hit_stays_a_hit_where_noise_is_marked_too():
    assert segment_counts(sounds((0.1, 0.2)), sounds((0.1, 0.2)), ignored=sounds((0.0, 1.0))).f1 == 1


def test_nothing_found_where_nothing_is():
    assert segment_counts(NOTHING, NOTHING).scores() == {"precision": 1, "recall": 1, "f1": 1}
    assert segment_counts(sounds((0.1, 0.2)), NOTHING).scores() == {"precision": 0, "recall": 0, "f1": 0}
    assert frame_counts(NOTHING, sounds((0.1, 0.2))).scores() == {"precision": 0, "recall": 0, "f1": 0}


@settings(max_examples=150, deadline=None)
@given(recordings(), recordings())
def test_the_matching_is_the_largest(found, truth):
    near = np.abs(found.onset_s[:, None] - truth.onset_s) <= 0.01 + 1e-9
    near &= np.abs(found.offset_s[:, None] - truth.offset_s) <= 0.01 + 1e-9
    assert segment_counts(found, truth).n_hit == _largest_matching(near)


def _largest_matching(near: np.ndarray) -> int:
    """By trying all ways to give the sounds of the smaller side to those of the larger."""
    near = near if near.shape[0] <= near.shape[1] else near.T
    orders = itertools.permutations(range(near.shape[1]), near.shape[0])
    return max((sum(near[row, column] for row, column in enumerate(order)) for order in orders), default=0)


# ---- frames ----------------------------------------------------------------------------------------------------------

def test_frames_are_counted_by_the_millisecond_and_once():
    truth = sounds((0.100, 0.200), (0.150, 0.250))              # 150 frames, not 200
    found = sounds((0.0996, 0.1504), (0.240, 0.260))            # 50 and 20 frames, 50 and 10 of them true
    assert frame_counts(found, truth) == Counts(n_true=150, n_found=70, n_hit=60)


def test_frames_of_noise_are_left_out_unless_they_are_true_as_well():
    counts = frame_counts(sounds((0.0, 0.4)), sounds((0.1, 0.2)), ignored=sounds((0.15, 0.3)))
    assert counts == Counts(n_true=100, n_found=300, n_hit=100)


def test_an_hour_takes_no_memory_for_its_silence():
    assert frame_counts(sounds((0, 0.1), (1e7, 1e7 + 0.1)), sounds((1e7, 1e7 + 0.2))) == Counts(200, 200, 100)


@settings(max_examples=150, deadline=None)
@given(recordings(), recordings(), recordings(3))
def test_frames_agree_with_arrays_of_frames(found, truth, ignored):
    is_found, is_true, is_ignored = (_frames(side) for side in (found, truth, ignored))
    counted = is_found & (is_true | ~is_ignored)
    expected = Counts(int(is_true.sum()), int(counted.sum()), int((is_found & is_true).sum()))
    assert frame_counts(found, truth, ignored=ignored) == expected


def _frames(side: Intervals) -> np.ndarray:
    mask = np.zeros(400, bool)
    for onset_s, offset_s in zip(side.onset_s, side.offset_s, strict=True):
        mask[round(onset_s * 1000):round(offset_s * 1000)] = True
    return mask


def test_counts_add_up_over_recordings():
    assert sum([Counts(3, 2, 1), Counts(1, 2, 1)], Counts()) == Counts(4, 4, 2)


# ---- pairs by overlap ------------------------------------------------------------------------------------------------

@settings(max_examples=150, deadline=None)
@given(recordings(), recordings())
def test_overlaps_are_all_pairs_that_share_time(a, b):
    shared = np.minimum(a.offset_s[:, None], b.offset_s) - np.maximum(a.onset_s[:, None], b.onset_s)
    rows, columns, shared_s = overlaps(a, b)
    assert sorted(zip(rows, columns, strict=True)) == sorted(map(tuple, np.argwhere(shared > 0)))
    np.testing.assert_allclose(shared_s, shared[rows, columns])


def test_the_largest_overlap_goes_first_and_half_of_the_union_is_needed():
    truth = sounds((0.0, 1.0), (1.0, 1.2), (3.0, 3.1), (5.0, 5.2))
    found = sounds((0.1, 1.1), (0.0, 0.6), (3.0, 3.2), (5.0, 5.5))
    rows, columns = match_by_overlap(found, truth)
    assert list(zip(rows, columns, strict=True)) == [(0, 0), (2, 2)]     # the last shares only two fifths


@settings(max_examples=100, deadline=None)
@given(recordings(), recordings())
def test_pairs_are_one_to_one_and_share_half_of_their_union(found, truth):
    rows, columns = match_by_overlap(found, truth)
    assert len(set(rows)) == len(rows)
    assert len(set(columns)) == len(columns)
    for row, column in zip(rows, columns, strict=True):
        shared = min(found.offset_s[row], truth.offset_s[column]) - max(found.onset_s[row], truth.onset_s[column])
        union = max(found.offset_s[row], truth.offset_s[column]) - min(found.onset_s[row], truth.onset_s[column])
        assert shared >= union / 2 - 1e-6


# ---- labels ----------------------------------------------------------------------------------------------------------

def test_label_scores_of_a_table_worked_by_hand():
    truth, found = list("aaabbbcc"), [1, 1, 2, 2, 2, 2, 0, -1]
    scores = label_scores(truth, found)
    assert scores["acc"] == pytest.approx(6 / 8)            # a→1 (2), b→2 (3), c→0 or −1 (1)
    assert scores["purity"] == pytest.approx(7 / 8)         # 1: aa, 2: bbb of four, 0: c, −1: c
    assert scores["n"] == 8
    assert scores["v"] == pytest.approx(scores["nmi"])      # with the arithmetic mean they are the same
    assert scores["homogeneity"] > scores["completeness"]   # c is split into two clusters


def test_nmi_is_mutual_information_over_the_mean_entropy():
    truth, found = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 0, 1, 1, 1])
    joint = contingency(truth, found) / 6
    outer = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    shared = np.sum(joint[joint > 0] * np.log(joint[joint > 0] / outer[joint > 0]))
    entropies = [-np.sum(p * np.log(p)) for p in (joint.sum(axis=0), joint.sum(axis=1))]
    assert label_scores(truth, found)["nmi"] == pytest.approx(shared / np.mean(entropies))


def test_perfect_labels_under_other_names():
    scores = label_scores(list("aabbc"), [7, 7, -1, -1, 0])
    assert all(scores[name] == pytest.approx(1) for name in scores if name != "n")


def test_no_sound_has_no_score():
    scores = label_scores([], [])
    assert scores.pop("n") == 0
    assert all(np.isnan(value) for value in scores.values())
    with pytest.raises(ValueError, match="2 true labels for 1 sounds"):
        label_scores(["a", "b"], [1])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 3)), min_size=1, max_size=30))
def test_accuracy_is_that_of_the_best_assignment(pairs):
    truth, found = (np.unique(side, return_inverse=True)[1] for side in zip(*pairs, strict=True))
    table = contingency(truth, found)
    wide = table if table.shape[0] <= table.shape[1] else table.T
    orders = itertools.permutations(range(wide.shape[1]), wide.shape[0])
    best = max(sum(wide[row, column] for row, column in enumerate(order)) for order in orders)
    assert accuracy(table) == pytest.approx(best / len(pairs))
