"""Files of older layouts and of other tools become projects in a copy; they themselves stay as they are."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from pipeline import integrity, rewriting
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, ProjectError
from pipeline.importing import older
from pipeline.tasks.import_project import ImportProject, told
from pipeline.watcher import Watcher
from tests.factory import make_project


def foreign(path, **more):
    """Three sounds as an older tool writes them; ``more`` data sets by path."""
    with h5py.File(path, "w") as file:
        tables = {
            "segments/segment_id": np.array([5, 7, 9]), "segments/file_id": np.array([0, 0, 1]),
            "segments/onset_sec": np.array([0.1, 0.5, 0.2], np.float32), "segments/duration_sec": np.full(3, 0.1),
            "segments/umap_x": np.array([1.0, 2, 3]), "segments/umap_y": np.array([4.0, 5, 6]),
            "segments/pc_0": np.arange(3.0), "segments/pc_1": np.ones(3),
            "files/file_id": np.array([0, 1]), "files/filename": np.array([b"a.wav", b"b.wav"]),
            "files/scanrate": np.array([32_000, 32_000]),
            "spectrograms/file_0000": np.full((4, 300), -20, np.int8),
            "spectrograms/file_0001": np.full((4, 9), -5, np.int8), **more}
        for name, values in tables.items():
            file[name] = values
        file.create_dataset("segments/cluster_id", data=np.array([2.0, 0, 2]), compression="gzip")
        file.attrs.update({"nonoverlap": 128, "n_neighbors": 15, "data_dir": "sounds"})
    return path


def test_what_an_older_tool_wrote_is_taken_over_and_told(tmp_path):
    old = foreign(tmp_path / "old.h5")
    before = old.read_bytes()
    found = older.upgrade(old, tmp_path / "lab/new.h5")
    assert old.read_bytes() == before
    assert (found.n_sounds, found.layout) == (3, "another tool's layout")
    assert found.taken == ["2 labels in 1 cluster", "the names of 2 recordings", "the map",
                           "spectrograms of 2 recordings"]
    assert [text.split(":")[0] for text in found.missing] == ["an embedding"]
    with h5py.File(tmp_path / "lab/new.h5") as file:
        assert file["segments/cluster_id"].dtype == np.dtype("<i4")
        assert file["segments/cluster_id"].chunks is None
        assert file["segments/umap"][()].tolist() == [[1, 4], [2, 5], [3, 6]]
        assert file["parameters"].attrs["umap_n_neighbors"] == 15
    with Dataset.open(old) as one, Dataset.open(tmp_path / "lab/new.h5") as other:
        assert other.segments.segment_id.tolist() == [5, 7, 9]
        assert np.array_equal(one.segments.pca, other.segments.pca)
        assert one.spectrogram_scale(0) == other.spectrogram_scale(0)
        assert np.array_equal(one.spectrogram(0, 0, 1), other.spectrogram(0, 0, 1))
        assert one.audio_path(0).resolve() == other.audio_path(0)
        assert one.project_id == other.project_id
    assert [row.text for row in integrity.check(tmp_path / "lab/new.h5") if row.kind == "problem"] == []


def test_the_copy_is_edited_without_being_rewritten(tmp_path):
    older.upgrade(foreign(tmp_path / "old.h5"), tmp_path / "new.h5")
    with Workspace.open(tmp_path / "new.h5", user="me") as workspace:
        workspace.edit(edits.move, segment_ids=[7], to=2)
    assert not list(tmp_path.glob("*.before-syllabary*"))
    with Dataset.open(tmp_path / "new.h5") as dataset:
        assert dataset.cluster_ids().tolist() == [2, 2, 2]


def test_what_cannot_be_matched_is_left_out_and_told(tmp_path):
    old = foreign(tmp_path / "old.h5", **{
        "features/mfcc/values": np.zeros((2, 3)), "features/mfcc/segment_id": np.array([5, 6]),
        "features/zcr/values": np.ones((1, 1)), "features/zcr/segment_id": np.array([9]),
        "mine/notes": np.arange(3), "segments/quality": np.arange(3)})
    found = older.upgrade(old, tmp_path / "new.h5")
    assert any("features/mfcc was left out" in note for note in found.notes)
    assert any("mine" in note and "segments/quality" in note for note in found.notes)
    with Dataset.open(tmp_path / "new.h5") as dataset:
        assert dataset.names("features") == ["zcr"]
        assert np.isnan(dataset.feature("zcr").values[:2]).all()


def test_a_project_of_ours_goes_over_whole(tmp_path):
    old = make_project(tmp_path / "old.h5", cluster_ids=[1, 2, 0] * 20, clusters=((1, "trill", "#ff0000", "dawn"),))
    task = ImportProject(str(old), str(tmp_path / "new.h5"))
    task.check()
    result = task.perform(Watcher())
    assert result["summary"] == "60 sounds taken over from Syllabary's format version 1."
    with h5py.File(old) as one, h5py.File(tmp_path / "new.h5") as other:
        names = []
        one.visit(names.append)
        for name in names:
            if isinstance(one[name], h5py.Dataset):
                assert np.array_equal(one[name][()], other[name][()]), name
        assert one.attrs["created"] == other.attrs["created"]
        kept = dict(one["parameters"].attrs)
        assert {name: other["parameters"].attrs[name] for name in kept} == kept


def test_a_journal_beside_the_original_is_told(tmp_path):
    old = make_project(tmp_path / "old.h5")
    with Workspace.open(old, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[3])
    found = older.upgrade(old, tmp_path / "new.h5")
    assert any("journal of edits stays with the original" in sentence for sentence in told(found))
    with Dataset.open(tmp_path / "new.h5") as dataset:
        assert dataset.cluster_ids()[3] == 1


def test_nothing_that_is_there_is_written_over(tmp_path):
    old = foreign(tmp_path / "old.h5")
    (tmp_path / "taken.h5").write_text("mine")
    (tmp_path / "link.h5").symlink_to(tmp_path / "nowhere.h5")
    (tmp_path / "gone.h5.edits.sqlite").write_text("a journal")
    for name, why in (("taken.h5", "already"), ("old.h5", "already"), ("link.h5", "already"), ("new.txt", "end in"),
                      ("gone.h5", "journal")):
        with pytest.raises(ParameterError, match=why):
            older.upgrade(old, tmp_path / name)
    assert (tmp_path / "taken.h5").read_text() == "mine"


def test_what_is_no_project_leaves_nothing_behind(tmp_path):
    (tmp_path / "text.h5").write_text("no project")
    with pytest.raises(ProjectError, match="not an HDF5 file"):
        older.upgrade(tmp_path / "text.h5", tmp_path / "new.h5")
    assert not (tmp_path / "new.h5").exists()


def test_damage_ends_an_import_without_a_file(tmp_path, monkeypatch):
    def fail(*_given, **_named):
        raise ProjectError("damaged")

    monkeypatch.setattr(rewriting, "write", fail)
    with pytest.raises(ProjectError, match="damaged"):
        older.upgrade(foreign(tmp_path / "old.h5"), tmp_path / "new.h5")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.h5"]
