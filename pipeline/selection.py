"""Which sounds a person has chosen, as the steps by which they chose them.

A selection travels as a short list of steps, never as a list of 77,000 ids: a path drawn on the map, a cluster, the
neighbourhood of a place, a few single sounds, each put in place of what was chosen before, added to it, or taken away.
The same steps are the provenance of the edit that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline import geometry, params, searching
from pipeline.blobs import Finder, Parameters
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import EditError

MAX_STEPS, MAX_NEAREST = 200, 5_000
Steps = Sequence[Mapping[str, Any]]


def rows(
    steps: Steps, *, points: np.ndarray, labels: Labels, finder: Finder | None = None, dataset: Dataset | None = None,
) -> np.ndarray:
    """The rows of the chosen sounds, int64 ascending.

    steps : each ``{"how": "set" | "add" | "take"}`` with one of ``"path": [[x, y], …]``, ``"cluster": number``,
    ``"ids": [segment id, …]``, ``"nearest": {"at": [x, y], "k": count}``,
    ``"blob": {"radius": px, "threshold": density, "at": [x, y]}``, the blob at a place among the unassigned sounds;
    ``"like": {…}``, what a search finds, with ``"last"`` those up to that sound; see `searching.rows`.
    With ``"among": "unassigned"`` only those count.
    points : float (n, 2), the map, in row order      finder : finds blobs on it      dataset : what is searched

    Raises EditError for steps that make no sense: they come from a browser.
    """
    if not isinstance(steps, Sequence) or len(steps) > MAX_STEPS:
        raise EditError("This selection is made of too many steps. Clear it (Esc) and begin again.")
    chosen = np.zeros(len(labels), bool)
    for step in steps:
        if "blob" in step:
            mask = _in_blob(step["blob"], finder or Finder(points), labels)
        elif "like" in step and dataset is not None:
            mask = _of_rows(searching.rows(dataset, labels, step), len(labels))
        else:
            mask = _mask(step, points, labels)
        chosen = _HOW[_choice(step, _HOW, "how")](chosen, mask)
    return np.flatnonzero(chosen)


def _in_blob(blob: Mapping[str, Any], finder: Finder, labels: Labels) -> np.ndarray:
    wanted = params.make(Parameters, {"radius_px": blob["radius"], "threshold": blob["threshold"]})
    found = finder.find(wanted, active=labels.ids == UNASSIGNED)
    return found.blob_of_sound == (found.blob_at(*location(blob["at"])) or -1)


def _of_rows(rows: np.ndarray, n: int) -> np.ndarray:
    mask = np.zeros(n, bool)
    mask[rows] = True
    return mask


def _mask(step: Mapping[str, Any], points: np.ndarray, labels: Labels) -> np.ndarray:
    mask = _of_kind(step, points, labels)
    return mask & (labels.ids == UNASSIGNED) if step.get("among") == "unassigned" else mask


def _of_kind(step: Mapping[str, Any], points: np.ndarray, labels: Labels) -> np.ndarray:
    kind = next((kind for kind in _KINDS if kind in step), None)
    if kind is None:
        raise EditError("This selection is not one that Syllabary knows. Clear it (Esc) and begin again.")
    return _KINDS[kind](step[kind], points, labels)


def _in_path(path: Any, points: np.ndarray, _labels: Labels) -> np.ndarray:
    return geometry.inside(points, path)


def _in_cluster(cluster: Any, _points: np.ndarray, labels: Labels) -> np.ndarray:
    return labels.ids == _whole(cluster)


def _by_id(segment_ids: Any, _points: np.ndarray, labels: Labels) -> np.ndarray:
    wanted = np.array([_whole(value) for value in segment_ids], np.int64)
    mask = np.zeros(len(labels), bool)
    mask[labels.rows_of(wanted)] = True
    return mask


def _nearest(place: Any, points: np.ndarray, _labels: Labels) -> np.ndarray:
    mask = np.zeros(len(points), bool)
    mask[geometry.nearest(points, location(place["at"]), min(_whole(place["k"]), MAX_NEAREST))] = True
    return mask


_KINDS: dict[str, Callable[[Any, np.ndarray, Labels], np.ndarray]] = {
    "path": _in_path, "cluster": _in_cluster, "ids": _by_id, "nearest": _nearest,
}
_HOW: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "set": lambda _before, step: step,
    "add": lambda before, step: before | step,
    "take": lambda before, step: before & ~step,
}


def location(at: Any) -> tuple[float, float]:
    """A place on the map as two finite numbers, or EditError."""
    numbers = [value for value in at if isinstance(value, int | float)] if isinstance(at, Sequence) else []
    if len(numbers) != 2 or not np.isfinite(numbers).all():
        raise EditError("That place on the map is not one. Click on the map again.")
    return float(numbers[0]), float(numbers[1])


def _choice(step: Mapping[str, Any], known: Mapping[str, Any], name: str) -> str:
    value = step.get(name)
    if value not in known:
        raise EditError(f"A step of this selection says {value!r}; it can only say one of: {', '.join(known)}.")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise EditError("Sounds and clusters are given by their numbers, which are whole.")
    return value
