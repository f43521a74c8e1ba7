"""Which true labels lie in which clusters, and how well each label is found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import measures
from pipeline.clusterers import NOISE
from pipeline.dataset import Dataset


@dataclass(frozen=True)
class PerLabel:
    """How one true label fares: ``cluster`` is the one it is matched with, None if none is left for it."""

    label: str
    n: int
    cluster: int | None
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class Confusion:
    """counts int64 (n_labels, n_clusters): sounds of each true label (rows) in each cluster (columns).

    Labels are ordered by name; clusters so that those matched with a label lie on the diagonal, in the labels' order,
    then the others by size; noise (-1) comes last.
    """

    labels: tuple[str, ...]
    clusters: tuple[int, ...]
    counts: np.ndarray
    per_label: tuple[PerLabel, ...]

    @property
    def rows(self) -> list[list[int]]:
        """The counts as plain numbers."""
        return self.counts.tolist()

    @property
    def shares(self) -> list[list[float]]:
        """The counts as shares of each label's sounds."""
        return (self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)).tolist()


def of_project(dataset: Dataset, segment_ids: np.ndarray, found: np.ndarray) -> Confusion:
    """The true labels of a project's sounds held against the clusters int (n,) of some, named by their ids."""
    texts = dataset.segments.label or ("",) * dataset.n_segments
    return confusion(np.array(texts, str)[dataset.rows_of(segment_ids)], found)


def confusion(truth: np.ndarray, found: np.ndarray) -> Confusion:
    """Of true labels (texts (n,), "" where unknown, left out) and clusters int (n,), matched as ACC matches them."""
    truth, found = np.asarray(truth, str), np.asarray(found)
    known = truth != ""
    labels, rows = np.unique(truth[known], return_inverse=True)
    clusters, columns = np.unique(found[known], return_inverse=True)
    if not len(labels):
        return Confusion((), (), np.zeros((0, 0), np.int64), ())
    counts = measures.contingency(rows.reshape(-1), columns.reshape(-1))
    partner = _matched(counts)
    order = _diagonal_first(counts, clusters, partner)
    per_label = tuple(_per_label(str(label), row, counts, clusters, partner.get(row))
                      for row, label in enumerate(labels))
    return Confusion(tuple(map(str, labels)), tuple(int(clusters[column]) for column in order), counts[:, order],
                     per_label)


def _matched(counts: np.ndarray) -> dict[int, int]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(counts, maximize=True)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True) if counts[row, column]}


def _diagonal_first(counts: np.ndarray, clusters: np.ndarray, partner: dict[int, int]) -> list[int]:
    matched = [partner[row] for row in sorted(partner)]
    others = [column for column in np.argsort(-counts.sum(axis=0), kind="stable").tolist() if column not in matched]
    ordered = [*matched, *others]
    return sorted(ordered, key=lambda column: clusters[column] == NOISE)


def _per_label(label: str, row: int, counts: np.ndarray, clusters: np.ndarray, column: int | None) -> PerLabel:
    n = int(counts[row].sum())
    if column is None:
        return PerLabel(label, n, None, 0.0, 0.0, 0.0)
    right, in_cluster = int(counts[row, column]), int(counts[:, column].sum())
    return PerLabel(label, n, int(clusters[column]), right / in_cluster, right / n, 2 * right / (in_cluster + n))
