"""From an algorithm's labels to clusters: seven sounds, adopted, drafted, split, and taken back."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import store
from pipeline.curation import adopting, edits
from pipeline.curation.adopting import Proposal
from pipeline.curation.workspace import Workspace
from pipeline.errors import EditError, ProjectError
from tests.curation import projects


def proposal(label: list[int], segment_ids: list[int] | None = None) -> Proposal:
    ids = list(range(len(label))) if segment_ids is None else segment_ids
    return Proposal("HDBSCAN", np.array(ids, np.int32), np.array(label, np.int32))


@pytest.fixture
def project(tmp_path):
    return projects.make(tmp_path / "bird.h5", ids=[1, 1, 1, 1, 2, 2, 0], clusters=((1, "trill", "#112233", ""),))


@pytest.fixture
def workspace(project):
    with Workspace.open(project, user="me") as workspace:
        yield workspace


def test_a_labeling_becomes_clusters_in_one_edit_that_can_be_undone(workspace, project):
    edit = workspace.edit(adopting.adopt, **proposal([1, 1, 0, 0, 0, -1, 2]).choice())
    assert edit.title == "Adopt HDBSCAN: 7 sounds, 3 clusters"
    assert workspace.labels.ids.tolist() == [4, 4, 3, 3, 3, 0, 5]        # new numbers, the largest first; noise is 0
    assert edit.provenance == {"labeling": "HDBSCAN"}
    workspace.undo()
    assert workspace.labels.ids.tolist() == [1, 1, 1, 1, 2, 2, 0]
    workspace.redo()
    workspace.close()
    assert projects.labels_in(project) == [4, 4, 3, 3, 3, 0, 5]
    assert projects.names_in(project)[1] == "trill"                      # the old clusters are still known


def test_sounds_that_the_labeling_does_not_speak_of_stay_where_they_are(workspace):
    workspace.edit(adopting.adopt, **proposal([0, -1], [6, 4]).choice())
    assert workspace.labels.ids.tolist() == [1, 1, 1, 1, 0, 2, 3]


def test_numbers_are_new_again_when_a_labeling_is_adopted_twice(workspace):
    choice = proposal([0, 0, 0, 1, 1, 1, -1]).choice()
    workspace.edit(adopting.adopt, **choice)
    workspace.edit(adopting.adopt, **choice)
    assert workspace.labels.ids.tolist() == [5, 5, 5, 6, 6, 6, 0]


def test_a_labeling_becomes_a_draft_and_the_clusters_are_as_they_were(workspace, project):
    draft = adopting.draft_from(workspace, proposal([1, 1, 0, 0, 0, -1, 2]))
    assert draft.mode == "proofreading"
    assert draft.labels.ids.tolist() == [4, 4, 3, 3, 3, 0, 5]
    assert workspace.labels.ids.tolist() == [1, 1, 1, 1, 2, 2, 0]
    workspace.drafting.step(edits.merge, clusters=[3, 5])
    told = workspace.drafting.finalising()
    workspace.drafting.finalise(seen=told.revision, seen_draft=told.draft_revision)
    assert workspace.labels.ids.tolist() == [4, 4, 3, 3, 3, 0, 3]
    assert workspace.history()[-1].provenance["steps"][0]["labeling"] == "HDBSCAN"
    with Workspace.open(project, user="me") as again:
        assert again.labels.ids.tolist() == [4, 4, 3, 3, 3, 0, 3]


def test_a_second_draft_and_one_of_nothing_are_refused_and_leave_no_trace(workspace):
    with pytest.raises(EditError, match="no cluster"):
        adopting.draft_from(workspace, proposal([-1, -1]))
    assert workspace.drafting.draft is None
    adopting.draft_from(workspace, proposal([0, 0, 1]))
    with pytest.raises(EditError, match="a draft already"):
        adopting.draft_from(workspace, proposal([0, 0, 0]))
    assert workspace.drafting.draft.labels.ids.tolist() == [3, 3, 4, 0, 0, 0, 0]


def test_a_cluster_is_split_by_a_labeling_and_its_largest_part_keeps_the_number(workspace):
    edit = workspace.edit(adopting.split_by, cluster=1, **proposal([7, 7, 3, -1, 7, 7, 7]).choice())
    assert edit.title == "Split C1 “trill” by HDBSCAN into 2 parts"
    assert workspace.labels.ids.tolist() == [1, 1, 3, 0, 2, 2, 0]
    workspace.undo()
    assert workspace.labels.ids.tolist() == [1, 1, 1, 1, 2, 2, 0]


@pytest.mark.parametrize(("cluster", "label", "ids"), [
    (1, [5, 5, 5, 5], [0, 1, 2, 3]), (1, [-1, -1], [0, 1]), (2, [0, 1], [0, 1]), (0, [1], [6]), (1, [], [])])
def test_what_splits_nothing_is_refused(workspace, cluster, label, ids):
    with pytest.raises(EditError):
        workspace.edit(adopting.split_by, cluster=cluster, **proposal(label, ids).choice())
    assert workspace.labels.ids.tolist() == [1, 1, 1, 1, 2, 2, 0]


def test_a_stored_labeling_is_read_by_id_also_while_the_project_is_open(workspace, project):
    with store.amend(project) as writer:
        writer.labeling("KMeans", np.array([5, 0, 2]), np.array([1, 0, -1]))
    found = Proposal.read(project, "KMeans")
    assert dict(zip(found.segment_ids.tolist(), found.label.tolist(), strict=True)) == {5: 1, 0: 0, 2: -1}
    workspace.edit(adopting.adopt, **found.choice())
    assert workspace.labels.ids.tolist() == [3, 1, 0, 1, 2, 4, 0]
    with pytest.raises(ProjectError, match="KMeans"):
        Proposal.read(project, "none")
