"""Further recordings in a project: behind the old sounds, found and placed alike; what was there stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile

from pipeline import extend, integrity, orders, run, steps, store
from pipeline.arrange import on_project
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, ProjectError, RunError
from pipeline.extend import Extension
from pipeline.extending import placing
from pipeline.plan import make_plan
from pipeline.shelf import Shelf
from pipeline.tasks.extend import Extend, summary
from pipeline.tasks.recompute_map import RecomputeMap
from pipeline.watcher import Watcher
from tests.curation import projects
from tests.sounds import song, write_songs


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with ``songs/`` (4 recordings of 6 sounds) and the project ``out/bird.h5``, made once."""
    folder = tmp_path_factory.mktemp("made")
    write_songs(folder / "songs")
    run.run(make_plan(folder / "songs", folder / "out", subject="bird", values={"n_neighbors": 5}), workers=1)
    return folder


@pytest.fixture
def place(made, tmp_path) -> Path:
    """A copy of it, whose project says where its recordings are now."""
    shutil.copytree(made, tmp_path / "lab")
    with h5py.File(tmp_path / "lab/out/bird.h5", "r+") as file:
        file["parameters"].attrs["data_dir"] = str(tmp_path / "lab/songs")
    return tmp_path / "lab"


def sing(path: Path, onsets_s: tuple[float, ...] = (0.2, 0.7, 1.2), *, seed: int = 9) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, song(list(onsets_s), seed=seed), 32_000)
    return path


class Notes(Watcher):
    def __init__(self) -> None:
        self.sentences: list[str] = []

    def note(self, sentence: str) -> None:
        self.sentences.append(sentence)


def extended(place: Path, folder: Path | None = None, **given) -> Extension:
    return extend.extend(place / "out/bird.h5", folder or place / "songs", workers=1, **given)


def table(project: Path) -> dict[int, tuple]:
    """What every sound is, by id."""
    with Dataset.open(project) as dataset:
        files, sounds = dataset.files, dataset.segments
        paths = [files.path[row] for row in files.rows_of(sounds.file_id)]
        rows = zip(paths, sounds.onset_s, sounds.duration_s, map(tuple, sounds.umap), map(tuple, sounds.pca),
                   map(tuple, dataset.embedding()), dataset.feature("pitch").values.tolist(), strict=True)
        return dict(zip(sounds.segment_id.tolist(), rows, strict=True))


def test_new_sounds_come_behind_the_old_ones_which_stay(place):
    project = place / "out/bird.h5"
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 3], name="trill")
        before = workspace.dataset.project_id
    old = table(project)
    sing(place / "songs/day-0/new.wav")
    done = extended(place)
    assert (done.n_sounds, done.n_known, len(done.report.jobs)) == (3, 4, 1)
    new = table(project)
    assert list(new) == [*old, 24, 25, 26]
    assert {number: new[number] for number in old} == old
    assert {row[0] for number, row in new.items() if number >= 24} == {"day-0/new.wav"}
    with Workspace.open(project, user="me") as workspace:
        assert workspace.dataset.project_id == before
        assert workspace.labels.ids.tolist() == [1, 0, 0, 1] + [0] * 23
        workspace.undo()
        assert not workspace.labels.ids.any()
        dataset = workspace.dataset
        assert dataset.files.file_id.tolist() == [0, 1, 2, 3, 4]
        assert dataset.files.data_dir == ("",) * 5
        assert dataset.placed().tolist() == [False] * 24 + [True] * 3
        assert dataset.spectrogram(4, 0.2, 0.28).shape == dataset.spectrogram(0, 0.2, 0.28).shape
        assert dataset.pitch(4).shape[0] == 2
        assert np.isfinite(dataset.feature("pitch").values[24:, 0]).all()
    assert [found for found in integrity.check(project) if found.kind == "problem"] == []
    assert not (place / "out/bird.extending.work").exists()


def test_a_sound_like_an_old_one_lies_where_that_one_does(place):
    shutil.copy(place / "songs/day-1/bird_2024-03-01T06-00-00.wav", place / "songs/again.wav")
    extended(place)
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert dataset.n_segments == 30
        assert np.allclose(dataset.segments.umap[24:], dataset.segments.umap[:6], atol=0.01)
        assert np.allclose(dataset.segments.pca[24:], dataset.segments.pca[:6], atol=1e-3)


def test_what_is_there_already_is_passed_over_and_told(place):
    before = (place / "out/bird.h5").read_bytes()
    notes = Notes()
    done = extended(place, watcher=notes)
    assert (done.n_known, done.n_sounds) == (4, 0)
    assert summary(done) == "Nothing new: all 4 recordings are in the project already."
    assert any("4 recordings are in the project already and stay as they are" in note for note in notes.sentences)
    assert (place / "out/bird.h5").read_bytes() == before


def test_a_recording_that_was_changed_is_told_and_passed_over(place):
    sing(place / "songs/day-1/bird_2024-03-01T06-00-00.wav", (0.2,))
    soundfile.write(place / "songs/day-1/bird_2024-03-01T06-00-00.wav", song([0.2], duration_s=3.0), 32_000)
    done = extended(place)
    assert (done.n_known, done.n_changed) == (3, 1)
    assert any("1 recording has changed" in note for note in done.notes)


def test_another_folder_keeps_its_own_place_and_may_be_given_again(place):
    more = place / "more"
    sing(more / "day-1/bird_2024-03-01T06-00-00.wav")             # the name of an old recording, another content
    sing(more / "late.wav", (0.3, 0.9))
    assert extended(place, more).n_sounds == 5
    with Dataset.open(place / "out/bird.h5") as dataset:
        names = dataset.files.path[4:]
        assert names == ("more/day-1/bird_2024-03-01T06-00-00.wav", "more/late.wav")
        assert [dataset.audio_path(k) for k in (4, 5)] == [place / name for name in names]
        assert dataset.audio_path(0).is_file()
    sing(more / "later.wav")
    again = extended(place, more)
    assert (again.n_known, again.n_sounds) == (2, 3)
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert dataset.segments.segment_id.tolist() == list(range(32))
        assert dataset.files.file_id.tolist() == list(range(7))


def test_two_folders_of_one_name_are_told_apart(place):
    for side in ("left", "right"):
        sing(place / side / "songs/new.wav")
        extended(place, place / side / "songs")
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert dataset.files.path[4:] == ("songs/new.wav", "right/songs/new.wav")
        assert [dataset.audio_path(k) for k in (4, 5)] == [place / "left/songs/new.wav", place / "right/songs/new.wav"]


def test_a_copy_of_an_old_recording_elsewhere_is_known(place):
    shutil.copytree(place / "songs", place / "backup")
    sing(place / "backup/new.wav")
    done = extended(place, place / "backup")
    assert (done.n_known, len(done.report.jobs)) == (4, 1)


def test_recordings_that_were_moved_are_found_in_the_new_folder(place):
    (place / "songs").rename(place / "moved")
    sing(place / "moved/new.wav")
    done = extended(place, place / "moved")
    assert (done.n_known, len(done.report.jobs)) == (4, 1)
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert dataset.parameters["data_dir"] == str(place / "moved")
        assert all(dataset.audio_path(k).is_file() for k in range(5))


def test_a_folder_above_is_looked_through_too(place):
    sing(place / "elsewhere/new.wav")
    sing(place / "songs/day-3/new.wav")
    done = extended(place, place)
    assert (done.n_known, len(done.report.jobs)) == (4, 2)
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert sorted(dataset.files.path[4:]) == ["day-3/new.wav", "lab/elsewhere/new.wav"]
        assert all(dataset.audio_path(k).is_file() for k in range(6))


def test_the_projects_own_parameters_hold(place, made):
    shutil.rmtree(place / "out")
    values = {"n_fft": 256, "sr": 24_000, "emb_bands": 20, "seg_min_length": 0.05, "n_neighbors": 5}
    run.run(make_plan(place / "songs", place / "out", subject="bird", values=values), workers=1)
    sing(place / "songs/new.wav")
    done = extended(place)
    assert done.notes == [f"4 recordings are in the project already and stay as they are "
                          f"({', '.join(map(repr, known_names(made)[:3]))}, …)."]
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert dataset.embedding().shape == (27, 20 * 32 + 1)
        assert dataset.spectrogram(4, 0, 1).shape[0] == dataset.spectrogram(0, 0, 1).shape[0]


def known_names(made: Path) -> list[str]:
    with Dataset.open(made / "out/bird.h5") as dataset:
        return list(dataset.files.path)


def test_a_table_of_sounds_may_speak_of_old_and_new_recordings(tmp_path):
    sing(tmp_path / "songs/a.wav"), sing(tmp_path / "songs/b.wav")
    sounds = tmp_path / "sounds.csv"
    rows = ["filename,onset_sec,offset_sec,label"]
    rows += [f"{name}.wav,{k},{k + 0.2},{name}" for name in "ab" for k in (0.2, 0.7)]
    sounds.write_text("\n".join(rows))
    values = {"segmenter": "table", "seg_segments_from": str(sounds)}
    project = run.run(make_plan(tmp_path / "songs", tmp_path, subject="bird", values=values), workers=1).project
    sing(tmp_path / "songs/c.wav")
    sounds.write_text("\n".join([*rows, "c.wav,0.1,0.4,c", "d.wav,0,1,d"]))
    done = extend.extend(project, tmp_path / "songs", workers=1)
    assert done.n_sounds == 1
    assert [note for note in done.notes if "d.wav" in note]
    assert not [note for note in done.notes if "a.wav" in note and "fit" in note]
    with Dataset.open(project) as dataset:
        assert dataset.segments.label == ("a", "a", "b", "b", "c")


def test_true_labels_of_clips_come_from_their_folders_again(tmp_path):
    for kind in ("kick", "snare"):
        sing(tmp_path / f"drums/{kind}/1.wav")
    plan = make_plan(tmp_path / "drums", tmp_path, subject="drums", values={"segmenter": "files"},
                     clip_labels={"kick/1.wav": "kick", "snare/1.wav": "snare"})
    project = run.run(plan, workers=1).project
    sing(tmp_path / "drums/snare/2.wav"), sing(tmp_path / "drums/hat/1.wav")
    extend.extend(project, tmp_path / "drums", labels={"from_folder": True}, workers=1)
    with Dataset.open(project) as dataset:
        assert dataset.segments.label == ("kick", "snare", "hat", "snare")
        assert np.isfinite(dataset.segments.umap).all()


def test_the_map_may_be_made_anew(place):
    sing(place / "songs/new.wav")
    extended(place)
    with Workspace.open(place / "out/bird.h5", user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[1, 25])
    before = table(place / "out/bird.h5")
    assert extend.recompute(place / "out/bird.h5") == 27
    after = table(place / "out/bird.h5")
    assert [row[:3] for row in after.values()] == [row[:3] for row in before.values()]
    assert [row[3] for row in after.values()] != [row[3] for row in before.values()]
    with Workspace.open(place / "out/bird.h5", user="me") as workspace:
        assert workspace.labels.members(1).tolist() == [1, 25]
        assert not workspace.dataset.placed().any()
        assert workspace.dataset.projection("umap").tolist() == workspace.dataset.segments.umap.tolist()
        workspace.undo()


def test_the_map_of_all_is_that_of_a_run_over_all(place):
    sing(place / "songs/zz/new.wav")
    extended(place, recompute_map=True)
    whole = run.run(make_plan(place / "songs", place / "whole", subject="bird", values={"n_neighbors": 5}), workers=1)
    with Dataset.open(place / "out/bird.h5") as one, Dataset.open(whole.project) as other:
        assert np.array_equal(one.segments.umap, other.segments.umap)
        assert np.array_equal(one.segments.pca, other.segments.pca)
        assert not one.placed().any()


def test_an_interrupted_extension_goes_on_where_it_was(place, monkeypatch):
    project = place / "out/bird.h5"
    before = project.read_bytes()
    sing(place / "songs/new.wav"), sing(place / "songs/newer.wav", (0.4, 0.8))
    with monkeypatch.context() as patch:
        patch.setattr(extend, "_replace", lambda *_all: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            extended(place)
    assert project.read_bytes() == before
    done = extended(place)
    assert [outcome.computed for outcome in done.report.outcomes] == [(), ()]
    assert done.n_sounds == 5
    assert not list((place / "out").glob("*extending*"))


def test_a_full_disk_leaves_the_project_as_it_was(place, monkeypatch):
    project = place / "out/bird.h5"
    before = project.read_bytes()
    sing(place / "songs/new.wav")
    monkeypatch.setattr(store.drives, "sync_file", lambda _path: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(ProjectError, match="No space left"):
        extended(place)
    assert project.read_bytes() == before


def test_an_edit_made_while_the_project_is_extended_is_not_lost(place, monkeypatch):
    project = place / "out/bird.h5"
    workspace = Workspace.open(project, user="me")
    workspace.edit(edits.assign, segment_ids=[0, 1])
    sing(place / "songs/new.wav")
    write = extend.rewriting.write

    def slow(*given, **named):
        workspace.edit(edits.assign, segment_ids=[5])
        return write(*given, **named)

    monkeypatch.setattr(extend.rewriting, "write", slow)
    extended(place)
    workspace.close()
    with Workspace.open(project, user="me") as again:
        assert again.labels.ids.tolist() == [1, 1, 0, 0, 0, 2] + [0] * 21
        assert again.dataset.cluster_ids().tolist() == again.labels.ids.tolist()


def test_a_project_that_was_changed_meanwhile_is_left_alone(place, monkeypatch):
    sing(place / "songs/new.wav")
    lay_out, project = extend._laid_out, place / "out/bird.h5"

    def meanwhile(*given, **named):
        projects.extend(project)
        return lay_out(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(extend, "_laid_out", meanwhile)
        with pytest.raises(RunError, match="changed meanwhile"):
            extended(place)
    with Dataset.open(project) as dataset:
        assert (dataset.n_segments, len(dataset.files)) == (27, 4)
    assert (place / "out/bird.extending.work").is_dir()


def test_new_recordings_that_cannot_be_read_are_told_and_the_others_taken(place):
    sing(place / "songs/new.wav")
    (place / "songs/bad.wav").write_text("no audio")
    done = extended(place)
    assert [name for name, _why in done.report.failures] == ["bad.wav"]
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert dict(zip(dataset.files.path, dataset.files.status, strict=True))["bad.wav"].startswith("is not audio")
    assert extended(place).n_known == 6


def test_if_no_new_recording_can_be_read_nothing_changes(place):
    before = (place / "out/bird.h5").read_bytes()
    (place / "songs/bad.wav").write_text("no audio")
    with pytest.raises(RunError, match=r"bad\.wav"):
        extended(place)
    assert (place / "out/bird.h5").read_bytes() == before


def test_a_project_without_a_map_gets_one(tmp_path):
    sing(tmp_path / "songs/a.wav", (0.5, 1.0))
    project = run.run(make_plan(tmp_path / "songs", tmp_path, subject="few", values={}), workers=1).project
    sing(tmp_path / "songs/b.wav", (0.2, 0.5, 0.9, 1.3))
    done = extend.extend(project, tmp_path / "songs", workers=1)
    assert any("a map" in note or "one was made" in note for note in done.notes)
    with Dataset.open(project) as dataset:
        assert dataset.n_segments == 6
        assert dataset.segments.umap.any()
        assert not dataset.placed().any()


def test_a_project_without_embedding_or_pitch_is_extended_by_what_it_has(place):
    shutil.rmtree(place / "out")
    plan = make_plan(place / "songs", place / "out", subject="bird", values={})
    run.run(plan, chosen=["spectrogram", "segment", "export"], workers=1)
    sing(place / "songs/new.wav")
    done = extended(place)
    assert {step for outcome in done.report.outcomes for step in outcome.computed} == {"spectrogram", "segment"}
    with Dataset.open(place / "out/bird.h5") as dataset:
        assert dataset.n_segments == 27
        assert dataset.embedding_shape() is None
        assert dataset.pitch_file_ids() == []
    with pytest.raises(ProjectError, match="no embedding"):
        extend.recompute(place / "out/bird.h5")


def test_sets_of_others_keep_to_their_sounds(place):
    project = place / "out/bird.h5"
    with store.amend(project) as writer:
        writer.feature("mfcc", np.array([3, 1]), np.array([[3.0], [1.0]]), columns=["first"])
        writer.labeling("hdbscan", np.arange(24), np.arange(24) % 3 - 1)
    sing(place / "songs/new.wav")
    extended(place)
    with Dataset.open(project) as dataset:
        mfcc = dataset.feature("mfcc")
        assert (mfcc.columns, mfcc.values[[1, 3], 0].tolist()) == (("first",), [1.0, 3.0])
        assert np.isnan(mfcc.values[24:]).all()
        assert dataset.labeling("hdbscan").label.tolist() == [*(np.arange(24) % 3 - 1), -1, -1, -1]


def test_a_tree_keeps_to_its_sounds_and_new_ones_stand_at_its_end(place):
    project = place / "out/bird.h5"
    on_project.arrange_project(project, source="embedding")
    with Dataset.open(project) as dataset:
        before = dataset.arrangement("embedding")
    sing(place / "songs/new.wav")
    extended(place)
    with Dataset.open(project) as dataset:
        after = dataset.arrangement("embedding")
        assert (after.linkage == before.linkage).all()
        assert after.rows_in_order.tolist() == before.rows_in_order.tolist()
        assert orders.sort("leaf", orders.Sounds(dataset, np.arange(27))).tolist() == [
            *before.rows_in_order.tolist(), 24, 25, 26]
    assert on_project.arrange_project(project, source="embedding").n == 27


def test_a_project_that_does_not_say_how_it_was_made_asks_for_it(place):
    with h5py.File(place / "out/bird.h5", "r+") as file:
        attrs = file["parameters"].attrs
        for name in list(attrs):
            if name in ("segmenter", "seg_model") or name.startswith("seg_"):
                del attrs[name]
    sing(place / "songs/new.wav")
    with pytest.raises(ProjectError, match="--segmenter"):
        extended(place)
    with pytest.raises(ParameterError, match="--segmenter"):
        Extend(str(place / "out/bird.h5"), str(place / "songs")).check()
    done = extended(place, given={"segmenter": "energy"})
    assert done.n_sounds == 3
    assert any("defaults are taken for seg_" in note for note in done.notes)


def test_the_tasks_say_what_they_did(place):
    sing(place / "songs/new.wav")
    task = Extend(str(place / "out/bird.h5"), str(place / "songs"), workers=1)
    task.check()
    assert task.title() == f"bird with recordings from {place}/songs"
    result = task.perform(Watcher())
    assert result["summary"] == "1 new recording gave 3 sounds, unassigned; placed on the map there is."
    assert result["project"] == str(place / "out/bird.h5")
    assert {step["step"] for step in task.planned()} == {*steps.PER_RECORDING, *extend.STEPS_AFTER}
    assert RecomputeMap(str(place / "out/bird.h5")).perform(Watcher())["n_sounds"] == 27


def test_results_lie_on_a_shelf_of_their_own(place, monkeypatch):
    folders = []
    put = Shelf.put
    monkeypatch.setattr(Shelf, "put", lambda self, *given: folders.append(self.folder) or put(self, *given))
    sing(place / "songs/new.wav")
    extended(place)
    assert set(folders) == {place / "out/bird.extending.work"}


def test_places_are_weighted_by_nearness_and_exact_ones_win():
    old = np.array([[0.0, 0], [1, 0], [10, 0]])
    places = np.array([[0.0, 0], [8, 0], [100, 0]], np.float32)
    new = np.array([[0.25, 0], [1, 0], [10, 0]])
    found = placing.place(new, old, places, k=2)
    assert np.allclose(found, [[2, 0], [8, 0], [100, 0]], atol=1e-5)
    assert placing.place(np.zeros((0, 2)), old, places).shape == (0, 2)


def test_many_are_placed_in_blocks_as_each_alone(monkeypatch):
    rng = np.random.default_rng(1)
    old, places, new = rng.normal(size=(200, 7)), rng.normal(size=(200, 2)), rng.normal(size=(50, 7))
    whole = placing.place(new, old, places)
    monkeypatch.setattr(placing, "BLOCK_VALUES", 600)
    assert np.allclose(placing.place(new, old, places), whole, atol=1e-6)
    for row in range(50):
        distance = np.linalg.norm(old - new[row], axis=1)
        nearest = np.argsort(distance)[:15]
        assert np.allclose(whole[row], np.average(places[nearest], axis=0, weights=1 / distance[nearest]), atol=1e-4)


def test_the_way_recording_times_are_read_is_kept(tmp_path):
    sing(tmp_path / "songs/bird_20240301-060000.wav")
    plan = make_plan(tmp_path / "songs", tmp_path, subject="bird", values={}, time_format="%Y%d%m-%H%M%S")
    project = run.run(plan, workers=1).project
    sing(tmp_path / "songs/bird_20240401-060000.wav")
    extend.extend(project, tmp_path / "songs", workers=1)
    with Dataset.open(project) as dataset:
        assert np.diff(dataset.files.recorded_at).tolist() == [24 * 3600.0]     # 3 and 4 January, not March and April
