"""Awkward recordings: each is found, and is then read or refused in a sentence that fits."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline import audio, discover
from pipeline.errors import AudioError, SyllabaryError

RATE_HZ = 8000
WAVE = np.sin(2 * np.pi * 440 * np.arange(RATE_HZ // 2) / RATE_HZ) / 2


def write(path: Path, wave: np.ndarray = WAVE, *, subtype: str = "PCM_16", format: str = "WAV") -> Path:
    """Half a second of sound."""
    soundfile.write(os.fsencode(path), wave, RATE_HZ, subtype=subtype, format=format)
    return path


def found(folder: Path) -> discover.Found:
    """The one recording of a folder."""
    (recording,) = discover.recordings(folder)
    return recording


def decoded(folder: Path) -> audio.Recording:
    return audio.decode(found(folder).path, rate_hz=None, name=found(folder).name)


READABLE = [
    ("PCM_U8", "WAV", 0.01), ("PCM_16", "WAV", 1e-4), ("PCM_24", "WAV", 1e-6), ("PCM_32", "WAV", 1e-6),
    ("FLOAT", "WAV", 1e-6), ("DOUBLE", "WAV", 1e-6), ("MS_ADPCM", "WAV", 0.05), ("ULAW", "WAV", 0.05),
    ("PCM_16", "RF64", 1e-4), ("PCM_16", "W64", 1e-4), ("PCM_16", "AIFF", 1e-4), ("PCM_24", "FLAC", 1e-6),
    ("PCM_16", "AU", 1e-4), ("PCM_16", "CAF", 1e-4),
]


@pytest.mark.parametrize(("subtype", "format", "tolerance"), READABLE)
@pytest.mark.parametrize("extension", [".wav", ".WAV", ".sound"])
def test_content_decides_whatever_the_extension_says(tmp_path, subtype, format, tolerance, extension):
    write(tmp_path / f"song{extension}", subtype=subtype, format=format)
    recording = decoded(tmp_path)
    assert recording.native_rate_hz == RATE_HZ
    n_padding = len(recording.samples) - len(WAVE)
    assert 0 <= n_padding < (600 if "ADPCM" in subtype else 1)    # ADPCM comes in blocks
    assert np.allclose(recording.samples[:len(WAVE)], WAVE, atol=tolerance)


@pytest.mark.parametrize("n_channels", [1, 2, 4, 7])
def test_any_number_of_channels_becomes_their_mean(tmp_path, n_channels):
    levels = np.arange(1, n_channels + 1) / 10
    write(tmp_path / "many.wav", np.tile(levels, (100, 1)), subtype="FLOAT")
    recording = decoded(tmp_path)
    assert recording.n_channels == n_channels
    assert np.allclose(recording.samples, levels.mean())


NAMES = [
    "ñandú café – (1).wav", "鳥の声.wav", "птица.WAV", "line\nbreak.wav", "tab\there.wav",
    "<img src=x onerror=alert(1)>.wav",
    "'single' & \"double\".wav", "-rf.wav", "%s {0} $HOME.wav", " space .wav",
    "a.b.c..wav", "\u202egpj.wav",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_found_and_read(tmp_path, name):
    write(tmp_path / name)
    recording = decoded(tmp_path)
    assert recording.name == name
    assert len(recording.samples) == len(WAVE)


def test_a_name_that_is_no_utf8_is_found_and_read(tmp_path):
    try:
        write(tmp_path / os.fsdecode(b"caf\xe9.wav"))
    except (OSError, soundfile.LibsndfileError):
        pytest.skip("this file system takes UTF-8 names only")
    recording = decoded(tmp_path)
    assert recording.name == "caf\\xe9.wav"
    assert len(recording.samples) == len(WAVE)


def test_silence_is_a_recording(tmp_path):
    write(tmp_path / "silent.wav", np.zeros(100))
    assert decoded(tmp_path).peak == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_become_zero_and_are_told(tmp_path, bad):
    wave = WAVE.copy()
    wave[5:8] = bad
    write(tmp_path / "bad.wav", wave, subtype="FLOAT")
    recording = decoded(tmp_path)
    assert np.isfinite(recording.samples).all()
    assert any("3 samples were no finite number" in note for note in recording.notes)


def test_a_recording_cut_off_in_its_samples_gives_what_is_left(tmp_path):
    path = write(tmp_path / "cut.wav")
    path.write_bytes(path.read_bytes()[:44 + 2000])
    recording = decoded(tmp_path)
    assert len(recording.samples) == 1000
    assert recording.notes == ("the file is shorter than its header says",)


def header() -> bytes:
    """The first 20 bytes of a WAV file: its format is not told."""
    return b"RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0"


REFUSED = [
    ("empty.wav", b"", r"empty\.wav is empty \(0 bytes\)"),
    ("text.wav", b"this is a text, no sound\n" * 20, r"text\.wav is not audio that can be read"),
    ("header.wav", header(), r"header\.wav is not audio that can be read"),
    ("zeros.flac", bytes(5000), r"zeros\.flac is not audio that can be read"),
    ("flac.flac", b"fLaC" + bytes(100), r"flac\.flac is not audio that can be read"),
    ("page.mp3", b"<html><body>404 not found</body></html>" * 20, r"page\.mp3 (is not audio|holds no samples)"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED)
def test_what_is_no_sound_is_found_by_its_extension_and_refused_in_a_sentence(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AudioError, match=said):
        decoded(tmp_path)


def test_a_recording_without_samples_is_refused(tmp_path):
    write(tmp_path / "none.wav", np.zeros((0, 2)))
    with pytest.raises(AudioError, match=r"none\.wav holds no samples"):
        decoded(tmp_path)


@pytest.mark.parametrize("n_bytes", [1, 4, 8, 12, 16, 24, 36, 43, 44, 45, 46, 60])
def test_wherever_a_file_was_cut_off_it_is_read_or_refused(tmp_path, n_bytes):
    path = write(tmp_path / "cut.wav")
    path.write_bytes(path.read_bytes()[:n_bytes])
    assert outcome(path) in ("read", "refused")


@pytest.mark.parametrize("seed", range(20))
def test_damaged_headers_are_read_or_refused(tmp_path, seed):
    random = np.random.default_rng(seed)
    path = write(tmp_path / "damaged.wav")
    raw = bytearray(path.read_bytes()[:2000])
    for place in random.integers(0, 44, 4):
        raw[place] = random.integers(256)
    path.write_bytes(raw)
    assert outcome(path) in ("read", "refused")


def outcome(path: Path) -> str:
    """What becomes of a file: finite samples, a sentence with its name, or something worse."""
    try:
        recording = audio.decode(path, rate_hz=None)
    except SyllabaryError as error:
        return "refused" if path.name in str(error) else str(error)
    return "read" if len(recording.samples) and np.isfinite(recording.samples).all() else "no sound"


# Real files of every awkward kind, with a table of what libsndfile makes of each.

NEEDS_FFMPEG = (".aac", ".m4a", ".wma")


def listed(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_real_file_that_decodes_is_read_as_long_as_it_is(data_set):
    folder = data_set("formats_edge")
    rows = [row for row in listed(folder) if row["decodes_with_libsndfile"] == "yes" and row["note"] != "empty"]
    assert len(rows) > 30
    for row in rows:
        recording = audio.decode(folder / row["filename"], rate_hz=None)
        assert recording.duration_s == pytest.approx(float(row["duration_sec"]), abs=0.06), row["filename"]
        assert recording.native_rate_hz == int(row["samplerate"]), row["filename"]
        assert recording.n_channels == int(row["channels"]), row["filename"]
        assert np.isfinite(recording.samples).all(), row["filename"]


def test_every_other_real_file_is_refused_with_its_name(data_set):
    folder = data_set("formats_edge")
    rows = [row for row in listed(folder) if row["decodes_with_libsndfile"] == "no" or row["note"] == "empty"]
    assert len(rows) > 5
    for row in rows:
        path = folder / row["filename"]
        if path.suffix in NEEDS_FFMPEG and shutil.which("ffmpeg"):
            continue
        assert outcome(path) == "refused", row["filename"]


def test_every_real_file_is_found(data_set):
    folder = data_set("formats_edge")
    assert {recording.name for recording in discover.recordings(folder)} == {row["filename"] for row in listed(folder)}
