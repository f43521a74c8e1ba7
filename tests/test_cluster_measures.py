"""How clusters lie apart: against scikit-learn on small sets, bounded on large ones, NaN where nothing is defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics

from pipeline import cluster_measures, cluster_summary, measures
from tests.test_clusterers import TRUE, groups


def test_measures_are_scikit_learn_s_without_the_noise():
    points = groups(spread=2.0)
    label = TRUE.copy()
    label[::10] = -1
    found = cluster_measures.separation(points, label)
    kept = label >= 0
    assert found["silhouette"] == pytest.approx(metrics.silhouette_score(points[kept], label[kept]), abs=1e-5)
    assert found["davies_bouldin"] == pytest.approx(metrics.davies_bouldin_score(points[kept], label[kept]), rel=1e-4)
    assert found["calinski_harabasz"] == pytest.approx(metrics.calinski_harabasz_score(points[kept], label[kept]),
                                                       rel=1e-4)


def test_groups_that_lie_apart_score_higher_than_labels_by_chance():
    points, chance = groups(), np.random.default_rng(0).integers(0, 4, 160)
    good, bad = (cluster_measures.separation(points, label) for label in (TRUE, chance))
    assert good["silhouette"] > 0.8 > 0.1 > bad["silhouette"]
    assert good["dbcv"] > 0.5 > bad["dbcv"]
    assert good["knn_agreement"] == 1
    assert bad["knn_agreement"] < 0.5


@pytest.mark.parametrize("label", [[], [0], [0, 0, 0], [-1, -1, -1], [0, 1, 2]])
def test_where_there_are_no_two_clusters_nothing_is_measured(label):
    found = cluster_measures.separation(groups()[:len(label)], np.array(label, int))
    assert set(found) == set(cluster_measures.NAMES)
    assert all(math.isnan(value) for value in found.values())


def test_a_sample_has_of_each_cluster_its_share_and_is_the_same_again(monkeypatch):
    monkeypatch.setattr(cluster_measures, "MOST_PAIRED", 100)
    label = np.repeat([0, 1, 2], [500, 490, 10])
    points = groups(250)
    width, rows = cluster_measures.silhouettes(points, label)
    counts = np.bincount(label[rows])
    assert len(width) == len(rows) <= 103
    assert counts[2] >= 3
    assert abs(counts[0] - counts[1]) <= 2
    assert np.array_equal(rows, cluster_measures.silhouettes(points, label)[1])


def test_many_points_on_one_place_agree_with_their_twins():
    points = np.repeat(groups(1), 50, axis=0)
    assert cluster_measures.knn_agreement(points, np.repeat(np.arange(4), 50)) == 1


def test_exemplars_are_the_points_nearest_to_the_centre_of_their_cluster():
    points = groups()
    label = np.where(np.arange(160) % 7 == 0, -1, TRUE)
    rows = cluster_summary.exemplar_rows(points, label, n_each=5)
    for k in range(4):
        inside = np.flatnonzero(label == k)
        distance = np.linalg.norm(points[inside] - points[inside].mean(axis=0), axis=1)
        assert rows[k].tolist() == inside[np.argsort(distance)][:5].tolist()
    few = cluster_summary.exemplar_rows(points[:3], np.array([0, 0, 1]), n_each=3)
    assert sorted(few[0].tolist()) == [-1, 0, 1]
    assert few[1].tolist() == [2, -1, -1]
    assert cluster_summary.exemplar_rows(points, np.full(160, -1)).shape == (0, 12)


def test_silhouettes_by_cluster():
    assert (cluster_summary.silhouettes(groups(), TRUE) > 0.8).all()
    assert np.isnan(cluster_summary.silhouettes(groups(), np.zeros(160, int))).all()


def test_the_published_accuracy_counts_one_cluster_for_each_label():
    truth = list("aaaaaabbbb")
    found = [0, 0, 0, 1, 1, 1, 1, 1, 2, 2]          # 0: a a a   1: a a a b b   2: b b
    scores = measures.label_scores(truth, found)
    assert scores["acc"] == pytest.approx(0.5)       # a to 0 or 1, b to 2
    assert scores["acc_purity_assignment"] == pytest.approx(0.5)
    found = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert measures.label_scores(truth, found)["acc_purity_assignment"] == pytest.approx(0.6)
    found = [0, 0, 0, 0, 1, 1, 0, 0, 0, 1]           # both mostly a: the second cluster counts for nothing
    scores = measures.label_scores(truth, found)
    assert scores["acc"] == pytest.approx(0.5)
    assert scores["acc_purity_assignment"] == pytest.approx(0.4)
