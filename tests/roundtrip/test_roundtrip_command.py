"""``import-edits`` at the command line, and what a page looks at."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline import sandbox
from pipeline.commands.import_edits import command
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ConflictError, ParameterError
from pipeline.roundtrip import looking
from tests.factory import make_project
from tests.roundtrip.conftest import changes, difference, exported


@pytest.fixture
def tables(project, tmp_path):
    """Label tracks with one other label, one sound moved, one gone, one new."""
    out = exported(project, tmp_path / "out", format="audacity")
    path = out / "day-1/song.txt"
    text = path.read_text(encoding="utf-8").replace("0.600000\t0.900000\tunassigned", "0.600000\t0.900000\ttrill")
    text = text.replace("59.900000\t60.000000", "59.800000\t60.000000")
    path.write_text(text.split("\n", 1)[1] + "30.000000\t31.000000\tnew name\n", encoding="utf-8")
    return out


def call(*arguments) -> str:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_without_anything_else_the_difference_is_only_shown(project, tables):
    before = project.read_bytes()
    told = call(project, tables)
    assert "15 rows in 4 tables (audacity): 1 with another label, 1 with other bounds, 1 new and 1 deleted; 12" in told
    assert "unassigned → C1 “trill”" in told
    assert "#17 day-1/song.wav 59.900000–60.000000 s → 59.800000–60.000000 s" in told
    assert "day-1/song.wav 30.000000–31.000000 s new cluster “new name”" in told
    assert project.read_bytes() == before
    assert not project.with_name("trip.h5.edits.sqlite").exists()


def test_as_json(project, tables):
    plain = json.loads(call(project, tables, "--json"))
    assert plain["counts"] == {"unchanged": 12, "relabelled": 1, "moved": 1, "new": 1, "deleted": 1}
    assert plain["new_clusters"] == ["new name"]
    assert plain["deleted"][0]["segment_id"] == 10
    assert plain["problems"] == []


def test_labels_then_the_rest(project, tables, tmp_path):
    told = call(project, tables, "--apply-labels", "--output", tmp_path / "new.h5")
    assert "Labels from" in told
    assert "1 with other bounds, 1 new and 1 deleted" in told.split("new.h5: ")[1]
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids[5] == 1
        assert len(workspace.history()) == 1
    assert changes(difference(tmp_path / "new.h5", tables)) == {}


def test_only_some_kinds(project, tables, tmp_path):
    call(project, tables, "--output", tmp_path / "new.h5", "--only", "deleted, relabelled")
    with Dataset.open(tmp_path / "new.h5") as new:
        assert new.n_segments == 14
    with pytest.raises(ParameterError, match="not colour"):
        call(project, tables, "--output", tmp_path / "other.h5", "--only", "colour")
    assert not (tmp_path / "other.h5").exists()


@pytest.mark.parametrize("text", ["twin", "=4", "twin=x", "=4=", "twin=", "a=1;b"])
def test_decisions_that_make_no_sense(project, tables, text):
    with pytest.raises(ParameterError, match="should be a label and the number of a cluster"):
        call(project, tables, "--as", text)


def test_a_decision_with_the_clusters_letter(project, tables):
    path = tables / "day-1/song.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("0.900000\ttrill", "0.900000\ttwin"), encoding="utf-8")
    assert "“twin” may mean C4 and C5" in call(project, tables)
    assert "unassigned → C5 “twin”" in call(project, tables, "--as", "twin=C5")


def test_a_page_sees_the_same_until_labels_or_tables_change(project, tables):
    with Workspace.open(project) as workspace:
        seen = looking.look(workspace, tables, {})
        assert looking.look(workspace, tables, {}).difference is seen.difference      # kept
        assert looking.agreed(workspace, tables, {}, fingerprint=seen.difference.fingerprint).difference
        workspace.edit(edits.move, segment_ids=[15], to=3)
        with pytest.raises(ConflictError, match="It is shown anew"):
            looking.apply_labels(workspace, tables, {}, fingerprint=seen.difference.fingerprint)
        again = looking.look(workspace, tables, {})
        assert again.difference.relabelled_before.tolist() == [3]
        (tables / "day-1/song.txt").write_text("0.000000\t0.100000\ttrill\n")
        assert looking.look(workspace, tables, {}).difference.fingerprint != again.difference.fingerprint


def test_a_page_is_told_what_is_wrong_in_a_sentence(project, tmp_path):
    with Workspace.open(project) as workspace:
        assert "There is nothing at" in looking.look(workspace, tmp_path / "gone", {}).error
        assert "must be" in looking.look(workspace, tmp_path, {"slack_ms": -1}).error


def test_a_page_knows_beforehand_that_recordings_are_missing(tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=12, n_files=1)
    (tmp_path / "song_000.txt").write_text("0.05\t0.5\tx\n")
    with Workspace.open(project) as workspace:
        found = looking.look(workspace, tmp_path / "song_000.txt", {})
    assert "Moved and new sounds need their recordings" in found.blocked
    assert found.difference.counts["moved"] == 1


def test_tables_are_read_alike_by_a_shielded_process(project, tables, tmp_path):
    csv = exported(project, tmp_path / "all", format="csv")
    plain = [difference(project, one).fingerprint for one in (tables, csv)]
    sandbox.shield(True)
    try:
        assert [difference(project, one).fingerprint for one in (tables, csv)] == plain
    finally:
        sandbox.shield(False)
