"""Stored spectrograms equal a plain computation, however they are cut into blocks."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from pipeline import spectrogram
from pipeline.audio import Recording
from pipeline.errors import ParameterError
from pipeline.spectrogram import SpectrogramParams
from tests.sounds import song


def recording(samples: np.ndarray, rate_hz: int = 32_000) -> Recording:
    return Recording(path=None, name="", file_id=0, rate_hz=rate_hz, native_rate_hz=rate_hz, n_channels=1,
                     samples=samples.astype(np.float32), peak=float(np.abs(samples).max(initial=0)))


def test_equals_librosa():
    samples = song([0.2, 0.6, 1.1])
    made = spectrogram.compute(recording(samples), SpectrogramParams())
    magnitude = np.abs(librosa.stft(samples, n_fft=512, hop_length=128, pad_mode="constant"))
    decibels = librosa.amplitude_to_db(magnitude, ref=np.max, top_db=80)
    freq_hz = librosa.fft_frequencies(sr=32_000, n_fft=512)
    expected = decibels[(freq_hz > 312) & (freq_hz < 8000)] * 127 / 80
    assert made.values.shape == expected.shape
    assert np.abs(made.values - expected).max() <= 0.51
    assert made.values.min() >= -127
    assert made.db_per_step * 127 == pytest.approx(80)
    assert made.freq_hz == (312.5, 7937.5)


def test_blocks_and_the_second_pass_change_nothing(monkeypatch):
    samples = song([0.2, 0.6, 1.1])
    whole = spectrogram.compute(recording(samples), SpectrogramParams()).values
    monkeypatch.setattr(spectrogram, "BLOCK_FRAMES", 37)
    assert np.array_equal(spectrogram.compute(recording(samples), SpectrogramParams()).values, whole)
    monkeypatch.setattr(spectrogram, "HELD_VALUES", 0)
    assert np.array_equal(spectrogram.compute(recording(samples), SpectrogramParams()).values, whole)


@pytest.mark.parametrize("n_samples", [1, 2, 127, 512])
def test_short_and_silent_recordings_have_a_spectrogram(n_samples):
    made = spectrogram.compute(recording(np.zeros(n_samples)), SpectrogramParams())
    assert made.values.shape[1] == 1 + n_samples // 128
    assert (made.values == -127).all()


def test_a_band_without_rows_is_refused():
    with pytest.raises(ParameterError, match="No row of a 512-point spectrogram"):
        spectrogram.compute(recording(np.zeros(1000)), SpectrogramParams(spec_min_freq=100, spec_max_freq=101))
