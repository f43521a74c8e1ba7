"""Runs: what is stale is made, what is fresh is not, every recording is accounted for, labels are kept."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline import discover, steps
from pipeline.curation import agreement, edits
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import LabelsAtRiskError, ParameterError, ProjectError, RunError
from pipeline.plan import Plan, make_plan
from pipeline.run import Report, Watcher, run
from pipeline.shelf import Shelf
from tests.sounds import song, write_songs


@pytest.fixture
def songs(tmp_path) -> Path:
    return write_songs(tmp_path / "songs")


def plan_for(songs: Path, **values) -> Plan:
    return make_plan(songs, songs.parent / "out", subject="bird", values={"n_neighbors": 5, **values})


def computed(report: Report) -> Counter:
    return Counter(step for outcome in report.outcomes for step in outcome.computed)


def test_recordings_become_a_project(songs):
    report = run(plan_for(songs), workers=1)
    assert report.failures == []
    with Dataset.open(report.project) as dataset:
        assert dataset.n_segments == report.n_segments == 24
        assert np.allclose(dataset.segments.onset_s.reshape(4, 6), 0.2 + 0.25 * np.arange(6), atol=0.01)
        assert list(dataset.files.path) == sorted(dataset.files.path)
        assert list(dataset.files.status) == ["ok"] * 4
        assert list(dataset.files.day) == ["day-1", "day-1", "day-2", "day-2"]
        assert np.isfinite(dataset.files.recorded_at).all()
        assert dataset.embedding().shape == (24, 48 * 32 + 1)
        assert np.isfinite(dataset.segments.umap).all()
        assert dataset.spectrogram(0, 0.2, 0.28).shape[0] == 123
        assert dataset.pitch(0).shape[0] == 2
        median_f0_hz = dataset.feature("pitch").values[:6, 0]
        assert np.allclose(median_f0_hz, [1500, 3000, 4500, 1500, 3000, 4500], rtol=0.03)
        assert dataset.parameters["spec_n_fft"] == dataset.parameters["n_fft"] == 512


def test_a_second_run_computes_nothing(songs):
    first = run(plan_for(songs), workers=1)
    again = run(plan_for(songs), workers=1)
    assert computed(first) == dict.fromkeys(steps.PER_RECORDING, 4)
    assert computed(again) == {}
    with Dataset.open(first.project) as dataset:
        assert dataset.n_segments == 24


@pytest.mark.parametrize(("change", "stale"), [
    ({"n_fft": 256}, {"spectrogram"}),
    ({"pitch_floor": 400.0}, {"pitch"}),
    ({"emb_bands": 24}, {"embed"}),
    ({"seg_min_length": 0.2}, {"segment", "embed"}),
    ({"sr": 24_000}, set(steps.PER_RECORDING)),
    ({"n_neighbors": 7}, set()),
])
def test_a_changed_parameter_recomputes_just_what_depends_on_it(songs, change, stale):
    run(plan_for(songs), workers=1)
    assert set(computed(run(plan_for(songs, **change), workers=1))) == stale


def test_a_new_recording_is_the_only_one_computed(songs):
    run(plan_for(songs), workers=1)
    soundfile.write(songs / "new.wav", song([0.5, 1.0]), 32_000)
    report = run(plan_for(songs), workers=1)
    assert computed(report) == dict.fromkeys(steps.PER_RECORDING, 1)
    assert report.n_segments == 26


def test_each_recording_is_decoded_once(songs, monkeypatch):
    decoded = []
    decode = steps.audio.decode
    monkeypatch.setattr(steps.audio, "decode", lambda path, **given: decoded.append(path) or decode(path, **given))
    run(plan_for(songs), workers=1)
    assert len(decoded) == 4
    run(plan_for(songs, sr=24_000, n_fft=256), workers=1)
    assert len(decoded) == 8
    run(plan_for(songs, sr=24_000, n_fft=256, n_neighbors=4), workers=1)
    assert len(decoded) == 8


def test_a_step_alone_makes_what_it_needs_and_no_more(songs):
    report = run(plan_for(songs), chosen=["pitch"], workers=1)
    assert computed(report) == {"pitch": 4}
    assert report.project is None
    report = run(plan_for(songs), chosen=["embed"], workers=1)
    assert computed(report) == {"segment": 4, "embed": 4}
    report = run(plan_for(songs), chosen=["export"], workers=1)
    assert computed(report) == {}
    with Dataset.open(report.project) as dataset:          # all that is there goes into the file
        assert dataset.pitch(0) is not None
        assert dataset.embedding().shape[0] == 24
        assert dataset.spectrogram(0, 0, 1) is None


def test_restart_begins_anew(songs):
    run(plan_for(songs), workers=1)
    assert computed(run(plan_for(songs), workers=1, restart=True)) == dict.fromkeys(steps.PER_RECORDING, 4)


def test_workers_change_nothing(songs):
    run(plan_for(songs), chosen=["embed", "export"], workers=1)
    with Dataset.open(songs.parent / "out/bird.h5") as dataset:
        alone = dataset.embedding()
    run(plan_for(songs), chosen=["embed", "export"], workers=2, restart=True)
    with Dataset.open(songs.parent / "out/bird.h5") as dataset:
        assert np.array_equal(dataset.embedding(), alone)


def test_bad_recordings_are_told_and_the_good_ones_give_a_project(songs):
    (songs / "text.wav").write_text("no audio at all")
    (songs / "empty.wav").write_bytes(b"")
    soundfile.write(songs / "silent.flac", np.zeros(32_000), 32_000)
    report = run(plan_for(songs), workers=1)
    why = dict(report.failures)
    assert set(why) == {"text.wav", "empty.wav", "silent.flac"}
    assert "is not audio" in why["text.wav"]
    assert "is empty" in why["empty.wav"]
    assert why["silent.flac"] == "no sounds found"
    with Dataset.open(report.project) as dataset:
        assert dataset.n_segments == 24
        assert len(dataset.files.status) == 7
        status = dict(zip(dataset.files.path, dataset.files.status, strict=True))
        assert status["text.wav"].startswith("is not audio")
        assert status["empty.wav"] == "is empty (0 bytes)."


def test_a_recording_that_goes_away_meanwhile_is_told(songs, monkeypatch):
    found = discover.recordings(songs)
    found[0].path.unlink()
    monkeypatch.setattr("pipeline.run.discover.recordings", lambda _folder: found)
    report = run(plan_for(songs), workers=1)
    assert [name for name, _why in report.failures] == [found[0].name]
    assert "is not a file" in report.failures[0][1]


def test_a_full_disk_ends_the_run_and_is_no_fault_of_the_recordings(songs, monkeypatch):
    def put(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Shelf, "put", put)
    with pytest.raises(OSError, match="No space left"):
        run(plan_for(songs), workers=1)


def test_if_nothing_can_be_read_the_reasons_are_told(tmp_path):
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "a.wav").write_text("text")
    with pytest.raises(RunError, match=r"The one recording could not be used:\n  a\.wav: is not audio"):
        run(plan_for(tmp_path / "songs"), workers=1)


def test_few_sounds_and_none_still_give_a_useful_project(tmp_path):
    for name, onsets_s in (("none", []), ("one", [0.5]), ("two", [0.5, 1.0]), ("three", [0.5, 1.0, 1.5])):
        folder = tmp_path / name
        folder.mkdir()
        soundfile.write(folder / "a.wav", song(onsets_s), 32_000)
        notes = Notes()
        report = run(make_plan(folder, folder, subject=name, values={}), workers=1, watcher=notes)
        with Dataset.open(report.project) as dataset:
            assert dataset.n_segments == len(onsets_s)
            assert np.isfinite(dataset.segments.umap).all()
        assert any("too few sounds for a map" in note for note in notes.sentences) == (len(onsets_s) < 3)


class Notes(Watcher):
    def __init__(self) -> None:
        self.sentences: list[str] = []

    def note(self, sentence: str) -> None:
        self.sentences.append(sentence)


def test_a_high_native_rate_names_the_fitting_preset(tmp_path):
    (tmp_path / "bats").mkdir()
    soundfile.write(tmp_path / "bats/a.wav", song([0.5, 1.0], rate_hz=384_000, freq_hz=3000), 384_000)
    notes = Notes()
    run(plan_for(tmp_path / "bats"), workers=1, watcher=notes)
    assert any("384000 Hz" in note and "--preset bat" in note for note in notes.sentences)


def test_true_labels_of_clips_reach_the_project(songs):
    plan = make_plan(songs, songs.parent / "out", subject="bird", values={"segmenter": "files"},
                     clip_labels={"day-1/bird_2024-03-01T06-00-00.wav": "song"})
    with Dataset.open(run(plan, workers=1).project) as dataset:
        assert dataset.segments.label == ("song", "", "", "")
        assert np.allclose(dataset.segments.duration_s, 2.0)


def test_labels_survive_a_run_that_changes_no_sound_and_their_history_too(songs):
    project = run(plan_for(songs), workers=1).project
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 1, 2], name="stack")
    run(plan_for(songs, n_fft=256, n_neighbors=7), workers=1)
    with Workspace.open(project, user="me") as workspace:
        assert workspace.labels.ids[:4].tolist() == [1, 1, 1, 0]
        assert workspace.labels.clusters[1].name == "stack"
        workspace.undo()
        assert not workspace.labels.ids.any()


def test_labels_are_carried_to_the_sounds_that_are_still_there(songs):
    project = run(plan_for(songs), workers=1).project
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[6, 7], name="stack")
        old_id = workspace.dataset.project_id
    soundfile.write(songs / "a-new-one.wav", song([0.5, 1.0]), 32_000)          # comes first: every id moves
    run(plan_for(songs), workers=1)
    with Workspace.open(project, user="me") as workspace:
        assert np.flatnonzero(workspace.labels.ids).tolist() == [8, 9]
        assert workspace.labels.clusters[1].name == "stack"
        assert workspace.dataset.project_id != old_id


def test_a_run_that_would_lose_labels_is_refused_unless_told_so(songs):
    project = run(plan_for(songs), workers=1).project
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 1, 2])
    before = project.read_bytes()
    other = plan_for(songs, seg_min_length=0.2)             # finds nothing
    with pytest.raises(LabelsAtRiskError, match="labels for 3 sounds"):
        run(other, workers=1)
    assert project.read_bytes() == before
    run(other, workers=1, replace=True)
    with Workspace.open(project, user="me") as workspace:
        assert len(workspace.labels) == 0


def test_a_file_that_is_no_project_is_not_written_over(songs):
    target = songs.parent / "out/bird.h5"
    target.parent.mkdir()
    target.write_text("somebody's notes")
    with pytest.raises(ProjectError):
        run(plan_for(songs), workers=1)
    assert target.read_text() == "somebody's notes"


def test_two_runs_on_one_subject_do_not_meet(songs):
    class Second(Watcher):
        refused = ""

        def begin(self, step: str, total: float, *, title: str = "") -> None:
            if step == "export":
                with pytest.raises(RunError, match="Another run works"):
                    run(plan_for(songs), workers=1)
                Second.refused = step

    run(plan_for(songs), workers=1, watcher=Second())
    assert Second.refused


def test_odd_values_are_refused_by_name(songs):
    for values, words in (({"n_fft": 3}, "n_fft is 3"), ({"sr": 1}, "sr is 1"), ({"segmenter": "no"}, "no segmenter"),
                          ({"spec_min_freq": 9000.0}, "No row")):
        with pytest.raises((ParameterError, RunError), match=words):
            run(plan_for(songs, **values), workers=1)
    with pytest.raises(ParameterError, match="cannot be part of a file name"):
        make_plan(songs, songs, subject="../bird", values={})


def test_an_edit_made_while_the_project_is_written_anew_is_not_lost(songs):
    project = run(plan_for(songs), workers=1).project
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 1], name="trill")
        watcher = EditsMeanwhile(workspace)
        run(plan_for(songs, n_neighbors=7), workers=1, watcher=watcher)
        watcher.saving.join()
    with Workspace.open(project, user="me") as workspace:       # file and journal agree, or this would be refused
        assert workspace.labels.members(1).tolist() == [0, 1]
        assert workspace.labels.members(2).tolist() == [7]
        assert workspace.labels.title(1) == "C1 “trill”"
        workspace.undo()
        assert workspace.labels.members(2).tolist() == []
    with Dataset.open(project) as dataset:
        assert dataset.parameters["n_neighbors"] == 7


class EditsMeanwhile(Watcher):
    """A person who edits while the project file is being written."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.saving = workspace, None

    def advance(self, step: str, amount: float) -> None:
        if step == "export" and self.saving is None:
            self.workspace.edit(edits.assign, segment_ids=[7])
            self.saving = threading.Thread(target=agreement.settle, args=(self.workspace.path, self.workspace.labels))
            self.saving.start()
            self.saving.join(timeout=0.3)       # it waits for the file; the edit is in the journal
