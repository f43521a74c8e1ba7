"""The project file is brought to the journal in place, and nobody else's work in it is overwritten unasked."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipeline.curation import agreement, checkpoint, edits, journal
from pipeline.curation.checkpoint import Content
from pipeline.curation.labels import ClusterInfo
from pipeline.curation.workspace import Workspace
from pipeline.errors import JournalError, ProjectError
from tests.curation import projects


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "bird.h5", ids=[0, 1, 1, 2, 2, 2, 0], clusters=((1, "stack", "#ff0000", ""),))


def edited(project: Path, *, to: int = 1) -> Path:
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.move, segment_ids=[0], to=to)
    return project


def crash_while_writing(project: Path, monkeypatch: pytest.MonkeyPatch, *, n_bytes: int | None) -> None:
    """Edit, and die when ``n_bytes`` of the labels are written; None: all of them, but that is not yet recorded."""
    def dying(path, places, content):
        with path.open("r+b") as file:
            file.seek(places.cells[0])
            file.write(content.cells[:n_bytes])
        raise OSError("power cut")

    workspace = Workspace.open(project, user="me")
    workspace.edit(edits.move, segment_ids=range(7), to=0x01020304 % 999_999)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write", dying)
        with pytest.raises(OSError, match="power cut"):
            workspace.close()


def test_opening_and_closing_changes_nothing(project):
    before, names = project.read_bytes(), sorted(project.parent.iterdir())
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids.tolist() == [0, 1, 1, 2, 2, 2, 0]
        assert workspace.labels.clusters[1] == ClusterInfo(1, "stack", "#ff0000")
        assert workspace.saved
    assert project.read_bytes() == before
    assert sorted(project.parent.iterdir()) == names


def test_labels_are_overwritten_in_place(project):
    inode, size = project.stat().st_ino, project.stat().st_size
    edited(project, to=2)
    assert projects.labels_in(project) == [2, 1, 1, 2, 2, 2, 0]
    assert (project.stat().st_ino, project.stat().st_size) == (inode, size)


def test_names_colours_and_notes_reach_the_file(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.rename, cluster=2, name="Träller")
        workspace.edit(edits.recolour, cluster=2, colour="#00ff00")
        workspace.edit(edits.note, cluster=2, text="at dawn")
    with h5py.File(project) as file:
        row = file["clusters/cluster_id"][()].tolist().index(2)
        stored = [file[f"clusters/{name}"][row].decode() for name in ("name", "color", "note")]
    assert stored == ["Träller", "#00ff00", "at dawn"]
    assert projects.names_in(project) == {1: "stack", 2: "Träller"}


@pytest.mark.parametrize("n_bytes", [0, 1, 6, 16, 27, None])
def test_a_write_cut_short_is_repaired_and_never_taken_for_a_foreign_change(project, monkeypatch, n_bytes):
    crash_while_writing(project, monkeypatch, n_bytes=n_bytes)
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids.tolist() == projects.labels_in(project) == [0x01020304 % 999_999] * 7


def test_two_crashes_one_upon_the_other_are_repaired(project, monkeypatch):
    crash_while_writing(project, monkeypatch, n_bytes=10)
    places = checkpoint.locate(project)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write", lambda *_all: (_ for _ in ()).throw(OSError("again")))
        with pytest.raises(OSError, match="again"):
            Workspace.open(project)
    assert checkpoint.read(project, places).cells[:8] == np.full(2, 0x01020304 % 999_999, "<i4").tobytes()
    with Workspace.open(project) as workspace:
        assert len(set(workspace.labels.ids.tolist())) == 1
    assert len(set(projects.labels_in(project))) == 1


def test_a_foreign_change_is_told_and_not_overwritten(project):
    edited(project)
    projects.overwrite_labels(project, [9] * 7)
    with pytest.raises(JournalError, match=r"changed by another program.*Nothing was overwritten"):
        Workspace.open(project)
    assert projects.labels_in(project) == [9] * 7


def test_a_foreign_change_can_give_way_to_the_journal(project):
    edited(project)
    projects.overwrite_labels(project, [9] * 7)
    with Workspace.open(project, user="me", on_mismatch="keep-journal") as workspace:
        assert workspace.labels.ids.tolist() == [1, 1, 1, 2, 2, 2, 0]
        assert projects.labels_in(project) == [1, 1, 1, 2, 2, 2, 0]
        assert workspace.can_undo


def test_a_foreign_change_can_be_adopted(project):
    edited(project)
    projects.overwrite_labels(project, [9] * 7)
    with Workspace.open(project, user="me", on_mismatch="adopt-file") as workspace:
        assert workspace.labels.ids.tolist() == [9] * 7
        assert workspace.revision == 2   # above all that the old journal gave
        assert workspace.history() == []
        assert workspace.edit(edits.assign, segment_ids=[0]).after.tolist() == [10]
    assert len(list(project.parent.glob("bird.h5.edits.2*.sqlite"))) == 1


def test_a_foreign_name_is_told_too(project):
    edited(project)
    with h5py.File(project, "r+") as file:
        file["clusters/name"][0] = b"sweep"
    with pytest.raises(JournalError, match="changed by another program"):
        Workspace.open(project)


def test_a_change_while_the_project_is_open_is_told(project):
    workspace = Workspace.open(project)
    workspace.edit(edits.assign, segment_ids=[0])
    agreement.settle(project, workspace.labels)
    projects.overwrite_labels(project, [9] * 7)
    workspace.edit(edits.assign, segment_ids=[1])
    with pytest.raises(JournalError, match="changed by another program"):
        workspace.close()
    assert projects.labels_in(project) == [9] * 7
    with Workspace.open(project, on_mismatch="keep-journal") as workspace:
        assert workspace.labels.ids.tolist() == [3, 4, 1, 2, 2, 2, 0]


def test_another_project_in_the_same_place_is_told(project):
    edited(project)
    projects.make(project, n=9)
    with pytest.raises(JournalError, match="other sounds"):
        Workspace.open(project)
    with pytest.raises(JournalError, match="other sounds"):
        Workspace.open(project, on_mismatch="keep-journal")
    with Workspace.open(project, on_mismatch="adopt-file") as workspace:
        assert workspace.labels.ids.tolist() == [0] * 9


def test_the_same_sounds_under_another_id_can_keep_their_journal(project):
    edited(project)
    projects.make(project, ids=[4] * 7)
    with pytest.raises(JournalError, match="not the file that its journal was written for"):
        Workspace.open(project)
    with Workspace.open(project, on_mismatch="keep-journal") as workspace:
        assert workspace.labels.ids.tolist() == [1, 1, 1, 2, 2, 2, 0]
    assert projects.labels_in(project) == [1, 1, 1, 2, 2, 2, 0]
    assert projects.labels_in(project.with_name("bird.before-syllabary.h5")) == [4] * 7


@pytest.mark.parametrize("ids", [None, [3, 0, 0, 5, 5, 5, 0]])
def test_a_foreign_file_is_rewritten_before_the_first_edit_and_not_before(tmp_path, ids):
    project = projects.make_foreign(tmp_path / "old.h5", ids=ids)
    original = project.read_bytes()
    with Workspace.open(project) as workspace:
        assert project.read_bytes() == original
        assert list(tmp_path.iterdir()) == [project]
        workspace.edit(edits.move, segment_ids=[1], to=8)
    assert projects.labels_in(project) == [3, 8, 0, 5, 5, 5, 0] if ids else [0, 8, 0, 0, 0, 0, 0]
    assert (tmp_path / "old.before-syllabary.h5").read_bytes() == original
    with h5py.File(project) as file:
        found = file["segments/cluster_id"]
        assert (found.dtype, found.chunks, found.compression) == (np.dtype("<i4"), None, None)
        assert file.attrs["project_id"]
    with Workspace.open(project) as workspace:
        workspace.undo() if workspace.can_undo else pytest.fail("the history was lost")
        assert workspace.labels.ids.tolist() == (ids or [0] * 7)


def test_an_original_that_was_kept_is_never_overwritten(tmp_path):
    for ids in ([1] * 7, [2] * 7):
        project = projects.make_foreign(tmp_path / "old.h5", ids=ids)
        with Workspace.open(project) as workspace:
            workspace.edit(edits.reset)
        journal.path_of(project).unlink()
    kept = [projects.labels_in(tmp_path / name) for name in ("old.before-syllabary.h5", "old.before-syllabary-2.h5")]
    assert kept == [[1] * 7, [2] * 7]


def test_a_rewriting_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    project = projects.make_foreign(tmp_path / "old.h5")
    original = project.read_bytes()
    monkeypatch.setattr(shutil, "copyfile", lambda *_all: (_ for _ in ()).throw(OSError("No space left on device")))
    with Workspace.open(project) as workspace, pytest.raises(ProjectError, match="No space left"):
        workspace.edit(edits.assign, segment_ids=[0])
    assert project.read_bytes() == original
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == ["old.h5"]


def test_the_table_of_clusters_doubles_when_it_is_full(tmp_path):
    n = 1030
    project = projects.make(tmp_path / "many.h5", n=n)
    with Workspace.open(project) as workspace:
        workspace.edit(edits.replace_labels, segment_ids=range(n), ids=range(1, n + 1), title="Each its own")
    assert projects.labels_in(project) == list(range(1, n + 1))
    assert len(projects.names_in(project)) == n
    with h5py.File(project) as file:
        assert len(file["clusters/cluster_id"]) == 2048
    with Workspace.open(project) as workspace:
        workspace.edit(edits.merge, clusters=[1, 2])
    assert projects.labels_in(project)[:3] == [1, 1, 3]


def test_a_crash_after_doubling_is_no_foreign_change(tmp_path, monkeypatch):
    project = projects.make(tmp_path / "many.h5", n=1030)
    workspace = Workspace.open(project)
    workspace.edit(edits.replace_labels, segment_ids=range(1030), ids=range(1, 1031), title="Each its own")
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "finish_pending", lambda _self: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            workspace.close()
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids.tolist() == projects.labels_in(project) == list(range(1, 1031))
    assert not list(tmp_path.glob("*.before-syllabary*"))


def test_a_project_without_sounds_can_be_opened(tmp_path):
    with Workspace.open(projects.make(tmp_path / "empty.h5", n=0)) as workspace:
        assert len(workspace.labels) == 0


def test_names_are_cut_at_whole_characters():
    assert checkpoint.cut("ä" * 40, 63).decode() == "ä" * 31
    assert checkpoint.cut("trill", 64) == b"trill"


def test_the_table_is_read_as_it_was_written():
    infos = [ClusterInfo(1, "Träller", "#123456", "at\ndawn"), ClusterInfo(70)]
    table = checkpoint.encode([ClusterInfo(0), ClusterInfo(-1), *infos], capacity=4)
    assert checkpoint.decode(table) == infos
    assert Content(b"", table).capacity == 4


def test_what_is_a_mixture():
    old, new = Content(b"aaaa", b"x"), Content(b"bbbb", b"y")
    assert checkpoint.is_mixture(Content(b"abba", b"y"), old, new)
    assert not checkpoint.is_mixture(Content(b"abca", b"y"), old, new)
    assert not checkpoint.is_mixture(Content(b"abb", b"y"), old, new)


def test_links_lead_to_one_journal(project, tmp_path):
    link = tmp_path / "elsewhere" / "link.h5"
    link.parent.mkdir()
    link.symlink_to(project)
    edited(link)
    assert projects.labels_in(project)[0] == 1
    assert link.is_symlink()
    assert journal.path_of(project).exists()
    assert not journal.path_of(link).exists()
