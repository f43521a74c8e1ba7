"""How many clusters? Four curves over k, each with its own suggestion, and one suggestion of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LOW, HIGH = 2, 15
MOST_POINTS = 20_000        # k-means is run on so many at most
MOST_SCORED = 5_000         # and the silhouette, which compares all pairs, taken of so many


@dataclass(frozen=True)
class Curves:
    """What k-means gives for each k.

    k : the numbers of clusters that were tried      inertia : sum of squared distances to the centres, falls with k
    silhouette, calinski_harabasz : higher is better      davies_bouldin : lower is better
    by : each curve's own k, by name      suggestion : the k that most of them name      n_points : sounds looked at
    """

    k: tuple[int, ...]
    inertia: tuple[float, ...]
    silhouette: tuple[float, ...]
    davies_bouldin: tuple[float, ...]
    calinski_harabasz: tuple[float, ...]
    by: dict[str, int]
    suggestion: int
    n_points: int


def curves(points: np.ndarray, *, low: int = LOW, high: int = HIGH, seed: int = 42,
           told: Callable[[int], object] | None = None) -> Curves | None:
    """Curves over k from ``low`` to ``high`` for points float32 (n, d); a seeded sample stands for many.

    told : called with each k when it is done

    None where there are not enough different points for two clusters.
    """
    from pipeline.clusterers import _result

    points = sampled(np.asarray(points, np.float32), MOST_POINTS, seed=seed)
    highest = min(high, len(points) - 1, _result.n_different(points, high))
    if highest < max(low, 2):
        return None
    tried = tuple(range(max(low, 2), highest + 1))
    rows = []
    for k in tried:
        rows.append(_scored(points, k, seed))
        if told is not None:
            told(k)
    inertia, silhouette, bouldin, harabasz = (tuple(column) for column in zip(*rows, strict=True))
    by = {"elbow": tried[_elbow(np.array(inertia))], "silhouette": tried[int(np.argmax(silhouette))],
          "davies_bouldin": tried[int(np.argmin(bouldin))], "calinski_harabasz": tried[int(np.argmax(harabasz))]}
    return Curves(tried, inertia, silhouette, bouldin, harabasz, by, _most_named(by), len(points))


def given_or_suggested(points: np.ndarray, n_clusters: int | None, *, seed: int) -> tuple[int, tuple[str, ...]]:
    """The number of clusters, and a note if it was not given but suggested; 1 where there are no two."""
    if n_clusters is not None:
        return n_clusters, ()
    found = curves(points, seed=seed)
    if found is None:
        return 1, ("There are too few different sounds for more than one cluster.",)
    votes = ", ".join(f"{name.replace('_', '-')} {k}" for name, k in found.by.items())
    return found.suggestion, (f"{found.suggestion} clusters are suggested ({votes}); --n-clusters sets another "
                              "number.",)


def sampled(points: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """At most ``n`` rows, in their order."""
    if len(points) <= n:
        return points
    return points[np.sort(np.random.default_rng(seed).choice(len(points), n, replace=False))]


def _scored(points: np.ndarray, k: int, seed: int) -> tuple[float, float, float, float]:
    from sklearn import metrics
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=3, random_state=seed).fit(points)
    label = model.labels_
    silhouette = metrics.silhouette_score(points, label, sample_size=min(len(points), MOST_SCORED), random_state=seed) \
        if len(np.unique(label)) > 1 else 0.0
    return (float(model.inertia_), float(silhouette), float(metrics.davies_bouldin_score(points, label)),
            float(metrics.calinski_harabasz_score(points, label)))


def _elbow(inertia: np.ndarray) -> int:
    """Where the curve lies deepest below the line from its first point to its last (Satopää et al. 2011)."""
    if len(inertia) < 3:
        return 0
    line = np.linspace(inertia[0], inertia[-1], len(inertia))
    return int(np.argmax(line - inertia))


def _most_named(by: dict[str, int]) -> int:
    """The k that most curves name; if several do, the silhouette's, else the smallest of them."""
    counts = Counter(by.values())
    most = max(counts.values())
    named = sorted(k for k, n in counts.items() if n == most)
    return by["silhouette"] if by["silhouette"] in named else named[0]
