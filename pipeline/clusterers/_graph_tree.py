"""HDBSCAN's tree for many points in many dimensions, from the graph of nearest neighbours.

In more than a few dimensions every exact method compares all pairs, one after the other. Here the least spanning tree
is made of the edges between each point and its nearest neighbours; the parts that are left are joined by their least
mutual reachability over a sample of each. A core distance that asks for many neighbours is taken among a sample, with
as many fewer neighbours. Memory is linear in n.
"""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 32
SAMPLED = 200               # points of each part, the densest, when parts are joined
FEWEST_FOR_CORE, LEAST_SAMPLE = 64, 10_000
ROWS_AT_ONCE = 2048


def single_linkage(points: np.ndarray, min_samples: int) -> np.ndarray:
    """The single-linkage tree under mutual reachability, float64 (n − 1, 4), as scipy's; points : float32 (n, d)."""
    from hdbscan._hdbscan_linkage import label

    edges = _spanning_tree(points, min_samples)
    return label(edges[np.argsort(edges[:, 2], kind="stable")])


def _spanning_tree(points: np.ndarray, min_samples: int) -> np.ndarray:
    """Edges float64 (n − 1, 3): two points and their mutual reachability."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
    from sklearn.neighbors import NearestNeighbors

    n, k = len(points), min(NEIGHBOURS, len(points) - 1)
    distance, column = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points).kneighbors()
    core = distance[:, min_samples - 1].astype(np.float64) if min_samples <= k else _core(points, min_samples)
    row = np.repeat(np.arange(n), k)
    reach = np.maximum(np.maximum(core[row], core[column.ravel()]), distance.ravel())
    reach = np.maximum(reach, np.finfo(np.float64).tiny)        # a zero would be no edge
    tree = minimum_spanning_tree(csr_array((reach, (row, column.ravel())), shape=(n, n))).tocoo()
    edges = np.column_stack([tree.row, tree.col, tree.data])
    n_parts, part = connected_components(tree, directed=False)
    if n_parts > 1:
        edges = np.concatenate([edges, _bridges(points, core, part, n_parts)])
    return edges.astype(np.float64)


def _core(points: np.ndarray, min_samples: int) -> np.ndarray:
    """The distance of each point to its ``min_samples``-th neighbour, float64 (n,), among a seeded sample of all."""
    from sklearn.neighbors import NearestNeighbors

    n = len(points)
    n_sampled = min(n, max(LEAST_SAMPLE, FEWEST_FOR_CORE * n // min_samples))
    sample = points[np.random.default_rng(0).choice(n, n_sampled, replace=False)] if n_sampled < n else points
    k = min(max(1, round(min_samples * n_sampled / n)) + 1, n_sampled)      # the point itself is one of them
    index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(sample)
    blocks = np.array_split(points, -(-n // ROWS_AT_ONCE))
    return np.concatenate([index.kneighbors(block)[0][:, -1] for block in blocks]).astype(np.float64)


def _bridges(points: np.ndarray, core: np.ndarray, part: np.ndarray, n_parts: int) -> np.ndarray:
    """The edges that make one tree of the parts, float64 (n_parts − 1, 3)."""
    order = np.lexsort((core, part))
    place = np.arange(len(order)) - np.searchsorted(part[order], np.arange(n_parts))[part[order]]
    sample = order[place < SAMPLED]
    edges, group = [], np.arange(n_parts)
    while len(np.unique(group)) > 1:
        least = _least_edges(points[sample], core[sample], group[part[sample]])
        for a, b, reach in sorted(least, key=lambda edge: edge[2]):
            one, other = group[part[sample[a]]], group[part[sample[b]]]
            if one != other:
                group[group == other] = one
                edges.append((sample[a], sample[b], reach))
    return np.array(edges, np.float64)


def _least_edges(points: np.ndarray, core: np.ndarray, group: np.ndarray) -> list[tuple[int, int, float]]:
    """For each group its least edge to another: (row inside, row outside, mutual reachability)."""
    from sklearn.metrics.pairwise import euclidean_distances

    best: dict[int, tuple[int, int, float]] = {}
    for first in range(0, len(points), ROWS_AT_ONCE):
        own = slice(first, first + ROWS_AT_ONCE)
        reach = np.maximum(euclidean_distances(points[own], points), np.maximum(core[own, None], core))
        reach[group[own, None] == group] = np.inf
        nearest = reach.argmin(axis=1)
        for row, (column, value) in enumerate(zip(nearest.tolist(), reach.min(axis=1).tolist(), strict=True)):
            key = int(group[first + row])
            if key not in best or value < best[key][2]:
                best[key] = (first + row, column, value)
    return list(best.values())
