"""One worked example for each edit, on seven labels written out, and what each refuses."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.curation import edits
from pipeline.curation.edits import Edit
from pipeline.curation.labels import ClusterInfo, Labels
from pipeline.curation.state import State, advance
from pipeline.errors import EditError


@pytest.fixture
def labels() -> Labels:
    return Labels.of(range(7), [0, 1, 1, 2, 2, 2, 0], clusters=[ClusterInfo(2, "trill"), ClusterInfo(5)])


def after(labels: Labels, edit: Edit) -> Labels:
    return advance(State.first(0, labels), [edit]).labels


def test_assign_makes_the_next_number_never_used(labels):
    edit = edits.assign(labels, segment_ids=[6, 0], name="stack")
    assert after(labels, edit).ids.tolist() == [6, 1, 1, 2, 2, 2, 6]
    assert after(labels, edit).clusters[6].name == "stack"
    assert edit.title == "Assign 2 sounds to C6 “stack”"


def test_move_to_a_cluster(labels):
    edit = edits.move(labels, segment_ids=[0, 2, 3], to=2)
    assert after(labels, edit).ids.tolist() == [2, 1, 2, 2, 2, 2, 0]
    assert edit.segment_ids.tolist() == [0, 2]   # sound 3 was there already
    assert edit.before.tolist() == [0, 1]
    assert edit.title == "Move 2 sounds to C2 “trill”"


def test_move_to_a_number_never_used_makes_that_cluster(labels):
    edit = edits.move(labels, segment_ids=np.array([4]), to=np.int32(40))
    assert after(labels, edit).ids.tolist() == [0, 1, 1, 2, 40, 2, 0]
    assert after(labels, edit).next_id == 41


def test_move_to_zero_unassigns(labels):
    edit = edits.move(labels, segment_ids=[1], to=0)
    assert after(labels, edit).ids.tolist() == [0, 0, 1, 2, 2, 2, 0]
    assert edit.title == "Unassign 1 sound"


def test_merge_puts_all_into_the_first(labels):
    edit = edits.merge(labels, clusters=[2, 1, 5])
    assert after(labels, edit).ids.tolist() == [0, 2, 2, 2, 2, 2, 0]
    assert edit.title == "Merge C1, C5 into C2 “trill”"


def test_merge_takes_the_unassigned_like_any_other(labels):
    assert after(labels, edits.merge(labels, clusters=[1, 0])).ids.tolist() == [1, 1, 1, 2, 2, 2, 1]
    assert after(labels, edits.merge(labels, clusters=[0, 1])).ids.tolist() == [0, 0, 0, 2, 2, 2, 0]


def test_split(labels):
    edit = edits.split(labels, segment_ids=[1, 3])
    assert after(labels, edit).ids.tolist() == [0, 6, 1, 6, 2, 2, 0]
    assert edit.title == "Split 2 sounds off into C6"


def test_unassign(labels):
    edit = edits.unassign(labels, segment_ids=[0, 1, 5])
    assert after(labels, edit).ids.tolist() == [0, 0, 1, 2, 2, 0, 0]
    assert edit.title == "Unassign 2 sounds"


def test_reset(labels):
    edit = edits.reset(labels)
    assert after(labels, edit).ids.tolist() == [0] * 7
    assert after(labels, edit).clusters[2].name == "trill"
    assert edit.title == "Reset all assignments (5 sounds)"


def test_replace_labels_finalises_a_draft(labels):
    edit = edits.replace_labels(labels, segment_ids=[1, 2, 6], ids=[1, 8, 8], title="Finalise")
    assert after(labels, edit).ids.tolist() == [0, 1, 8, 2, 2, 2, 8]
    assert edit.segment_ids.tolist() == [2, 6]
    assert [change.after.cluster_id for change in edit.clusters] == [8]


def test_rename(labels):
    edit = edits.rename(labels, cluster=1, name="  Träller ")
    assert after(labels, edit).clusters[1] == ClusterInfo(1, "Träller")
    assert edit.kind == "clusters"
    assert edit.title == "Rename C1 to “Träller”"
    assert edits.rename(labels, cluster=2, name="").title == "Take the name off C2 “trill”"


def test_recolour(labels):
    edit = edits.recolour(labels, cluster=2, colour="#AA00FF")
    assert after(labels, edit).clusters[2] == ClusterInfo(2, "trill", "#aa00ff")
    assert edit.title == "Recolour C2 “trill”"


def test_describe_changes_name_colour_and_note_in_one_edit(labels):
    edit = edits.describe(labels, cluster=1, name="trill", colour="#00FF00", text="long")
    info = after(labels, edit).clusters[1]
    assert (info.name, info.colour, info.note) == ("trill", "#00ff00", "long")
    assert edit.title == "Describe C1 anew"
    only_name = edits.describe(labels, cluster=1, name="trill", colour=labels.clusters[1].colour, text="")
    assert only_name.title == "Rename C1 to “trill”"
    with pytest.raises(EditError, match="described that way already"):
        edits.describe(labels, cluster=1, name="", colour=labels.clusters[1].colour, text="")


def test_note(labels):
    edit = edits.note(labels, cluster=2, text="ends the motif\nin the morning")
    assert after(labels, edit).clusters[2].note == "ends the motif\nin the morning"
    assert edit.title == "Note on C2 “trill”"


@pytest.mark.parametrize("make", [
    lambda labels: edits.assign(labels, segment_ids=[0, 4]),
    lambda labels: edits.merge(labels, clusters=[1, 2, 0]),
    lambda labels: edits.move(labels, segment_ids=[6, 1], to=12),
])
def test_taking_back_restores_the_labels_and_keeps_the_number(labels, make):
    edit = make(labels)
    changed = after(labels, edit)
    restored = after(changed, edits.inverse(edit))
    assert restored.ids.tolist() == labels.ids.tolist()
    assert restored.next_id == changed.next_id


def test_taking_back_a_name_restores_the_old_one(labels):
    edit = edits.rename(labels, cluster=2, name="sweep")
    assert after(after(labels, edit), edits.inverse(edit)).clusters[2].name == "trill"


REFUSED = {
    "Select one or more sounds": lambda labels: edits.move(labels, segment_ids=[], to=2),
    "no sound with the id 7": lambda labels: edits.assign(labels, segment_ids=[0, 7]),
    "no sound with the id -1": lambda labels: edits.unassign(labels, segment_ids=[-1]),
    "no sound with the id 4294967296": lambda labels: edits.unassign(labels, segment_ids=[2**32]),
    "numbers, which are whole": lambda labels: edits.assign(labels, segment_ids=[0.5]),
    "Nothing would change: these": lambda labels: edits.move(labels, segment_ids=[3, 4], to=2),
    "-3 cannot be the number": lambda labels: edits.move(labels, segment_ids=[3], to=-3),
    "1000000 cannot be the number": lambda labels: edits.move(labels, segment_ids=[3], to=1_000_000),
    "'2' is not the number": lambda labels: edits.move(labels, segment_ids=[3], to="2"),
    "True is not the number": lambda labels: edits.move(labels, segment_ids=[3], to=True),
    "Select two or more": lambda labels: edits.merge(labels, clusters=[1, 1]),
    "two or more clusters": lambda labels: edits.merge(labels, clusters=[]),
    "There is no cluster C9": lambda labels: edits.merge(labels, clusters=[1, 9]),
    "C5 has no sounds": lambda labels: edits.merge(labels, clusters=[1, 5]),
    "nothing to reset": lambda labels: edits.reset(Labels.of(range(3))),
    "C0 stands for the unassigned": lambda labels: edits.rename(labels, cluster=0, name="rest"),
    "described that way already": lambda labels: edits.rename(labels, cluster=2, name="trill"),
    "'blue' is not a colour": lambda labels: edits.recolour(labels, cluster=2, colour="blue"),
    "66 bytes long, but the file has room for 64": lambda labels: edits.rename(labels, cluster=2, name="ä" * 33),
    "room for 1,000": lambda labels: edits.note(labels, cluster=2, text="x" * 1001),
    "something else in it": lambda labels: edits.rename(labels, cluster=2, name="tr\x00ill"),
    "a name is made": lambda labels: edits.rename(labels, cluster=2, name="two\nlines"),
    "given once": lambda labels: edits.replace_labels(labels, segment_ids=[1, 1], ids=[2, 1], title="Import"),
    "-1 cannot be": lambda labels: edits.replace_labels(labels, segment_ids=[1], ids=[-1], title="Import"),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_refusals_say_why(labels, sentence):
    with pytest.raises(EditError, match=f"(?i){sentence}"):
        REFUSED[sentence](labels)
