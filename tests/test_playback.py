"""One sound for the ear: rates, speed, fades, levels."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from pipeline import playback
from pipeline.errors import AudioError


def tone(path, rate_hz: int, *, tone_hz: float, duration_s: float = 1.0, level: float = 0.5):
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    soundfile.write(path, level * np.sin(2 * np.pi * tone_hz * time_s), rate_hz, subtype="PCM_16")
    return path


def heard(data: bytes) -> tuple[np.ndarray, int, float]:
    """Samples, rate in Hz, and the strongest frequency in Hz."""
    samples, rate_hz = soundfile.read(io.BytesIO(data))
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return samples, rate_hz, spectrum.argmax() * rate_hz / len(samples)


def test_a_sound_is_cut_out_at_its_own_rate(tmp_path):
    samples, rate_hz, found_hz = heard(playback.wav(tone(tmp_path / "a.wav", 22_050, tone_hz=1000), 0.2, 0.5))
    assert rate_hz == 22_050
    assert len(samples) == pytest.approx(0.3 * 22_050, abs=2)
    assert found_hz == pytest.approx(1000, rel=0.01)


@pytest.mark.parametrize(("rate_hz", "tone_hz"), [(2_500, 300), (192_000, 4_000), (250_000, 4_000)])
def test_rates_that_no_browser_plays_are_resampled_without_changing_the_pitch(tmp_path, rate_hz, tone_hz):
    samples, played_hz, found_hz = heard(playback.wav(tone(tmp_path / "a.wav", rate_hz, tone_hz=tone_hz), 0, 0.5))
    assert playback.PLAYABLE_HZ[0] <= played_hz <= playback.PLAYABLE_HZ[1]
    assert len(samples) / played_hz == pytest.approx(0.5, abs=0.01)
    assert found_hz == pytest.approx(tone_hz, rel=0.02)


def test_ultrasound_comes_down_to_where_it_is_heard(tmp_path):
    speed = playback.default_speed(250_000)
    path = tone(tmp_path / "mouse.wav", 250_000, tone_hz=64_000, duration_s=0.2)
    samples, rate_hz, found_hz = heard(playback.wav(path, 0, 0.1, speed=speed))
    assert found_hz == pytest.approx(4_000, rel=0.02)
    assert len(samples) / rate_hz == pytest.approx(1.6, abs=0.02)
    assert playback.default_speed(44_100) == playback.default_speed(96_000) == 1


def test_a_margin_reaches_into_what_is_around_but_not_beyond_the_recording(tmp_path):
    path = tone(tmp_path / "a.wav", 16_000, tone_hz=500)
    spans = ((0.4, 0.5), (0.0, 0.1), (0.9, 1.0))
    n_samples = [len(heard(playback.wav(path, *span, margin_s=0.1))[0]) for span in spans]
    assert n_samples == pytest.approx([4_800, 3_200, 3_200], abs=2)


def test_it_begins_and_ends_softly_and_quiet_sounds_are_lifted(tmp_path):
    path = tone(tmp_path / "a.wav", 16_000, tone_hz=500, level=0.05)
    samples, *_ = heard(playback.wav(path, 0.2, 0.4))
    assert abs(samples[0]) < 0.01
    assert abs(samples[-1]) < 0.01
    assert np.abs(samples).max() == pytest.approx(playback.PEAK, abs=0.02)


def test_silence_stays_silent():
    assert not playback.levelled(np.zeros(5, np.float32)).any()
    assert np.abs(playback.levelled(np.full(5, 1e-5, np.float32))).max() < 1e-3


def test_one_sample_is_a_sound_too():
    assert len(playback.faded(np.ones(1, np.float32), 8_000)) == 1


def test_a_missing_recording_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"gone\.wav is not there"):
        playback.wav(tmp_path / "gone.wav", 0, 1)


@pytest.mark.parametrize("speed", [0.0, 1 / 64, 9.0, float("nan")])
def test_a_speed_that_cannot_be_had_is_refused(tmp_path, speed):
    with pytest.raises(AudioError, match="times as fast"):
        playback.wav(tmp_path / "a.wav", 0, 1, speed=speed)
