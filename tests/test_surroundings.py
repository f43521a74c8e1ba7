"""Stretches of a recording: pictures, waveforms, sounds; and what is not there."""

from __future__ import annotations

import numpy as np
import pytest
from factory import RATE_HZ, make_project

from pipeline import surroundings
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ParameterError, ProjectError
from pipeline.surroundings import HEIGHT_PX, WIDTH_PX, Frames, on_grid

LEVELS = (-127.0, 0.0)


@pytest.fixture
def birds(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    with Dataset.open(make_project(tmp_path / "birds.h5", n_sounds=60, with_audio_dir=tmp_path / "audio")) as dataset:
        yield dataset


@pytest.mark.parametrize(("from_ms", "to_ms"), [(0, 100), (125, 375), (1000, 0), (0, 0), (0, 128_000), (1, 126)])
def test_stretches_off_the_grid_are_refused(from_ms, to_ms):
    with pytest.raises(ParameterError, match="multiple of their length"):
        on_grid(from_ms, to_ms)


def test_a_stretch_after_ten_days_is_refused():
    with pytest.raises(ParameterError):
        on_grid(125 * 10**12, 125 * (10**12 + 1))
    with pytest.raises(ParameterError):
        surroundings.any_stretch(10**400, 10**400 + 5)


def test_each_frame_is_drawn_where_its_time_is():
    values = np.full((4, 100), -127, np.int8)
    values[:, 40] = 0                                     # centred at 0.4 s
    shades = surroundings.drawn(Frames(values, 0, 0.01, LEVELS), on_grid(0, 1000))
    assert shades.shape == (HEIGHT_PX, WIDTH_PX)
    assert abs(shades[0].argmax() - 0.4 * WIDTH_PX) <= 2
    later = surroundings.drawn(Frames(values[:, 30:], 30, 0.01, LEVELS), on_grid(0, 1000))
    assert abs(later[0].argmax() - 0.4 * WIDTH_PX) <= 2


def test_nothing_is_drawn_beyond_the_recording():
    values = np.full((4, 100), -60, np.int8)              # ends at 0.995 s
    shades = surroundings.drawn(Frames(values, 0, 0.01, LEVELS), on_grid(0, 2000))
    n_drawn = round(0.995 / 2 * WIDTH_PX)
    assert shades[:, :n_drawn].all()
    assert not shades[:, n_drawn:].any()


def test_neighbouring_pictures_meet_as_one_that_spans_both(birds):
    whole = surroundings.picture(birds, 0, on_grid(0, 1000), LEVELS).astype(float)
    halves = [surroundings.picture(birds, 0, on_grid(a, a + 500), LEVELS)[:, ::2] for a in (0, 500)]
    together = np.concatenate(halves, axis=1).astype(float)
    assert np.abs(together - whole).mean() < 3


def test_a_picture_shows_a_bar_where_each_sound_is(birds):
    shades = surroundings.picture(birds, 0, on_grid(0, 1000), LEVELS)
    onset_s, duration_s = birds.segments.onset_s[1], birds.segments.duration_s[1]
    middle, gap = round((onset_s + duration_s / 2) * WIDTH_PX), round((onset_s - 0.02) * WIDTH_PX)
    assert shades[:, middle].max() > 150
    assert shades[:, gap].max() < 20


def test_a_picture_after_the_end_or_of_an_unknown_recording_is_told(birds):
    with pytest.raises(ProjectError, match="has nothing at 64 s"):
        surroundings.picture(birds, 0, on_grid(64_000, 128_000), LEVELS)
    with pytest.raises(ProjectError, match="no recording with the id 99"):
        surroundings.about(birds, 99)


def test_sounds_of_a_stretch_are_those_that_touch_it(birds):
    found = surroundings.sounds(birds, 1, on_grid(0, 500))
    rows = birds.rows_of(found["ids"])
    segments = birds.segments
    assert (segments.file_id[rows] == 1).all()
    expected = np.flatnonzero((segments.file_id == 1) & (segments.onset_s < 0.5))
    assert sorted(rows) == expected.tolist()
    assert found["onset_s"] == sorted(found["onset_s"])


def test_the_waveform_holds_the_lowest_and_highest_of_each_part(birds):
    part = on_grid(0, 1000)
    wave = surroundings.wave(birds, 0, part)
    assert wave.shape == (WIDTH_PX, 2)
    assert (wave[:, 0] <= wave[:, 1]).all()
    middle = round((birds.segments.onset_s[0] + 0.02) * WIDTH_PX)
    assert wave[middle, 1] > 0.4
    assert wave[0].tolist() == [0, 0]


@pytest.mark.parametrize("n_samples", [0, 1, 200, 1024, 4000])
def test_an_envelope_never_leaves_out_a_sample(n_samples):
    samples = np.random.default_rng(1).normal(size=n_samples).astype(np.float32)
    found = surroundings.envelope(samples, n_whole=4000)
    if n_samples:
        assert np.nanmax(found) == samples.max()
        assert np.nanmin(found) == samples.min()
    n_parts = np.count_nonzero(np.isfinite(found[:, 0]))
    assert n_parts == min(WIDTH_PX, np.ceil(n_samples * WIDTH_PX / 4000))


def test_without_spectrograms_one_is_made_from_the_recording(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    path = make_project(tmp_path / "bare.h5", n_sounds=20, with_spectrograms=False, with_audio_dir=tmp_path / "audio")
    with Dataset.open(path) as dataset:
        about = surroundings.about(dataset, 0)
        assert about["freq_hz"][1] < RATE_HZ / 2
        assert about["why"] == ""
        shades = surroundings.picture(dataset, 0, on_grid(0, 500), LEVELS)
        assert shades.max() > 200
        monkeypatch.setattr(surroundings, "MADE_SAMPLES", 10)
        surroundings._made.cache_clear()
        assert "too long" in surroundings.about(dataset, 0)["why"]


def test_without_spectrograms_and_recordings_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    with Dataset.open(make_project(tmp_path / "bare.h5", n_sounds=20, with_spectrograms=False)) as dataset:
        about = surroundings.about(dataset, 0)
        assert about["freq_hz"] is None
        assert not about["audio"]
        assert "holds no spectrogram" in about["why"]
        with pytest.raises(AudioError, match="is not there"):
            surroundings.wave(dataset, 0, on_grid(0, 500))


def test_a_place_tells_the_recording_and_the_clock(birds):
    place = surroundings.place(birds, 25)
    assert place["name"] == birds.files.path[birds.files.row_of(place["file"])]
    assert place["onset_s"] == pytest.approx(birds.segments.onset_s[25])
    assert place["recorded"] == surroundings.moment(1.7e9 + 3600 * place["file"] + place["onset_s"])


@pytest.mark.parametrize(("time_s", "text"), [
    (float("nan"), ""), (0.0, "1970-01-01 00:00:00"), (1.7e9, "2023-11-14 22:13:20"),
])
def test_moments_are_written_as_the_recorder_had_them(time_s, text):
    assert surroundings.moment(time_s) == text
