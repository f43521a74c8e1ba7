"""Decoding: every kind of file that is audio gives samples, every other one a sentence."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from pipeline import audio
from pipeline.errors import AudioError
from tests.sounds import tone


@pytest.mark.parametrize(("suffix", "subtype"), [
    (".wav", "PCM_U8"), (".wav", "PCM_16"), (".wav", "PCM_24"), (".wav", "PCM_32"), (".wav", "FLOAT"),
    (".wav", "DOUBLE"), (".flac", "PCM_16"), (".aiff", "PCM_16"), (".au", "PCM_16"), (".ogg", "VORBIS"),
    (".mp3", "MPEG_LAYER_III"),
])
def test_formats_are_read(tmp_path, suffix, subtype):
    path, wave = tmp_path / f"tone{suffix}", tone(1000, 0.5, rate_hz=44_100)
    soundfile.write(path, wave, 44_100, subtype=subtype)
    recording = audio.decode(path, rate_hz=None)
    assert recording.native_rate_hz == recording.rate_hz == 44_100
    assert abs(recording.duration_s - 0.5) < 0.06          # mp3 pads
    assert recording.samples.dtype == np.float32
    assert abs(recording.peak - np.abs(wave).max()) < 0.1


def test_content_decides_not_the_extension(tmp_path):
    path = tmp_path / "really-an-aiff.wav"
    soundfile.write(path, tone(1000, 0.1), 32_000, format="AIFF")
    assert len(audio.decode(path, rate_hz=None).samples) == 3200


def test_channels_are_averaged_or_one_is_chosen(tmp_path):
    path = tmp_path / "two.wav"
    soundfile.write(path, np.stack([np.full(100, 0.5), np.full(100, -0.1)], axis=1), 8000)
    assert np.allclose(audio.decode(path, rate_hz=None).samples, 0.2, atol=1e-3)
    assert np.allclose(audio.decode(path, rate_hz=None, channel=1).samples, -0.1, atol=1e-3)
    with pytest.raises(AudioError, match="has 2 channels, so there is no channel 2"):
        audio.decode(path, rate_hz=None, channel=2)


@pytest.mark.parametrize("native_hz", [8000, 24_414, 44_100, 250_000])
def test_resampling_keeps_duration_and_pitch(tmp_path, native_hz):
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.sin(2 * np.pi * 1000 * np.arange(native_hz) / native_hz) / 2, native_hz, subtype="FLOAT")
    recording = audio.decode(path, rate_hz=32_000)
    assert abs(recording.duration_s - 1) < 1e-3
    spectrum = np.abs(np.fft.rfft(recording.samples[4000:20_000]))
    assert spectrum.argmax() == 500                        # 1000 Hz in steps of 2 Hz


def test_samples_that_are_no_numbers_become_silence_and_are_told(tmp_path):
    wave = tone(1000, 0.1)
    wave[10:30] = np.nan
    soundfile.write(tmp_path / "nan.wav", wave, 32_000, subtype="FLOAT")
    recording = audio.decode(tmp_path / "nan.wav", rate_hz=16_000)
    assert np.isfinite(recording.samples).all()
    assert recording.notes == ("20 samples were no finite number and became 0",)


def test_a_file_shorter_than_its_header_says_is_told(tmp_path):
    path = tmp_path / "cut.wav"
    soundfile.write(path, tone(1000, 0.5), 32_000)
    path.write_bytes(path.read_bytes()[:16_000])
    assert "shorter than its header" in audio.decode(path, rate_hz=None).notes[0]


def test_long_recordings_are_mapped_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "SPOOL_FROM_SAMPLES", 10_000)
    wave = tone(1000, 1.0)
    soundfile.write(tmp_path / "long.wav", wave, 32_000, subtype="FLOAT")
    recording = audio.decode(tmp_path / "long.wav", rate_hz=None)
    assert isinstance(recording.samples, np.memmap)
    assert np.array_equal(recording.samples, wave)


def test_blocks_cover_every_sample_once_and_overlap_as_asked(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.linspace(0, 0.9, 1000), 8000, subtype="FLOAT")
    recording = audio.decode(tmp_path / "a.wav", rate_hz=None)
    blocks = list(recording.blocks(0.05, overlap_s=0.01))
    assert [first for first, _samples in blocks] == [0, 400, 800]
    assert [len(samples) for _first, samples in blocks] == [480, 480, 200]
    assert np.array_equal(np.concatenate([samples[:400] for _first, samples in blocks]), recording.samples)


def test_a_clip_never_lies_outside(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(1000, 0.1), 32_000)
    recording = audio.decode(tmp_path / "a.wav", rate_hz=None)
    assert len(recording.clip(-1, 0.05)) == 1600
    assert len(recording.clip(0.05, 9)) == 1600
    assert len(recording.clip(5, 6)) == 1


def test_a_part_is_read_without_the_rest(tmp_path):
    ramp = np.linspace(-0.9, 0.9, 8000, dtype=np.float32)
    soundfile.write(tmp_path / "ramp.wav", ramp, 8000, subtype="FLOAT")
    samples, rate_hz = audio.read_part(tmp_path / "ramp.wav", 0.25, 0.5)
    assert rate_hz == 8000
    assert np.array_equal(samples, ramp[2000:4000])


@pytest.mark.parametrize(("content", "sentence"), [
    (b"", "is empty"), (b"just a text\n", "is not audio that can be read"), (b"RIFF\x24\x08", "is not audio"),
])
def test_what_is_no_audio_gives_a_sentence_with_its_name(tmp_path, content, sentence):
    path = tmp_path / "odd.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=sentence) as caught:
        audio.decode(path, rate_hz=None)
    assert str(path) in str(caught.value)


def test_empty_folders_and_missing_files_give_a_sentence(tmp_path):
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 8000)
    for path, words in ((tmp_path / "none.wav", "holds no samples"), (tmp_path, "is not a file"),
                        (tmp_path / "gone.wav", "is not a file")):
        with pytest.raises(AudioError, match=words):
            audio.decode(path, rate_hz=None)


def test_formats_for_ffmpeg_say_so_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)
    (tmp_path / "a.m4a").write_bytes(b"\0\0\0\x20ftypM4A ")
    with pytest.raises(AudioError, match="needs ffmpeg to be read"):
        audio.decode(tmp_path / "a.m4a", rate_hz=None)
