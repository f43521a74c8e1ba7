"""Clips and their three features, against a plain computation of their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from pipeline import audio, registry
from pipeline.sound_maps.clips import Clips
from pipeline.sound_maps.features.mfcc30 import Mfcc30
from pipeline.sound_maps.features.mir6 import ROWS, Mir6
from pipeline.sound_maps.features.stft32 import Stft32
from pipeline.sound_maps.grid import FOLDER
from tests import sounds

RATE_HZ, N = 48_000, 12_000


def drum(seed=0, freq_hz=900.0):
    rng, time_s = np.random.default_rng(seed), np.arange(N) / RATE_HZ
    wave = np.sin(2 * np.pi * freq_hz * time_s) + 0.3 * rng.normal(size=N)
    return (wave * np.exp(-20 * time_s) / 2).astype(np.float32)


def magnitudes(samples, n_fft, hop):
    """|STFT| frame by frame: periodic Hann window, centred, silence around. (bins, frames)."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    padded = np.concatenate([np.zeros(n_fft // 2), samples.astype(np.float64), np.zeros(n_fft // 2)])
    frames = [padded[at:at + n_fft] * window for at in range(0, len(padded) - n_fft + 1, hop)]
    return np.abs(np.fft.rfft(frames, axis=1)).T


def test_stft32_is_the_mean_of_ten_bins_from_0_to_1():
    spectrum = magnitudes(drum(), 1024, 256)
    plain = np.array([[spectrum[10 * band:10 * band + 10, frame].mean() for frame in range(32)] for band in range(32)])
    plain = (plain - plain.min()) / (plain.max() - plain.min())
    found = Stft32().matrix(drum(), RATE_HZ)
    assert found.shape == (32, 32)
    np.testing.assert_allclose(found, plain, atol=1e-5)


def test_mfcc30_is_the_cosine_transform_of_decibels_in_mel_bands():
    import librosa
    from scipy.fft import dct

    bands = librosa.filters.mel(sr=RATE_HZ, n_fft=2048, n_mels=128) @ magnitudes(drum(), 2048, 512) ** 2
    level = 10 * np.log10(np.maximum(bands, 1e-10))
    plain = dct(np.maximum(level, level.max() - 80), axis=0, type=2, norm="ortho")[:30]
    found = Mfcc30().matrix(drum(), RATE_HZ)
    assert found.shape == (30, 24)
    np.testing.assert_allclose(found, plain, rtol=1e-3, atol=1e-2)


def test_mir6_is_six_curves():
    samples, spectrum = drum().astype(np.float64), magnitudes(drum(), 2048, 512)
    bins_hz = np.arange(1025) * RATE_HZ / 2048
    padded = np.concatenate([np.zeros(1024), samples, np.zeros(1024)])
    frames = np.stack([padded[512 * k:512 * k + 2048] for k in range(24)])
    energy = np.cumsum(spectrum, axis=0)
    before = np.concatenate([spectrum[:, :1], spectrum[:, :-1]], axis=1)
    plain = {
        "rms": np.sqrt((frames**2).mean(axis=1)),
        "centroid_hz": (bins_hz[:, None] * spectrum).sum(axis=0) / spectrum.sum(axis=0),
        "crest": spectrum.max(axis=0) / spectrum.sum(axis=0),
        "flux": np.sqrt(((spectrum - before) ** 2).sum(axis=0)) / 1025,
        "rolloff_hz": bins_hz[np.argmax(energy >= 0.85 * energy[-1], axis=0)],
    }
    found = dict(zip(ROWS, Mir6().matrix(drum(), RATE_HZ), strict=True))
    assert len(found["flux"]) == 24
    for name, curve in plain.items():
        np.testing.assert_allclose(found[name], curve, rtol=1e-3, atol=1e-6, err_msg=name)


def test_zero_crossings_of_a_tone_tell_its_frequency():
    tone = np.sin(2 * np.pi * 1_000 * np.arange(N) / RATE_HZ + 0.1).astype(np.float32)
    crossings = dict(zip(ROWS, Mir6().matrix(tone, RATE_HZ), strict=True))["zero_crossing_rate"]
    assert crossings[10] == pytest.approx(2 * 1_000 / RATE_HZ, abs=1 / 2048)


@pytest.mark.parametrize("name", registry.names(FOLDER))
@pytest.mark.parametrize("samples", [drum(), np.eye(1, N, dtype=np.float32)[0], np.zeros(N, np.float32)])
@pytest.mark.filterwarnings("error")
def test_a_feature_of_clips_is_finite_and_has_one_size(name, samples):
    method = registry.load(FOLDER, name)()
    matrix = method.matrix(samples, RATE_HZ)
    assert matrix.dtype == np.float32
    assert matrix.shape == method.matrix(drum(1), RATE_HZ).shape
    assert len(method.rows()) == len(set(method.rows())) == len(matrix)
    assert np.isfinite(matrix).all()


def recording(tmp_path, samples, rate_hz=RATE_HZ):
    soundfile.write(tmp_path / "a.wav", samples, rate_hz, subtype="FLOAT")
    return Clips().recording(tmp_path / "a.wav")


def test_a_clip_is_the_beginning_at_full_level(tmp_path):
    samples = 0.1 * np.sin(np.arange(RATE_HZ) / 7).astype(np.float32)
    clip = Clips().clip(recording(tmp_path, samples), 0.0, 1.0)
    assert clip.shape == (N,)
    np.testing.assert_allclose(clip, samples[:N] / np.abs(samples[:N]).max(), atol=1e-6)


def test_a_short_sound_is_padded_and_what_follows_it_is_not_heard(tmp_path):
    samples = np.full(RATE_HZ, 0.5, np.float32)
    clip = Clips().clip(recording(tmp_path, samples), 0.5, 0.6)
    assert (clip[:4_800] == 1).all()
    assert not clip[4_801:].any()


def test_other_rates_and_channels_become_mono_at_48_kHz(tmp_path):
    tone = sounds.tone(1_000, 0.5, rate_hz=44_100)
    stereo = np.stack([tone, np.zeros_like(tone)], axis=1)
    clip = Clips().clip(recording(tmp_path, stereo, 44_100), 0.0, 0.5)
    assert clip.shape == (N,)
    assert np.argmax(np.abs(np.fft.rfft(clip))) == 250        # of 4 Hz
    assert np.abs(clip).max() == pytest.approx(1)


@pytest.mark.parametrize(("samples", "seconds"), [
    (np.zeros(RATE_HZ), 1.0),                                           # silent
    (np.r_[np.zeros(N), np.ones(N)], 0.5),                              # silent at first
    (np.full(RATE_HZ, 1e-5), 1.0),                                      # under the last bit of 16
    (np.ones(4 * RATE_HZ), 4.0),                                        # long
])
def test_silent_and_long_sounds_have_no_clip(tmp_path, samples, seconds):
    assert Clips().clip(recording(tmp_path, samples), 0.0, seconds) is None


def test_a_sound_just_short_enough_has_a_clip(tmp_path):
    assert Clips().clip(recording(tmp_path, np.ones(4 * RATE_HZ)), 0.0, 3.99) is not None


def test_the_rate_of_a_clip_is_asked_for(tmp_path):
    soundfile.write(tmp_path / "b.wav", drum(), RATE_HZ)
    found = Clips(sr=16_000).recording(tmp_path / "b.wav")
    assert isinstance(found, audio.Recording)
    assert Clips(sr=16_000).clip(found, 0.0, 0.25).shape == (4_000,)
