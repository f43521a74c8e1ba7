"""The features that sounds are arranged by, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from pipeline import registry
from pipeline.arrange import reading
from pipeline.errors import AudioError
from pipeline.features import _short_term
from tests.arrange import published

PEAK = 0.8


def sound(rate_hz, seconds, *, n_channels=1, seed=0):
    rng, n = np.random.default_rng(seed), int(rate_hz * seconds)
    t = np.arange(n) / rate_hz
    tones = [np.sin(2 * np.pi * (300 + 90 * c) * t) * np.exp(-8 * t) for c in range(n_channels)]
    wave = np.stack(tones, axis=1) + rng.normal(0, 0.1, (n, n_channels)) + 0.05
    return PEAK * wave / np.abs(wave).max()


def as_numbers(path):
    """What is in a file, read in another way, and the mean of its channels."""
    values, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    return values.mean(axis=1).tolist(), rate_hz


def agree(found, expected):
    """To a part in 10⁹ of the values, or of the feature's own size where a value is nearly nothing."""
    scale = np.maximum(np.abs(expected), np.abs(expected).max(axis=0, keepdims=True))
    assert (np.abs(found - expected) <= 1e-9 * np.maximum(scale, 1e-3)).all()


KINDS = [(8_000, "PCM_16", 1), (11_025, "PCM_U8", 2), (16_000, "PCM_24", 2), (22_050, "PCM_32", 3), (9_600, "FLOAT", 4),
         (12_000, "DOUBLE", 1), (44_100, "PCM_24", 1)]

SCALES = {"PCM_24": 2.0**16, "PCM_32": 2.0**16, "PCM_U8": 2.0**-8, "FLOAT": 2.0**-15, "DOUBLE": 2.0**-15}


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize(("rate_hz", "kind", "n_channels"), KINDS)
def test_the_features_are_those_of_the_definitions(tmp_path, rate_hz, kind, n_channels, compat):
    path, n_frames = tmp_path / "sound.wav", 3 if rate_hz < 20_000 else 2
    soundfile.write(path, sound(rate_hz, 0.17, n_channels=n_channels), rate_hz, subtype=kind)
    samples, _rate_hz = as_numbers(path)
    found = reading.features([reading.beginning(path, n_frames=n_frames, compat=compat)], n_frames=n_frames,
                             compat=compat).reshape(n_frames, 68)
    if compat:       # the scale on which something is added to the largest value
        samples = [value * SCALES.get(kind, 1.0) for value in samples]
    agree(found, published.short_term(samples, rate_hz, n_frames=n_frames, compat=compat))


def test_many_sounds_at_once_give_the_same_as_each_alone(tmp_path):
    sounds = []
    for number, (rate_hz, seconds) in enumerate([(8_000, 0.2), (16_000, 0.3), (8_000, 0.06), (8_000, 0.02)]):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, sound(rate_hz, seconds, seed=number), rate_hz)
        sounds.append(reading.beginning(path, n_frames=2))
    together = reading.features(sounds, n_frames=2)
    for row, one in enumerate(sounds):
        assert (together[row] == reading.features([one], n_frames=2)[0]).all()
    assert together.shape == (4, 136)
    assert (together[2, 68:] == 0).all()          # one window only
    assert sounds[3].is_padded
    assert together[3, 1] > 0                     # shorter than a window, and there all the same


def test_the_whole_file_counts_for_mean_and_maximum(tmp_path):
    """A loud end makes the beginning quieter, also where it lies in another block than the beginning."""
    quiet = 0.1 * np.sin(np.arange(1 << 21) / 5)
    quiet[-100:] = 0.8
    soundfile.write(tmp_path / "long.wav", quiet, 44_100, subtype="DOUBLE")
    expected = published.normalised(quiet.tolist())[:4410]
    found = reading.beginning(tmp_path / "long.wav", n_frames=2).frames.ravel()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("rate_hz", [400, 2_000, 6_000, 8_000, 192_000])
@pytest.mark.parametrize("level", [0.0, 0.25])
def test_silence_and_any_rate_give_finite_numbers(rate_hz, level, compat):
    frames = np.full((3, 2, _short_term.window_samples(rate_hz)), level)
    assert np.isfinite(_short_term.features(frames, rate_hz, compat=compat)).all()


def test_chroma_knows_an_a_where_the_published_one_does_not():
    rate_hz = 44_100
    tone = np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz)
    rows = {compat: registry.load("features", "acoustic")(compat=compat).matrix(tone, rate_hz).mean(axis=1)
            for compat in (False, True)}
    first = _short_term.NAMES.index("chroma_1")
    assert rows[False][first:first + 12].argmax() == 0
    assert rows[False][first:first + 12].sum() == pytest.approx(1, abs=1e-4)
    assert rows[True][first:first + 12].argmax() != 0


def test_values_that_are_no_number_become_0_and_are_told(tmp_path):
    samples = sound(8_000, 0.1)[:, 0]
    samples[5] = np.nan
    soundfile.write(tmp_path / "x.wav", samples, 8_000, subtype="FLOAT")
    found = reading.beginning(tmp_path / "x.wav", n_frames=2)
    assert "no finite number" in found.notes[0]
    assert np.isfinite(found.frames).all()


def test_a_rate_that_is_too_low_is_refused(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros(50), 100)
    with pytest.raises(AudioError, match="sample rate of 100 Hz"):
        reading.beginning(tmp_path / "x.wav", n_frames=2)
