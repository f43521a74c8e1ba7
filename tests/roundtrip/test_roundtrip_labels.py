"""Labels of edited tables: which cluster they mean, the one edit they become, and what refuses it."""

from __future__ import annotations

import pandas
import pytest

from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ConflictError, EditError, ParameterError
from pipeline.roundtrip import How, compare, relabelling, telling
from tests.factory import make_project
from tests.roundtrip.conftest import changes, difference, exported, write_project

SILENT = 15          # the one unassigned sound, from 0.6 to 0.9 s


def relabelled(project, tmp_path, text, **how):
    """The difference if the unassigned sound is given a label."""
    out = exported(project, tmp_path / "out", format="audacity")
    path = out / "day-1/song.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("0.600000\t0.900000\tunassigned",
                                                             f"0.600000\t0.900000\t{text}"), encoding="utf-8")
    return difference(project, out, **how)


@pytest.mark.parametrize(("text", "target"), [
    ("trill", 1), ("C2", 2), ("C1", 1), ("c3", 3), ('a "b" c d', 3), ("Ωmega, “x”; y", 6), ("C50", 50),
    ("unassigned", None), ("", None), ("Unassigned", None), ("C0", None), ("new one", -1), ("Trill", -1)])
def test_what_a_label_means(project, tmp_path, text, target):
    if text == "unassigned":
        project = write_project(tmp_path / "plain.h5", clusters=[(1, "trill", "#ff0000", "")])
    found = relabelled(project, tmp_path, text)
    assert changes(found) == ({} if target is None else {"relabelled": {SILENT: target}})
    assert found.new_names == ((text,) if target == -1 else ())
    assert found.problems == ()


def test_accents_count_as_the_same_however_they_are_composed(tmp_path):
    project = write_project(tmp_path / "ü.h5", clusters=[(1, "grün", "#00ff00", "")])
    assert changes(relabelled(project, tmp_path, "gru\N{COMBINING DIAERESIS}n")) == {"relabelled": {SILENT: 1}}


def test_a_name_of_two_clusters_is_told_and_decided_by_a_person(project, tmp_path):
    found = relabelled(project, tmp_path, "twin")
    assert changes(found) == {}
    assert "“twin” may mean C4 and C5" in found.problems[0]
    assert changes(difference(project, tmp_path / "out", decided="twin=5; trill=C1")) == {"relabelled": {SILENT: 5}}
    with pytest.raises(ParameterError, match="no such cluster"):
        difference(project, tmp_path / "out", decided="twin=77")


def test_a_number_without_its_letter_may_be_a_name_or_not(project, tmp_path):
    assert changes(relabelled(project, tmp_path, "12")) == {"relabelled": {SILENT: 7}}      # the cluster called so
    (tmp_path / "other").mkdir()
    found = relabelled(project, tmp_path / "other", "3")
    assert changes(found) == {}
    assert "“3” may mean the cluster C3, or a new one" in found.problems[0]


def test_a_name_too_long_for_the_file_is_told(project, tmp_path):
    found = relabelled(project, tmp_path, "é" * 33)
    assert changes(found) == {}
    assert "make it shorter" in found.problems[0]


def test_numbers_of_clusters_as_labels(project, tmp_path):
    out = exported(project, tmp_path / "out", format="raven", label="number")
    path = out / "day-1/song.Table.1.selections.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("0.600000\t0\n", "0.600000\t6\n"), encoding="utf-8")
    found = difference(project, out)
    assert changes(found) == {"relabelled": {SILENT: 6}}
    assert any("taken for the numbers of clusters" in note for note in found.notes)


@pytest.mark.parametrize(("number", "name", "target"), [
    (0, "trill", 1), (1, "trill", 1), (2, "trill", 1), (0, "brandnew", -1), (3, "brandnew", -1), (5, "twin", 5),
    (8, "unassigned", 8), (2, "unassigned", None), (0, "", None), (2, "", 2), (60, "", 60), ("", "", None)])
def test_of_name_and_number_in_a_csv_the_name_counts(project, tmp_path, number, name, target):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False, dtype=str)
    table.loc[table.segment_id == str(SILENT), ["cluster_id", "cluster_name"]] = [str(number), name]
    table.to_csv(out, index=False)
    found = difference(project, out)
    assert changes(found) == ({} if target is None else {"relabelled": {SILENT: target}})
    assert found.problems == ()
    assert any("To go by the number" in note for note in found.notes) == (number == 2 and name == "unassigned")


def test_words_of_others_for_no_cluster(project, tmp_path):
    table = tmp_path / "odd_ na_me ü.csv"
    table.write_text("onset,offset,cluster\n12.345679,12.456789,Vocal\n")
    assert changes(difference(project, table)) == {"relabelled": {24: 0}}
    table.write_text("onset,offset,cluster\n12.345679,12.456789,noise\n")
    assert changes(difference(project, table)) == {"relabelled": {24: -1}}
    assert changes(difference(project, table, unassigned="noise")) == {"relabelled": {24: 0}}


def test_tables_without_labels_change_none(project, tmp_path):
    table = tmp_path / "odd_ na_me ü.csv"
    table.write_text("onset_s,offset_s\n12.345679,12.456789\n20,21\n")
    assert changes(difference(project, table)) == {"new": [(8, 20.0, 21.0, 0)]}


def test_labels_become_one_edit_that_can_be_undone(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False)
    table.loc[table.segment_id.isin([10, 11]), "cluster_name"] = "whistle"
    table.loc[table.segment_id == 12, "cluster_name"] = "click"
    table.loc[table.segment_id == 13, ["cluster_id", "cluster_name"]] = [12, ""]
    table.loc[table.segment_id == 14, ["cluster_id", "cluster_name"]] = [0, ""]
    table.to_csv(out, index=False)
    with Workspace.open(project) as workspace:
        before = workspace.labels.ids.tolist()
        found = compare(workspace.dataset, workspace.labels, [out])
        edit = relabelling.apply_labels(workspace, found, seen=workspace.revision)
        labels = workspace.labels
        assert len(workspace.history()) == 1
        assert edit.title == "Labels from out.csv: 5 sounds"
        assert edit.provenance == {"tables": "out.csv", "format": "csv", "rows": 15, "clusters_made": 3}
        assert [labels.ids[row] for row in range(6)] == [13, 13, 14, 12, 0, 0]
        assert [labels.clusters[number].name for number in (12, 13, 14)] == ["", "whistle", "click"]
        assert changes(compare(workspace.dataset, labels, [out])) == {}
        workspace.undo()
        assert workspace.labels.ids.tolist() == before
        assert changes(compare(workspace.dataset, workspace.labels, [out])) == changes(found) | {
            "relabelled": {10: 13, 11: 13, 12: 14, 13: 12, 14: 0}}        # the names are known by now
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids.tolist() == before


def test_labels_that_changed_meanwhile_are_not_overwritten(project, tmp_path):
    found = relabelled(project, tmp_path, "trill")
    with Workspace.open(project, user="anna") as anna, Workspace.open(project, user="bert") as bert:
        seen = anna.revision
        bert.edit(edits.move, segment_ids=[SILENT], to=6)
        with pytest.raises(ConflictError):
            relabelling.apply_labels(anna, found, seen=seen)
        with pytest.raises(ConflictError, match="1 sound was given another label"):
            relabelling.apply_labels(anna, found)
        assert anna.labels.ids[5] == 6
        bert.edit(edits.move, segment_ids=[10], to=6)       # another sound: that is nobody's business here
        bert.edit(edits.unassign, segment_ids=[SILENT])
        relabelling.apply_labels(anna, found)
        assert anna.labels.ids[[0, 5]].tolist() == [6, 1]


def test_numbers_that_another_person_took_meanwhile_are_not_given_again(project, tmp_path):
    found = relabelled(project, tmp_path, "new one")
    with Workspace.open(project) as workspace:
        workspace.edit(edits.assign, segment_ids=[11], name="somebody else's")
        relabelling.apply_labels(workspace, found)
        assert {workspace.labels.clusters[number].name for number in (9, 10)} == {"somebody else's", "new one"}


def test_nothing_to_apply_is_refused(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    with Workspace.open(project) as workspace, pytest.raises(EditError, match="no label that is not in the project"):
        relabelling.apply_labels(workspace, compare(workspace.dataset, workspace.labels, [out], How()))


def test_the_difference_in_words_and_plain_values(project, tmp_path):
    found = relabelled(project, tmp_path, "new one")
    with Workspace.open(project) as workspace:
        plain = telling.as_plain(workspace.dataset, workspace.labels, found)
    assert telling.summary(found) == "1 with another label; 14 as they were."
    assert plain["labels"] == [{"from": "unassigned", "to": "new cluster “new one”", "n": 1}]
    assert plain["recordings"] == [{"path": "day-1/song.wav", "relabelled": 1, "moved": 0, "new": 0, "deleted": 0}]
    assert plain["relabelled"][0]["segment_id"] == SILENT


def test_an_export_of_true_labels_is_noticed(tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=12, cluster_ids=[1] * 12)
    found = difference(project, exported(project, tmp_path / "out", format="audacity", label="truth"))
    assert found.counts["relabelled"] == 12
    assert any("are the project's true labels" in note for note in found.notes)
    found = difference(project, exported(project, tmp_path / "by-name", format="audacity"))
    assert not any("true labels" in note for note in found.notes)
