"""The history in words."""

from __future__ import annotations

import pytest
from factory import make_project

from pipeline.curation import edits, telling
from pipeline.curation.workspace import Workspace


def test_pages_of_the_history_newest_first_down_to_the_beginning(tmp_path, monkeypatch):
    monkeypatch.setattr(telling, "PAGE_LINES", 3)
    with Workspace.open(make_project(tmp_path / "bird.h5", n_sounds=12), user="anna") as workspace:
        assert telling.page(workspace) == {"lines": [], "page": 0, "n_pages": 1, "n": 0}
        for sound in range(3):
            workspace.edit(edits.assign, segment_ids=[sound], provenance={"steps": [{"how": "set", "ids": [sound]}]})
        workspace.undo()
        first, last = telling.page(workspace, 0), telling.page(workspace, 9)
        assert [line["title"] for line in first["lines"]] == [
            "Undo: Assign 1 sound to C3", "Assign 1 sound to C3", "Assign 1 sound to C2"]
        assert [line["now"] for line in first["lines"]] == [True, False, False]
        assert [line["undone"] for line in first["lines"]] == [False, True, False]
        assert (first["n"], first["n_pages"], last["page"]) == (4, 2, 1)
        assert [line["title"] for line in last["lines"]] == [
            "Assign 1 sound to C1", "The beginning: before the first edit"]
        assert last["lines"][0]["how"] == "1 sound picked"
        workspace.go_back(last["lines"][1]["seq"])
        assert workspace.labels.counts()[0] == 12


@pytest.mark.parametrize(("provenance", "words"), [
    ({}, ""),
    ({"back_to": 3}, ""),
    ({"method": "hdbscan", "seed": 3}, "method hdbscan, seed 3"),
    ({"steps": None}, ""),
    ({"steps": [{"how": "set", "blob": {"radius": 20.0, "threshold": 0.1, "at": [0, 0]}},
                {"how": "take", "path": [[0, 0]] * 5}]},
     "blob (radius 20 px, threshold 0.1), without lasso with 5 corners"),
    ({"steps": [{"how": "set", "cluster": 4}, {"how": "add", "nearest": {}}, {"how": "add", "ids": [1, 2]}]},
     "all of number 4, and neighbourhood, and 2 sounds picked"),
    ({"draft": {"scope": "all"}, "steps": [{"step": "Assign", "steps": [{"blob": {}}]}, {"step": "Move"}]},
     "draft among all sounds: 2 steps, 1 blob"),
])
def test_how_the_sounds_were_chosen(provenance, words):
    assert telling.how(provenance) == words
