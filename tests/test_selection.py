"""What a person chose, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import selection
from pipeline.curation.labels import Labels
from pipeline.errors import EditError

POINTS = np.float32([[0, 0], [1, 0], [2, 0], [10, 10], [11, 10], [12, 10]])
LABELS = Labels.of([5, 6, 7, 8, 9, 10], [0, 1, 1, 2, 2, 0])   # ids are not positions
LEFT = [[-1, -1], [5, -1], [5, 5], [-1, 5]]


def chosen(*steps) -> list[int]:
    return LABELS.segment_ids[selection.rows(steps, points=POINTS, labels=LABELS)].tolist()


def test_a_lasso_then_a_cluster_then_one_sound_taken_away():
    lasso, cluster, one = {"how": "set", "path": LEFT}, {"how": "add", "cluster": 2}, {"how": "take", "ids": [6]}
    assert chosen(lasso) == [5, 6, 7]
    assert chosen(lasso, cluster) == [5, 6, 7, 8, 9]
    assert chosen(lasso, cluster, one) == [5, 7, 8, 9]


def test_set_forgets_what_was_before():
    assert chosen({"how": "set", "path": LEFT}, {"how": "set", "ids": [10]}) == [10]


def test_the_neighbourhood_of_a_place():
    assert chosen({"how": "set", "nearest": {"at": [11.1, 10], "k": 2}}) == [9, 10]
    assert chosen({"how": "set", "nearest": {"at": [0, 0], "k": 100}}) == [5, 6, 7, 8, 9, 10]


def test_no_steps_choose_nothing():
    assert chosen() == []


@pytest.mark.parametrize("step", [
    {"how": "set"}, {"how": "steal", "ids": [5]}, {"ids": [5]},
    {"how": "set", "ids": [99]}, {"how": "set", "ids": ["5"]},
    {"how": "set", "cluster": True}, {"how": "set", "cluster": 1.5}, {"how": "set", "path": [[0, 0]]},
    {"how": "set", "nearest": {"at": [0], "k": 3}}, {"how": "set", "nearest": {"at": ["x", 0], "k": 3}},
    {"how": "set", "nearest": {"at": [float("nan"), 0], "k": 3}},
])
def test_steps_that_make_no_sense_are_refused(step):
    with pytest.raises(EditError):
        chosen(step)


def test_endless_steps_are_refused():
    with pytest.raises(EditError, match="too many"):
        chosen(*[{"how": "add", "ids": [5]}] * (selection.MAX_STEPS + 1))


def test_a_blob_and_a_path_among_the_unassigned():
    points = np.concatenate([np.random.default_rng(0).normal(at, 0.2, (30, 2)) for at in (0, 10)]).astype(np.float32)
    labels = Labels.of(range(60), [1] * 10 + [0] * 50)
    blob = {"radius": 60.0, "threshold": 1e-5, "at": [0.0, 0.0]}
    assert selection.rows([{"how": "set", "blob": blob}], points=points, labels=labels).tolist() == list(range(10, 30))
    nowhere = {"how": "set", "blob": blob | {"at": [5.0, 5.0]}}
    assert not len(selection.rows([nowhere], points=points, labels=labels))
    around = {"how": "set", "path": [[-5, -5], [-5, 5], [5, 5], [5, -5]], "among": "unassigned"}
    assert selection.rows([around], points=points, labels=labels).tolist() == list(range(10, 30))
