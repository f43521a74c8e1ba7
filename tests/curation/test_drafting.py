"""Drafts, in small true stories: seven sounds, from blobs to clusters."""

from __future__ import annotations

import pytest

from pipeline.curation import colours, drafting, edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ConflictError, EditError
from tests.curation import projects
from tests.curation.processes import colleague


@pytest.fixture
def project(tmp_path):
    return projects.make(tmp_path / "bird.h5")


@pytest.fixture
def workspace(project):
    with Workspace.open(project, user="me") as workspace:
        yield workspace


def ids_of(workspace: Workspace) -> list[int]:
    return workspace.drafting.draft.labels.ids.tolist()


def test_from_blobs_to_clusters(workspace, project):
    draft = workspace.drafting
    draft.begin()
    assert draft.mode == "blobbing"
    assert draft.step(edits.assign, segment_ids=[0, 1, 2]).title == "Assign 3 sounds to B1"
    assert draft.step(edits.assign, segment_ids=[3]).title == "Assign 1 sound to B2"
    assert drafting.active(draft.draft).tolist() == [False, False, False, False, True, True, True]
    assert draft.step(edits.assign, segment_ids=[4, 5]).title == "Assign 2 sounds to B3"
    draft.go_to("proofreading")
    assert draft.step(edits.merge, clusters=[1, 2]).title == "Merge P2 into P1"
    draft.step(edits.rename, cluster=3, name="trill")
    assert ids_of(workspace) == [1, 1, 1, 1, 3, 3, 0]
    assert workspace.labels.ids.tolist() == [0] * 7
    told = draft.finalising()
    assert (told.n_changes, told.n_unassigned, told.n_by_others, told.numbers) == (6, 1, 0, {1: 1, 3: 2})
    edit = draft.finalise(seen=told.revision, seen_draft=told.draft_revision)
    assert edit.title == "Finalise a draft: 6 sounds, 2 clusters"
    assert workspace.labels.ids.tolist() == [1, 1, 1, 1, 2, 2, 0]
    assert workspace.labels.title(2) == "C2 “trill”"
    assert (draft.draft, draft.mode) == (None, "clustering")
    workspace.undo()
    assert workspace.labels.ids.tolist() == [0] * 7
    workspace.redo()
    workspace.close()
    assert projects.labels_in(project) == [1, 1, 1, 1, 2, 2, 0]
    assert projects.names_in(project) == {1: "", 2: "trill"}


def test_a_draft_survives_a_restart_and_disturbs_nobody(project):
    with Workspace.open(project, user="me") as workspace:
        workspace.drafting.begin()
        workspace.drafting.step(edits.assign, segment_ids=[1, 2])
        workspace.drafting.step(edits.assign, segment_ids=[3])
        workspace.drafting.undo()
        workspace.drafting.go_to("proofreading")
        assert (workspace.revision, workspace.can_undo, workspace.history()) == (0, False, [])
    with Workspace.open(project, user="me") as workspace, Workspace.open(project, user="you") as other:
        assert ids_of(workspace) == [0, 1, 1, 0, 0, 0, 0]
        assert workspace.drafting.mode == "proofreading"
        assert other.drafting.draft is None
        workspace.drafting.redo()
        assert ids_of(workspace) == [0, 1, 1, 2, 0, 0, 0]
        other.drafting.begin()
        workspace.drafting.discard()
        assert workspace.drafting.draft is None
        assert ids_of(other) == [0] * 7


def test_undo_and_redo_take_back_one_step_of_the_draft_at_a_time(workspace):
    workspace.edit(edits.assign, segment_ids=[6])
    draft = workspace.drafting
    draft.begin()
    with pytest.raises(EditError, match="nothing to undo"):
        draft.undo()
    draft.step(edits.assign, segment_ids=[0, 1])
    draft.go_to("proofreading")
    draft.step(edits.move, segment_ids=[1], to=1)
    assert ids_of(workspace) == [2, 1, 0, 0, 0, 0, 1]
    assert draft.undo().title == "Undo: Move 1 sound to P1"
    assert draft.undo().title == "Undo: Assign 2 sounds to B2"
    assert (draft.draft.can_undo, draft.draft.can_redo) == (False, True)
    assert draft.redo().title == "Redo: Assign 2 sounds to B2"
    assert ids_of(workspace) == [2, 2, 0, 0, 0, 0, 1]
    draft.step(edits.unassign, segment_ids=[0])
    with pytest.raises(EditError, match="nothing to redo"):
        draft.redo()
    assert workspace.labels.ids.tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_going_back_to_the_blobs_loses_nothing(workspace):
    draft = workspace.drafting
    draft.begin()
    draft.step(edits.assign, segment_ids=[0, 1])
    draft.step(edits.assign, segment_ids=[2])
    draft.go_to("proofreading")
    draft.step(edits.split, segment_ids=[1])
    draft.go_to("blobbing")
    assert draft.draft.labels.title(3) == "B3"
    draft.step(drafting.take_back, group=2)
    draft.step(edits.assign, segment_ids=[2, 3])
    draft.go_to("clustering")
    assert (draft.mode, ids_of(workspace)) == ("clustering", [1, 3, 4, 4, 0, 0, 0])
    draft.go_to("blobbing")
    assert draft.draft.labels.title(4) == "B4"


def test_what_cannot_be_taken_back_is_said(workspace):
    workspace.drafting.begin()
    for group in (0, 4):
        with pytest.raises(EditError, match=f"B{group} has no sounds"):
            workspace.drafting.step(drafting.take_back, group=group)


def test_clusters_keep_their_numbers_and_new_groups_take_the_next(workspace):
    workspace.edit(edits.assign, segment_ids=[0, 1], name="stack")
    workspace.edit(edits.assign, segment_ids=[2])
    draft = workspace.drafting
    draft.begin(scope="unassigned")
    assert ids_of(workspace) == [1, 1, 2, 0, 0, 0, 0]
    draft.step(edits.assign, segment_ids=[3, 4])
    draft.step(edits.assign, segment_ids=[5])
    draft.step(edits.merge, clusters=[2, 3])
    draft.step(edits.rename, cluster=1, name="sweep")
    assert draft.finalising().numbers == {1: 1, 2: 2, 4: 3}
    draft.finalise(seen=workspace.revision)
    assert workspace.labels.ids.tolist() == [1, 1, 2, 2, 2, 3, 0]
    assert workspace.labels.title(1) == "C1 “sweep”"
    workspace.undo()
    assert workspace.labels.title(1) == "C1 “stack”"


def test_all_sounds_begins_afresh_without_reusing_a_number(workspace):
    workspace.edit(edits.assign, segment_ids=[0, 1])
    draft = workspace.drafting
    draft.begin(scope="all")
    assert drafting.active(draft.draft).all()
    assert draft.step(edits.assign, segment_ids=[1, 2]).title == "Assign 2 sounds to B2"
    told = draft.finalising()
    assert (told.n_changes, told.n_unassigned) == (3, 5)
    draft.finalise(seen=told.revision)
    assert workspace.labels.ids.tolist() == [0, 2, 2, 0, 0, 0, 0]


def test_a_number_that_a_colleague_took_meanwhile_is_not_given_twice(workspace, project):
    workspace.drafting.begin()
    workspace.drafting.step(edits.assign, segment_ids=[0])
    with Workspace.open(project, user="you") as other:
        other.edit(edits.assign, segment_ids=[6])
    workspace.edit(edits.unassign, segment_ids=[0, 6])
    workspace.edit(edits.move, segment_ids=[0], to=1)
    told = workspace.drafting.finalising()
    assert told.numbers == {1: 2}
    assert told.sentence.endswith("given other labels: 1 by yourself.")
    workspace.drafting.finalise(seen=told.revision)
    assert workspace.labels.ids.tolist() == [2, 0, 0, 0, 0, 0, 0]


def test_what_others_changed_meanwhile_is_told_and_otherwise_left_alone(workspace, project):
    workspace.edit(edits.assign, segment_ids=[5, 6])
    draft = workspace.drafting
    began = draft.begin().began
    draft.step(edits.assign, segment_ids=[0, 1, 2])
    with Workspace.open(project, user="you") as other:
        other.edit(edits.move, segment_ids=[2, 3, 6], to=7)
        other.edit(edits.move, segment_ids=[4], to=7)
        other.undo()
    told = draft.finalising()
    assert (told.n_changes, told.n_by_others, told.by_user) == (3, 1, {"you": 1})
    assert told.sentence == (
        "Finalising changes the labels of 3 sounds: 2 clusters, 1 sound unassigned. P2 becomes C8. Since the draft "
        "began, some of these sounds were given other labels: 1 by you.")
    with pytest.raises(ConflictError, match="1 of these sounds"):
        draft.finalise(seen=began)
    assert draft.draft is not None
    draft.finalise(seen=told.revision, seen_draft=told.draft_revision)
    assert workspace.labels.ids.tolist() == [8, 8, 8, 7, 0, 1, 7]


def test_a_draft_that_changes_nothing_is_not_finalised(workspace):
    workspace.drafting.begin()
    assert workspace.drafting.finalising().n_changes == 0
    with pytest.raises(EditError, match="changes nothing"):
        workspace.drafting.finalise(seen=workspace.revision)


def test_two_windows_have_the_same_draft(workspace, project):
    workspace.drafting.begin()
    with Workspace.open(project, user="me") as other:
        seen = other.drafting.revision
        workspace.drafting.step(edits.assign, segment_ids=[0, 1])
        with pytest.raises(ConflictError, match="1 of these sounds"):
            other.drafting.step(edits.assign, seen=seen, segment_ids=[1, 2])
        other.drafting.step(edits.assign, seen=seen, segment_ids=[2])
        assert ids_of(other) == [1, 1, 2, 0, 0, 0, 0]
        with pytest.raises(ConflictError, match="another window"):
            workspace.drafting.undo(seen=seen)
        assert workspace.drafting.revision == other.drafting.revision
        told = other.drafting.finalising()
        workspace.drafting.undo()
        with pytest.raises(ConflictError, match="changed in another window"):
            other.drafting.finalise(seen=told.revision, seen_draft=told.draft_revision)
        workspace.drafting.discard()
        assert other.drafting.refresh()
        assert not other.drafting.refresh()
        with pytest.raises(EditError, match="no draft"):
            other.drafting.step(edits.assign, segment_ids=[2])


def test_a_view_of_an_earlier_draft_is_refused(workspace, project):
    seen = workspace.drafting.begin().revision
    workspace.drafting.discard()
    workspace.drafting.begin(scope="all")
    with pytest.raises(ConflictError):
        workspace.drafting.step(edits.assign, seen=seen, segment_ids=[0])


def test_a_colleague_in_another_process_finds_the_labels_of_a_finalised_draft(workspace, project):
    workspace.drafting.begin()
    workspace.drafting.step(edits.assign, segment_ids=[0, 1])
    workspace.drafting.finalise(seen=workspace.revision)
    with colleague(project, user="you") as other:
        assert other.ask("edit", "assign", segment_ids=[5])[1] == [1, 1, 0, 0, 0, 2, 0]


def test_how_each_group_was_chosen_is_told_in_the_history(workspace):
    draft = workspace.drafting
    draft.begin()
    draft.step(edits.assign, segment_ids=[0, 1], provenance={"radius_px": 20.0, "threshold": 0.1})
    draft.step(edits.assign, segment_ids=[2], provenance={"path": [[0, 0], [1, 0], [1, 1]]})
    draft.step(edits.assign, segment_ids=[3], provenance={"radius_px": 5.0})
    draft.undo()
    draft.finalise(seen=workspace.revision)
    how = workspace.history()[-1].provenance
    assert how["steps"] == [
        {"step": "Assign 2 sounds to B1", "groups": [1], "radius_px": 20.0, "threshold": 0.1},
        {"step": "Assign 1 sound to B2", "groups": [2], "path": [[0, 0], [1, 0], [1, 1]]},
    ]
    assert how["clusters"] == [{"group": 1, "cluster": 1}, {"group": 2, "cluster": 2}]


def test_a_chosen_colour_stays_and_a_usual_one_goes_with_the_number(workspace):
    draft = workspace.drafting
    draft.begin()
    for sound in range(3):
        draft.step(edits.assign, segment_ids=[sound])
    draft.step(edits.recolour, cluster=3, colour="#010203")
    draft.step(drafting.take_back, group=1)
    draft.finalise(seen=workspace.revision)
    found = {k: info.colour for k, info in workspace.labels.clusters.items()}
    assert (found[1], found[2]) == (colours.of(1), "#010203")


def test_there_is_one_draft_at_a_time(workspace):
    for ask in (workspace.drafting.undo, workspace.drafting.finalising, workspace.drafting.discard):
        with pytest.raises(EditError, match="no draft"):
            ask()
    workspace.drafting.begin()
    with pytest.raises(EditError, match="already"):
        workspace.drafting.begin()
    with pytest.raises(EditError, match="no mode"):
        workspace.drafting.go_to("dreaming")
    workspace.drafting.discard()
    with pytest.raises(EditError, match="not on 'some'"):
        workspace.drafting.begin(scope="some")


def test_a_step_is_small_in_the_journal(tmp_path):
    project = projects.make(tmp_path / "long.h5", n=20_000)
    with Workspace.open(project, user="me") as workspace:
        workspace.drafting.begin()
        journal = project.with_name("long.h5.edits.sqlite-wal")
        before = journal.stat().st_size
        for first in range(0, 2000, 100):
            workspace.drafting.step(edits.assign, segment_ids=range(first, first + 100))
        assert (journal.stat().st_size - before) / 20 < 30_000
