"""Features × scaling × reduction × algorithm, each held against the true labels: one table, one row for each way.

Every row is kept beside the project as soon as it is done, under the fingerprint of all it was made from: a comparison
that was interrupted, or that another one overlaps, goes on from there. The labels that each row found are kept too.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import (
    cluster_measures,
    clustering,
    comparison_rows,
    engines,
    feature_sets,
    measures,
    params,
    point_sets,
    registry,
    settings,
    vectors,
)
from pipeline.clusterers import NOISE
from pipeline.clustering import Recipe
from pipeline.comparison_rows import STEP, Row
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.feature_sets import Preparation, Wanted
from pipeline.params import param
from pipeline.reduction import METHODS, SCALES, Reduction
from pipeline.shelf import Shelf, fingerprint
from pipeline.watcher import Watcher

VERSION = 1
AUTO = "auto"
LINKAGES = ("ward", "complete", "average", "single")
SEEDED = ("kmeans", "fcm", "spectral")
SEARCHED: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "kmeans": [{"init": init, "max_iter": rounds, "tol": tol}
               for init in ("k-means++", "random") for rounds in (100, 300) for tol in (1e-4, 1e-2)],
    "fcm": [{"m": m} for m in (1.1, 1.25, 1.5, 2.0)],
    "agglomerative": [{"linkage": linkage} for linkage in LINKAGES],
    "dbscan": [{"eps": eps, "min_samples": n} for eps in (0.2, 0.5, 1.0, 2.0, 3.0) for n in (3, 5, 10)],
}
SPREAD = ("nmi", "acc", "acc_purity_assignment", "ari", "silhouette")


@dataclass(frozen=True)
class Grid:
    """What is compared with what.

    The scaling `AUTO` leaves an embedding as it is, because its columns have one unit, and brings the columns of
    features to one range. Sets put together (``a+b``) are balanced instead, whatever the scaling.
    """

    features: tuple[str, ...] = ("mfcc", "embedding", "mfcc+mel+embedding")
    vectors: tuple[str, ...] = ("mean_std",)
    scalings: tuple[str, ...] = (AUTO,)
    reductions: tuple[str, ...] = ("none", "umap")
    algorithms: tuple[str, ...] = ("ward", "kmeans", "hdbscan")
    preparation: Preparation = field(default_factory=Preparation)
    n_clusters: int | None = param(None, "number of clusters; that of the true labels if not given", low=1, high=10_000)
    n_seeds: int = param(3, "seeds over which ways that depend on chance are averaged", low=1, high=100)
    seed: int = param(42, "the first seed", low=0, high=2**31 - 1)
    search: bool = param(False, "try each algorithm's own grid of parameters, and keep the best by silhouette")

    def check(self) -> Grid:
        """Itself. Raises ParameterError for a name that is not there."""
        for given, known, what in ((self.vectors, vectors.KINDS, "vector"), (self.scalings, (AUTO, *SCALES), "scaling"),
                                   (self.reductions, METHODS, "reduction"),
                                   (self.algorithms, (*clustering.algorithms(), *LINKAGES), "algorithm")):
            unknown = [name for name in given if name not in known]
            if unknown:
                raise ParameterError(f"There is no {what} {unknown[0]!r}. Known are: {', '.join(known)}.")
        if not all((self.features, self.vectors, self.scalings, self.reductions, self.algorithms)):
            raise ParameterError("There is nothing to compare: name at least one feature and one algorithm.")
        return self


@dataclass(frozen=True)
class Way:
    """One row to be: a set of vectors, what is done to them, an algorithm."""

    feature: str
    vector: str
    stored: str
    reduction: Reduction
    algorithm: str
    search: bool = False

    @property
    def scaling(self) -> str:
        """What was done to the columns; sets put together are balanced."""
        return "balanced" if point_sets.TOGETHER in self.stored else self.reduction.scale

    @property
    def is_seeded(self) -> bool:
        """Whether another seed may give another result."""
        return self.reduction.reduce == "umap" or self.algorithm in SEEDED


def compare(
    project: Path, grid: Grid, *, watcher: Watcher | None = None, workers: int | None = None,
    scheduler: str | None = None, restart: bool = False,
) -> list[Row]:
    """Every way of a grid on one project, in the grid's order; features that it has not are computed first.

    Raises ParameterError for what is not there, RunError if features cannot be computed.
    """
    watcher, shelf = watcher or Watcher(), Shelf(comparison_rows.folder_of(project))
    ways = _ways(project, grid.check(), watcher, workers, scheduler)
    if restart:
        shelf.sweep(keep=())
    groups = [list(group) for _key, group in itertools.groupby(ways, lambda way: (way.stored, way.reduction))]
    watcher.begin(STEP, len(ways), title="comparison")
    found: dict[Way, Row] = {}
    for rows in engines.each(_score, groups, project, grid, shelf, workers=workers or settings.n_cores(),
                             scheduler=scheduler):
        found |= dict(rows)
        comparison_rows.add(project, (row for _way, row in rows))     # whoever looks meanwhile sees them come in
        watcher.advance(STEP, len(rows))
    for row in found.values():
        for sentence in row.notes:
            watcher.note(f"{row.feature}, {row.algorithm}: {sentence}")
    return [found[way] for way in ways]


def _ways(
    project: Path, grid: Grid, watcher: Watcher, workers: int | None, scheduler: str | None,
) -> list[Way]:
    """The grid's rows in order; vectors that the project has not are made."""
    sets = [(feature, kind, _stored(feature, kind)) for feature in grid.features
            for kind in (grid.vectors if _has_kinds(feature) else ("",))]
    wanted = dict.fromkeys(part for _f, _k, stored in sets for part in stored.split(point_sets.TOGETHER))
    with Dataset.open(project) as dataset:
        missing = [part for part in wanted if not _is_there(dataset, part, grid.preparation)]
    _make_missing(project, missing, grid, watcher, workers, scheduler)
    return [Way(feature, kind, stored, Reduction(scale=scaling, reduce=reduce, random_state=grid.seed), algorithm,
                grid.search)
            for feature, kind, stored in sets for scaling in _scalings(stored, grid) for reduce in grid.reductions
            for algorithm in grid.algorithms]


def _scalings(stored: str, grid: Grid) -> tuple[str, ...]:
    """Sets put together are balanced already; scaling columns would undo that."""
    if point_sets.TOGETHER in stored:
        return ("none",)
    usual = "none" if stored == point_sets.EMBEDDING else "minmax"
    return tuple(dict.fromkeys(usual if name == AUTO else name for name in grid.scalings))


def _has_kinds(feature: str) -> bool:
    return any(part.strip() in registry.names("features") for part in feature.split(point_sets.TOGETHER))


def _stored(feature: str, kind: str) -> str:
    """What a feature is called in the project: ``mfcc`` as ``mfcc_mean_std``, others as they are."""
    parts = [part.strip() for part in feature.split(point_sets.TOGETHER)]
    computed = registry.names("features")
    return point_sets.TOGETHER.join(feature_sets.set_name(part, kind) if part in computed else part for part in parts)


def _is_there(dataset: Dataset, name: str, preparation: Preparation) -> bool:
    """Whether a project has a set, made as is wanted if it is one that we make."""
    if name == point_sets.EMBEDDING or name not in point_sets.names(dataset):
        return name in point_sets.names(dataset)
    about = dataset.feature(name).attrs
    return "vector" not in about or (about.get("sr"), about.get("lowpass")) == (preparation.sr, preparation.lowpass)


def _make_missing(
    project: Path, missing: Sequence[str], grid: Grid, watcher: Watcher, workers: int | None, scheduler: str | None,
) -> None:
    by_name = {feature_sets.set_name(feature, kind): (feature, kind)
               for feature in registry.names("features") for kind in vectors.KINDS}
    for name in missing:
        if name not in by_name:
            with Dataset.open(project) as dataset:
                point_sets.load(dataset, name)      # says what there is instead
    for kind in dict.fromkeys(by_name[name][1] for name in missing):
        features = tuple(by_name[name][0] for name in missing if by_name[name][1] == kind)
        made = feature_sets.compute(project, Wanted(features, (kind,), grid.preparation), watcher=watcher,
                                    workers=workers, scheduler=scheduler)
        for sentence in made.problems:
            watcher.note(sentence)


def _score(ways: list[Way], project: Path, grid: Grid, shelf: Shelf) -> list[tuple[Way, Row]]:
    """The rows of ways that share vectors and reduction. Runs in worker processes."""
    with Dataset.open(project) as dataset:
        values, segment_id = point_sets.load(dataset, ways[0].stored), dataset.segments.segment_id
        truth = np.array(dataset.segments.label or [""] * dataset.n_segments)
    known = np.isfinite(values).any(axis=1)
    sounds = _Sounds(values[known], segment_id[known], truth[known], {})
    return [(way, _row(way, sounds, grid, shelf)) for way in ways]


@dataclass(frozen=True, eq=False)
class _Sounds:
    """The sounds that have vectors; ``reduced`` keeps points and the seconds that they took, by seed."""

    values: np.ndarray
    segment_id: np.ndarray
    truth: np.ndarray
    reduced: dict[int, tuple[np.ndarray, float]]

    def points(self, reduction: Reduction) -> tuple[np.ndarray, float]:
        """Points float32 (n, k), and how long it took to make them, which every algorithm is charged with."""
        if reduction.random_state not in self.reduced:
            start = time.perf_counter()
            points = reduction.apply(self.values)
            self.reduced[reduction.random_state] = points, time.perf_counter() - start
        return self.reduced[reduction.random_state]

    @property
    def n_types(self) -> int | None:
        """True types, or None where there are none."""
        return len(set(self.truth[self.truth != ""].tolist())) or None


def _row(way: Way, sounds: _Sounds, grid: Grid, shelf: Shelf) -> Row:
    k = grid.n_clusters or sounds.n_types
    seeds = range(grid.seed, grid.seed + (grid.n_seeds if way.is_seeded else 1))
    key = fingerprint(VERSION, sounds.values, sounds.segment_id, sounds.truth.tolist(), way.feature, way.vector,
                      params.values(way.reduction), way.algorithm, way.search, k, list(seeds))
    if shelf.has(STEP, key):
        about = shelf.get(STEP, key)[1]
        return Row(**{**about, "notes": tuple(about["notes"])})
    tries = [_tried(way, sounds, k, seed) for seed in seeds]
    row = _summed_up(way, sounds, tries, key)
    shelf.put(STEP, key, {"segment_id": sounds.segment_id, "label": tries[0][0].label}, vars(row))
    return row


def _tried(way: Way, sounds: _Sounds, k: int | None, seed: int) -> tuple[clustering.Result, dict[str, Any], float]:
    """(what was found with one seed, its scores, seconds)."""
    reduction = replace(way.reduction, random_state=seed)
    (points, seconds), start = sounds.points(reduction), time.perf_counter()
    options = SEARCHED.get(way.algorithm, [{}]) if way.search else [{}]
    tried = [clustering.run(sounds.values, _recipe(way, reduction, k, seed, option), points=points)
             for option in options]
    best = max(tried, key=_silhouette) if len(tried) > 1 else tried[0]
    seconds += time.perf_counter() - start
    known = sounds.truth != ""
    scores = measures.label_scores(sounds.truth[known], best.label[known]) if known.any() else {}
    scores |= cluster_measures.separation(best.points, best.label)
    return best, {name: value if np.isfinite(value) else None for name, value in scores.items()}, seconds


def _recipe(way: Way, reduction: Reduction, k: int | None, seed: int, option: Mapping[str, Any]) -> Recipe:
    name, given = way.algorithm, {"n_clusters": k, "random_state": seed, **option}
    if name in LINKAGES:
        name, given = "agglomerative", {**given, "linkage": name}
    return Recipe(name, params.make(registry.load(clustering.FOLDER, name), given), reduction)


def _silhouette(result: clustering.Result) -> float:
    """The mean silhouette, or less than any where there are no two clusters."""
    width, _rows = cluster_measures.silhouettes(result.points, result.label)
    return float(width.mean()) if len(width) else -2.0


def _summed_up(way: Way, sounds: _Sounds, tries: Sequence[tuple], key: str) -> Row:
    """Means and deviations over the seeds; what was found is that of the first."""
    first, _scores, _s = tries[0]
    names = dict.fromkeys(name for _r, scores, _s in tries for name in scores if name != "n")
    scores = {name: _mean([tried[1].get(name) for tried in tries]) for name in names}
    spread = {name: float(np.std([tried[1][name] for tried in tries])) for name in SPREAD
              if len(tries) > 1 and all(tried[1].get(name) is not None for tried in tries)}
    return Row(
        feature=way.feature, vector=way.vector, scaling=way.scaling, reduction=way.reduction.reduce,
        algorithm=way.algorithm, n_clusters=first.clustering.n_clusters, **{name: scores.get(name) for name in SPREAD},
        seconds=float(np.mean([seconds for *_rest, seconds in tries])), n=len(sounds.truth),
        n_noise=int(np.count_nonzero(first.label == NOISE)), n_seeds=len(tries), scores=scores, spread=spread,
        parameters=dict(first.parameters), notes=first.notes, key=key,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    return None if any(value is None for value in values) else float(np.mean(values))
