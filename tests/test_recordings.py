"""Where recordings are: as the project says, or where a person found them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from factory import make_project

from pipeline import recordings, settings
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError


@pytest.fixture(autouse=True)
def own_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))


@pytest.fixture
def moved(tmp_path):
    """A project whose recordings were moved to another folder."""
    path = make_project(tmp_path / "birds.h5", n_sounds=60, with_audio_dir=tmp_path / "audio")
    shutil.move(tmp_path / "audio", tmp_path / "elsewhere")
    with Dataset.open(path) as dataset:
        yield dataset


def test_nothing_is_said_where_all_is_in_place(tmp_path):
    with Dataset.open(make_project(tmp_path / "birds.h5", n_sounds=9, with_audio_dir=tmp_path / "audio")) as dataset:
        assert recordings.missing(dataset) == ""
        assert recordings.path_of(dataset, 0) == dataset.audio_path(0)


def test_missing_recordings_are_told_with_the_folder(moved, tmp_path):
    assert recordings.missing(moved).startswith(f"None of 3 recordings was found in {tmp_path / 'audio'}")


def test_one_that_is_gone_is_told(tmp_path):
    with Dataset.open(make_project(tmp_path / "birds.h5", n_sounds=9, with_audio_dir=tmp_path / "audio")) as dataset:
        dataset.audio_path(1).unlink()
        assert recordings.missing(dataset).startswith("1 of 3 recordings are not in")


def test_a_folder_that_was_pointed_to_is_remembered_and_the_project_untouched(moved, tmp_path):
    before = moved.path.read_bytes()
    told = recordings.look_in(moved, tmp_path / "elsewhere", roots=[tmp_path])
    assert told.startswith("3 of 3 recordings found")
    assert recordings.missing(moved) == ""
    assert recordings.path_of(moved, 2).is_file()
    assert moved.path.read_bytes() == before
    with Dataset.open(moved.path) as again:
        assert recordings.folder_of(again) == tmp_path / "elsewhere"


def test_recordings_are_found_by_name_where_folders_were_flattened(moved, tmp_path):
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in (tmp_path / "elsewhere").rglob("*.wav"):
        shutil.copy(file, flat / file.name)
    recordings.look_in(moved, flat, roots=[tmp_path])
    assert recordings.path_of(moved, 0) == flat / "song_000.wav"


def test_each_project_has_its_own_folder(moved, tmp_path):
    recordings.look_in(moved, tmp_path / "elsewhere")
    with Dataset.open(make_project(tmp_path / "other.h5", n_sounds=9)) as other:
        assert recordings.folder_of(other) != tmp_path / "elsewhere"


@pytest.mark.parametrize("folder", ["", "  ", "elsewhere", "/tmp/\0", "nobody/../../x"])
def test_what_is_no_full_path_is_refused(moved, folder):
    with pytest.raises(ParameterError):
        recordings.look_in(moved, folder, roots=[Path("/")])


def test_a_folder_outside_the_roots_is_refused_without_telling_what_is_there(moved, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    for outside in (tmp_path / "elsewhere", root / ".." / "elsewhere", root / "link", tmp_path / "nowhere"):
        with pytest.raises(ParameterError, match="lies outside the folders"):
            recordings.look_in(moved, outside, roots=[root])
    assert recordings.missing(moved)


def test_a_folder_without_these_recordings_is_refused(moved, tmp_path):
    with pytest.raises(ParameterError, match=r"holds none of the recordings\. The first would be day-1/song_000\.wav"):
        recordings.look_in(moved, tmp_path, roots=[tmp_path])
    with pytest.raises(ParameterError, match="is not a folder"):
        recordings.look_in(moved, moved.path, roots=[tmp_path])


@pytest.mark.parametrize("memory", ["", "[]", "{", '{"x": 3}'])
def test_a_damaged_memory_counts_as_empty(moved, tmp_path, memory):
    (settings.state_dir() / recordings.MEMORY).write_text(memory)
    assert recordings.missing(moved)
    recordings.look_in(moved, tmp_path / "elsewhere")
    assert recordings.missing(moved) == ""
