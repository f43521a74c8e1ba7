"""A project that was extended by new sounds: its journal, history and drafts go on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.curation import edits, journal
from pipeline.curation.drafting import BLOBBING
from pipeline.curation.workspace import Workspace
from pipeline.errors import JournalError, ProjectError, SyllabaryError
from pipeline.exporters.hdf5 import Hdf5
from tests.curation import projects


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "bird.h5")


def edited(project: Path) -> Path:
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 1], name="trill")
        workspace.edit(edits.assign, segment_ids=[5])
    return project


def test_old_edits_stay_and_can_be_taken_back_and_done_again(project):
    projects.extend(edited(project))
    with Workspace.open(project, user="me") as workspace:
        assert workspace.labels.ids.tolist() == [1, 1, 0, 0, 0, 2, 0, 0, 0, 0]
        assert workspace.labels.title(1) == "C1 “trill”"
        workspace.undo()
        workspace.undo()
        assert workspace.labels.ids.tolist() == [0] * 10
        workspace.redo()
        assert workspace.labels.ids.tolist() == [1, 1] + [0] * 8
    assert projects.labels_in(project) == [1, 1] + [0] * 8


def test_new_sounds_are_edited_and_saved_like_others(project):
    projects.extend(edited(project))
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.move, segment_ids=[0, 8, 9], to=2)
    assert projects.labels_in(project) == [2, 1, 0, 0, 0, 2, 0, 0, 2, 2]
    projects.extend(project, n=2)
    with Workspace.open(project, user="me") as workspace:
        assert workspace.labels.ids.tolist() == [2, 1, 0, 0, 0, 2, 0, 0, 2, 2, 0, 0]
        workspace.undo()
        assert workspace.labels.ids.tolist() == [1, 1, 0, 0, 0, 2] + [0] * 6
        assert [entry.title.split()[0] for entry in workspace.history()][-1] == "Undo:"


def test_going_back_to_the_beginning_reaches_behind_the_extension(project):
    projects.extend(edited(project))
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[9])
        workspace.go_back(0)
        assert workspace.labels.ids.tolist() == [0] * 10
    assert projects.labels_in(project) == [0] * 10


def test_a_journal_from_before_numbers_of_sounds_were_kept_goes_on_too(project):
    edited(project)
    with closing(sqlite3.connect(journal.path_of(project))) as connection, connection:
        connection.execute("DELETE FROM about WHERE key = 'n_sounds'")
    projects.extend(project)
    with Workspace.open(project, user="me") as workspace:
        assert workspace.can_undo
        assert len(workspace.labels) == 10


def test_a_draft_goes_on_with_the_new_sounds_not_yet_taken(project):
    with Workspace.open(edited(project), user="me") as workspace:
        workspace.drafting.begin(scope="unassigned")
        workspace.drafting.step(edits.assign, segment_ids=[2, 3])
    projects.extend(project)
    with Workspace.open(project, user="me") as workspace:
        draft = workspace.drafting.draft
        assert (draft.mode, draft.labels.ids.tolist()) == (BLOBBING, [1, 1, 3, 3, 0, 2, 0, 0, 0, 0])
        workspace.drafting.step(edits.assign, segment_ids=[9])
        workspace.drafting.undo()
        workspace.drafting.step(edits.assign, segment_ids=[8])
        seen = workspace.drafting.finalising()
        workspace.drafting.finalise(seen=seen.revision)
        expected = workspace.labels.ids.tolist()
        assert expected[:8] == [1, 1, 3, 3, 0, 2, 0, 0]
        assert expected[8] not in (0, 1, 2, 3)
        assert expected[9] == 0
    assert projects.labels_in(project) == expected


def test_who_has_it_open_meanwhile_loses_no_edit(project):
    edited(project)
    early = Workspace.open(project, user="early")
    projects.extend(project)
    early.edit(edits.move, segment_ids=[6], to=1)
    with Workspace.open(project, user="late") as late:
        assert late.labels.ids.tolist() == [1, 1, 0, 0, 0, 2, 1, 0, 0, 0]
        late.edit(edits.move, segment_ids=[9], to=2)
    early.close()
    assert projects.labels_in(project) == [1, 1, 0, 0, 0, 2, 1, 0, 0, 2]


def test_who_has_it_open_meanwhile_is_told_when_new_sounds_were_edited(project):
    early = Workspace.open(edited(project), user="early")
    projects.extend(project)
    with Workspace.open(project, user="late") as late:
        late.edit(edits.move, segment_ids=[9], to=2)
    with pytest.raises(SyllabaryError, match="Load"):
        early.refresh()
    early.close()
    assert projects.labels_in(project)[9] == 2


def test_the_first_edit_of_who_had_it_open_before_is_refused_and_nothing_is_begun(project):
    with Workspace.open(project, user="early") as early:
        projects.extend(project)
        with pytest.raises(ProjectError, match="Open it again"):
            early.edit(edits.assign, segment_ids=[0])
    assert not journal.path_of(project).exists()
    assert projects.labels_in(project) == [0] * 10


def test_a_foreign_file_that_grew_since_is_not_rewritten_with_fewer_labels(tmp_path):
    project = projects.make_foreign(tmp_path / "old.h5")
    with Workspace.open(project) as early:
        projects.make_foreign(project, n=9, ids=[4.0] * 9)
        with pytest.raises(ProjectError, match="Open it again"):
            early.edit(edits.assign, segment_ids=[0])
    assert projects.labels_in(project) == [4.0] * 9


def test_a_copy_is_not_made_of_labels_that_are_too_few(project, tmp_path):
    with Workspace.open(edited(project)) as early:
        projects.extend(project)
        with pytest.raises(ProjectError, match="extended"):
            Hdf5().write(early.dataset, early.labels, tmp_path / "copy.h5")
    assert not (tmp_path / "copy.h5").exists()


def test_fewer_sounds_than_the_journal_knows_are_told(project):
    edited(project)
    original = project.read_bytes()
    projects.extend(project)
    Workspace.open(project).close()
    project.write_bytes(original)       # a backup from before
    with pytest.raises(JournalError, match="other sounds"):
        Workspace.open(project)


def test_a_crash_while_saving_is_repaired_after_extending(project, monkeypatch):
    edited(project)
    workspace = Workspace.open(project, user="me")
    workspace.edit(edits.move, segment_ids=[3], to=2)
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "finish_pending", lambda _self: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            workspace.close()
    projects.extend(project)
    with Workspace.open(project, user="me") as workspace:
        assert workspace.labels.ids.tolist() == projects.labels_in(project) == [1, 1, 0, 2, 0, 2, 0, 0, 0, 0]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.tuples(st.just("move"), st.integers(0, 30), st.integers(0, 4)),
                          st.tuples(st.sampled_from(["undo", "extend", "reopen"]))), max_size=12))
def test_whatever_comes_between_labels_follow_their_ids(tmp_path_factory, acts):
    project = projects.make(tmp_path_factory.mktemp("grown") / "bird.h5", n=4)
    expected, done = dict.fromkeys(range(4), 0), []
    workspace = Workspace.open(project, user="me")
    for act, *values in acts:
        if act == "move" and values[0] in expected and expected[values[0]] != values[1]:
            done.append((values[0], expected[values[0]]))
            workspace.edit(edits.move, segment_ids=[values[0]], to=values[1])
            expected[values[0]] = values[1]
        elif act == "undo" and done:
            workspace.undo()
            sound, before = done.pop()
            expected[sound] = before
        elif act in ("extend", "reopen"):
            workspace.close()
            if act == "extend":
                projects.extend(project, n=2)
                expected |= dict.fromkeys((len(expected), len(expected) + 1), 0)
            workspace = Workspace.open(project, user="me")
        assert dict(zip(workspace.labels.segment_ids.tolist(), workspace.labels.ids.tolist(), strict=True)) == expected
    workspace.close()
    assert projects.labels_in(project) == list(expected.values())
