"""Pitch: right on tones, absent in silence, the same however it is cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import pitch
from pipeline.pitch import PitchParams
from tests.sounds import song, tone
from tests.test_spectrogram import recording


@pytest.mark.parametrize("freq_hz", [400.0, 1200.0, 3000.0])
def test_a_tone_has_its_pitch_and_silence_none(freq_hz):
    samples = np.concatenate([np.zeros(8000), tone(freq_hz, 0.5), np.zeros(8000)])
    times_s, f0 = pitch.track(recording(samples), PitchParams())
    inside, outside = (times_s > 0.28) & (times_s < 0.72), (times_s < 0.23) | (times_s > 0.77)
    assert np.allclose(f0[inside], freq_hz, rtol=0.01)
    assert np.isnan(f0[outside]).all()


def test_blocks_change_nothing(monkeypatch):
    made = recording(song([0.1 + 0.2 * k for k in range(9)]))
    whole = pitch.track(made, PitchParams())
    monkeypatch.setattr(pitch, "BLOCK_FRAMES", 50)
    cut = pitch.track(made, PitchParams())
    assert np.array_equal(whole[0], cut[0])
    voiced = ~np.isnan(whole[1]) & ~np.isnan(cut[1])
    assert np.mean(np.isnan(whole[1]) == np.isnan(cut[1])) > 0.98
    assert np.allclose(whole[1][voiced], cut[1][voiced], rtol=0.02)


@pytest.mark.parametrize("n_samples", [0, 1, 100, 309])
def test_recordings_shorter_than_a_window_have_at_most_one_frame(n_samples):
    assert pitch.track(recording(np.zeros(n_samples)), PitchParams()).shape[1] <= 1


def test_summary_of_segments():
    track = np.array([[0.1, 0.2, 0.3, 0.4, 0.5], [np.nan, 500, 700, 600, np.nan]], np.float32)
    summary = pitch.per_segment(track, np.array([0.15, 0.05, 0.42, 0.31]), np.array([0.45, 0.11, 0.44, 0.32]))
    assert summary[0].tolist() == [600, 500, 700, 1]
    assert np.isnan(summary[1, :3]).all()
    assert summary[1, 3] == 0
    assert np.isnan(summary[2, 0])                  # the nearest frame, at 0.5 s, is unvoiced
    assert summary[3, 0] == 600                     # too short for a frame: the next one, at 0.4 s
