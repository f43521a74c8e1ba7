"""Labelings of a project, to be written: what an algorithm found, by name."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.text import counted, listed


def known(dataset: Dataset, name: str) -> str:
    """``name``, if the project has such a labeling. Raises ExportError with those there are."""
    names = dataset.names("labelings")
    if name not in names:
        have = listed([repr(one) for one in names]) or "none"
        raise ExportError(f"{dataset.path} has no labeling {name!r}; it has {have}.")
    return name


def rows_with(dataset: Dataset, name: str, rows: np.ndarray) -> np.ndarray:
    """Those of ``rows`` that a labeling speaks of."""
    segment_ids, _label = dataset.labeling_rows(name)
    return rows[np.isin(rows, dataset.rows_of(segment_ids))]


def silent_about(dataset: Dataset, name: str, rows: np.ndarray) -> list[str]:
    """A sentence about those of ``rows`` of which a labeling says nothing."""
    n_left = len(rows) - len(rows_with(dataset, name, rows))
    are = "is" if n_left == 1 else "are"
    told = f"The labeling {name!r} says nothing of {counted(n_left, 'sound')}, which {are} left out."
    return [told] if n_left else []


def json_list(entries: Iterable[Iterable[tuple[str, str]]]) -> Iterable[str]:
    """The lines of a list of objects, indented by 2; an object is its keys with their values as JSON.

    By hand, because the indenting encoder takes four times as long for the soft values of many sounds.
    """
    last = ""
    for entry in entries:
        yield f"{last}," if last else "["
        last = "  {\n" + ",\n".join(f"    {json.dumps(key)}: {value}" for key, value in entry) + "\n  }"
    yield f"{last}\n]" if last else "[]"
