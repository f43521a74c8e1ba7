"""Ward's tree of sounds, the order of its leaves, and clusters cut from it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, is_valid_linkage, linkage
from scipy.spatial.distance import pdist, squareform

from pipeline.arrange import leaf_order, tree


def cloud(n, *, d=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def length(points, order):
    return np.linalg.norm(np.diff(points[order], axis=0), axis=1).sum()


def all_orders(joined, node, n):
    """Every order that a tree allows, by turning each of its joins."""
    if node < n:
        return [[node]]
    left, right = (all_orders(joined, int(child), n) for child in joined[node - n, :2])
    return [order for one, other in product(left, right) for order in (one + other, other + one)]


def branches_stand_together(joined, order):
    n, place = len(order), np.argsort(order)
    members = [[leaf] for leaf in range(n)]
    for a, b in joined[:, :2].astype(int):
        members.append(members[a] + members[b])
        stand = sorted(place[members[-1]])
        assert stand[-1] - stand[0] == len(stand) - 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [3, 7])
def test_the_optimal_order_is_the_best_of_all(n, seed):
    points = cloud(n, seed=seed)
    joined = tree.ward(points)
    best = min(length(points, order) for order in all_orders(joined, 2 * n - 2, n))
    assert length(points, tree.order(points, joined)) == pytest.approx(best)


def test_distances_other_than_the_trees_own_can_be_the_order():
    points = cloud(40)
    joined, distance = tree.ward(points), squareform(pdist(cloud(40, seed=1)))
    order = leaf_order.optimal(joined, distance)
    branches_stand_together(joined, order)
    assert distance[order[:-1], order[1:]].sum() <= distance[tree.order(points, joined, how="plain")[:-1],
                                                             tree.order(points, joined, how="plain")[1:]].sum()


@pytest.mark.parametrize("how", ["optimal", "plain"])
@pytest.mark.parametrize("n", [1, 2, 3, 120])
@pytest.mark.parametrize("most", [20, 1000])
def test_every_leaf_stands_once_and_branches_stand_together(how, n, most):
    points = cloud(n)
    joined = tree.ward(points)
    order = tree.order(points, joined, how=how, most_optimal=most)
    assert sorted(order.tolist()) == list(range(n))
    branches_stand_together(joined, order)


def test_an_order_in_parts_is_nearly_as_good():
    points = cloud(300)
    joined = tree.ward(points)
    plain, best = (length(points, tree.order(points, joined, how=how)) for how in ("plain", "optimal"))
    in_parts = length(points, tree.order(points, joined, most_optimal=60))
    assert best <= in_parts < best + 0.4 * (plain - best)


def test_sounds_that_are_all_the_same_are_ordered_as_well():
    points = np.zeros((30, 4))
    for most_pairwise in (10, 100):
        joined = tree.ward(points, most_pairwise=most_pairwise)
        assert sorted(tree.order(points, joined, most_optimal=12).tolist()) == list(range(30))


def test_a_cut_gives_as_many_clusters_numbered_along_the_order():
    points = cloud(50)
    joined = tree.ward(points)
    order = tree.order(points, joined)
    for k in (1, 2, 7, 50, 80):
        label = tree.cut(joined, order, k)
        along = label[order]
        assert sorted(set(label.tolist())) == list(range(1, min(k, 50) + 1))
        assert (np.diff(along) >= 0).all()
        theirs = fcluster(linkage(points, "ward"), k, "maxclust")
        assert len(set(zip(label.tolist(), theirs.tolist(), strict=True))) == min(k, 50)


def test_above_the_guard_only_neighbours_are_joined_and_no_n_squared_is_held(monkeypatch):
    groups = np.concatenate([cloud(60, seed=seed) + 30 * np.eye(3)[seed] for seed in range(3)])
    monkeypatch.setattr("scipy.spatial.distance.pdist", lambda *_: pytest.fail("all distances were taken"))
    joined = tree.ward(groups, most_pairwise=100)
    assert is_valid_linkage(joined)
    label = tree.cut(joined, tree.order(groups, joined, how="plain"), 3)
    assert [len(set(label[60 * k:60 * k + 60].tolist())) for k in range(3)] == [1, 1, 1]


def test_heights_never_fall_towards_the_root():
    inverted = np.array([[0, 1, 2.0, 2], [2, 3, 1.0, 3]])
    assert tree.heights(inverted).tolist() == [2.0, 2.0]
