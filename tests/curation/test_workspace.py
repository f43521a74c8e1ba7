"""A project opened for curation, as pages and scripts use it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import h5py
import pytest

from pipeline import settings
from pipeline.curation import edits, journal
from pipeline.curation.workspace import Workspace
from pipeline.errors import ConflictError, EditError, JournalError, ProjectError
from tests.curation import projects


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "bird.h5")


@pytest.fixture
def workspace(project: Path):
    with Workspace.open(project, user="me") as opened:
        yield opened


def test_an_edit_says_what_it_did(workspace):
    edit = workspace.edit(edits.move, seen=workspace.revision, segment_ids=[0, 4], to=3)
    assert (edit.title, edit.revision, edit.user) == ("Move 2 sounds to C3", 1, "me")
    assert workspace.labels.ids.tolist() == [3, 0, 0, 0, 3, 0, 0]
    assert workspace.labels.segment_ids.tolist() == list(range(7))
    assert workspace.revision == 1


def test_sound_0_and_cluster_0_are_like_any_other(workspace):
    workspace.edit(edits.move, segment_ids=[0], to=1)
    workspace.edit(edits.move, segment_ids=[0], to=0)
    assert workspace.labels.members(0).tolist() == list(range(7))
    workspace.edit(edits.merge, clusters=[1, 0])
    assert workspace.labels.members(1).tolist() == list(range(7))


def test_a_refused_edit_leaves_no_trace(workspace):
    with pytest.raises(EditError, match="no sound with the id 99"):
        workspace.edit(edits.assign, segment_ids=[0, 99])
    assert (workspace.revision, workspace.history()) == (0, [])
    assert workspace.edit(edits.assign, segment_ids=[0]).revision == 1


def test_a_refused_first_edit_does_not_even_begin_a_journal(tmp_path):
    project = projects.make_foreign(tmp_path / "old.h5")
    with Workspace.open(project) as workspace:
        for attempt in (workspace.undo, lambda: workspace.go_back(0), lambda: workspace.edit(edits.reset)):
            with pytest.raises(EditError):
                attempt()
    assert list(tmp_path.iterdir()) == [project]


def test_the_file_follows_by_itself(workspace, project):
    workspace.edit(edits.assign, segment_ids=[6])
    deadline = time.monotonic() + 60
    while not workspace.saved and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workspace.saved
    assert workspace.trouble == ""
    assert projects.labels_in(project) == [0, 0, 0, 0, 0, 0, 1]


def test_it_says_when_the_file_cannot_follow(workspace, project):
    workspace.edit(edits.assign, segment_ids=[6])
    away = project.rename(project.with_name("moved.h5"))
    deadline = time.monotonic() + 60
    while not workspace.trouble and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "cannot be read" in workspace.trouble
    assert not workspace.saved
    away.rename(project)


def test_a_reader_may_have_the_file_open_meanwhile(workspace, project):
    with h5py.File(project, "r") as file:
        workspace.edit(edits.assign, segment_ids=[1])
        workspace.close()
        assert file["segments/segment_id"][()].tolist() == list(range(7))
    assert projects.labels_in(project) == [0, 1, 0, 0, 0, 0, 0]


def test_file_and_journal_agree_when_closed(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[1], name="trill")
    assert projects.labels_in(project) == [0, 1, 0, 0, 0, 0, 0]
    assert projects.names_in(project) == {1: "trill"}


def test_without_the_journal_the_file_has_all_but_the_history(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[1], name="trill")
        workspace.edit(edits.assign, segment_ids=[1])
    journal.path_of(project).unlink()
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids.tolist() == [0, 2, 0, 0, 0, 0, 0]
        assert workspace.labels.clusters[1].name == "trill"
        assert workspace.labels.next_id == 3


def test_closing_twice_is_fine_and_editing_afterwards_is_not(project):
    workspace = Workspace.open(project)
    workspace.edit(edits.assign, segment_ids=[1])
    workspace.close()
    workspace.close()
    for attempt in (workspace.undo, workspace.refresh, workspace.history):
        with pytest.raises(JournalError, match="was closed"):
            attempt()
    with pytest.raises(JournalError, match="was closed"):
        workspace.edit(edits.assign, segment_ids=[2])
    assert workspace.labels.ids.tolist() == [0, 1, 0, 0, 0, 0, 0]


def test_an_edit_from_an_outdated_view_that_touches_what_changed_is_refused(workspace):
    seen = workspace.revision
    workspace.edit(edits.assign, seen=seen, segment_ids=[0, 1])
    with pytest.raises(ConflictError, match="1 of these sounds"):
        workspace.edit(edits.assign, seen=seen, segment_ids=[1, 2])
    workspace.edit(edits.assign, seen=seen, segment_ids=[2, 3])
    assert workspace.labels.ids.tolist() == [1, 1, 2, 2, 0, 0, 0]


def test_an_outdated_view_of_a_cluster_is_noticed_too(workspace):
    workspace.edit(edits.assign, segment_ids=[0])
    seen = workspace.revision
    workspace.edit(edits.rename, seen=seen, cluster=1, name="trill")
    with pytest.raises(ConflictError, match="C1 “trill” was described anew"):
        workspace.edit(edits.rename, seen=seen, cluster=1, name="sweep")
    workspace.edit(edits.move, seen=seen, segment_ids=[3], to=1)


def test_an_outdated_view_is_noticed_after_a_restart_and_only_where_it_matters(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
        seen = workspace.revision
        workspace.edit(edits.assign, segment_ids=[1])
    with Workspace.open(project) as workspace:
        workspace.edit(edits.move, seen=seen, segment_ids=[0], to=7)
        with pytest.raises(ConflictError):
            workspace.edit(edits.move, seen=seen, segment_ids=[1], to=7)


def test_a_view_from_nowhere_is_refused(workspace):
    with pytest.raises(ConflictError, match="another state of the project"):
        workspace.edit(edits.assign, seen=12, segment_ids=[0])


def test_threads_lose_nothing(tmp_path):
    project = projects.make(tmp_path / "bird.h5", n=80)

    def label(workspace: Workspace, first: int) -> None:
        for sound in range(first, first + 10):
            workspace.edit(edits.assign, segment_ids=[sound])

    with Workspace.open(project) as workspace:
        threads = [threading.Thread(target=label, args=(workspace, 10 * k)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(workspace.labels.ids.tolist()) == list(range(1, 81))
        assert workspace.revision == 80
    assert sorted(projects.labels_in(project)) == list(range(1, 81))


def test_two_people_in_one_process_see_each_other(workspace, project):
    with Workspace.open(project, user="you") as other:
        workspace.edit(edits.assign, segment_ids=[0])
        assert other.refresh()
        assert not other.refresh()
        assert other.labels.ids.tolist() == workspace.labels.ids.tolist()
        assert not other.can_undo


def test_who_one_is_unless_one_says_so(project, monkeypatch):
    monkeypatch.setenv("SYLLABARY_USER", "Åsa")
    with Workspace.open(project) as workspace:
        assert workspace.edit(edits.assign, segment_ids=[0]).user == settings.user_name() == "Åsa"


def test_what_is_no_project_is_said(tmp_path):
    with pytest.raises(ProjectError, match="nowhere"):
        Workspace.open(tmp_path / "nowhere.h5")
    (tmp_path / "text.h5").write_text("no")
    with pytest.raises(ProjectError, match=r"text\.h5"):
        Workspace.open(tmp_path / "text.h5")
