"""One answer from several trials: worked by hand, and what must hold whatever the trials say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.whisper import consolidate

TIME = st.integers(0, 400).map(lambda number: number / 100)
SEGMENT = st.tuples(TIME, TIME, st.sampled_from("abc")).filter(lambda one: one[0] < one[1])
TRIALS = st.lists(st.lists(SEGMENT, max_size=6), min_size=2, max_size=5)


def joined(*clips, duration_s=10.0, min_length_s=0.0):
    return consolidate.within_trial(clips, duration_s=duration_s, min_length_s=min_length_s)


def test_what_a_clip_s_border_cut_is_joined():
    assert joined([(1.0, 2.5, "a")], [(2.5, 3.0, "a"), (4.0, 5.0, "b")]) == [(1.0, 3.0, "a"), (4.0, 5.0, "b")]


def test_a_sound_can_go_on_through_several_clips_and_an_empty_one_ends_nothing():
    assert joined([(1.0, 2.5, "a")], [(2.5, 5.0, "a")], [], [(5.0, 6.0, "a")]) == [(1.0, 6.0, "a")]


@pytest.mark.parametrize("later", [(2.6, 3.0, "a"), (2.5, 3.0, "b")])
def test_a_gap_or_another_type_is_another_sound(later):
    assert joined([(1.0, 2.5, "a")], [later]) == [(1.0, 2.5, "a"), later]


def test_within_one_clip_touching_sounds_stay_apart():
    assert joined([(1.0, 2.0, "a"), (2.0, 3.0, "a")]) == [(1.0, 2.0, "a"), (2.0, 3.0, "a")]


def test_sounds_are_cut_to_the_recording_then_short_ones_dropped_then_sorted():
    clips = [(3.0, 4.0, "a"), (-0.5, 0.5, "b"), (-0.5, 0.05, "c"), (9.5, 12.0, "a"), (11.0, 12.0, "b")]
    assert joined(clips, min_length_s=0.1) == [(0, 0.5, "b"), (3.0, 4.0, "a"), (9.5, 10.0, "a")]


def test_two_of_three_trials_make_a_sound_with_their_mean_times_and_most_frequent_type():
    trials = [[(1.0, 2.0, "a"), (5.0, 6.0, "a")], [(1.01, 2.0, "b")], [(1.02, 2.03, "b"), (8.0, 9.0, "c")]]
    (onset, offset, kind), = consolidate.by_clustering(trials, eps_s=0.02)
    assert (round(onset, 6), round(offset, 6), kind) == (1.01, 2.01, "b")


def test_of_equally_frequent_types_the_first_met_wins():
    assert consolidate.by_clustering([[(1.0, 2.0, "z")], [(1.0, 2.0, "a")]], eps_s=0.02) == [(1.0, 2.0, "z")]


def test_eps_bounds_the_mean_of_both_differences():
    apart = [[(1.0, 2.0, "a")], [(1.0625, 2.0, "a")]]       # .03125 apart, exact in binary
    assert len(consolidate.by_clustering(apart, eps_s=0.03125)) == 1
    assert consolidate.by_clustering(apart, eps_s=0.03) == []


def test_five_trials_need_three():
    agreeing = [[(1.0, 2.0, "a")]] * 2 + [[]] * 3
    assert consolidate.by_clustering(agreeing, eps_s=0.02) == []
    assert len(consolidate.by_clustering([*agreeing[:4], [(1.0, 2.0, "a")]], eps_s=0.02)) == 1


def by_definition(trials, eps_s):
    """The published way, with all distances: groups by DBSCAN on a full matrix."""
    from sklearn.cluster import DBSCAN

    rows = list(itertools.chain.from_iterable(trials))
    if not rows:
        return []
    times = np.array([row[:2] for row in rows])
    distance = np.abs(times[:, None] - times[None]).sum(axis=2) / 2
    least = max(2, int(np.ceil(len(trials) * 0.5)))
    labels = DBSCAN(eps=eps_s, min_samples=least, metric="precomputed").fit_predict(distance)
    groups = [[row for row, mine in zip(rows, labels, strict=True) if mine == label]
              for label in range(labels.max() + 1)]
    kinds = [[kind for _onset, _offset, kind in group] for group in groups]
    merged = [(float(np.mean([row[0] for row in group])), float(np.mean([row[1] for row in group])),
               max(dict.fromkeys(of_group), key=of_group.count))
              for group, of_group in zip(groups, kinds, strict=True)]
    return sorted(merged, key=lambda one: one[0])


@given(TRIALS, st.sampled_from([0.0151, 0.0551, 0.2051]))
def test_clustering_is_what_all_distances_give(trials, eps_s):
    assert consolidate.by_clustering(trials, eps_s=eps_s) == by_definition(trials, eps_s)


@given(st.lists(SEGMENT, max_size=6, unique_by=lambda one: one[:2]), st.integers(2, 5))
def test_trials_that_agree_say_what_each_says(segments, n_trials):
    agreed = consolidate.by_clustering([segments] * n_trials, eps_s=1e-6)
    assert np.allclose(sorted(one[:2] for one in agreed), sorted(one[:2] for one in segments))


@given(TRIALS)
def test_every_agreed_sound_lies_between_those_it_came_from(trials):
    onsets = [one[0] for trial in trials for one in trial]
    offsets = [one[1] for trial in trials for one in trial]
    for onset, offset, _kind in consolidate.by_clustering(trials, eps_s=0.05):
        assert min(onsets) - 1e-9 <= onset <= max(onsets) + 1e-9
        assert min(offsets) - 1e-9 <= offset <= max(offsets) + 1e-9
        assert onset < offset


def voted(*trials):
    return consolidate.by_voting(trials, frame_s=0.5, numbers={"a": 0, "b": 1})


def test_a_vote_is_held_frame_by_frame():
    found = voted([(1.0, 3.0, "a")], [(1.5, 3.0, "a")], [(2.0, 4.0, "b")])
    assert found == [(1.5, 3.0, "a")]


def test_neighbouring_types_are_two_sounds_and_silence_wins_a_draw():
    assert voted([(0.0, 1.0, "a"), (1.0, 2.0, "b")], [(0.0, 1.0, "a"), (1.0, 2.0, "b")]) == [
        (0.0, 1.0, "a"), (1.0, 2.0, "b")]
    assert voted([(0.0, 1.0, "a")], []) == []


@pytest.mark.parametrize("trials", [[[], []], [[(1.0, 1.1, "a")], []]])
def test_nothing_to_vote_on_is_no_sound(trials):
    assert voted(*trials) == []


def test_the_blur_is_taken_back_after_rounding_and_crossed_ends_meet():
    sharp = consolidate.sharpened([(1.0004, 2.0006, "a"), (3.0, 3.01, "b")], blur_s=0.008)
    assert [(round(onset, 9), round(offset, 9), kind) for onset, offset, kind in sharp] == [
        (1.008, 1.993, "a"), (3.005, 3.005, "b")]


def test_duplicates_are_dropped_and_other_types_kept():
    twice = [(1.0, 2.0, "a"), (1.0, 2.0, "a"), (1.0, 2.0, "b"), (0.5, 0.9, "a")]
    assert consolidate.sharpened(twice, blur_s=0) == [(0.5, 0.9, "a"), (1.0, 2.0, "a"), (1.0, 2.0, "b")]
