"""The sounds of a project in an order in which like stands beside like: the tree is kept in the project.

A tree speaks of sounds by their ids. Those that came to the project later, or could not be read, have no place in it
and stand at the end of its order.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import clustering, params, project_clustering, store, vectors
from pipeline.arrange import reading, tree, windows
from pipeline.arrange.how import How
from pipeline.clusterers import Clustering
from pipeline.clustering import Result
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, RunError
from pipeline.kept_with import kept_with_dataset
from pipeline.project_clustering import Labelled, Sounds
from pipeline.shelf import fingerprint
from pipeline.tables import Tree
from pipeline.text import counted, listed
from pipeline.watcher import Watcher

WINDOWS = "windows"          # the source that is no set of the project: features of the first windows
ALGORITHM = "arranged"
MOST_SOUNDS, FEWEST_SOUNDS = 100_000, 2
MOST_VALUES = 200_000_000    # sounds × numbers for each: 1.6 GB, which a tree is made of in a few copies
MOST_TOLD = 20


@dataclass(frozen=True)
class Stored:
    """An arrangement of a project: its name, how it was made, when (ISO 8601 in UTC), and what was told.

    fingerprint : another one as soon as it is made anew
    """

    name: str
    parameters: Mapping[str, Any]
    made: str
    notes: tuple[str, ...]
    fingerprint: str

    @property
    def source(self) -> str:
        """What the sounds were compared by."""
        return str(self.parameters.get("source", WINDOWS))


@dataclass(frozen=True)
class Made:
    """What a run has stored: under which name, of how many of the project's sounds, and what a person should know."""

    name: str
    n: int
    n_sounds: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def summary(self) -> str:
        """In a sentence."""
        rest = f" {counted(self.n_sounds - self.n, 'sound')} could not be, and stand at the end." \
            if self.n < self.n_sounds else ""
        return f"{self.n:,} of {counted(self.n_sounds, 'sound')} arranged as {self.name!r}.{rest}"


@dataclass(frozen=True, eq=False)
class Points:
    """What a tree is made of: rows int64 (r,) of the project, values float64 (r, d) with a name for each column.

    points : float64 (r, e), what distances are taken between      scaled : z-scores of the columns in ``kept``
    problems : a sentence for each recording that could not be read
    """

    rows: np.ndarray
    values: np.ndarray
    columns: tuple[str, ...]
    points: np.ndarray
    scaled: np.ndarray
    kept: tuple[str, ...]
    problems: tuple[str, ...] = ()


def sources(dataset: Dataset) -> list[str]:
    """What the sounds of a project can be arranged by, the first windows first."""
    own = [name for name in project_clustering.bases(dataset) if not name.startswith(f"{WINDOWS}_")]
    return [WINDOWS, *own]


def usual_name(source: str, how: How) -> str:
    """What an arrangement is called unless a person says: ``first 2 windows``, ``first 2 windows, compat``."""
    if source != WINDOWS:
        return source.replace("/", " ")
    first = "first window" if how.frames == 1 else f"first {how.frames} windows"
    return f"{first}{', compat' if how.compat else ''}"


def check(dataset: Dataset, source: str, how: How) -> None:
    """Raise ParameterError for what cannot be arranged so."""
    if dataset.n_segments > MOST_SOUNDS:
        raise ParameterError(f"{dataset.path} has {dataset.n_segments:,} sounds; trees are made of at most "
                             f"{MOST_SOUNDS:,}. Arrange a part of them, as a project of its own.")
    if dataset.n_segments < FEWEST_SOUNDS:
        raise ParameterError(f"{dataset.path} has {counted(dataset.n_segments, 'sound')}; an order takes two.")
    if source != WINDOWS and how.compat:
        raise ParameterError("compat is about the features of first windows; it makes no difference to others.")
    width = reading.N_FEATURES * how.frames if source == WINDOWS else project_clustering.vectors_width(dataset, source)
    if width * dataset.n_segments > MOST_VALUES:
        raise ParameterError(f"{dataset.n_segments:,} sounds by {width:,} numbers each are too many to be compared; at "
                             f"most {MOST_VALUES:,} can be, in all. Take fewer frames, or something smaller as source.")


def arrange_project(
    project: Path | str, *, source: str = WINDOWS, name: str = "", watcher: Watcher | None = None,
    workers: int | None = None, scheduler: str | None = None, restart: bool = False, **values: Any,
) -> Made:
    """Arrange the sounds of a project and store tree and order in it, in place of an arrangement of the same name.

    source : ``windows``, or what else the project has, see `sources`      values : parameters of `How`, by name

    Raises ParameterError, ProjectError, and RunError if not even two sounds can be compared.
    """
    project, watcher, how = Path(project).expanduser().absolute(), watcher or Watcher(), params.make(How, values)
    name = project_clustering.checked_name(name or usual_name(source, how))
    if restart:
        windows.done_with(project)
    with Dataset.open(project) as dataset:
        check(dataset, source, how)
        found = windows.of_project(dataset, how, watcher=watcher, workers=workers, scheduler=scheduler) \
            if source == WINDOWS else None
        points = points_of(dataset, source, how, found)
        ids, n_all = dataset.segments.segment_id, dataset.n_segments
    _refuse_too_few(points, n_all)
    linkage, order = _tree(points, how, watcher)
    made = Made(name, len(points.rows), n_all, points.problems, _notes(len(points.rows), how))
    watcher.begin("write", 1, title="writing the project")
    attrs = {"source": source, **_parameters(how, source), **({"n_clusters": how.n_clusters} if how.n_clusters else {}),
             "notes": list(made.notes), "versions": clustering.versions(),
             "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")}
    with store.amend(project) as writer:
        if found is not None and found.n_new:
            writer.feature(windows.set_name(how), ids[points.rows], points.values, columns=points.columns, attrs={
                "feature": "acoustic", "vector": "first windows", "frames": how.frames, "compat": how.compat})
        writer.arrangement(name, ids[points.rows], order, linkage, attrs=attrs)
    windows.done_with(project)
    watcher.advance("write", 1)
    return made


def _refuse_too_few(points: Points, n_all: int) -> None:
    if len(points.rows) < FEWEST_SOUNDS:
        raise RunError("\n  ".join([f"Only {counted(len(points.rows), 'sound')} of {n_all:,} can be compared, and an "
                                    "order takes two.", *points.problems[:MOST_TOLD]]))


def _tree(points: Points, how: How, watcher: Watcher) -> tuple[np.ndarray, np.ndarray]:
    """Linkage, and order of the leaves."""
    watcher.begin("tree", 2, title="tree and order")
    linkage = tree.ward(points.points, most_pairwise=how.most_pairwise)
    watcher.advance("tree", 1)
    order = tree.order(points.points, linkage, how=how.order)
    watcher.advance("tree", 1)
    return linkage, order


def _parameters(how: How, source: str) -> dict[str, Any]:
    own = {"frames": how.frames, "compat": how.compat} if source == WINDOWS else {}
    return {**own, "order": how.order, "most_pairwise": how.most_pairwise}


def _notes(n: int, how: How) -> tuple[str, ...]:
    if n <= how.most_pairwise:
        return ()
    return (f"{n:,} sounds are too many for all their distances: only near neighbours were joined.",)


def points_of(dataset: Dataset, source: str, how: How, found: windows.Windows | None = None) -> Points:
    """What the sounds of a project are compared by; for ``windows`` what was found, or what the project keeps.

    Columns are z-scored and constant ones left out, but not those of an embedding or a map, whose ratios mean
    something, nor with ``compat``.
    """
    values, columns, rows = values_of(dataset, source, how, found)
    kept = vectors.filled(values[rows]).astype(np.float64)
    scaled, varies = tree.scaled(kept) if len(rows) else (kept, np.ones(kept.shape[1], bool))
    as_it_is = how.compat or source == project_clustering.EMBEDDING or (source != WINDOWS and kept.shape[1] == 2)
    return Points(rows, kept, columns, kept if as_it_is else scaled, scaled,
                  tuple(name for name, is_kept in zip(columns, varies, strict=True) if is_kept),
                  tuple(found.problems) if found else ())


def values_of(dataset: Dataset, source: str, how: How, found: windows.Windows | None = None
              ) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """As they are: float32 (n, d) of all sounds, names of the columns, rows of the sounds that have values, int64."""
    if source == WINDOWS:
        values = found.values if found else dataset.feature(windows.set_name(how)).values
        return values, reading.columns(how.frames), np.flatnonzero(np.isfinite(values).all(axis=1))
    values = project_clustering.vectors_of(dataset, source)
    return values, _columns(dataset, source, values.shape[1]), np.flatnonzero(np.isfinite(values).any(axis=1))


def _columns(dataset: Dataset, source: str, width: int) -> tuple[str, ...]:
    name = source.removeprefix("features/")
    named = dataset.feature(name).columns if name in dataset.names("features") else ()
    return tuple(named) if len(named) == width else tuple(f"{source}_{number}" for number in range(1, width + 1))


# ---- what a project has ----------------------------------------------------------------------------------------------

@kept_with_dataset(1)
def stored(dataset: Dataset) -> tuple[Stored, ...]:
    """Every arrangement of a project, the newest first."""
    found = [_stored(dataset, name) for name in dataset.names("arrangements")]
    return tuple(sorted(found, key=lambda one: one.made, reverse=True))


def _stored(dataset: Dataset, name: str) -> Stored:
    attrs = dataset.attrs_of(f"arrangements/{name}")
    made, aside = str(attrs.get("made", "")), ("made", "notes", "versions")
    return Stored(name, {key: value for key, value in attrs.items() if key not in aside}, made,
                  _texts(attrs.get("notes")), fingerprint(name, made, dataset.n_segments))


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts as an attribute keeps it; one that others have written may be anything."""
    with contextlib.suppress(ValueError, TypeError):
        return tuple(str(one) for one in json.loads(value))
    return ()


def find(dataset: Dataset, name: str = "") -> Stored:
    """The arrangement of that name, or the newest. Raises ParameterError, with those there are, if there is none."""
    known = stored(dataset)
    for one in known:
        if name in ("", one.name):
            return one
    if not known:
        raise ParameterError(f"{dataset.path.stem} has not been arranged yet. Do it on the page Arrange, or with "
                             "'python -m pipeline arrange PROJECT'.")
    names = listed([repr(one.name) for one in known])
    raise ParameterError(f"This project has no arrangement {name!r}; it has {names}.")


def how_of(one: Stored) -> How:
    """How an arrangement was made."""
    return params.make(How, {key: value for key, value in one.parameters.items() if key != "source"})


@kept_with_dataset(4)
def tree_of(dataset: Dataset, name: str) -> Tree:
    """The tree of that name. Raises ParameterError, or ProjectError for one that is damaged."""
    return dataset.arrangement(find(dataset, name).name)


@kept_with_dataset(4)
def ranks(dataset: Dataset, name: str = "") -> np.ndarray:
    """The place of every sound in the order, int64 (n,) in row order; n for those that have none."""
    rows = tree_of(dataset, find(dataset, name).name).rows_in_order
    found = np.full(dataset.n_segments, dataset.n_segments, np.int64)
    found[rows] = np.arange(len(rows))
    return found


# ---- clusters --------------------------------------------------------------------------------------------------------

def label(project: Path | str, n_clusters: int, *, name: str = "", labeling: str = "", watcher: Watcher | None = None
          ) -> Labelled:
    """Cut a tree into so many clusters, and store them as a labeling, numbered along the order.

    name : of the arrangement, the newest if not given      labeling : its name; ``arranged-12`` if not given

    Raises ParameterError for what is not there, or more clusters than sounds.
    """
    watcher = watcher or Watcher()
    watcher.begin("label", 1, title="labeling")
    with Dataset.open(project) as dataset:
        found = labelled(dataset, n_clusters, name=name, labeling=labeling)
    project_clustering.keep(found)
    watcher.advance("label", 1)
    return found


def check_cut(dataset: Dataset, n_clusters: int, *, name: str = "") -> Tree:
    """The tree of that name. Raises ParameterError if there is none, or not so many clusters can be cut from it."""
    one = find(dataset, name)
    made = tree_of(dataset, one.name)
    if not 1 <= n_clusters <= len(made.rows):
        raise ParameterError(f"The tree {one.name!r} can be cut into 1 to {len(made.rows):,} clusters, not into "
                             f"{n_clusters}.")
    return made


def labelled(dataset: Dataset, n_clusters: int, *, name: str = "", labeling: str = "") -> Labelled:
    """The same, without storing it."""
    one, made = find(dataset, name), check_cut(dataset, n_clusters, name=name)
    how = how_of(one)
    points = points_of(dataset, one.source, how)
    place = np.full(dataset.n_segments, -1)
    place[points.rows] = np.arange(len(points.rows))
    if (place[made.rows] < 0).any():
        raise ParameterError(f"What {one.name!r} was made of is no longer in the project. Arrange the sounds again.")
    values = points.points[place[made.rows]].astype(np.float32)
    number = (tree.cut(made.linkage, made.order, n_clusters) - 1).astype(np.int32)
    about = {"algorithm": ALGORITHM, "n_clusters": n_clusters, "arrangement": one.name, **_parameters(how, one.source)}
    result = Result(Clustering(number), values, about, clustering.versions(), 0.0)
    sounds = Sounds(dataset.segments.segment_id[made.rows], values, made.rows, one.source)
    return Labelled(dataset.path, project_clustering.checked_name(labeling or f"{ALGORITHM}-{n_clusters}"), sounds,
                    result)
