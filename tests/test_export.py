"""Exports: complete, with the labels as they are now, and never over something that would be missed."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace

import h5py
import numpy as np
import pandas
import pytest
from click.testing import CliRunner

from pipeline import exporting, params, registry, store
from pipeline.__main__ import cli
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ExportError, ProjectError
from pipeline.watcher import Watcher
from tests import factory
from tests.curation import projects


@pytest.fixture
def project(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=12, with_audio_dir=tmp_path / "audio")
    with store.amend(path) as writer:
        writer.labeling("soft", np.arange(12), np.zeros(12), probability=np.ones((12, 1), np.float32))
    return path


@pytest.fixture
def workspace(project):
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 4, 8], name="trill, “long”")
        yield workspace


def sets_in(path) -> dict[str, np.ndarray]:
    """Every data set of a file by its name, as h5py finds it."""
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, item: found.update({name: item[()]} if isinstance(item, h5py.Dataset) else {}))
    return found


@pytest.mark.parametrize("name", exporting.formats())
def test_every_format_writes_a_file_or_a_folder_and_leaves_nothing_else(name, workspace, tmp_path):
    exporter = params.make(registry.load("exporters", name), {})
    folder = tmp_path / "out"
    folder.mkdir()
    exporter.write(workspace.dataset, workspace.labels, folder / f"bird{exporter.SUFFIX}")
    assert [path.name for path in folder.iterdir()] == [f"bird{exporter.SUFFIX}"]


def test_a_copy_is_the_whole_project_with_the_labels_of_now(workspace, project, tmp_path):
    copy = exporting.export(workspace.dataset, workspace.labels, tmp_path / "copy.h5")
    workspace.close()
    theirs, ours = sets_in(project), sets_in(copy)
    assert theirs.keys() == ours.keys()
    assert [name for name in ours if ours[name].tobytes() != theirs[name].tobytes()
            and ours[name].dtype != object] == []
    assert projects.names_in(copy) == {1: "trill, “long”"}
    with Workspace.open(copy) as opened:
        assert opened.labels.members(1).tolist() == [0, 4, 8]
        assert opened.history() == []


def test_a_large_copy_tells_how_far_it_is_and_can_be_stopped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.exporters.hdf5.BLOCK_BYTES", 10_000)
    making = exporting.exported(workspace.dataset, workspace.labels, tmp_path / "copy.h5")
    shares = list(making)
    assert len(shares) > 10
    assert shares == sorted(set(shares))
    assert shares[-1] == 1.0
    assert projects.labels_in(tmp_path / "copy.h5") == workspace.labels.ids.tolist()
    stopped = exporting.exported(workspace.dataset, workspace.labels, tmp_path / "stopped.h5")
    next(stopped)
    stopped.close()
    assert not list(tmp_path.glob("*stopped*"))


def test_a_copy_can_have_labels_that_were_not_saved(workspace, tmp_path):
    back = workspace.labels.relabelled(np.array([0]), np.array([0]))
    copy = exporting.export(workspace.dataset, back, tmp_path / "copy.h5")
    assert projects.labels_in(copy) == [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    assert workspace.labels.members(1).tolist() == [0, 4, 8]


def test_saving_over_the_open_project_loses_nothing(workspace, project, tmp_path):
    (tmp_path / "link.h5").symlink_to(project)
    for path in (project, tmp_path / "link.h5"):
        exporting.export(workspace.dataset, workspace.labels, path)
        assert workspace.saved
        assert projects.labels_in(project) == workspace.labels.ids.tolist()
        workspace.undo()
        workspace.edit(edits.assign, segment_ids=[1, 2])
    assert len(workspace.history()) == 5
    workspace.close()
    with Workspace.open(project, user="me") as opened:
        assert opened.can_undo
        assert projects.labels_in(project) == opened.labels.ids.tolist()


def test_outdated_labels_are_not_saved_over_the_open_project(workspace, project):
    outdated = workspace.labels
    workspace.edit(edits.assign, segment_ids=[5])
    with pytest.raises(ExportError, match="newer labels"):
        exporting.export(workspace.dataset, outdated, project)
    assert workspace.labels.ids[5] == 2


def test_more_clusters_than_the_table_has_rows(tmp_path):
    project = projects.make(tmp_path / "many.h5", n=1100)
    with Workspace.open(project) as workspace:
        workspace.edit(edits.replace_labels, segment_ids=range(1100), ids=range(1, 1101), title="Each its own")
        copy = exporting.export(workspace.dataset, workspace.labels, tmp_path / "copy.h5")
    assert projects.labels_in(copy) == list(range(1, 1101))
    assert len(projects.names_in(copy)) == 1100


def test_a_foreign_file_becomes_a_project_in_the_copy_only(tmp_path):
    project = projects.make_foreign(tmp_path / "foreign.h5", ids=[0, 1, 1, 0, 0, 0, 2])
    original = project.read_bytes()
    with Dataset.open(project) as dataset, Workspace.open(project) as workspace:
        copy = exporting.export(dataset, workspace.labels, tmp_path / "copy.h5")
    assert project.read_bytes() == original
    assert projects.labels_in(copy) == [0, 1, 1, 0, 0, 0, 2]


def test_another_project_with_a_journal_is_replaced_only_if_asked(workspace, tmp_path):
    other = projects.make(tmp_path / "other.h5")
    with Workspace.open(other) as opened:
        opened.edit(edits.assign, segment_ids=[0])
    before = other.read_bytes()
    with pytest.raises(ExportError, match="another project"):
        exporting.export(workspace.dataset, workspace.labels, other)
    assert other.read_bytes() == before
    exporting.export(workspace.dataset, workspace.labels, other, replace=True)
    assert len(list(tmp_path.glob("other.h5.edits.2*.sqlite"))) == 1
    with Workspace.open(other) as opened:
        assert opened.labels.members(1).tolist() == [0, 4, 8]


def test_places_that_will_not_do_are_refused(workspace, tmp_path, monkeypatch):
    def refused(path, **how):
        with pytest.raises(ExportError) as error:
            exporting.export(workspace.dataset, workspace.labels, path, **how)
        return str(error.value)

    assert "is a folder" in refused(tmp_path)
    assert "no folder" in refused(tmp_path / "nowhere" / "copy.h5")
    assert "needs another name" in refused(workspace.path, format="csv")
    os.mkfifo(tmp_path / "pipe")
    assert "no file" in refused(tmp_path / "pipe")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1000))
    assert "Make room" in refused(tmp_path / "copy.h5")
    assert not (tmp_path / "copy.h5").exists()


def test_a_disk_that_fills_up_half_way_leaves_what_was_there(workspace, tmp_path, monkeypatch):
    target = tmp_path / "copy.h5"
    target.write_text("what was there")

    def half(_source, target):
        target.write_bytes(b"half")
        yield 0.5
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.exporters.hdf5._copy", half)
    with pytest.raises(ProjectError, match="No space left"):
        exporting.export(workspace.dataset, workspace.labels, target)
    assert target.read_text() == "what was there"
    assert not list(tmp_path.glob(".copy.h5*"))


def test_a_table_is_read_back_by_pandas(workspace, tmp_path):
    path = exporting.export(workspace.dataset, workspace.labels, tmp_path / "bird.csv", format="csv")
    table = pandas.read_csv(path)
    assert list(table) == ["segment_id", "file_id", "filename", "path", "onset_sec", "duration_sec", "cluster_id",
                           "cluster_name"]
    segments, files = workspace.dataset.segments, workspace.dataset.files
    assert table.segment_id.tolist() == segments.segment_id.tolist()
    assert table.onset_sec.tolist() == segments.onset_s.tolist()
    assert table.duration_sec.tolist() == segments.duration_s.tolist()
    assert table.path.tolist() == [files.path[files.row_of(k)] for k in segments.file_id]
    assert table.cluster_id.tolist() == workspace.labels.ids.tolist()
    assert set(table.cluster_name[table.cluster_id == 1]) == {"trill, “long”"}
    assert set(table.cluster_name[table.cluster_id == 0]) == {"unassigned"}


def test_a_table_with_the_map_and_features(workspace, tmp_path):
    values = np.arange(24, dtype=np.float32).reshape(12, 2) / 7
    values[3, 1] = np.nan
    with store.amend(workspace.path) as writer:
        writer.feature("pitch", np.arange(12), values, columns=["median_hz", "voiced"])
        writer.feature("loudness", np.arange(12), values[:, :1], columns=["db"])
    with Dataset.open(workspace.path) as dataset:
        path = exporting.export(dataset, workspace.labels, tmp_path / "bird.csv", format="csv",
                                values={"map": True, "features": "pitch, loudness"})
        table = pandas.read_csv(path)
        assert list(table)[8:] == ["umap_x", "umap_y", "pitch_median_hz", "pitch_voiced", "loudness"]
        assert np.array_equal(np.float32(table[["umap_x", "umap_y"]]), dataset.segments.umap)
    assert np.array_equal(np.float32(table[["pitch_median_hz", "pitch_voiced"]]), values, equal_nan=True)
    assert table.pitch_voiced.isna().sum() == 1
    with pytest.raises(ExportError, match="no feature named 'mood'"):
        exporting.export(workspace.dataset, workspace.labels, path, format="csv", values={"features": "mood"})


def test_the_command_writes_the_labels_of_the_journal(workspace, project, tmp_path):
    for name, more in (("hdf5", []), ("csv", ["--map"])):
        output = tmp_path / f"out.{name}"
        done = CliRunner().invoke(cli, ["export", str(project), "--format", name, "--output", str(output), *more])
        assert done.exit_code == 0, done.output
    assert projects.labels_in(tmp_path / "out.hdf5") == workspace.labels.ids.tolist()
    table = pandas.read_csv(tmp_path / "out.csv")
    assert table.cluster_id.tolist() == workspace.labels.ids.tolist()
    assert "umap_x" in table


def test_how_far_it_is_is_told_where_there_are_several_files(workspace, tmp_path):
    class Told(Watcher):
        def __init__(self):
            self.begun, self.done = [], 0.0

        def begin(self, step, total, *, title=""):
            self.begun.append((step, total))

        def advance(self, step, amount):
            assert amount > 0
            self.done += amount

    for name, where, begun in (("raven", "folder", [("raven", 1.0)]), ("raven", "all.zip", [("raven", 1.0)]),
                               ("csv", "all.csv", [])):
        told = Told()
        exporting.export(workspace.dataset, workspace.labels, tmp_path / where, format=name, watcher=told)
        assert told.begun == begun
        assert told.done == pytest.approx(1.0 if begun else 0.0)


@pytest.mark.parametrize("name", ["", "../bird", "a/b", "c:\\bird", ".hidden", "two\nlines"])
def test_a_file_beside_the_project_needs_a_plain_name(project, name):
    with pytest.raises(ExportError):
        exporting.beside(project, name, format="hdf5")


def test_a_file_beside_the_project_gets_its_ending_and_replaces_only_the_project(project):
    assert exporting.beside(project, "copy", format="csv") == project.parent / "copy.csv"
    assert exporting.beside(project, "bird.h5", format="hdf5") == project
    (project.parent / "copy.csv").write_text("mine")
    with pytest.raises(ExportError, match="beside the project already"):
        exporting.beside(project, "copy", format="csv")
