"""Every clusterer, by one contract: shapes, labels without gaps, soft values that agree; and all the awkward points."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import cluster as reference
from sklearn.metrics import adjusted_rand_score

from pipeline import k_estimation, params, registry
from pipeline.clusterers import NOISE, _membership, _result
from pipeline.clusterers.agglomerative import Agglomerative
from pipeline.clusterers.dbscan import Dbscan
from pipeline.clusterers.fcm import Fcm
from pipeline.clusterers.hdbscan import Hdbscan, merged
from pipeline.clusterers.kmeans import Kmeans
from pipeline.clusterers.spectral import Spectral
from pipeline.errors import ParameterError

NAMES = registry.names("clusterers")
SETTINGS = {"n_clusters": 4, "min_cluster_size": 10, "min_samples": 4, "threshold": 0.002, "radius_px": 30.0}


def groups(n_each: int = 40, n_groups: int = 4, n_dims: int = 2, *, seed: int = 0, spread: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(n_groups) / n_groups
    middle = np.zeros((n_groups, n_dims))
    middle[:, :2] = 10 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    middle[:, 2:] = rng.normal(0, 4, (n_groups, n_dims - 2))
    points = np.repeat(middle, n_each, axis=0) + rng.normal(0, spread, (n_each * n_groups, n_dims))
    return points.astype(np.float32)


TRUE = np.repeat(np.arange(4), 40)


def make(name: str, **values):
    return params.make(registry.load("clusterers", name), SETTINGS | values)


def check(found, n: int) -> None:
    """What holds for every clustering of ``n`` points."""
    assert found.label.shape == (n,)
    assert found.label.dtype == np.int32
    assert set(found.label.tolist()) - {NOISE} == set(range(found.n_clusters))
    assert all(note.endswith(".") for note in found.notes)
    if found.probability is not None:
        assert found.probability.shape == (n, max(found.n_clusters, 0) + found.noise_column)
        assert found.probability.dtype == np.float32
        assert (found.probability >= 0).all()
        assert np.allclose(found.probability.sum(axis=1), 1, atol=1e-5)


class TestContract:
    @pytest.mark.parametrize("name", NAMES)
    def test_groups_that_lie_apart_are_found(self, name):
        points = groups()
        found = make(name).cluster(points)
        check(found, len(points))
        kept = found.label != NOISE
        assert kept.mean() > 0.8
        assert adjusted_rand_score(TRUE[kept], found.label[kept]) > 0.99

    @pytest.mark.parametrize("name", NAMES)
    def test_the_same_points_give_the_same_labels(self, name):
        points = groups(spread=3.0)
        assert np.array_equal(make(name).cluster(points).label, make(name).cluster(points).label)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 6])
    def test_few_points_are_no_failure(self, name, n):
        check(make(name).cluster(groups()[:n]), n)

    @pytest.mark.parametrize("name", NAMES)
    def test_points_that_are_all_the_same(self, name):
        check(make(name).cluster(np.ones((30, 2), np.float32)), 30)

    @pytest.mark.parametrize("name", NAMES)
    def test_many_points_on_few_places(self, name):
        points = np.repeat(groups(1), 30, axis=0)
        found = make(name).cluster(points)
        check(found, len(points))
        for place in range(4):
            assert len(set(found.label[30 * place:30 * place + 30].tolist())) == 1

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "blobs"])
    def test_fewer_points_than_dimensions(self, name):
        points = np.random.default_rng(0).normal(size=(12, 300)).astype(np.float32)
        check(make(name).cluster(points), 12)

    @pytest.mark.parametrize("name", NAMES)
    def test_points_are_left_as_they_are(self, name):
        points = groups()
        before = points.copy()
        make(name).cluster(points)
        assert np.array_equal(points, before)

    @pytest.mark.parametrize("name", [name for name in NAMES if hasattr(make(name), "metric")])
    def test_cosine_looks_at_directions_only(self, name):
        points = groups(n_dims=3)
        longer = points * np.random.default_rng(1).uniform(0.5, 20, (len(points), 1)).astype(np.float32)
        found = make(name, metric="cosine", eps=0.2).cluster(longer)
        kept = found.label != NOISE
        assert adjusted_rand_score(TRUE[kept], found.label[kept]) > 0.95
        check(make(name, metric="cosine").cluster(np.zeros((20, 3), np.float32)), 20)

    @pytest.mark.parametrize("name", ["kmeans", "fcm", "spectral"])
    @pytest.mark.parametrize("spread", [0.5, 4.0])
    def test_the_highest_soft_value_is_that_of_the_label(self, name, spread):
        found = make(name).cluster(groups(spread=spread))
        assert np.array_equal(found.probability.argmax(axis=1), found.label)

    @pytest.mark.parametrize("name", [name for name in NAMES if hasattr(make(name), "n_clusters")])
    def test_a_number_of_clusters_is_suggested_where_none_is_given(self, name):
        found = registry.load("clusterers", name)().cluster(groups())
        assert found.n_clusters == 4
        assert "suggested" in found.notes[0]


class TestHdbscan:
    def test_it_agrees_with_another_implementation(self):
        points = groups(spread=2.5)
        ours = Hdbscan(min_cluster_size=10).cluster(points).label
        theirs = reference.HDBSCAN(min_cluster_size=10, min_samples=11, copy=True).fit_predict(points)   # with itself
        assert adjusted_rand_score(ours, theirs) > 0.97

    @pytest.mark.parametrize("method", ["eom", "leaf"])
    @pytest.mark.parametrize("n_dims", [2, 6])
    def test_soft_values_are_those_of_the_library(self, method, n_dims):
        import hdbscan

        points = groups(spread=2.0, n_dims=n_dims)
        model = hdbscan.HDBSCAN(min_cluster_size=8, min_samples=4, cluster_selection_method=method,
                                prediction_data=True, core_dist_n_jobs=1).fit(points.astype(np.float64))
        ours = _membership.membership(_membership.Tree.of(model.condensed_tree_.to_numpy()), points, model.labels_)
        assert np.allclose(ours, hdbscan.all_points_membership_vectors(model), atol=1e-6)

    def test_noise_has_a_column_of_its_own(self):
        points = np.concatenate([groups(), [[50, 50], [-60, 10]]]).astype(np.float32)
        found = Hdbscan(min_cluster_size=10).cluster(points)
        assert found.noise_column
        assert (found.label[-2:] == NOISE).all()
        assert (found.probability[-2:, -1] > 0.5).all()

    def test_no_cluster_is_told_with_a_way_out(self):
        strewn = np.random.default_rng(3).uniform(size=(60, 2)).astype(np.float32)
        found = Hdbscan(min_cluster_size=25).cluster(strewn)
        assert found.n_clusters == 0
        assert found.probability.shape == (60, 1)          # noise, and no cluster that is not there
        assert "spectral" in found.notes[-1]

    def test_one_cluster_has_soft_values_too(self):
        found = Hdbscan(min_cluster_size=20, allow_single_cluster=True).cluster(groups(n_groups=1, n_each=100))
        assert found.n_clusters == 1
        assert found.probability.shape == (100, 2)

    def test_the_size_is_lowered_until_there_are_enough_clusters(self):
        points = np.concatenate([groups(), groups(12, 4) + 40])
        few = Hdbscan(min_cluster_size=40, min_samples=3).cluster(points)
        more = Hdbscan(min_cluster_size=40, min_samples=3, min_clusters=8).cluster(points)
        assert few.n_clusters < 8 <= more.n_clusters
        assert "lowered from 40" in more.notes[0]
        never = Hdbscan(min_cluster_size=40, min_samples=3, min_clusters=99, max_retries=1).cluster(points)
        assert "99 were asked for" in never.notes[0]

    def test_a_surplus_of_clusters_is_merged_with_its_soft_values(self):
        points = np.concatenate([groups(), groups() + 1000])
        found = Hdbscan(min_cluster_size=10).cluster(points)
        assert found.n_clusters == 8
        two = merged(points, found, 2)
        check(two, len(points))
        assert adjusted_rand_score(np.repeat([0, 1], 160), two.label) == 1
        first = found.probability[:, np.unique(found.label[:160])].sum(axis=1)
        assert np.allclose(two.probability[:, two.label[0]], first, atol=1e-6)
        assert merged(points, found, 8) is found

    def test_the_graph_of_neighbours_gives_nearly_the_same_tree(self):
        points = groups(60, 6, 20, spread=1.5)
        exact = Hdbscan(min_cluster_size=15, hdbscan_algorithm="boruvka_kdtree").cluster(points)
        near = Hdbscan(min_cluster_size=15, hdbscan_algorithm="graph").cluster(points)
        check(near, len(points))
        assert near.facts["tree"] == "graph"
        assert near.n_clusters == exact.n_clusters == 6
        assert adjusted_rand_score(near.label, exact.label) > 0.98

    @pytest.mark.parametrize("name", ["best", "generic", "prims_kdtree", "prims_balltree", "boruvka_kdtree",
                                      "boruvka_balltree", "graph"])
    def test_every_way_to_the_tree_finds_the_groups(self, name):
        assert Hdbscan(min_cluster_size=10, hdbscan_algorithm=name).cluster(groups()).n_clusters == 4

    def test_as_published_cosine_has_soft_values_of_0_and_1(self):
        found = Hdbscan(min_cluster_size=10, metric="cosine", compat=True).cluster(groups(n_dims=3))
        assert set(np.unique(found.probability).tolist()) == {0.0, 1.0}
        column = np.where(found.label < 0, found.n_clusters, found.label)
        assert np.array_equal(column, found.probability.argmax(axis=1))
        real = Hdbscan(min_cluster_size=10, metric="cosine").cluster(groups(n_dims=3))
        assert len(np.unique(real.probability)) > 10


class TestOthers:
    @pytest.mark.parametrize("eps", [0.3, 0.8, 3.0, 50.0])
    @pytest.mark.parametrize("n_dims", [2, 20])
    def test_dbscan_is_the_same_as_scikit_learn_s(self, eps, n_dims):
        points = groups(spread=1.0 if n_dims == 2 else 0.3, n_dims=n_dims)
        theirs = reference.DBSCAN(eps=eps, min_samples=4).fit_predict(points)
        assert np.array_equal(Dbscan(eps=eps, min_samples=4).cluster(points).label, theirs)

    def test_dbscan_chooses_a_distance(self):
        found = Dbscan().cluster(groups())
        assert found.n_clusters == 4
        assert found.facts["eps"] > 0

    @pytest.mark.parametrize("linkage", ["ward", "complete", "average", "single"])
    def test_agglomerative_by_every_linkage_also_through_a_graph(self, linkage, monkeypatch):
        points = groups()
        found = Agglomerative(n_clusters=4, linkage=linkage).cluster(points)
        assert adjusted_rand_score(TRUE, found.label) == 1
        monkeypatch.setattr("pipeline.clusterers.agglomerative.MOST_PAIRWISE", 100)
        sparse = Agglomerative(n_clusters=4, linkage=linkage).cluster(points)
        assert adjusted_rand_score(TRUE, sparse.label) == 1
        assert "too many for all their distances" in sparse.notes[0]

    def test_fuzzy_c_means_says_how_hard_it_is(self):
        hard, soft = (Fcm(n_clusters=4, m=m).cluster(groups(spread=3.0)).facts for m in (1.1, 3.0))
        assert 0.25 < soft["partition_coefficient"] < hard["partition_coefficient"] <= 1
        assert 0 <= hard["partition_entropy"] < soft["partition_entropy"] < np.log(4)

    def test_fuzzy_c_means_comes_to_the_centres_of_its_definition(self):
        points = groups(spread=2.0).astype(np.float64)
        found = Fcm(n_clusters=4, m=2.0, tol=1e-7).cluster(points)
        degree = found.probability.astype(np.float64) ** 2
        middle = (degree.T @ points) / degree.sum(axis=0)[:, None]
        squared = ((points[:, None] - middle) ** 2).sum(axis=2)
        again = 1 / squared / (1 / squared).sum(axis=1, keepdims=True)
        assert np.allclose(again, found.probability, atol=1e-3)

    def test_spectral_finds_what_hangs_together(self):
        angle = np.linspace(0, 2 * np.pi, 150, endpoint=False)
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        points = np.concatenate([ring, 4 * ring]).astype(np.float32)
        found = Spectral(n_clusters=2).cluster(points)
        assert adjusted_rand_score(np.repeat([0, 1], 150), found.label) == 1
        assert adjusted_rand_score(np.repeat([0, 1], 150), Kmeans(n_clusters=2).cluster(points).label) < 0.5

    def test_spectral_as_published_is_nearly_undecided(self):
        points = groups(n_dims=6, spread=2.0)
        published = Spectral(n_clusters=4, compat=True).cluster(points)
        check(published, len(points))
        assert published.probability.max() < 0.7
        assert Spectral(n_clusters=4).cluster(points).probability.max() > 0.9
        assert Spectral(compat=True).cluster(points).n_clusters == 10

    def test_spectral_refuses_what_would_take_hours(self):
        with pytest.raises(ParameterError, match="hdbscan or kmeans"):
            Spectral(n_clusters=2).cluster(np.zeros((30_001, 2), np.float32))

    def test_blobs_want_a_map(self):
        with pytest.raises(ParameterError, match="two dimensions"):
            make("blobs").cluster(groups(n_dims=3))


def test_four_curves_agree_on_groups_that_lie_apart():
    found = k_estimation.curves(groups())
    assert found.k == tuple(range(2, 16))
    assert set(found.by) == {"elbow", "silhouette", "davies_bouldin", "calinski_harabasz"}
    assert found.by["silhouette"] == found.suggestion == 4
    assert all(a >= b for a, b in zip(found.inertia, found.inertia[1:], strict=False))


def test_curves_stop_at_what_the_points_can_bear():
    assert k_estimation.curves(groups(1)).k == (2, 3)
    assert k_estimation.curves(np.zeros((50, 2))) is None
    assert k_estimation.curves(groups()[:1]) is None


def test_centres_leave_noise_out():
    points = np.array([[0, 0], [2, 0], [9, 9], [100, 100]], np.float32)
    assert np.array_equal(_result.centres(points, np.array([0, 0, 1, -1]), 2), [[1, 0], [9, 9]])


def test_numbers_follow_the_first_point():
    assert _result.renumbered(np.array([7, -1, 3, 7, 5])).tolist() == [0, -1, 1, 0, 2]
