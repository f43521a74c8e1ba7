"""Which true labels lie in which clusters."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.confusion import confusion


def test_matched_clusters_lie_on_the_diagonal():
    found = confusion(np.array(list("aaabbbcc")), np.array([7, 7, 3, 3, 3, 3, 5, 5]))
    assert found.labels == ("a", "b", "c")
    assert found.clusters == (7, 3, 5)
    assert found.counts.tolist() == [[2, 1, 0], [0, 3, 0], [0, 0, 2]]


def test_each_label_has_precision_and_recall():
    a, b, _c = confusion(np.array(list("aaabbbcc")), np.array([7, 7, 3, 3, 3, 3, 5, 5])).per_label
    assert (a.n, a.cluster, a.precision, a.recall) == (3, 7, 1, pytest.approx(2 / 3))
    assert (b.cluster, b.precision, b.recall, b.f1) == (3, 0.75, 1, pytest.approx(6 / 7))


def test_noise_comes_last_and_surplus_labels_have_no_cluster():
    found = confusion(np.array(list("aabbcc")), np.array([-1, 0, 0, 0, 0, 0]))
    assert found.clusters == (0, -1)
    assert [line.cluster for line in found.per_label].count(None) == 1


def test_sounds_without_a_label_are_left_out():
    found = confusion(np.array(["a", "", "b"]), np.array([0, 9, 1]))
    assert found.clusters == (0, 1)


def test_without_any_label_there_is_nothing():
    assert confusion(np.array(["", ""]), np.array([0, 1])).labels == ()
