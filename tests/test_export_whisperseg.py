"""Corrected sounds as training data for WhisperSeg: what its own reader wants, and back again."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas
import pytest
import soundfile
from click.testing import CliRunner

from pipeline import exporting, importers
from pipeline.__main__ import cli
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.plan import make_plan
from pipeline.run import run
from tests import factory
from tests.sounds import song, write_songs


@pytest.fixture
def project(tmp_path):
    """A project over three recordings in two folders, one of them without a sound."""
    songs = write_songs(tmp_path / "songs", n_files=2)
    soundfile.write(songs / "day-1" / "quiet.wav", np.zeros(32_000), 32_000)
    stereo = np.stack([song([0.3, 0.6]), song([0.3, 0.6])], axis=1)
    soundfile.write(songs / "day-2" / "both.flac", stereo, 32_000)
    return run(make_plan(songs, tmp_path / "out", subject="bird", values={"n_neighbors": 5}), workers=1,
               chosen=("segment", "embed", "export")).project


@pytest.fixture
def workspace(project):
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 1, 2], name="trill, “long”")
        workspace.edit(edits.assign, segment_ids=[3], name="")
        yield workspace


def export(workspace, path, **values):
    return exporting.export(workspace.dataset, workspace.labels, path, format="whisperseg", values=values)


def published_pairs(folder):
    """As the published program looks for its data: each .wav with a .csv of the same name, in one folder."""
    return {path.stem: pandas.read_csv(path.with_suffix(".csv")) for path in folder.iterdir() if path.suffix == ".wav"}


def test_every_recording_with_sounds_is_a_sound_file_and_a_table(workspace, tmp_path):
    folder = export(workspace, tmp_path / "train")
    pairs = published_pairs(folder)
    assert sorted(pairs) == ["bird_2024-03-01T06-00-00", "bird_2024-03-02T06-00-00", "both"]
    assert len(list(folder.iterdir())) == 6
    assert all(list(table.columns) == ["onset", "offset", "cluster"] for table in pairs.values())
    first, segments = pairs["bird_2024-03-01T06-00-00"], workspace.dataset.segments
    assert np.allclose(first["onset"], segments.onset_s[:6], atol=1e-6)
    assert np.allclose(first["offset"], (segments.onset_s + segments.duration_s)[:6], atol=1e-6)
    assert list(first["cluster"]) == ["trill, “long”"] * 3 + ["C2"] + ["Vocal"] * 2


def test_recordings_are_mono_waves_at_their_own_rate(workspace, tmp_path):
    folder = export(workspace, tmp_path / "train")
    for path in folder.glob("*.wav"):
        about = soundfile.info(path)
        assert (about.format, about.channels, about.samplerate) == ("WAV", 1, 32_000)
    mono = soundfile.read(folder / "both.wav")[0]
    assert np.allclose(mono, song([0.3, 0.6]), atol=1e-4)


def test_what_is_exported_comes_back_the_same(workspace, tmp_path):
    folder = export(workspace, tmp_path / "train")
    plan = make_plan(folder, tmp_path / "again", subject="bird", values={
        "segmenter": "table", "seg_segments_from": str(folder), "seg_labels_as": "clusters"})
    with Dataset.open(run(plan, workers=1, chosen=("segment", "export")).project) as back:
        names = {cluster.cluster_id: cluster.name for cluster in back.clusters()}
        labels = workspace.labels
        mine = [labels.clusters[number].name or f"C{number}" if number else "Vocal" for number in labels.ids.tolist()]
        assert [names[number] for number in back.cluster_ids().tolist()] == mine
        assert np.allclose(back.segments.onset_s, workspace.dataset.segments.onset_s, atol=1e-6)
        assert np.allclose(back.segments.duration_s, workspace.dataset.segments.duration_s, atol=2e-6)


def test_its_tables_fit_the_recordings_they_came_from(workspace, tmp_path):
    table = importers.read_segments(export(workspace, tmp_path / "train"))
    found, problems = importers.match(table, workspace.dataset.files.path)
    assert problems == []
    assert sum(map(len, found.values())) == workspace.dataset.n_segments


def test_recordings_without_a_sound_come_on_request(workspace, tmp_path):
    assert len(published_pairs(export(workspace, tmp_path / "with", silent=True))["quiet"]) == 0
    assert published_pairs(export(workspace, tmp_path / "named", unassigned="call"))["both"]["cluster"][0] == "call"


def test_equal_names_in_different_folders_stay_apart(tmp_path):
    songs = tmp_path / "songs"
    for folder, ending in (("day-1", "wav"), ("day-2", "wav"), ("day-2", "flac")):
        (songs / folder).mkdir(parents=True, exist_ok=True)
        soundfile.write(songs / folder / f"a.{ending}", song([0.3, 0.8]), 32_000)
    plan = make_plan(songs, tmp_path / "out", subject="bird", values={})
    with Workspace.open(run(plan, workers=1, chosen=("segment", "export")).project) as workspace:
        pairs = published_pairs(export(workspace, tmp_path / "train"))
    assert len(pairs) == 3
    assert {"day-1__a", "day-2__a"} < set(pairs)
    assert [len(table) for table in pairs.values()] == [2, 2, 2]


def test_a_zip_holds_the_same_files(workspace, tmp_path):
    folder, packed = export(workspace, tmp_path / "train"), export(workspace, tmp_path / "train.zip")
    with zipfile.ZipFile(packed) as file:
        inside = {name: file.read(name) for name in file.namelist()}
    assert inside == {f"train/{path.name}": path.read_bytes() for path in folder.iterdir()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "songs", "train", "train.zip"]


def test_a_folder_with_something_in_it_is_left_alone(workspace, tmp_path):
    (tmp_path / "train").mkdir()
    export(workspace, tmp_path / "train")
    before = sorted(path.name for path in (tmp_path / "train").iterdir())
    with pytest.raises(ExportError, match=r"is there already\. Choose another name"):
        export(workspace, tmp_path / "train")
    assert sorted(path.name for path in (tmp_path / "train").iterdir()) == before


def test_missing_recordings_are_told_and_nothing_is_left_behind(tmp_path):
    with Workspace.open(factory.make_project(tmp_path / "bird.h5", n_sounds=4)) as workspace:
        with pytest.raises(ExportError, match="The recordings are looked for in"):
            export(workspace, tmp_path / "train")
        assert [path.name for path in tmp_path.iterdir() if "train" in path.name] == []


def test_a_disk_without_room_is_told_before_anything_is_written(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1_000_000})())
    with pytest.raises(ExportError, match="MB left, but whisperseg of it needs"):
        export(workspace, tmp_path / "train")
    assert not (tmp_path / "train").exists()


def test_the_command_writes_the_folder(project, tmp_path):
    done = CliRunner().invoke(cli, ["export", str(project), "--format", "whisperseg", "-o", str(tmp_path / "train")])
    assert done.exit_code == 0, done.output
    assert len(published_pairs(tmp_path / "train")) == 3
