"""Two server processes serve one project: nobody's work is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ConflictError
from tests.curation import projects
from tests.curation.processes import colleague, context


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "bird.h5")


def test_each_sees_what_the_other_did(project):
    with Workspace.open(project, user="me") as me, colleague(project, user="you") as you:
        you.ask("edit", "assign", segment_ids=[0, 1])
        assert me.refresh()
        assert me.labels.ids.tolist() == [1, 1, 0, 0, 0, 0, 0]
        assert me.edit(edits.assign, segment_ids=[2]).after.tolist() == [2]
        assert you.ask("refresh") == (2, [1, 1, 2, 0, 0, 0, 0])
    assert projects.labels_in(project) == [1, 1, 2, 0, 0, 0, 0]


def test_numbers_are_given_once_though_neither_has_looked(project):
    with Workspace.open(project, user="me") as me, colleague(project, user="you") as you:
        you.ask("edit", "assign", segment_ids=[0])
        me.edit(edits.assign, segment_ids=[1])
        you.ask("edit", "assign", segment_ids=[2])
        me.refresh()
        assert me.labels.ids.tolist() == [1, 2, 3, 0, 0, 0, 0]
        assert [entry.user for entry in me.history()] == ["you", "me", "you"]


def test_an_outdated_view_is_refused_across_processes(project):
    with Workspace.open(project, user="me") as me, colleague(project, user="you") as you:
        seen = me.revision
        you.ask("edit", "assign", segment_ids=[0])
        with pytest.raises(ConflictError):
            me.edit(edits.assign, seen=seen, segment_ids=[0, 1])
        me.edit(edits.assign, seen=seen, segment_ids=[1])
        with pytest.raises(ConflictError):
            you.ask("edit", "assign", seen=1, segment_ids=[1])


def test_one_person_in_two_processes_has_one_undo(project):
    with Workspace.open(project, user="me") as here, colleague(project, user="me") as there:
        here.edit(edits.assign, segment_ids=[0])
        there.ask("edit", "assign", segment_ids=[1])
        here.undo()
        assert here.labels.ids.tolist() == [1, 0, 0, 0, 0, 0, 0]
        assert there.ask("redo") == (4, [1, 2, 0, 0, 0, 0, 0])
        there.ask("undo")
        there.ask("undo")
        here.refresh()
        assert not here.can_undo


@pytest.mark.parametrize("make", [projects.make, projects.make_foreign])
def test_many_at_once_lose_nothing(tmp_path, make):
    project = make(tmp_path / "bird.h5", n=60)
    workers = [context.Process(target=_label, args=(project, 20 * k)) for k in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert sorted(projects.labels_in(project)) == list(range(1, 61))
    with Workspace.open(project) as workspace:
        assert workspace.revision == 60


def _label(project: Path, first: int) -> None:
    with Workspace.open(project, user=f"worker-{first}") as workspace:
        for sound in range(first, first + 20):
            workspace.edit(edits.assign, segment_ids=[sound])


def test_a_script_that_forgets_to_close_is_waited_for(project):
    process = context.Process(target=_forget, args=(project,))
    process.start()
    process.join()
    assert projects.labels_in(project) == [0, 0, 1, 0, 0, 0, 0]


def _forget(project: Path) -> None:
    Workspace.open(project).edit(edits.assign, segment_ids=[2])
