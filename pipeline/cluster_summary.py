"""What a person wants to know of each cluster of a labeling: its size, how well it lies apart, typical sounds of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import cluster_measures
from pipeline.clusterers import NOISE, _result
from pipeline.dataset import Dataset

N_EXEMPLARS = 12


@dataclass(frozen=True)
class Group:
    """One cluster of a stored labeling.

    number : in the labeling, -1 = noise      n : sounds      silhouette : -1 … 1, None where there is none
    confidence : mean soft value of its sounds for it, None where there are none
    exemplars : ids of sounds nearest to its centre, the nearest first
    """

    number: int
    n: int
    silhouette: float | None
    confidence: float | None
    exemplars: tuple[int, ...]


def exemplar_rows(points: np.ndarray, label: np.ndarray, *, n_each: int = N_EXEMPLARS) -> np.ndarray:
    """The rows of the points nearest to each cluster's mean, the nearest first: int64 (k, n_each), -1 where none is."""
    k = int(label.max(initial=NOISE)) + 1
    rows = np.full((k, n_each), -1, np.int64)
    if not k:
        return rows
    middle = _result.centres(points, label, k)
    inside = np.flatnonzero(label != NOISE)
    distance = np.linalg.norm(points[inside] - middle[label[inside]], axis=1)
    order = inside[np.lexsort((distance, label[inside]))]
    place = np.arange(len(order)) - np.searchsorted(label[order], np.arange(k))[label[order]]
    near = place < n_each
    rows[label[order[near]], place[near]] = order[near]
    return rows


def silhouettes(points: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The mean silhouette of each cluster, float32 (k,); NaN where there are no two clusters."""
    found = cluster_measures.silhouette_of_clusters(points, label)
    return np.array([found.get(k, np.nan) for k in range(int(label.max(initial=NOISE)) + 1)], np.float32)


def groups(dataset: Dataset, name: str) -> list[Group]:
    """The clusters of a stored labeling in order of number, noise last if there is any. Raises ProjectError."""
    labeling = dataset.labeling(name)
    segment_ids, label = dataset.labeling_rows(name)
    soft = None if labeling.probability is None else labeling.probability[dataset.rows_of(segment_ids)]
    found = []
    for number in [k for k in np.unique(label).tolist() if k != NOISE] + [NOISE] * bool((label == NOISE).any()):
        inside = label == number
        column = soft[inside, number] if soft is not None and NOISE < number < soft.shape[1] else None
        exemplars = _row(labeling.exemplars, number)
        found.append(Group(
            number, int(inside.sum()), _known(_row(labeling.silhouette, number)),
            None if column is None else float(column.mean()),
            () if exemplars is None else tuple(int(key) for key in exemplars if key >= 0)))
    return found


def _row(table: np.ndarray | None, number: int) -> np.ndarray | None:
    return table[number] if table is not None and NOISE < number < len(table) else None


def _known(value: np.ndarray | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
