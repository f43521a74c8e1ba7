"""What the journal holds, on disk, for ever."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pipeline import drives
from pipeline.curation import agreement, edits, journal
from pipeline.curation.workspace import Workspace
from pipeline.errors import JournalError
from tests.curation import projects


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "bird.h5")


def rows(project: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(f"{project}.edits.sqlite")) as connection:
        return connection.execute(query).fetchall()


def test_a_row_tells_the_whole_edit_to_any_reader_of_sqlite(project):
    with Workspace.open(project, user="me") as workspace:
        workspace.edit(edits.move, segment_ids=[4, 2], to=3, provenance={"threshold": 0.1})
        workspace.undo()
    query = "SELECT seq, user, kind, title, provenance, undoes, segment_ids, before, after FROM edits ORDER BY seq"
    first, second = rows(project, query)
    assert first[:6] == (1, "me", "labels", "Move 2 sounds to C3", '{"threshold": 0.1}', None)
    arrays = [np.frombuffer(zlib.decompress(blob), "<i4").tolist() for blob in first[6:]]
    assert arrays == [[2, 4], [0, 0], [3, 3]]
    assert second[:4] == (2, "me", "labels", "Undo: Move 2 sounds to C3")
    assert second[5] == 1


def test_the_edit_is_in_the_journal_before_the_file_has_it(project):
    workspace = Workspace.open(project)
    workspace.edit(edits.assign, segment_ids=[0])
    assert rows(project, "SELECT count(*) FROM edits") == [(1,)]
    workspace.close()


def test_it_is_in_wal_mode_and_one_file_when_closed(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
        assert rows(project, "PRAGMA journal_mode") == [("wal",)]
    left = sorted(path.name for path in project.parent.iterdir() if not path.name.startswith("."))
    assert left == ["bird.h5", "bird.h5.edits.sqlite"]


def test_commits_wait_for_the_disk(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
        assert workspace._journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_on_a_network_drive_there_is_no_write_ahead_log(project, monkeypatch):
    monkeypatch.setattr(drives, "is_network", lambda _path: True)
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
        assert workspace.on_network_drive
        assert rows(project, "PRAGMA journal_mode") == [("delete",)]


def test_network_drives_are_known_by_their_mount(monkeypatch):
    mounts = [("/", "ext4"), ("/lab", "nfs4"), ("/lab/fast disk", "xfs"), ("/laboratory", "btrfs")]
    monkeypatch.setattr(drives, "_mounts", lambda: mounts)
    expected = {"/x.h5": False, "/lab/a/x.h5": True, "/lab/fast disk/x.h5": False, "/laboratory/x.h5": False}
    assert {path: drives.is_network(Path(path)) for path in expected} == expected


def test_mount_points_with_spaces_are_read():
    assert drives._unescaped(r"/lab/fast\040disk") == "/lab/fast disk"


def test_a_journal_of_a_later_version_is_refused(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
    with closing(sqlite3.connect(f"{project}.edits.sqlite")) as connection, connection:
        connection.execute("UPDATE about SET value = '99' WHERE key = 'version'")
    with pytest.raises(JournalError, match="newer version of Syllabary"):
        Workspace.open(project, on_mismatch="adopt-file")


def test_what_is_no_journal_is_told_and_can_be_set_aside(project):
    path = journal.path_of(project)
    path.write_text("these are not the edits you are looking for " * 100)
    with pytest.raises(JournalError, match="damaged or not a journal"):
        Workspace.open(project)
    with Workspace.open(project, on_mismatch="adopt-file") as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
    aside, = project.parent.glob("bird.h5.edits.2*.sqlite")
    assert aside.read_text().startswith("these are not")


def test_a_journal_that_died_at_birth_is_begun_again(project):
    journal.path_of(project).touch()
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
    assert projects.labels_in(project) == [1, 0, 0, 0, 0, 0, 0]


def test_an_edit_that_cannot_be_written_was_not_made(project):
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[0])
        workspace._journal._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(JournalError, match="this edit was not made"):
            workspace.edit(edits.assign, segment_ids=[1])
        workspace._journal._connection.execute("PRAGMA query_only = OFF")
        assert workspace.labels.ids.tolist() == [1, 0, 0, 0, 0, 0, 0]
        assert len(workspace.history()) == 1


def test_a_journal_set_aside_under_an_open_project_is_noticed(project):
    mine = Workspace.open(project)
    mine.edit(edits.assign, segment_ids=[0])
    agreement.settle(project, mine.labels)
    projects.overwrite_labels(project, [9] * 7)
    with Workspace.open(project, on_mismatch="adopt-file") as other:
        other.edit(edits.assign, segment_ids=[6])
        for attempt in (mine.undo, mine.refresh, lambda: mine.edit(edits.assign, segment_ids=[1])):
            with pytest.raises(JournalError, match="Open it again"):
                attempt()
        mine.close()
        other.edit(edits.assign, segment_ids=[5])
    assert projects.labels_in(project) == [9, 9, 9, 9, 9, 11, 10]


def test_setting_aside_twice_in_a_second_overwrites_nothing(tmp_path):
    path = tmp_path / "bird.h5.edits.sqlite"
    for text in ("first", "second", "third"):
        path.write_text(text)
        journal.set_aside(path)
    assert sorted(found.read_text() for found in tmp_path.iterdir()) == ["first", "second", "third"]
