"""What is worked on, mode by mode: the same edits go to the clusters or to the draft."""

from __future__ import annotations

import pytest
from factory import make_project

from pipeline.curation import desk as desks
from pipeline.curation import edits
from pipeline.curation.desk import Desk
from pipeline.curation.workspace import Workspace
from pipeline.errors import ConflictError, EditError


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(make_project(tmp_path / "bird.h5", n_sounds=12), user="anna") as workspace:
        yield workspace


def test_modes_one_after_the_other_with_edits_going_where_one_works(workspace):
    desk = Desk.of(workspace)
    assert (desk.mode, desk.labels.letter, desk.draft) == ("clustering", "C", None)
    assert desks.turn(desk) == ""                      # nothing is assigned yet, so nothing need be asked
    desk = Desk.of(workspace)
    assert (desk.mode, desk.labels.letter) == ("blobbing", "B")
    desk.edit(edits.assign, seen=desk.revision, segment_ids=[0, 1, 2])
    assert Desk.of(workspace).active.tolist() == [False] * 3 + [True] * 9
    assert workspace.labels.counts() == {0: 12}
    assert desks.turn(Desk.of(workspace)) == ""
    desk = Desk.of(workspace)
    assert (desk.mode, desk.labels.letter) == ("proofreading", "P")
    assert desks.turn(desk) == desks.FINALISE          # asks, and changes nothing
    would = workspace.drafting.finalising()
    told, can_be_undone = desks.answered(workspace, desks.FINALISE, "finalise",
                                         seen=[would.revision, would.draft_revision])
    assert "Finalise a draft" in told
    assert can_be_undone
    assert Desk.of(workspace).mode == "clustering"
    assert workspace.labels.counts() == {0: 9, 1: 3}


def test_the_revision_rises_with_whatever_changes_what_is_seen(workspace):
    seen = [Desk.of(workspace).revision]

    def step() -> None:
        seen.append(Desk.of(workspace).revision)

    desks.turn(Desk.of(workspace))
    step()
    workspace.edit(edits.assign, segment_ids=[5])      # to the clusters, in another window as it were
    step()
    desk = Desk.of(workspace)
    desk.edit(edits.assign, seen=desk.revision, segment_ids=[1])
    step()
    desks.turn(Desk.of(workspace), "clustering")
    step()
    desks.answered(workspace, desks.DISCARD, "discard", seen=None)
    step()
    assert seen == sorted(set(seen))


def test_an_edit_of_what_changed_since_it_was_seen_is_refused_in_every_mode(workspace):
    workspace.edit(edits.assign, segment_ids=[5])
    old = Desk.of(workspace).revision
    workspace.edit(edits.unassign, segment_ids=[5])
    with pytest.raises(ConflictError):
        Desk.of(workspace).edit(edits.move, seen=old, segment_ids=[5], to=2)
    desks.turn(Desk.of(workspace))
    begun = Desk.of(workspace).revision
    Desk.of(workspace).edit(edits.assign, seen=begun, segment_ids=[5])
    with pytest.raises(ConflictError):
        Desk.of(workspace).edit(edits.move, seen=begun, segment_ids=[5], to=7)
    with pytest.raises(ConflictError):
        Desk.of(workspace).undo(seen=begun)
    Desk.of(workspace).undo(seen=Desk.of(workspace).revision)


def test_a_project_with_clusters_asks_before_a_draft_begins(workspace):
    workspace.edit(edits.assign, segment_ids=[5])
    assert desks.turn(Desk.of(workspace)) == desks.SCOPE
    assert not Desk.of(workspace).has_draft
    desks.answered(workspace, desks.SCOPE, "all", seen=None)
    assert Desk.of(workspace).active.all()


def test_a_draft_put_aside_is_taken_up_again_and_undo_follows_the_mode(workspace):
    desks.turn(Desk.of(workspace))
    desk = Desk.of(workspace)
    desk.edit(edits.assign, seen=desk.revision, segment_ids=[0])
    assert Desk.of(workspace).can_undo
    desks.turn(Desk.of(workspace), "clustering")
    desk = Desk.of(workspace)
    assert (desk.can_undo, desk.has_draft) == (False, True)
    desks.turn(desk, "proofreading")
    assert Desk.of(workspace).labels.counts() == {0: 11, 1: 1}


def test_there_is_nothing_to_proofread_without_a_draft_and_unknown_answers_are_refused(workspace):
    with pytest.raises(EditError, match="no draft"):
        desks.turn(Desk.of(workspace), "proofreading")
    with pytest.raises(EditError, match="no question"):
        desks.answered(workspace, "else", 1, seen=None)


def test_another_process_is_followed_when_the_browser_has_seen_more(workspace):
    with Workspace.open(workspace.path, user="anna") as elsewhere:
        desks.turn(Desk.of(elsewhere))
        revision = Desk.of(elsewhere).revision
    assert Desk.of(workspace, at_least=revision).mode == "blobbing"
