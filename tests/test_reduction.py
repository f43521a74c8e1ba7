"""Vectors become points: filled, scaled, reduced, and kept so that nothing is computed twice."""

from __future__ import annotations

import os

import numpy as np
import pytest

from pipeline import reduction
from pipeline.reduction import Reduction
from pipeline.shelf import Shelf
from pipeline.watcher import Watcher
from tests.test_clusterers import groups


class Heard(Watcher):
    def __init__(self):
        self.steps, self.notes = [], []

    def begin(self, step, total, *, title=""):
        self.steps.append(step)

    def note(self, sentence):
        self.notes.append(sentence)


VECTORS = np.array([[0, 5, 1], [2, 5, 3], [4, 5, np.nan], [10, 5, 8]], np.float32)


def test_what_is_missing_becomes_its_column_s_mean():
    assert reduction.filled(VECTORS)[2].tolist() == [4, 5, 4]
    assert reduction.filled(np.full((2, 1), np.nan, np.float32)).tolist() == [[0], [0]]


@pytest.mark.parametrize(("how", "column"), [
    ("none", [0, 2, 4, 10]), ("minmax", [0, 0.2, 0.4, 1]), ("zscore", [-1.0690, -0.5345, 0, 1.6036])])
def test_scales_worked_by_hand(how, column):
    scaled = reduction.scale(reduction.filled(VECTORS), how)
    assert np.allclose(scaled[:, 0], column, atol=1e-3)
    assert np.allclose(scaled[:, 1], 5 if how == "none" else 0)       # the same everywhere: nothing to tell apart


def test_one_outlier_does_not_flatten_the_others_under_robust_scaling():
    column = np.append(np.linspace(0, 1, 999), 1e6).astype(np.float32)[:, None]
    assert np.ptp(reduction.scale(column, "robust")[:-1]) > 0.9
    assert np.ptp(reduction.scale(column, "minmax")[:-1]) < 1e-5


def test_length_one():
    scaled = reduction.scale(np.array([[3, 4], [0, 0]], np.float32), "l2")
    assert np.allclose(scaled, [[0.6, 0.8], [0, 0]])


def test_a_reduction_is_made_once(tmp_path):
    shelf, first, again, other = Shelf(tmp_path), Heard(), Heard(), Heard()
    vectors = groups(n_dims=6)
    points = Reduction(reduce="pca", reduce_dim=2).apply(vectors, shelf=shelf, watcher=first)
    assert points.shape == (160, 2)
    assert np.array_equal(points, Reduction(reduce="pca", reduce_dim=2).apply(vectors, shelf=shelf, watcher=again))
    Reduction(reduce="pca", reduce_dim=3).apply(vectors, shelf=shelf, watcher=other)
    assert (first.steps, again.steps, other.steps) == (["reduce"], [], ["reduce"])


def test_fewer_sounds_or_columns_than_components_is_told(tmp_path):
    heard = Heard()
    assert Reduction(reduce="pca").apply(groups(n_dims=6)[:4], shelf=Shelf(tmp_path), watcher=heard).shape == (4, 4)
    assert "4 principal components, fewer than the 50" in heard.notes[0]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("how", reduction.METHODS)
def test_few_sounds_are_no_failure(tmp_path, n, how):
    points = Reduction(reduce=how).apply(groups(n_dims=3)[:n], shelf=Shelf(tmp_path))
    assert len(points) == n
    assert np.isfinite(points).all()


def test_old_results_go_when_room_is_short(tmp_path):
    shelf = Shelf(tmp_path)
    for age, name in enumerate("abc"):
        shelf.put(reduction.STEP, name, {"points": np.zeros(100)})
        path = tmp_path / reduction.STEP / f"{name}.npz"
        os.utime(path, (1000 - age, 1000 - age))
    reduction.prune(shelf, n_bytes=2 * path.stat().st_size)
    assert [shelf.has(reduction.STEP, name) for name in "abc"] == [True, True, False]
