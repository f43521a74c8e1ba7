"""A project that is open once for several persons."""

from __future__ import annotations

import shutil

import pytest
from factory import make_project

from pipeline import store
from pipeline.curation import edits, journal
from pipeline.curation.shared import Shared
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import AccessError, ConflictError, EditError, ProjectError


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "bird.h5", n_sounds=12, with_spectrograms=False)


@pytest.fixture
def shared(project):
    shared = Shared(project)
    yield shared
    shared.close()


def assign(workspace, *sounds: int) -> int:
    return workspace.edit(edits.assign, segment_ids=list(sounds)).revision


def test_each_person_has_an_own_workspace_over_the_same_data_set(shared):
    ada, ben = shared.workspace("ada"), shared.workspace("ben")
    assert ada is not ben
    assert ada is shared.workspace("ada")
    assert ada.dataset is ben.dataset
    assert shared.persons == ["ada", "ben"]


def test_edits_carry_the_persons_name_and_undo_is_theirs(shared):
    ada, ben = shared.workspace("ada"), shared.workspace("ben")
    assign(ada, 1, 2)
    ben.refresh()
    assign(ben, 3)
    assert [(entry.user, entry.n_sounds) for entry in ben.history()] == [("ada", 2), ("ben", 1)]
    assert ada.undo().user == "ada"
    ben.refresh()
    assert ben.labels.ids[[1, 2, 3]].tolist() == [0, 0, 2]
    with pytest.raises(EditError, match="nothing to undo"):
        ada.undo()


def test_an_edit_from_an_outdated_view_is_refused_as_between_processes(shared):
    ada, ben = shared.workspace("ada"), shared.workspace("ben")
    seen = ben.revision
    assign(ada, 1)
    with pytest.raises(ConflictError):
        ben.edit(edits.assign, seen=seen, segment_ids=[1])


def test_each_person_has_a_draft(shared):
    ada, ben = shared.workspace("ada"), shared.workspace("ben")
    ada.drafting.begin()
    ada.drafting.step(edits.assign, segment_ids=[5])
    ben.drafting.refresh()
    assert ben.drafting.draft is None
    assert ben.drafting.begin().labels.ids.any() == False  # noqa: E712 - numpy's own
    assert ada.drafting.draft.labels.ids[5] == 1


@pytest.mark.parametrize("act", [
    lambda ws: ws.edit(edits.assign, segment_ids=[1]), lambda ws: ws.undo(), lambda ws: ws.redo(),
    lambda ws: ws.go_back(0), lambda ws: ws.drafting.begin(), lambda ws: ws.drafting.go_to("blobbing"),
    lambda ws: ws.drafting.discard(), lambda ws: ws.drafting.step(edits.assign, segment_ids=[1]),
    lambda ws: ws.drafting.undo(), lambda ws: ws.drafting.redo(), lambda ws: ws.drafting.finalise(seen=0),
])
def test_who_may_not_edit_changes_nothing_by_any_way(shared, project, act):
    def forbid() -> None:
        raise AccessError("Only to look at.")

    with pytest.raises(AccessError, match="Only to look at"):
        act(shared.workspace("eve", permit=forbid))
    assert not journal.exists(journal.path_of(project))


def test_closing_brings_the_file_to_the_journal(project):
    shared = Shared(project)
    assign(shared.workspace("ada"), 4)
    assign(shared.workspace("ben"), 5)
    shared.close()
    with Dataset.open(project) as dataset:
        assert dataset.cluster_ids()[[4, 5]].tolist() == [1, 2]


def test_the_file_follows_while_all_stay(shared, project):
    ada = shared.workspace("ada")
    assign(ada, 4)
    shared._saver._timer.join()
    assert ada.saved
    with Dataset.open(project) as dataset:
        assert dataset.cluster_ids()[4] == 1


def test_who_is_idle_leaves_and_comes_back_to_the_same_undo(shared):
    assign(shared.workspace("ada"), 4)
    shared.leave_idle(3600)
    assert shared.persons == ["ada"]
    shared.leave_idle(-1)
    assert shared.persons == []
    again = shared.workspace("ada")
    assert again.can_undo
    assert again.labels.ids[4] == 1


def test_saving_labels_is_no_replacement(shared, project):
    assert shared.is_current()
    assign(shared.workspace("ada"), 4)
    shared._saver._timer.join()
    assert shared.is_current()


def test_a_file_made_anew_is_noticed(shared, project):
    make_project(project, n_sounds=12, with_spectrograms=False)
    assert not shared.is_current()


def test_a_file_copied_over_is_noticed_though_it_stays_where_it_is(shared, project, tmp_path):
    other = make_project(tmp_path / "other.h5", n_sounds=12, with_spectrograms=False)
    shutil.copyfile(other, project)
    assert not shared.is_current()


def test_a_file_that_was_amended_is_noticed_and_is_still_of_the_same_sounds(shared, project):
    before = shared.identity
    with store.amend(project) as writer:
        writer.labeling("kmeans", shared.dataset.segments.segment_id, [0] * 12)
    assert not shared.is_current()
    again = Shared(project)
    assert again.identity == before
    assert again.dataset.names("labelings") == ["kmeans"]
    again.close()


def test_a_file_that_is_gone_is_no_other_file(shared, project, tmp_path):
    project.rename(tmp_path / "elsewhere.h5")
    assert shared.is_current()
    (tmp_path / "elsewhere.h5").rename(project)


def test_what_replaced_the_file_is_not_written_to_when_the_old_one_is_closed(project):
    shared = Shared(project)
    assign(shared.workspace("ada"), 4)
    shared._saver._timer.join()
    make_project(project, n_sounds=12, with_spectrograms=False, project_id="another")
    content = project.read_bytes()
    shared.close()
    assert project.read_bytes() == content


def test_a_project_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match=r"nowhere\.h5"):
        Shared(tmp_path / "nowhere.h5")


def test_a_script_beside_the_dashboard_sees_and_is_seen(shared, project):
    ada = shared.workspace("ada")
    with Workspace.open(project, user="script") as script:
        assign(script, 7)
        ada.refresh()
        assert ada.labels.ids[7] == 1
