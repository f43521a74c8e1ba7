"""The vectors of a project's sounds, by name: the embedding, a set of features, or several of them put together."""

from __future__ import annotations

import numpy as np

from pipeline import vectors
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.reduction import scale
from pipeline.text import listed

EMBEDDING, TOGETHER = "embedding", "+"


def names(dataset: Dataset) -> list[str]:
    """What `load` can be asked for, the embedding first."""
    embedded = [EMBEDDING] if dataset.embedding_shape() is not None else []
    return [*embedded, *dataset.names("features")]


def load(dataset: Dataset, name: str) -> np.ndarray:
    """float32 (n, d) in row order; NaN where a sound has none.

    ``a+b`` puts sets side by side, each balanced (see `balanced`) so that none outweighs another. Raises
    ParameterError for a name that is not there.
    """
    parts = [part.strip() for part in name.split(TOGETHER)]
    if len(parts) == 1:
        return _one(dataset, parts[0])
    return np.concatenate([balanced(_one(dataset, part), by_column=part != EMBEDDING) for part in parts], axis=1)


def _one(dataset: Dataset, name: str) -> np.ndarray:
    if name not in names(dataset):
        raise ParameterError(f"{dataset.path} has no embedding or features named {name!r}. It has: "
                             f"{listed(names(dataset)) or 'none'}. Others are made by 'python -m pipeline features'.")
    return dataset.embedding() if name == EMBEDDING else dataset.feature(name).values


def balanced(values: np.ndarray, *, by_column: bool) -> np.ndarray:
    """``values`` float32 (n, d), centred, with a mean squared length of 1; not finite ones become their column's mean.

    by_column : each column is brought to the same range first, because features have columns of different units; the
        columns of an embedding have one unit, and their ratios mean something
    """
    values = vectors.filled(np.asarray(values, np.float32))
    if by_column:
        values = scale(values, "minmax")
    centred = values - values.mean(axis=0, dtype=np.float64).astype(np.float32)
    length = float(np.sqrt((centred.astype(np.float64) ** 2).sum(axis=1).mean())) if len(centred) else 0.0
    return centred / np.float32(length) if length > 0 else centred
