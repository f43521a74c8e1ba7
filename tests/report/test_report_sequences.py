"""Transitions, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.report.counting import Partition
from pipeline.report.sequences import states, transitions

A, B, C = 0, 1, 2


def count(sounds, *, max_gap_s=0.5, n_states=3):
    """Transitions of (state, recording, onset, duration) rows."""
    state, file_id, onset_s, duration_s = (np.array(column) for column in zip(*sounds, strict=True))
    return transitions(state, file_id, onset_s.astype(float), duration_s.astype(float), n_states=n_states,
                       max_gap_s=max_gap_s)


def test_each_sound_is_followed_by_the_next_in_its_recording():
    found = count([(A, 1, 0.0, 0.1), (B, 1, 0.2, 0.1), (A, 1, 0.4, 0.1), (B, 1, 0.6, 0.1), (C, 2, 0.0, 0.1)])
    assert found.counts.tolist() == [
        [0, 2, 0, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 1],
        [1, 0, 1, 0]]          # the last row: A begins one sequence, C the other
    assert found.n == 3
    assert found.n_sequences == 2
    assert found.probabilities[A].tolist() == [0, 1, 0, 0]
    assert found.probabilities[B].tolist() == [0.5, 0, 0, 0.5]
    assert found.entropies.tolist() == [0, 1, 0, 1]


def test_the_order_of_the_rows_does_not_matter():
    sounds = [(A, 1, 0.0, 0.1), (B, 1, 0.2, 0.1), (C, 1, 0.4, 0.1), (A, 2, 0.0, 0.1), (C, 2, 0.3, 0.1)]
    assert count(sounds[::-1]).counts.tolist() == count(sounds).counts.tolist()


def test_a_longer_gap_ends_the_sequence():
    sounds = [(A, 1, 0.0, 0.1), (B, 1, 0.6, 0.1), (C, 1, 1.21, 0.1)]      # gaps of 0.5 s and 0.51 s
    found = count(sounds, max_gap_s=0.5)
    assert found.counts[A, B] == 1
    assert found.counts[B, C] == 0
    assert found.counts[B, 3] == 1
    assert found.counts[3].tolist() == [1, 0, 1, 0]
    assert found.n_sequences == 2
    assert found.lengths[1] == 1.5


def test_the_gap_runs_from_the_end_and_may_be_negative():
    long_then_inside = [(A, 1, 0.0, 2.0), (B, 1, 1.0, 0.1), (C, 1, 1.9, 0.3)]
    assert count(long_then_inside, max_gap_s=0.0).counts[A, B] == 1        # B begins while A lasts
    assert count(long_then_inside, max_gap_s=0.5).counts[B, C] == 0        # 0.8 s after the end of B


def test_a_recording_with_one_sound_begins_and_ends_with_it():
    found = count([(B, 7, 3.0, 0.1)])
    assert found.n == 0
    assert found.counts[3, B] == 1
    assert found.counts[B, 3] == 1
    assert np.isnan(found.probabilities[A]).all()
    assert np.isnan(found.entropies[A])


def test_no_sounds_have_no_transitions():
    found = transitions(np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0), n_states=2, max_gap_s=1)
    assert found.n_sequences == 0
    assert not found.counts.any()
    assert np.isnan(found.lengths).all()


def test_a_state_that_is_left_out_is_counted_and_not_bridged():
    found = count([(A, 1, 0.0, 0.1), (C, 1, 0.2, 0.1), (B, 1, 0.4, 0.1), (C, 1, 0.6, 0.1)]).without(C)
    assert found.counts.tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]      # A begins; A→B is not made up
    assert found.n_left_out == 4                                           # A→C, C→B, B→C, C→end


def test_every_row_of_a_large_project_adds_up():
    rng = np.random.default_rng(1)
    n, n_states = 100_000, 30
    state, file_id = rng.integers(0, n_states, n), rng.integers(0, 50, n)
    found = transitions(state, file_id, rng.uniform(0, 5000, n), np.full(n, 0.05), n_states=n_states, max_gap_s=0.5)
    per_state = np.bincount(state, minlength=n_states)
    assert found.counts[:-1].sum(axis=1).tolist() == per_state.tolist()    # each sound leads somewhere once
    assert found.counts[:, :-1].sum(axis=0).tolist() == per_state.tolist()
    assert found.counts[-1].sum() == found.counts[:, -1].sum() == found.n_sequences


def test_of_many_clusters_the_small_ones_are_one_state():
    ids = np.repeat([1, 2, 3, 4, 5, 0], [9, 1, 8, 2, 7, 3])
    found = states(Partition.of(ids), most=4)
    assert found.places == (0, 2, 4, 5)
    assert found.n_pooled == 2
    assert len(found) == 5
    assert np.bincount(found.state).tolist() == [9, 8, 7, 3, 3]
    assert states(Partition.of(ids), most=6).n_pooled == 0


@pytest.mark.parametrize("max_gap_s", [0.0, 0.25, 10.0])
def test_counting_one_by_one_gives_the_same(max_gap_s):
    rng = np.random.default_rng(3)
    sounds = [(int(rng.integers(3)), int(rng.integers(4)), float(rng.uniform(0, 30)), float(rng.uniform(0.01, 0.4)))
              for _ in range(300)]
    expected = np.zeros((4, 4), int)
    for recording in range(4):
        mine = sorted((one for one in sounds if one[1] == recording), key=lambda one: one[2])
        before = 3
        for (state, _file, onset_s, duration_s), after in zip(mine, [*mine[1:], None], strict=True):
            if before == 3:
                expected[3, state] += 1
            goes_on = after is not None and after[2] - (onset_s + duration_s) <= max_gap_s
            expected[state, after[0] if goes_on else 3] += 1
            before = state if goes_on else 3
    assert count(sounds, max_gap_s=max_gap_s).counts.tolist() == expected.tolist()


@pytest.mark.parametrize("max_gap_s", [0.0, 0.25, 10.0])
def test_sequences_and_transitions_make_up_all_sounds(max_gap_s):
    rng = np.random.default_rng(2)
    sounds = [(int(rng.integers(3)), int(rng.integers(4)), float(rng.uniform(0, 20)), 0.1) for _ in range(200)]
    found = count(sounds, max_gap_s=max_gap_s)
    assert found.n + found.n_sequences == 200
