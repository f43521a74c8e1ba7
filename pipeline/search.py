"""Search by example: which sounds of a project are most like one sound, or like several.

Distances are taken between the vectors of all sounds and of the examples, exactly, in blocks: O(n · d) for each example
and some megabytes besides the vectors, which stay in memory as long as the project is open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import point_sets, reduction
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.kept_with import kept_with_dataset
from pipeline.params import param
from pipeline.text import listed
from pipeline.vectors import filled

PCA, UMAP = "pca", "umap"
AUTO, BY_COLUMN = "auto", "minmax"
METRICS = ("euclidean", "cosine")
COMBINE = ("mean", "nearest")
MOST_FOUND = 5_000
MOST_EXAMPLES = 50
BLOCK_VALUES = 1 << 19       # coordinates compared at once, 2 MB: what fits into a core's cache
KEPT_BYTES = 1 << 30         # vectors larger than this are read anew for every search


@dataclass(frozen=True)
class Search:
    """How sounds are compared with the examples, and which of them are wanted."""

    vectors: str = param("", "what is compared: embedding, pca (its principal components), a set of features, several "
                         "of them as a+b, or umap (the map); the first that the project has if not given", flag="on")
    scale: str = param(AUTO, "scaling of the vectors' columns; auto leaves an embedding as it is, as the map does, and "
                       "brings the columns of features to 0 … 1", choices=(AUTO, *reduction.SCALES))
    metric: str = param("euclidean", "distance of two vectors", choices=METRICS)
    combine: str = param("mean", "several examples: the mean of the distances to them, or the distance to the nearest",
                         choices=COMBINE)
    n: int = param(200, "how many sounds at most", low=1, high=MOST_FOUND)
    unassigned: bool = param(False, "only sounds that are in no cluster")
    elsewhere: bool = param(False, "only sounds of other recordings than the examples'")


@dataclass(frozen=True, eq=False)
class Space:
    """Vectors made ready to be compared.

    points : float32 (n, d), scaled; 0 where a sound has none      known : bool (n,), which have one
    middle, width : float32 (d,), by which columns were scaled; None where they were not
    """

    points: np.ndarray
    known: np.ndarray
    scale: str = "none"
    middle: np.ndarray | None = None
    width: np.ndarray | None = None

    @classmethod
    def of(cls, vectors: np.ndarray, scale: str = "none") -> Space:
        """Scale ``vectors``, float (n, d), as `reduction.scale` does; rows without any finite value are unknown."""
        known = np.isfinite(vectors).any(axis=1) if vectors.shape[1] else np.zeros(len(vectors), bool)
        points, scaling = filled(vectors), (None, None)
        if known.any():
            scaling = reduction.scaling(points if known.all() else points[known], scale)
        points = cls(points, known, scale, *scaling).placed(points)
        return cls(points if known.all() else np.where(known[:, None], points, np.float32(0)), known, scale, *scaling)

    def placed(self, vectors: np.ndarray) -> np.ndarray:
        """Further vectors (m, d), scaled like those of the project: float32 (m, d)."""
        if self.scale == "l2":
            return reduction.scale(np.asarray(vectors, np.float32), "l2")
        if self.middle is None:
            return np.asarray(vectors, np.float32)
        return ((vectors - self.middle) / self.width).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Found:
    """The sounds that were found, nearest first: ``rows`` int64 (k,), their ``distances`` float64 (k,)."""

    rows: np.ndarray
    distances: np.ndarray


def names(dataset: Dataset) -> list[str]:
    """What sounds can be compared by, the usual first."""
    segments, (embedding, features) = dataset.segments, _parted(point_sets.names(dataset))
    pca = [PCA] if segments.pca is not None and segments.pca.shape[1] else []
    umap = [UMAP] if segments.umap is not None and segments.umap.any() else []
    return [*embedding, *pca, *features, *umap]


def _parted(sets: list[str]) -> tuple[list[str], list[str]]:
    return ([name for name in sets if name == point_sets.EMBEDDING],
            [name for name in sets if name != point_sets.EMBEDDING])


def vectors_of(dataset: Dataset, search: Search) -> str:
    """The name of what is compared. Raises ParameterError if the project does not have it."""
    known = names(dataset)
    name = search.vectors or next(iter(known), "")
    parts = [part.strip() for part in name.split(point_sets.TOGETHER)]
    if not known or not set(parts) <= set(known) or (len(parts) > 1 and {PCA, UMAP} & set(parts)):
        asked = f"no {name!r}" if name else "nothing"
        raise ParameterError(f"{dataset.path.name} has {asked} by which sounds could be compared. It has: "
                             f"{listed(known) or 'none'}. More is made by 'python -m pipeline features'.")
    return name


def space(dataset: Dataset, search: Search) -> Space:
    """The vectors of all sounds, kept as long as the data set is open. Raises ParameterError."""
    name = vectors_of(dataset, search)
    usual = BY_COLUMN if name in dataset.names("features") else "none"
    scale = usual if search.scale == AUTO else search.scale
    return _kept_space(dataset, name, scale) if _n_bytes(dataset, name) <= KEPT_BYTES else _space(dataset, name, scale)


@kept_with_dataset(1)
def _kept_space(dataset: Dataset, name: str, scale: str) -> Space:
    return _space(dataset, name, scale)


def _space(dataset: Dataset, name: str, scale: str) -> Space:
    own = {PCA: dataset.segments.pca, UMAP: dataset.segments.umap}.get(name) if name in (PCA, UMAP) else None
    return Space.of(point_sets.load(dataset, name) if own is None else own, scale)


def _n_bytes(dataset: Dataset, name: str) -> int:
    width = 0
    for part in (part.strip() for part in name.split(point_sets.TOGETHER)):
        if part == point_sets.EMBEDDING:
            width += dataset.embedding_shape()[1]
        elif part not in (PCA, UMAP):
            width += dataset.feature_width(part)
    return 4 * width * dataset.n_segments


def distances(points: np.ndarray, examples: np.ndarray, search: Search) -> np.ndarray:
    """How far every one of ``points`` (n, d) is from ``examples`` (m, d), in their type: (n,).

    The cosine distance of a vector without length is 1 from every other.
    """
    one = _cosine if search.metric == "cosine" else _euclidean
    found = np.empty(len(points), points.dtype)
    step = max(1, BLOCK_VALUES // max(1, points.shape[1]))
    for first in range(0, len(points), step):
        block = points[first:first + step]
        each = [one(block, example) for example in examples.astype(points.dtype, copy=False)]
        found[first:first + step] = np.mean(each, axis=0) if search.combine == "mean" else np.min(each, axis=0)
    return found


def _euclidean(block: np.ndarray, example: np.ndarray) -> np.ndarray:
    apart = block - example
    return np.sqrt(np.einsum("ij,ij->i", apart, apart))


def _cosine(block: np.ndarray, example: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.einsum("ij,ij->i", block, block)) * np.sqrt(example @ example)
    return np.maximum(0, 1 - np.divide(block @ example, length, out=np.zeros_like(length), where=length > 0))


def nearest(points: np.ndarray, examples: np.ndarray, search: Search, *, among: np.ndarray | None = None,
            measured: np.ndarray | None = None) -> Found:
    """The ``search.n`` of ``points`` that are nearest to the examples; of equally near ones the first.

    points : float32 (n, d)      examples : float32 (m, d), m ≥ 1      among : bool (n,), those that may be found
    measured : what `distances` gives for them, where it is known

    float32 tells who may be among the nearest, within the bounds of its rounding; of these float64 tells the order.
    """
    pool = np.arange(len(points)) if among is None else np.flatnonzero(among)
    measured = (distances(points, examples, search) if measured is None else measured)[pool]
    if len(pool) > search.n:
        part = 4 * (points.shape[1] + 16) * float(np.finfo(np.float32).eps)
        last = float(np.partition(measured, search.n - 1)[search.n - 1])
        pool = pool[measured <= last + part * (1 if search.metric == "cosine" else last)]
    exact = distances(points[pool].astype(np.float64), examples.astype(np.float64), search)
    order = np.lexsort((pool, exact))[:search.n]
    return Found(pool[order], exact[order])
