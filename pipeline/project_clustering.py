"""Clustering the sounds of a project: what they are clustered by, which of them, and the labeling that is stored."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import cluster_measures, cluster_summary, clustering, labelings, point_sets, store, text_tables
from pipeline.clustering import Recipe, Result
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, TableError
from pipeline.projectors.pca import Pca
from pipeline.reduction import Reduction
from pipeline.text import counted, listed
from pipeline.watcher import Watcher

EMBEDDING = "embedding"
MAP = "umap"
KINDS = ("features", "projections")
LONGEST_NAME = 64


@dataclass(frozen=True, eq=False)
class Sounds:
    """The sounds that are to be clustered, and what they are clustered by.

    segment_ids : int32 (n,)      vectors : float32 (n, d)      rows : int64 (n,), their rows in the project
    on : the name of what they are clustered by
    """

    segment_ids: np.ndarray
    vectors: np.ndarray
    rows: np.ndarray
    on: str


@dataclass(frozen=True, eq=False)
class Labelled:
    """A result, and the labeling it was stored as."""

    project: Path
    name: str
    sounds: Sounds
    result: Result

    @property
    def summary(self) -> str:
        """What was found, in a sentence."""
        counts = self.result.counts()
        noise = f", {counts['n_noise']:,} are noise" if counts["n_noise"] else ""
        return (f"{clustering.title(self.result.parameters['algorithm'])} on {self.sounds.on}: "
                f"{counted(counts['n_clusters'], 'cluster')} of {counts['n']:,} sounds{noise}. "
                f"Stored as the labeling {self.name!r}.")


def bases(dataset: Dataset) -> dict[str, int]:
    """What this project's sounds can be clustered by, the default first, and how many dimensions each has."""
    found = {}
    shape = dataset.embedding_shape()
    if shape is not None:
        found[EMBEDDING] = shape[1]
    if dataset.segments.umap is not None:
        found[MAP] = dataset.segments.umap.shape[1]
    for kind in KINDS:
        for name in dataset.names(kind):
            key = name if name not in found else f"{kind}/{name}"
            if not (kind == "projections" and name == MAP and MAP in found):
                found[key] = dataset.feature_width(name) if kind == "features" else 2
    return found


def vectors_of(dataset: Dataset, on: str = EMBEDDING) -> np.ndarray:
    """What sounds are clustered by, float32 (n, d) in row order; a row of NaN where a sound has none.

    on : ``embedding``, ``umap`` (the map), or the name of features or of a projection; ``features/…`` and
        ``projections/…`` where both have that name; ``a+b`` for several sets side by side, see `point_sets.load`

    Raises ParameterError, with what there is, for another name; ProjectError for an embedding that is damaged.
    """
    if on == EMBEDDING and (dataset.embedding_shape() is not None or EMBEDDING not in dataset.names("features")):
        return dataset.embedding()
    if on == MAP and dataset.segments.umap is not None:
        return dataset.segments.umap
    if point_sets.TOGETHER in on and on not in bases(dataset):
        return point_sets.load(dataset, on)
    kind, _slash, name = on.partition("/")
    wanted = [(kind, name)] if kind in KINDS and name else [(kind, on) for kind in KINDS]
    for kind, name in wanted:
        if name in dataset.names(kind):
            return dataset.feature(name).values if kind == "features" else dataset.projection(name)
    known = listed([repr(name) for name in bases(dataset)]) or "nothing"
    raise ParameterError(f"{dataset.path} has no {on!r} to cluster by; it has {known}.")


def sounds_of(dataset: Dataset, on: str = EMBEDDING, *, only: Iterable[int] | None = None) -> Sounds:
    """The sounds that have a vector, of all or of those with ids in ``only``.

    Raises ParameterError if none has one, ProjectError for ids that are not there.
    """
    vectors = vectors_of(dataset, on)
    rows = np.arange(dataset.n_segments)
    if only is not None:
        rows = np.sort(dataset.rows_of(np.unique(np.asarray(list(only), np.int64))))
    rows = rows[np.isfinite(vectors[rows]).any(axis=1)]
    if not len(rows):
        raise ParameterError(f"Not one of the chosen sounds of {dataset.path} has a vector in {on!r}.")
    return Sounds(dataset.segments.segment_id[rows], vectors[rows], rows, on)


def recipe_for(dataset: Dataset, algorithm: str, values: Mapping[str, Any], *, on: str = EMBEDDING) -> Recipe:
    """A recipe with a project's defaults: vectors become a map first, what is a map already is taken as it lies."""
    is_map = vectors_width(dataset, on) == 2
    return clustering.make_recipe(algorithm, values, usual={} if is_map else clustering.ON_A_PROJECT)


def vectors_width(dataset: Dataset, on: str) -> int:
    """How many dimensions the vectors of ``on`` have."""
    known, parts = bases(dataset), on.split(point_sets.TOGETHER)
    if on not in known and all(part in point_sets.names(dataset) for part in parts):
        return sum(known[part] for part in parts)
    return known[on] if on in known else vectors_of(dataset, on).shape[1]


def cluster(
    project: Path | str, algorithm: str = "hdbscan", values: Mapping[str, Any] | None = None, *, on: str = EMBEDDING,
    name: str = "", only_cluster: int | None = None, only: Iterable[int] | None = None, watcher: Watcher | None = None,
) -> Labelled:
    """Cluster the sounds of a project and store the labeling in it, in place of one of the same name.

    values : parameters by name, see `clustering.parameters`      name : of the labeling; the algorithm's if not given
    only_cluster, only : the sounds of one cluster as it is now, or those with these ids; the labeling speaks of no
        others

    Raises ParameterError, ProjectError, and EditError for a cluster that is not there.
    """
    watcher, values = watcher or Watcher(), dict(values or {})
    name = checked_name(name or clustering.title(algorithm))
    ids = ids_of_cluster(project, only_cluster) if only_cluster is not None else None if only is None else list(only)
    with Dataset.open(project) as dataset:
        recipe = recipe_for(dataset, algorithm, values, on=on)
        for other in clustering.without_effect(recipe, values):
            watcher.note(f"{other} has no effect with {algorithm}.")
        sounds = sounds_of(dataset, on, only=ids)
        n_without = (dataset.n_segments if ids is None else len(set(ids))) - len(sounds.rows)
        if n_without:
            watcher.note(f"{counted(n_without, 'sound')} without a vector in {on!r} were left out.")
        result = clustering.run(sounds.vectors, recipe, watcher=watcher, points=_own_map(dataset, sounds, recipe))
    found = Labelled(Path(project), name, sounds, result)
    keep(found, only_cluster=only_cluster)
    return found


def points_of(
    project: Path | str, algorithm: str, values: Mapping[str, Any], *, on: str = EMBEDDING,
    only: Iterable[int] | None = None, watcher: Watcher | None = None,
) -> np.ndarray:
    """What ``algorithm`` would group, float32 (n, k): the vectors of all sounds that have one, scaled and reduced.

    only : ids of the sounds that are meant, all if not given
    """
    with Dataset.open(project) as dataset:
        recipe, sounds = recipe_for(dataset, algorithm, values, on=on), sounds_of(dataset, on, only=only)
        own = _own_map(dataset, sounds, recipe)
    return own if own is not None else recipe.reduction.apply(sounds.vectors, watcher=watcher)


def keep(found: Labelled, *, only_cluster: int | None = None) -> None:
    """Store a labeling in its project."""
    result = found.result
    attrs = {**result.parameters, "on": found.sounds.on, "noise_column": result.clustering.noise_column,
             "facts": dict(result.clustering.facts), "versions": dict(result.versions), "notes": list(result.notes),
             "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
             "measures": _measures(result)}
    if only_cluster is not None:
        attrs["only_cluster"] = only_cluster
    near = cluster_summary.exemplar_rows(result.points, result.label)
    exemplars = np.where(near >= 0, found.sounds.segment_ids[near], -1)
    silhouette = cluster_summary.silhouettes(result.points, result.label)
    with store.amend(found.project) as writer:
        writer.labeling(found.name, found.sounds.segment_ids, result.label, attrs=attrs, exemplars=exemplars,
                        silhouette=silhouette, probability=result.clustering.probability)


def _measures(result: Result) -> dict[str, float]:
    """How well the clusters lie apart, where that is defined."""
    found = cluster_measures.separation(result.points, result.label)
    return {name: round(value, 6) for name, value in found.items() if np.isfinite(value)}


def chosen_ids(
    project: Path | str, only_cluster: int | None = None, *, within: str = "", number: int = 0
) -> list[int] | None:
    """The sounds of a cluster as it is now, or of cluster ``number`` of the labeling ``within``; None for all.

    Raises ParameterError if there are none.
    """
    if within:
        with Dataset.open(project) as dataset:
            return labelings.members(dataset, within, number)
    return None if only_cluster is None else ids_of_cluster(project, only_cluster)


def ids_of_cluster(project: Path | str, cluster_id: int) -> list[int]:
    """The sounds of a cluster as it is now, journal included. Raises ParameterError if it has none."""
    with Workspace.open(project) as workspace:
        members = workspace.labels.members(cluster_id).tolist()
    if not members:
        raise ParameterError(f"There are no sounds in cluster {cluster_id} of {project}.")
    return members


def read_ids(path: Path) -> list[int]:
    """Ids of sounds from a text file: a JSON list, or numbers with blanks, commas or line ends between them."""
    text = text_tables.read_text(path)
    try:
        found = json.loads(text) if text.lstrip().startswith("[") else text.replace(",", " ").split()
        ids = [int(entry) for entry in found]
    except (ValueError, TypeError) as error:
        raise TableError(f"{path} must hold the ids of sounds, whole numbers, and nothing else.") from error
    if not ids:
        raise TableError(f"{path} holds no id of a sound.")
    return ids


def checked_name(name: str) -> str:
    """A labeling's name as it can be stored. Raises ParameterError."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or "/" in name or name in (".", ".."):
        raise ParameterError(f"A labeling cannot be named {name!r}: give up to {LONGEST_NAME} letters, digits and "
                             "signs without a slash.")
    return name


def _own_map(dataset: Dataset, sounds: Sounds, recipe: Recipe) -> np.ndarray | None:
    """The project's own map, where the recipe would make the very same from the embedding of all sounds."""
    reduction, made = recipe.reduction, dataset.parameters
    is_usual = reduction == Reduction(reduce="umap", n_neighbors=reduction.n_neighbors, min_dist=reduction.min_dist,
                                      random_state=reduction.random_state, reduce_dim=reduction.reduce_dim)
    same = (made.get("umap_n_neighbors") == reduction.n_neighbors and made.get("umap_min_dist") == reduction.min_dist
            and made.get("seed", 42) == reduction.random_state and made.get("umap_train_percentage", 1.0) == 1.0
            and made.get("pca_n_components") == Pca().n_pca and not dataset.placed().any())
    whole = sounds.on == EMBEDDING and len(sounds.rows) == dataset.n_segments and reduction.dims == 2
    plain = getattr(recipe.method, "metric", "euclidean") == "euclidean"
    places = dataset.segments.umap
    if is_usual and same and whole and plain and places is not None and np.isfinite(places).all():
        return places
    return None
