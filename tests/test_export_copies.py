"""Sorted copies: the sounds themselves, sample for sample, where the list says they are from."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas
import pytest
import soundfile
from click.testing import CliRunner

from pipeline import exporting, params, store
from pipeline.__main__ import cli
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ExportError, ParameterError
from pipeline.exporters.copies import Copies
from tests import factory


@pytest.fixture
def project(tmp_path):
    return factory.make_project(tmp_path / "bird.h5", n_sounds=12, with_audio_dir=tmp_path / "audio",
                                cluster_ids=[1, 2, 3, 0] * 3, clusters=[(1, "trill", "#112233", ""),
                                                                        (2, "../a/b:\n?", "#112233", "")])


@pytest.fixture
def workspace(project):
    with Workspace.open(project, user="me") as workspace:
        yield workspace


def export(workspace, path, **values):
    return exporting.export(workspace.dataset, workspace.labels, path, format="copies", values=values)


def listed(path) -> pandas.DataFrame:
    return pandas.read_csv(path, sep="\t", keep_default_na=False)


def make_whole(path, names):
    """Recordings that are one sound each, and one that has another beside it."""
    (path.parent / "audio" / "day").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in names:
        soundfile.write(path.parent / "audio" / name, rng.normal(0, 0.1, 800), 8000)
    m = len(names)
    with store.create(path, factory.PARAMETERS, data_dir=path.parent / "audio") as writer:
        writer.files(file_id=np.arange(m), filename=[name.rpartition("/")[2] for name in names], path=names,
                     sr=np.full(m, 8000), duration_sec=np.full(m, 0.1), recorded_at=np.full(m, np.nan),
                     status=["ok"] * m, day=[""] * m, note=[""] * m)
        writer.segments(segment_id=np.arange(m + 1), file_id=[*range(m), m - 1], onset_sec=[*[0.0] * m, 0.05],
                        duration_sec=[*[0.1] * m, 0.05], umap=np.zeros((m + 1, 2), np.float32),
                        cluster_id=np.zeros(m + 1, np.int32))
        writer.clusters([], [], [], [])
    return path


def test_every_sound_is_what_its_recording_holds_there(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out")
    table = listed(folder / "original_filenames.txt")
    assert len(table) == 12
    assert sorted(folder.rglob("*.wav")) == sorted(folder / name for name in table.name)
    for line in table.itertuples():
        samples, rate_hz = soundfile.read(folder / line.name, dtype="int16")
        whole, _rate_hz = soundfile.read(tmp_path / "audio" / line.recording, dtype="int16")
        first, last = round(line.onset_s * rate_hz), round((line.onset_s + line.duration_s) * rate_hz)
        assert np.array_equal(samples, whole[first:last])


def test_folders_and_names_tell_cluster_order_recording_and_onset(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out")
    assert sorted(path.name for path in (folder / "clusters").iterdir()) == [
        "cluster_0000_unassigned", "cluster_0001_trill", "cluster_0002_.._a_b_ _", "cluster_0003"]
    assert sorted(path.name for path in (folder / "clusters" / "cluster_0001_trill").iterdir()) == [
        "00000_day-1_song_000_0.050.wav", "00001_day-1_song_001_0.050.wav", "00002_day-2_song_002_0.050.wav"]
    assert listed(folder / "original_filenames.txt").cluster.tolist()[-3:] == ["unassigned"] * 3


def test_numbers_follow_the_order_that_was_asked_for(workspace, tmp_path):
    table = listed(export(workspace, tmp_path / "list.txt", how="list", order="duration"))
    assert all(part.is_monotonic_increasing for _name, part in table.groupby("cluster").duration_s)
    assert table.duration_s.tolist() != listed(export(workspace, tmp_path / "time.txt", how="list")).duration_s.tolist()


def test_the_list_alone_is_one_file_and_needs_no_recordings(tmp_path):
    with Workspace.open(factory.make_project(tmp_path / "bird.h5", n_sounds=8)) as workspace:
        table = listed(export(workspace, tmp_path / "list.txt", how="list", clusters="0"))
        assert table.name[0] == "clusters/cluster_0000_unassigned/00000_day-1_song_000_0.050.wav"
        with pytest.raises(ExportError, match="pointed to"):
            export(workspace, tmp_path / "out")
        assert "cannot be made" in exporting.notes(workspace.dataset, workspace.labels, format="copies")[0]
    assert sorted(path.name for path in tmp_path.glob("*")) == ["bird.h5", "list.txt"]


def test_what_is_around_a_sound_comes_with_it_as_far_as_there_is_any(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", margin=0.1, clusters="trill")
    first = listed(folder / "original_filenames.txt").iloc[0]
    assert soundfile.info(folder / first["name"]).duration == pytest.approx(0.05 + first.duration_s + 0.1, abs=1e-3)


def test_a_recording_that_is_one_sound_is_copied_as_it_is(tmp_path):
    path = make_whole(tmp_path / "drums.h5", ["day/kick.flac", "snare.WAV", "two.wav"])
    with Workspace.open(path) as workspace:
        folder = export(workspace, tmp_path / "out")
        names = [path.name for path in sorted(folder.rglob("0*"))]
        assert names == ["00000_snare.WAV", "00001_two_0.000.wav", "00002_two_0.050.wav", "00003_day_kick.flac"]
        audio = tmp_path / "audio"
        assert next(folder.rglob("*.flac")).read_bytes() == (audio / "day" / "kick.flac").read_bytes()
        linked = export(workspace, tmp_path / "linked", how="link")
        assert next(linked.rglob("*snare*")).samefile(audio / "snare.WAV")
        assert not next(linked.rglob("*two_0.000*")).samefile(audio / "two.wav")


def test_what_is_no_recording_is_not_copied(tmp_path):
    path = make_whole(tmp_path / "drums.h5", ["a.wav", "b.wav"])
    (tmp_path / "audio" / "a.wav").write_text("root:x:0:0")
    with Workspace.open(path) as workspace, pytest.raises(ExportError, match="not audio"):
        export(workspace, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_stereo_recording_of_24_bits_stays_so(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=3, with_audio_dir=tmp_path / "audio")
    source = next((tmp_path / "audio").rglob("song_000.wav"))
    samples = np.random.default_rng(1).integers(-2**23, 2**23, (soundfile.info(source).frames, 2)).astype(np.int32) << 8
    soundfile.write(source, samples, factory.RATE_HZ, subtype="PCM_24")
    with Workspace.open(path) as workspace:
        folder = export(workspace, tmp_path / "out")
    made = next(folder.rglob("*song_000*"))
    assert (soundfile.info(made).subtype, soundfile.info(made).channels) == ("PCM_24", 2)
    found = soundfile.read(made, dtype="int32")[0]
    assert np.array_equal(found, samples[800:800 + len(found)])


def test_the_command_makes_a_zip_of_some_clusters(project, tmp_path):
    out = tmp_path / "some.zip"
    done = CliRunner().invoke(cli, ["export", str(project), "--format", "copies", "-o", str(out), "--clusters",
                                    "trill"])
    assert done.exit_code == 0, done.output
    assert "9 sounds were not asked for" in done.output
    with zipfile.ZipFile(out) as packed:
        names = packed.namelist()
    assert len(names) == 4
    assert names[-1] == "some/original_filenames.txt"
    assert all(name.startswith("some/clusters/cluster_0001_trill/0000") for name in names[:-1])


def test_an_order_that_the_project_cannot_have_is_told_before_anything_is_made(tmp_path):
    path = make_whole(tmp_path / "drums.h5", ["a.wav"])
    with Workspace.open(path) as workspace, pytest.raises(ParameterError):
        export(workspace, tmp_path / "out", order="leaf")
    with pytest.raises(ParameterError, match="order"):
        params.make(Copies, {"order": "alphabet"})
    assert not (tmp_path / "out").exists()


def test_edits_are_in_the_next_copies(workspace, tmp_path):
    workspace.edit(edits.assign, segment_ids=[0], name="new")
    folder = export(workspace, tmp_path / "out", clusters="new")
    assert [path.name for path in folder.rglob("*.wav")] == ["00000_day-1_song_000_0.050.wav"]
