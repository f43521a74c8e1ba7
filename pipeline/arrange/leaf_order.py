"""The order of a tree's leaves in which neighbours are nearest: Z. Bar-Joseph et al., Bioinformatics 17, 2001.

For every branch and each pair of leaves that may stand at its ends, the least sum of distances between neighbours is
kept; those of a join come from those of its two sides. About n³ steps, n² memory.
"""

from __future__ import annotations

import numpy as np


def optimal(linkage: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The leaves from left to right, int64 (n,); distance : float64 (n, n) between them."""
    n = len(linkage) + 1
    children = linkage[:, :2].astype(np.int64)
    members = [np.array([leaf]) for leaf in range(n)]
    costs: list[np.ndarray] = []      # of each join: one end in its first side, the other in its second
    for a, b in children:
        between = distance[np.ix_(members[a], members[b])]
        half = _least_sums(_between_ends(a, n, children, costs, members), between)
        costs.append(_least_sums(half, _between_ends(b, n, children, costs, members)))
        members.append(np.concatenate([members[a], members[b]]))
    return _read_off(n, children, costs, members, distance)


def _least_sums(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """min over k of left[i, k] + right[k, j]: (i, j)."""
    best = np.full((left.shape[0], right.shape[1]), np.inf)
    for k in range(left.shape[1]):
        np.minimum(best, left[:, k, None] + right[k], out=best)
    return best


def _between_ends(
    node: int, n: int, children: np.ndarray, costs: list[np.ndarray], members: list[np.ndarray]
) -> np.ndarray:
    """The least sum within a branch for each pair of ends, in the order of its members; inf where they cannot be."""
    if node < n:
        return np.zeros((1, 1))
    n_first, block = len(members[children[node - n, 0]]), costs[node - n]
    ends = np.full((len(members[node]),) * 2, np.inf)
    ends[:n_first, n_first:], ends[n_first:, :n_first] = block, block.T
    return ends


def _read_off(
    n: int, children: np.ndarray, costs: list[np.ndarray], members: list[np.ndarray], distance: np.ndarray
) -> np.ndarray:
    """From the best pair of ends of the whole down to the leaves."""
    if n == 1:
        return np.zeros(1, np.int64)
    first, last = np.unravel_index(costs[-1].argmin(), costs[-1].shape)
    a, b = children[-1]
    waiting, found = [(2 * n - 2, members[a][first], members[b][last])], []
    while waiting:
        node, left, right = waiting.pop()
        if node < n:
            found.append(node)
            continue
        a, b = children[node - n]
        if left not in members[a]:
            a, b = b, a
        out = _from_end(a, left, n, children, costs, members)
        into = _from_end(b, right, n, children, costs, members)
        total = out[:, None] + distance[np.ix_(members[a], members[b])] + into
        h, k = np.unravel_index(total.argmin(), total.shape)
        waiting += [(b, members[b][k], right), (a, left, members[a][h])]
    return np.array(found, np.int64)


def _from_end(
    node: int, end: int, n: int, children: np.ndarray, costs: list[np.ndarray], members: list[np.ndarray]
) -> np.ndarray:
    """The least sum within a branch from one given end to each of its members; inf where that cannot be the other."""
    if node < n:
        return np.zeros(1)
    n_first, place = len(members[children[node - n, 0]]), int(np.flatnonzero(members[node] == end)[0])
    row, block = np.full(len(members[node]), np.inf), costs[node - n]
    if place < n_first:
        row[n_first:] = block[place]
    else:
        row[:n_first] = block[:, place - n_first]
    return row
