"""Sort orders: each puts some sounds of a data set into another order and loses none.

A function with `@order` is an order; menus, command line and tests make their lists from `ORDERS`. Nothing else has to
be edited to add one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.arrange import on_project
from pipeline.chain import chain
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.neighbours import distance_sums, squared_distances

N_NEIGHBOURS = 8
SPACES = ("map", "pca")


@dataclass(frozen=True, eq=False)
class Sounds:
    """The sounds to be put in order, and what an order may need to know.

    rows : int64 (n,), their rows in ``dataset``, all different
    space : where distances are taken, ``map`` or ``pca`` (principal components); of the leaf order, the arrangement
    seed : of the random order      clicked : the row of a sound, of ``dataset`` but not necessarily among ``rows``
    place : a place on the map instead, (x, y)      map_points : the map, (n_sounds, 2), if not the project's own
    """

    dataset: Dataset
    rows: np.ndarray
    space: str = "map"
    seed: int = 0
    clicked: int | None = None
    place: Sequence[float] | None = None
    map_points: np.ndarray | None = None

    @cached_property
    def coordinates(self) -> np.ndarray:
        """All sounds of the data set in the chosen space, float (n_sounds, d). ParameterError if it has no such."""
        segments = self.dataset.segments
        if self.space not in SPACES:
            raise ParameterError(f"There is no space named {self.space!r}. Known are: {', '.join(SPACES)}.")
        if self.space == "map" and self.map_points is not None:
            return self.map_points
        points = segments.umap if self.space == "map" else segments.pca
        if points is None:
            name, other = ("map", "pca") if self.space == "map" else ("principal components", "map")
            raise ParameterError(f"{self.dataset.path} has no {name}. Sort in the space {other!r} instead.")
        return points

    @cached_property
    def points(self) -> np.ndarray:
        """The coordinates of ``rows``, float64 (n, d)."""
        return self.coordinates[self.rows].astype(np.float64)

    @cached_property
    def has_place(self) -> np.ndarray:
        """Which of ``rows`` have finite coordinates, bool (n,)."""
        return np.isfinite(self.points).all(axis=1)


@dataclass(frozen=True)
class Order:
    """One sort order: ``name`` for addresses and the command line, ``title`` for menus.

    needs : which of ``space``, ``seed`` and ``clicked`` of `Sounds` make a difference; ``arrangement``: one of the
        project's has to be named as the space
    """

    name: str
    title: str
    needs: tuple[str, ...]
    find: Callable[[Sounds], np.ndarray]

    @property
    def help(self) -> str:
        """The first line of its docstring."""
        return (self.find.__doc__ or "").strip().splitlines()[0]


ORDERS: dict[str, Order] = {}


def order(name: str, title: str, *needs: str) -> Callable[[Callable[[Sounds], np.ndarray]], Callable]:
    """Register a function that returns the positions of `Sounds.rows` in their new order, int64 (n,)."""
    def register(find: Callable[[Sounds], np.ndarray]) -> Callable[[Sounds], np.ndarray]:
        ORDERS[name] = Order(name, title, needs, find)
        return find
    return register


def sort(name: str, sounds: Sounds) -> np.ndarray:
    """The rows of ``sounds`` in the order of that name, int64 (n,).

    Raises ParameterError if there is no such order, or if the project lacks what it needs.
    """
    if name not in ORDERS:
        raise ParameterError(f"There is no sort order named {name!r}. Known are: {', '.join(ORDERS)}.")
    rows = np.asarray(sounds.rows, np.int64)
    return rows[ORDERS[name].find(sounds)] if len(rows) else rows


# ---- the orders ------------------------------------------------------------------------------------------------------

@order("time", "Time")
def by_time(sounds: Sounds) -> np.ndarray:
    """By recording time, then recording (folder, then name), then onset; recordings without a time come last."""
    segments, files = sounds.dataset.segments, sounds.dataset.files
    file_rows = np.array([files.row_of(file_id) for file_id in np.unique(segments.file_id[sounds.rows])], np.int64)
    rank = dict(zip(files.file_id[file_rows].tolist(), _file_ranks(sounds.dataset, file_rows), strict=True))
    ranks = [rank[file_id] for file_id in segments.file_id[sounds.rows].tolist()]
    return np.lexsort((sounds.rows, segments.onset_s[sounds.rows], ranks))


def _file_ranks(dataset: Dataset, file_rows: np.ndarray) -> list[int]:
    files = dataset.files

    def key(row: int) -> tuple[bool, float, str, str, int]:
        folder, _, name = files.path[row].rpartition("/")
        has_time = bool(np.isfinite(files.recorded_at[row]))
        return not has_time, float(files.recorded_at[row]) if has_time else 0.0, folder, name, row

    in_order = sorted(range(len(file_rows)), key=lambda position: key(int(file_rows[position])))
    return np.argsort(in_order).tolist()


@order("duration", "Duration")
def by_duration(sounds: Sounds) -> np.ndarray:
    """The shortest first."""
    return np.lexsort((sounds.rows, sounds.dataset.segments.duration_s[sounds.rows]))


@order("random", "Random", "seed")
def shuffled(sounds: Sounds) -> np.ndarray:
    """In random order, the same for the same seed."""
    return np.random.default_rng(sounds.seed).permutation(len(sounds.rows))


@order("chain", "Nearest-neighbour chain", "space")
def by_chain(sounds: Sounds) -> np.ndarray:
    """From the first sound always on to the nearest one not yet visited."""
    return _placed_first(sounds, chain)


@order("outlier", "Outliers first", "space")
def outliers_first(sounds: Sounds) -> np.ndarray:
    """Those farthest from their 8 nearest neighbours within the group first."""
    return _placed_first(sounds, lambda points: np.argsort(-distance_sums(points, N_NEIGHBOURS), kind="stable"))


@order("typical", "Typical first", "space")
def typical_first(sounds: Sounds) -> np.ndarray:
    """Those nearest to their 8 nearest neighbours within the group first."""
    return _placed_first(sounds, lambda points: np.argsort(distance_sums(points, N_NEIGHBOURS), kind="stable"))


@order("likeness", "Distance to the click", "space", "clicked")
def by_likeness(sounds: Sounds) -> np.ndarray:
    """The nearest to the clicked sound or place first; to the middle of the group where nothing was clicked."""
    return _placed_first(sounds, lambda points: np.argsort(squared_distances(points, _target(sounds)), kind="stable"))


@order("leaf", "Likeness (leaf order)", "arrangement")
def by_leaf(sounds: Sounds) -> np.ndarray:
    """As in an arrangement of the project, like beside like; sounds that have no place in it come last."""
    name = "" if sounds.space in SPACES else sounds.space
    return np.lexsort((sounds.rows, on_project.ranks(sounds.dataset, name)[sounds.rows]))


def _target(sounds: Sounds) -> np.ndarray:
    """Where the distances are taken from, float64 (d,)."""
    if sounds.clicked is not None:
        clicked = sounds.coordinates[sounds.clicked].astype(np.float64)
        if np.isfinite(clicked).all():
            return clicked
    if sounds.place is not None and sounds.space == "map":
        return np.asarray(sounds.place, np.float64)
    return sounds.points[sounds.has_place].mean(axis=0)


def _placed_first(sounds: Sounds, find: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The positions in the order found for those that have coordinates, then the others as they are."""
    placed = np.flatnonzero(sounds.has_place)
    found = placed[find(sounds.points[placed])] if len(placed) else placed
    return np.concatenate([found, np.flatnonzero(~sounds.has_place)])
