"""Undo and redo, each person with stacks of their own, and the way back to any point."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.curation import edits, history
from pipeline.curation.journal import Step
from pipeline.curation.workspace import Workspace
from pipeline.errors import ConflictError, EditError
from tests.curation import projects


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "bird.h5")


@pytest.fixture
def me(project: Path):
    with Workspace.open(project, user="me") as workspace:
        yield workspace


@pytest.fixture
def you(project: Path):
    with Workspace.open(project, user="you") as workspace:
        yield workspace


def now(workspace: Workspace) -> list[int]:
    workspace.refresh()
    return workspace.labels.ids.tolist()


def test_seven_labels_split_undone_and_redone(me):
    me.edit(edits.assign, segment_ids=[0, 1, 2, 3])
    me.edit(edits.split, segment_ids=[2, 3])
    assert now(me) == [1, 1, 2, 2, 0, 0, 0]
    assert me.undo().title == "Undo: Split 2 sounds off into C2"
    assert now(me) == [1, 1, 1, 1, 0, 0, 0]
    me.undo()
    assert now(me) == [0] * 7
    assert not me.can_undo
    me.redo()
    assert me.redo().title == "Redo: Split 2 sounds off into C2"
    assert now(me) == [1, 1, 2, 2, 0, 0, 0]
    assert not me.can_redo


def test_nothing_to_undo_or_redo_is_said(me):
    with pytest.raises(EditError, match=r"There is nothing to undo\."):
        me.undo()
    with pytest.raises(EditError, match=r"There is nothing to redo\."):
        me.redo()


def test_a_new_edit_clears_redo_but_the_history_keeps_all(me):
    me.edit(edits.assign, segment_ids=[0])
    me.undo()
    me.edit(edits.assign, segment_ids=[1])
    assert not me.can_redo
    told = [(entry.seq, entry.title, entry.undoes, entry.undone) for entry in me.history()]
    assert told == [(1, "Assign 1 sound to C1", None, True), (2, "Undo: Assign 1 sound to C1", 1, False),
                    (3, "Assign 1 sound to C2", None, False)]


def test_a_number_is_not_given_again_after_undo_and_restart(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
        workspace.undo()
    with Workspace.open(project) as workspace:
        assert workspace.edit(edits.assign, segment_ids=[0]).after.tolist() == [2]


def test_undo_works_after_a_restart(project):
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 1])
        workspace.edit(edits.move, segment_ids=[1], to=0)
        workspace.undo()
    with Workspace.open(project, user="me") as workspace:
        assert (workspace.can_undo, workspace.can_redo) == (True, True)
        workspace.redo()
        assert now(workspace) == [1, 0, 0, 0, 0, 0, 0]
        workspace.undo()
        workspace.undo()
        assert now(workspace) == [0] * 7


def test_undo_takes_back_ones_own_edit_and_not_that_of_another(me, you):
    me.edit(edits.assign, segment_ids=[0])
    you.edit(edits.assign, segment_ids=[5, 6])
    me.undo()
    assert now(me) == now(you) == [0, 0, 0, 0, 0, 2, 2]


def test_undo_is_refused_where_another_touched_the_same_sounds_later(me, you):
    me.edit(edits.assign, segment_ids=[0, 1])
    you.edit(edits.move, segment_ids=[1, 2], to=9)
    with pytest.raises(ConflictError, match="later edit changed the same sounds"):
        me.undo()
    assert now(me) == [1, 9, 9, 0, 0, 0, 0]


def test_undo_is_refused_where_another_confirmed_the_same_label_later(me, you):
    me.edit(edits.assign, segment_ids=[0, 1])
    you.edit(edits.unassign, segment_ids=[1])
    you.edit(edits.move, segment_ids=[1], to=1)
    with pytest.raises(ConflictError, match="you later did “Unassign 1 sound”"):
        me.undo()


def test_what_another_has_undone_is_in_nobodys_way(me, you):
    me.edit(edits.assign, segment_ids=[0, 1])
    you.edit(edits.unassign, segment_ids=[1])
    you.undo()
    me.undo()
    assert now(me) == [0] * 7


def test_redo_is_refused_where_another_touched_the_same_sounds_since(me, you):
    me.edit(edits.assign, segment_ids=[0, 1])
    me.undo()
    you.edit(edits.assign, segment_ids=[1])
    with pytest.raises(ConflictError):
        me.redo()


def test_names_are_taken_back_too_unless_another_changed_them(me, you):
    me.edit(edits.assign, segment_ids=[0], name="trill")
    me.edit(edits.rename, cluster=1, name="sweep")
    me.undo()
    assert me.labels.clusters[1].name == "trill"
    me.redo()
    you.edit(edits.recolour, cluster=1, colour="#123456")
    with pytest.raises(ConflictError):
        me.undo()


def test_taking_back_what_made_a_cluster_keeps_the_name_another_gave_it(me, you):
    me.edit(edits.assign, segment_ids=[0])
    you.edit(edits.rename, cluster=1, name="trill")
    me.undo()
    me.redo()
    assert (now(me)[0], me.labels.clusters[1].name) == (1, "trill")


def test_going_back_to_a_point_is_one_edit_that_can_be_undone(me, you):
    me.edit(edits.assign, segment_ids=[0, 1, 2])
    point = me.revision
    you.edit(edits.move, segment_ids=[2, 3], to=5)
    me.edit(edits.merge, clusters=[5, 1])
    assert now(me) == [5, 5, 5, 5, 0, 0, 0]
    edit = me.go_back(point)
    assert now(me) == [1, 1, 1, 0, 0, 0, 0]
    assert edit.title == "Go back to “Assign 3 sounds to C1”"
    me.undo()
    assert now(me) == [5, 5, 5, 5, 0, 0, 0]
    assert me.go_back(0).title == "Go back to the beginning"
    assert now(me) == [0] * 7


def test_going_back_to_nowhere_is_refused(me):
    me.edit(edits.assign, segment_ids=[0])
    for point, sentence in ((me.revision, "Nothing would change"), (99, "number 99"), (-1, "number -1")):
        with pytest.raises(EditError, match=sentence):
            me.go_back(point)


def test_how_sounds_were_chosen_is_kept_for_ever(project):
    chosen = {"polygon": [[0.5, 1.0], [2, 3]], "threshold": 0.1}
    with Workspace.open(project, user="Åsa") as workspace:
        workspace.edit(edits.assign, provenance=chosen, segment_ids=[0])
        with pytest.raises(EditError, match="plain JSON"):
            workspace.edit(edits.assign, provenance={"polygon": {1, 2}}, segment_ids=[1])
    with Workspace.open(project, user="you") as workspace:
        entry, = workspace.history()
        assert (entry.user, entry.provenance, entry.n_sounds) == ("Åsa", chosen, 1)


def test_standing_follows_undo_and_redo():
    steps = [Step(1, "a", "labels", None), Step(2, "b", "labels", None), Step(3, "a", "labels", 1)]
    assert history.standing(steps) == {2}
    assert history.standing([*steps, Step(4, "a", "labels", 3)]) == {1, 2}
