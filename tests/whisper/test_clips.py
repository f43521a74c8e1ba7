"""Cutting a recording into clips: every trial sees all of it, each with another beginning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.whisper import clips

HOP = {"rate_hz": 100, "time_step_s": 0.1, "n_columns": 10}      # a window is 1 s, 100 samples


def test_three_trials_begin_with_none_a_third_and_two_thirds_of_a_window_of_silence():
    cut = list(clips.cut(250, **HOP, n_trials=3))
    assert [(clip.trial, clip.first, round(clip.start_s, 9)) for clip in cut] == [
        (0, 0, 0), (0, 100, 1), (0, 200, 2),
        (1, -30, -0.3), (1, 70, 0.7), (1, 170, 1.7),          # a third of a window, rounded to columns of .1 s
        (2, -70, -0.7), (2, 30, 0.3), (2, 130, 1.3), (2, 230, 2.3),
    ]


def test_a_clip_has_silence_before_the_recording_and_ends_with_it():
    samples = np.arange(1, 251, dtype=np.float32)
    cut = list(clips.cut(250, **HOP, n_trials=3))
    assert cut[3].of(samples).tolist() == [0] * 30 + list(range(1, 71))
    assert cut[2].of(samples).tolist() == list(range(201, 251))


@pytest.mark.parametrize("n_trials", [1, 4])
def test_a_recording_without_samples_is_seen_once_in_each_trial(n_trials):
    cut = list(clips.cut(0, **HOP, n_trials=n_trials))
    assert [clip.trial for clip in cut] == list(range(n_trials))
    assert not np.concatenate([clip.of(np.zeros(0, np.float32)) for clip in cut]).any()


@given(st.integers(1, 1_000), st.integers(1, 7))
def test_the_clips_of_a_trial_are_the_whole_recording_behind_its_silence(n_samples, n_trials):
    samples = np.arange(1, n_samples + 1, dtype=np.float32)
    cut = list(clips.cut(n_samples, **HOP, n_trials=n_trials))
    for trial in range(n_trials):
        mine = [clip for clip in cut if clip.trial == trial]
        heard = np.concatenate([clip.of(samples) for clip in mine])
        assert heard[-n_samples:].tolist() == samples.tolist()
        assert not heard[:-n_samples].any()
        assert all(clip.start_s == pytest.approx(clip.first / 100) for clip in mine)
