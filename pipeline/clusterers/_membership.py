"""Soft membership of HDBSCAN's clusters: how near a point is to their exemplars, and where it leaves them in the tree.

The values of ``hdbscan.all_points_membership_vectors``, computed for all points at once: that one walks up the tree
anew for every point and cluster, which takes hours where clusters are many.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

ROWS_AT_ONCE = 4096
MOST_EXEMPLARS = 1000       # of one cluster; more lie at the same depth only where many points lie on one place
SMALLEST = 1e-8             # added to a depth of zero


@dataclass(frozen=True, eq=False)
class Tree:
    """A condensed tree taken apart. Nodes are counted from 0, the root.

    node, depth : of each point, int64 and float64 (n,): the node that it fell out of, and at which lambda
    parent, birth : of each node, the node it came from (the root: itself), and at which lambda
    deepest : of each node, the greatest lambda of anything that left it
    """

    node: np.ndarray
    depth: np.ndarray
    parent: np.ndarray
    birth: np.ndarray
    deepest: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> Tree:
        """From hdbscan's table of parent, child, lambda_val and child_size."""
        root = int(rows["parent"].min())
        n_nodes = int(rows["parent"].max()) - root + 1
        is_point = rows["child"] < root
        points, splits = rows[is_point], rows[~is_point]
        node, depth = np.zeros(root, np.int64), np.zeros(root)
        node[points["child"]] = points["parent"] - root
        depth[points["child"]] = points["lambda_val"]
        parent, birth, deepest = np.zeros(n_nodes, np.int64), np.zeros(n_nodes), np.zeros(n_nodes)
        parent[splits["child"] - root] = splits["parent"] - root
        birth[splits["child"] - root] = splits["lambda_val"]
        np.maximum.at(deepest, rows["parent"] - root, rows["lambda_val"])
        return cls(node, depth, parent, birth, deepest)

    def selected(self, label: np.ndarray, k: int) -> np.ndarray:
        """The node of each cluster: the topmost one that its points fell out of."""
        nodes = np.full(k, len(self.parent), np.int64)
        np.minimum.at(nodes, label[label >= 0], self.node[label >= 0])
        return nodes


def membership(tree: Tree, points: np.ndarray, label: np.ndarray) -> np.ndarray:
    """How far each point belongs to each cluster, float32 (n, k); rows sum to at most 1, the rest is noise.

    points : float (n, d), the distances of which are euclidean      label : int32 (n,), what HDBSCAN chose
    """
    k = int(label.max(initial=-1)) + 1
    nodes = tree.selected(label, k)
    related, split = _meetings(tree, nodes)
    near = _nearness(points, _exemplars(tree, nodes))
    values = np.empty((len(points), k), np.float32)
    deepest = tree.deepest + SMALLEST
    for first in range(0, len(points), ROWS_AT_ONCE):
        own = slice(first, first + ROWS_AT_ONCE)
        node, depth = tree.node[own], tree.depth[own, None]
        height = np.where(related[node], depth, split[node])
        inside = _in_some(height, depth[:, 0], tree.deepest[nodes])
        values[own] = _shares(near[own], height, deepest[node]) * inside[:, None]
    return _without_gaps(values, label)


def _shares(near: np.ndarray, height: np.ndarray, deepest: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        score = np.exp(-(deepest[:, None] / height))
        score = np.exp(score - 1)
        product = near * (score / score.sum(axis=1, keepdims=True))
        return product / product.sum(axis=1, keepdims=True)


def _in_some(height: np.ndarray, depth: np.ndarray, deepest: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        highest = height.max(axis=1)
        return highest / np.maximum(deepest[height.argmax(axis=1)], depth)


def _without_gaps(values: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Where many points lie on one place depths are infinite and have no ratio: there the label holds for certain."""
    undefined = np.flatnonzero(~np.isfinite(values).all(axis=1))
    values[undefined] = 0
    sure = undefined[label[undefined] >= 0]
    values[sure, label[sure]] = 1
    return values


def _meetings(tree: Tree, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each node and cluster: whether one lies above the other, and else the depth at which their ways part."""
    n = len(tree.parent)
    above = np.zeros((n, len(nodes)), bool)
    columns, here = np.arange(len(nodes)), nodes.copy()
    while len(columns):
        above[here, columns] = True
        going_on = here != 0
        columns, here = columns[going_on], tree.parent[here[going_on]]
    meeting, split = np.zeros((n, len(nodes)), np.int64), np.zeros((n, len(nodes)))
    ends = np.zeros(n)
    ends[tree.parent[1:]] = tree.birth[1:]                # a node's two parts begin where it ends
    for node in range(n):                                 # a parent has a smaller number than its parts
        meeting[node] = np.where(above[node], node, meeting[tree.parent[node]])
        split[node] = ends[meeting[node]]
    related = above | (meeting == nodes)
    return related, split


def _exemplars(tree: Tree, nodes: np.ndarray) -> list[np.ndarray]:
    """The deepest points of every leaf below each cluster's node, as rows."""
    n = len(tree.parent)
    is_leaf = np.ones(n, bool)
    is_leaf[tree.parent[1:]] = False
    cluster = np.full(n, -1, np.int64)
    cluster[nodes] = np.arange(len(nodes))
    for node in range(1, n):
        if cluster[node] < 0:
            cluster[node] = cluster[tree.parent[node]]
    deep = np.flatnonzero(is_leaf[tree.node] & (tree.depth == tree.deepest[tree.node]) & (cluster[tree.node] >= 0))
    deep = deep[np.argsort(cluster[tree.node[deep]], kind="stable")]
    begin = np.searchsorted(cluster[tree.node[deep]], np.arange(len(nodes) + 1))
    found = (deep[first:last] for first, last in itertools.pairwise(begin))
    return [rows[:: max(1, -(-len(rows) // MOST_EXEMPLARS))] for rows in found]


def _nearness(points: np.ndarray, exemplars: list[np.ndarray]) -> np.ndarray:
    """One over the distance to each cluster's nearest exemplar, as shares, float64 (n, k)."""
    from sklearn.metrics import pairwise_distances_argmin_min

    points = points.astype(np.float64)
    near = np.stack([pairwise_distances_argmin_min(points, points[rows])[1] for rows in exemplars], axis=1)
    on_place = near <= 1e-7 * np.abs(points).max(initial=1.0)
    near = 1 / np.where(on_place, 1, near)
    near[on_place.any(axis=1)] = 0
    near[on_place] = 1
    return near / near.sum(axis=1, keepdims=True)
