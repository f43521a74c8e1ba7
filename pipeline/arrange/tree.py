"""Ward's tree of sounds and the order of its leaves.

All pairs of distances are held twice while the tree is made: 1.3 GB each for 18,000 sounds. Above `most_pairwise` only
groups that touch in a graph are joined, whose memory is linear in n: the nearest neighbours, and a path through all
sounds along their first principal component, so that the graph is in one piece.

The leaves of a tree of n sounds can be turned in 2ⁿ⁻¹ ways. The optimal one has the least sum of distances between
neighbours; finding it takes n³ steps, so a larger tree is ordered in parts: the leaves of each part, then the parts.
"""

from __future__ import annotations

import itertools
import warnings

import numpy as np

from pipeline.arrange import leaf_order

MOST_PAIRWISE = 20_000
MOST_OPTIMAL = 1_500       # leaves that are put in the best order together
PART_OF = 3               # where there are more, parts are at most this fraction of it
NEIGHBOURS = 15
PCA_DIMS = 32
ORDERS = ("optimal", "plain")


def scaled(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """z-scores of the columns that are not the same for all, and which these are, bool (d,); features : (n, d)."""
    deviation = features.std(axis=0)
    varies = deviation > 1e-12 * np.maximum(1.0, np.abs(features).max(axis=0, initial=0))
    kept = features[:, varies]
    return (kept - kept.mean(axis=0)) / deviation[varies], varies


def ward(points: np.ndarray, *, most_pairwise: int = MOST_PAIRWISE) -> np.ndarray:
    """The tree as scipy's linkage, float64 (n − 1, 4), each row's children joined before it; points : (n, d)."""
    n = len(points)
    if n < 2:
        return np.zeros((0, 4))
    if n > most_pairwise:
        return _constrained(points)
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    return linkage(pdist(points), "ward")


def order(points: np.ndarray, linkage: np.ndarray, *, how: str = "optimal", most_optimal: int = MOST_OPTIMAL
          ) -> np.ndarray:
    """The rows of ``points`` as they stand below the tree from left to right: int64 (n,)."""
    if how == "plain" or len(points) < 3:
        return leaves(linkage, np.arange(len(points)))
    if len(points) <= most_optimal:
        return _optimal(points, linkage)
    parts, top = _parts(linkage, max(1, most_optimal // PART_OF))
    inner = [_part_order(points, linkage, node, most_optimal) for node in parts]
    return np.concatenate(_facing(points, [inner[row] for row in _order_of_parts(points, inner, top)]))


def cut(linkage: np.ndarray, order: np.ndarray, n_clusters: int) -> np.ndarray:
    """The cluster of each row, int64 (n,), counted from 1 in the order of the leaves; exactly so many, or n."""
    n = len(linkage) + 1
    k = min(max(1, n_clusters), n)
    top = roots(linkage, n - k)[:n]
    _values, first, inverse = np.unique(top[order], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(1, len(first) + 1)
    label = np.empty(n, np.int64)
    label[order] = rank[inverse]
    return label


def leaves(linkage: np.ndarray, rank: np.ndarray, *, root: int | None = None) -> np.ndarray:
    """The leaves below a node, each pair of branches with the one of lower rank to the left: int64.

    rank : (n,), a number for each leaf; a branch has the least of its leaves'
    """
    n = len(linkage) + 1
    children, least = linkage[:, :2].astype(np.int64), np.concatenate([rank, np.zeros(n - 1, rank.dtype)])
    for row, (a, b) in enumerate(children):
        least[n + row] = min(least[a], least[b])
    found, waiting = [], [2 * n - 2 if root is None else root]
    while waiting:
        node = waiting.pop()
        if node < n:
            found.append(node)
            continue
        a, b = children[node - n]
        waiting += (b, a) if least[a] <= least[b] else (a, b)
    return np.array(found, np.int64)


def heights(linkage: np.ndarray) -> np.ndarray:
    """How high each join is drawn, float64 (n − 1,): its distance, but never below a join that it is made of."""
    n, height = len(linkage) + 1, linkage[:, 2].copy()
    for row, (a, b) in enumerate(linkage[:, :2].astype(np.int64)):
        height[row] = max([height[row], *(height[node - n] for node in (a, b) if node >= n)])
    return height


def _optimal(points: np.ndarray, linkage: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import pdist, squareform

    return leaf_order.optimal(linkage, squareform(pdist(points)))


def roots(linkage: np.ndarray, n_joins: int) -> np.ndarray:
    """The topmost node above each node after the first ``n_joins`` joins: int64 (2n − 1,)."""
    n = len(linkage) + 1
    root = np.arange(2 * n - 1)
    for row in range(n_joins - 1, -1, -1):
        root[linkage[row, :2].astype(np.int64)] = root[n + row]
    return root


def _parts(linkage: np.ndarray, most: int) -> tuple[list[int], np.ndarray]:
    """The largest branches of at most ``most`` leaves, and the tree above them, as a linkage of them."""
    n = len(linkage) + 1
    size = np.concatenate([np.ones(n), linkage[:, 3]])
    parts, number, top = [], {}, []
    above = [row for row in range(n - 1) if size[n + row] > most]
    for row in above:
        for child in linkage[row, :2].astype(np.int64).tolist():
            if size[child] <= most:
                number[child] = len(parts)
                parts.append(child)
    for row in above:
        a, b = (number[child] for child in linkage[row, :2].astype(np.int64).tolist())
        number[n + row] = len(parts) + len(top)
        top.append((a, b, linkage[row, 2], 0))
    return parts, np.array(top, np.float64)


def _part_order(points: np.ndarray, linkage: np.ndarray, node: int, most: int) -> np.ndarray:
    """The leaves of one branch in their best order."""
    n = len(linkage) + 1
    members = np.sort(leaves(linkage, np.arange(n), root=node))
    if len(members) < 3:
        return members
    nodes, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        if one >= n:
            nodes.append(one)
            waiting += linkage[one - n, :2].astype(np.int64).tolist()
    number = {int(leaf): row for row, leaf in enumerate(members)} | {
        one: len(members) + row for row, one in enumerate(sorted(nodes))}
    small = np.array([(number[int(a)], number[int(b)], height, size)
                      for a, b, height, size in (linkage[one - n] for one in sorted(nodes))])
    return members[order(points[members], small, most_optimal=most)]


def _order_of_parts(points: np.ndarray, parts: list[np.ndarray], top: np.ndarray) -> np.ndarray:
    """In which order parts stand: the best one by the distances of their centres, unless there are too many."""
    centres = np.stack([points[part].mean(axis=0) for part in parts])
    n = len(parts)
    size = np.ones(2 * n - 1)
    for row, (a, b) in enumerate(top[:, :2].astype(np.int64)):
        top[row, 3] = size[n + row] = size[a] + size[b]
    return _optimal(centres, top) if 2 < n <= MOST_OPTIMAL else leaves(top, np.arange(n))


def _facing(points: np.ndarray, parts: list[np.ndarray]) -> list[np.ndarray]:
    """Each part as it stands or turned round, whichever makes the sum of the distances between parts least."""
    ends = [(part[0], part[-1]) for part in parts]
    cost, came = np.zeros(2), []
    for (left, right), (first, last) in itertools.pairwise(ends):
        step = np.array([[np.linalg.norm(points[out] - points[into]) for into in (first, last)]
                         for out in (right, left)])        # rows: the one before as it is, turned; columns: this one
        total = cost[:, None] + step
        came.append(total.argmin(axis=0))
        cost = total.min(axis=0)
    turned = [int(cost.argmin())]
    for back in reversed(came):
        turned.append(int(back[turned[-1]]))
    return [part[::-1] if turn else part for part, turn in zip(parts, reversed(turned), strict=True)]


def _constrained(points: np.ndarray) -> np.ndarray:
    from sklearn.cluster import ward_tree

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the number of connected components")
        children, _parts_left, n, _parents, distance = ward_tree(points, connectivity=_graph(points),
                                                                 return_distance=True)
    size = np.concatenate([np.ones(n), np.zeros(len(children))])
    for row, (a, b) in enumerate(children):
        size[n + row] = size[a] + size[b]
    return np.column_stack([children, distance, size[n:]]).astype(np.float64)


def _graph(points: np.ndarray) -> object:
    """Sparse (n, n): who may be joined with whom."""
    from scipy.sparse import coo_array
    from sklearn.decomposition import PCA
    from sklearn.neighbors import kneighbors_graph

    with np.errstate(invalid="ignore"):        # sounds that are all the same have no variance to be explained
        reduced = PCA(min(PCA_DIMS, *points.shape), random_state=0).fit_transform(points).astype(np.float32)
    near = kneighbors_graph(reduced, min(NEIGHBOURS, len(points) - 1), include_self=False)
    path = np.argsort(reduced[:, 0], kind="stable")
    chain = coo_array((np.ones(len(path) - 1), (path[:-1], path[1:])), shape=near.shape).tocsr()
    joined = near + chain
    return joined + joined.T
