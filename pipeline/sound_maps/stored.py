"""The maps that a project has: its own, and those that were made for comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.dataset import Dataset
from pipeline.errors import ProjectError
from pipeline.kept_with import kept_with_dataset
from pipeline.point_sets import EMBEDDING
from pipeline.sound_maps.scaling import robust

KIND = "projections"
OWN = ("umap", "pca")                # the project's, made of its embedding
SCORE = "score_"                     # what a score's attribute begins with
FEATURES, REDUCER, SCORED_BY = "features", "reducer", "scored_by"
GRID = ("perplexity", "iterations", "n_neighbors", "min_dist")    # what tells maps of one reducer apart
KEPT = 32                            # maps whose places are kept while a data set is open


@dataclass(frozen=True)
class MapInfo:
    """A map of a project's sounds.

    name : of the projection      features : what it was made of, "" if unknown      reducer : pca, tsne, umap, …
    parameters : of the reducer, those that a grid is made of      made_with : all else that is known, by name
    scores : see `scores.NAMES`; empty where there were no labels      scored_by : ``labels``, ``clusters`` or ""
    """

    name: str
    features: str
    reducer: str
    parameters: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    scored_by: str = ""
    made_with: dict[str, Any] = field(default_factory=dict)


@kept_with_dataset(1)
def listing(dataset: Dataset) -> list[MapInfo]:
    """Every map that the project has: its own first, then by features, reducer and parameters.

    Raises ProjectError for a file that is damaged.
    """
    stored = dataset.names(KIND)
    own = [name for name in OWN if name in stored or _in_segments(dataset, name) is not None]
    found = [_info(name, dataset.attrs_of(f"{KIND}/{name}") if name in stored else {})
             for name in [*own, *(name for name in stored if name not in own)]]
    return sorted(found, key=_rank)


@kept_with_dataset(KEPT)
def places(dataset: Dataset, name: str) -> np.ndarray:
    """Where the sounds lie on a map, as shares of its width and height (see `scaling.robust`): float32 (n, 2).

    In row order; NaN where a sound is not on this map. Raises ProjectError for a map that is not there.
    """
    shares = robust(raw_places(dataset, name))
    shares.flags.writeable = False       # it is kept, and everybody who asks gets the same
    return shares


def raw_places(dataset: Dataset, name: str) -> np.ndarray:
    """Where a reducer put the sounds, float (n, 2), NaN as in `places`. Raises ProjectError as `places`."""
    if name in dataset.names(KIND):
        values = dataset.projection(name)
    else:
        values = _in_segments(dataset, name) if name in OWN else None
    if values is None:
        known = ", ".join(info.name for info in listing(dataset)) or "none"
        raise ProjectError(f"{dataset.path} has no map named {name!r}. It has: {known}.")
    if values.ndim != 2:
        raise ProjectError(f"{dataset.path}: {KIND}/{name} is no table of places. Make this map again.")
    return np.pad(values, ((0, 0), (0, max(0, 2 - values.shape[1]))))[:, :2]


def _in_segments(dataset: Dataset, name: str) -> np.ndarray | None:
    """The project's own map where it stands beside the sounds, as other programs write it."""
    values = dataset.segments.umap if name == "umap" else dataset.segments.pca
    return values if values is not None and values.shape[1] else None


def _info(name: str, attrs: dict[str, Any]) -> MapInfo:
    numbers = {key: value for key, value in attrs.items() if isinstance(value, (int, float))}   # others may write texts
    scores = {key.removeprefix(SCORE): float(value) for key, value in numbers.items() if key.startswith(SCORE)}
    parameters = {key: numbers[key] for key in GRID if key in numbers}
    told = (FEATURES, REDUCER, SCORED_BY, *GRID)
    rest = {key: value for key, value in attrs.items() if key not in told and not key.startswith(SCORE)}
    return MapInfo(name, str(attrs.get(FEATURES, EMBEDDING if name in OWN else "")), str(attrs.get(REDUCER, name)),
                   parameters, scores, str(attrs.get(SCORED_BY, "")), rest)


def _rank(info: MapInfo) -> tuple[Any, ...]:
    numbers = [float(value) for value in info.parameters.values()]
    return (OWN.index(info.name) if info.name in OWN else len(OWN), info.features, info.reducer, numbers, info.name)
