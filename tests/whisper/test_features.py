"""Whisper's log-mel features against a straightforward computation of the definition."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import ParameterError
from pipeline.whisper import features

SPECIES = ((32_000, 0.0025, 0), (44_100, 0.001, 0), (300_000, 0.0005, 35_000), (2_500, 0.002, 100), (16_000, 0.01, 0))


def slaney_hz(mels):
    """Slaney's scale: 200/3 Hz a mel up to 1 kHz, then 27 mels for each factor of 6.4."""
    mels = np.asarray(mels, float)
    return np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))


def slaney_mels(hz):
    """The other way round."""
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)


def bank(rate_hz, n_fft, n_mels, low_hz):
    """Triangles between neighbouring places of the scale, each of area 1: (n_mels, n_bins)."""
    corners = slaney_hz(np.linspace(slaney_mels(low_hz), slaney_mels(rate_hz // 2), n_mels + 2))
    bins = np.linspace(0, rate_hz // 2, n_fft // 2 + 1)
    rows = [np.interp(bins, corners[row:row + 3], (0, 2 / (corners[row + 2] - corners[row]), 0), left=0, right=0)
            for row in range(n_mels)]
    return np.array(rows)


def by_definition(clip, rate_hz, step_s, low_hz, n_mels=80, n_columns=1000):
    """Frame by frame, in double precision."""
    n_fft, hop = features.n_fft(rate_hz), int(step_s * rate_hz)
    length = int(n_columns * step_s * rate_hz)
    padded = np.pad(np.pad(clip.astype(float), (0, length - len(clip))), n_fft // 2, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    frames = np.array([padded[at:at + n_fft] for at in range(0, length - hop + 1, hop)])
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    levels = np.log10(np.maximum(power @ bank(rate_hz, n_fft, n_mels, low_hz).T, 1e-10)).T
    return ((np.maximum(levels, levels.max() - 8) + 4) / 4)[:, :n_columns]


@pytest.mark.parametrize(("rate_hz", "step_s", "low_hz"), SPECIES)
@pytest.mark.parametrize("n_mels", [80, 128])
def test_features_are_what_the_definition_says(rate_hz, step_s, low_hz, n_mels):
    random = np.random.default_rng(1)
    length = features.window_samples(rate_hz, time_step_s=step_s)
    clips = [random.normal(size=n).astype(np.float32) * 0.1 for n in (length, length // 3)]
    made = features.log_mel(clips, rate_hz=rate_hz, time_step_s=step_s, min_freq_hz=low_hz, n_mels=n_mels)
    assert (made.shape, made.dtype) == ((2, n_mels, 1000), np.float32)
    for clip, mine in zip(clips, made, strict=True):
        assert np.abs(mine - by_definition(clip, rate_hz, step_s, low_hz, n_mels)).max() < 1e-3


@pytest.mark.parametrize(("rate_hz", "expected"), [
    (16_000, 512), (32_000, 512), (32_001, 1024), (80_000, 1024), (150_000, 2048), (300_000, 4096), (384_000, 8192),
])
def test_the_fft_grows_with_the_sample_rate(rate_hz, expected):
    assert features.n_fft(rate_hz) == expected


def test_each_clip_has_its_own_floor_whatever_is_beside_it(monkeypatch):
    random = np.random.default_rng(2)
    clips = [random.normal(size=40_000).astype(np.float32) * level for level in (1, 1e-3, 0)]
    together = features.log_mel(clips, rate_hz=32_000, time_step_s=0.0025)
    monkeypatch.setattr(features, "VALUES_AT_ONCE", 1)
    one_by_one = features.log_mel(clips, rate_hz=32_000, time_step_s=0.0025)
    assert np.allclose(together, one_by_one, atol=1e-5)
    assert np.ptp(together, axis=(1, 2))[[0, 2]].tolist() == pytest.approx([2, 0])


def test_columns_that_a_window_lacks_take_the_lowest_value():
    short = np.arange(12, dtype=np.float32).reshape(1, 3, 4) + 5
    assert (features._columns(short, 6)[0, :, 4:] == 5).all()
    assert (features._columns(short, 3) == short[:, :, :3]).all()


def test_an_empty_recording_and_no_recording_have_features():
    assert np.isfinite(features.log_mel([np.zeros(0, np.float32)], rate_hz=32_000, time_step_s=0.0025)).all()
    assert features.log_mel([], rate_hz=32_000, time_step_s=0.0025).shape == (0, 80, 1000)


@pytest.mark.parametrize(("step_s", "low_hz", "sentence"), [
    (1e-5, 0, "less than one sample at 32000 Hz"), (0.0025, 16_000, "leaves no band below half the sample rate"),
])
def test_what_gives_no_features_is_told(step_s, low_hz, sentence):
    with pytest.raises(ParameterError, match=sentence):
        features.log_mel([], rate_hz=32_000, time_step_s=step_s, min_freq_hz=low_hz)
