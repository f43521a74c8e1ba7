"""The sounds of each cluster in numbers: how many, and how their durations or pitches are distributed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.curation.labels import UNASSIGNED

N_BINS = 32
RANGE_PERCENT = (0.5, 99.5)
LOG_FROM_RATIO = 20.0          # values that span more than this are shown on a logarithmic axis
MOST_TICKS, MOST_LOG_TICKS = 5, 4
QUARTILES = (25, 50, 75)


@dataclass(frozen=True, eq=False)
class Partition:
    """The sounds by cluster.

    numbers : int64 (k,), the clusters that have sounds, ascending, 0 (unassigned) last
    code : int64 (n,), each sound's place in ``numbers``      counts : int64 (k,)
    """

    numbers: np.ndarray
    code: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, cluster_ids: np.ndarray) -> Partition:
        """From the cluster of each sound, int (n,). O(n log n)."""
        found, code = np.unique(np.asarray(cluster_ids, np.int64), return_inverse=True)
        order = np.lexsort((found, found == UNASSIGNED))
        place = np.argsort(order)
        return cls(found[order], place[code].reshape(-1), np.bincount(place[code].reshape(-1), minlength=len(found)))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def clusters(self) -> np.ndarray:
        """The places of true clusters, int64: all but the unassigned."""
        return np.flatnonzero(self.numbers != UNASSIGNED)

    def rows(self, place: int) -> np.ndarray:
        """The rows of the sounds of one cluster, int64."""
        rows, begin = self._sorted
        return rows[begin[place]:begin[place + 1]]

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows cluster by cluster, and where each cluster begins among them."""
        return np.argsort(self.code, kind="stable"), np.concatenate([[0], np.cumsum(self.counts)])


@dataclass(frozen=True, eq=False)
class Distribution:
    """One quantity in every cluster, on one axis for all.

    edges : float64 (b + 1,)      counts : int64 (k, b), values beyond the axis in its first and last bin
    quartiles : float64 (k, 3), NaN where no sound has a value      known : int64 (k,), the sounds that have one
    is_log : whether the bins are of equal ratio      of_all : float64 (3,), the quartiles of all sounds
    """

    edges: np.ndarray
    counts: np.ndarray
    quartiles: np.ndarray
    known: np.ndarray
    is_log: bool
    of_all: np.ndarray

    def place(self, value: float) -> float:
        """Where on the axis a value lies, from 0 to 1; beyond for what lies beyond it."""
        low, high = self.edges[0], self.edges[-1]
        if self.is_log:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round values along the axis, at most ``MOST_TICKS`` or so."""
        return ticks(float(self.edges[0]), float(self.edges[-1]), is_log=self.is_log)


def distribution(values: np.ndarray, partition: Partition, *, n_bins: int = N_BINS) -> Distribution | None:
    """How ``values`` (float (n,), NaN where unknown) are distributed in each cluster; None if none is known."""
    values = np.asarray(values, np.float64)
    known = np.isfinite(values)
    if not known.any():
        return None
    edges, is_log = _edges(values[known], n_bins)
    bins = np.clip(np.searchsorted(edges, values[known], side="right") - 1, 0, n_bins - 1)
    k = len(partition)
    counts = np.bincount(partition.code[known] * n_bins + bins, minlength=k * n_bins).reshape(k, n_bins)
    quartiles = np.full((k, 3), np.nan)
    for place in range(k):
        inside = values[partition.rows(place)]
        inside = inside[np.isfinite(inside)]
        if len(inside):
            quartiles[place] = np.percentile(inside, QUARTILES)
    return Distribution(edges, counts, quartiles, counts.sum(axis=1), is_log, np.percentile(values[known], QUARTILES))


def _edges(values: np.ndarray, n_bins: int) -> tuple[np.ndarray, bool]:
    low, high = np.percentile(values, RANGE_PERCENT)
    if high <= low:
        low, high = low - 0.1 * abs(low) - 1e-3, high + 0.1 * abs(high) + 1e-3
    if low > 0 and high / low > LOG_FROM_RATIO:
        return np.geomspace(low, high, n_bins + 1), True
    return np.linspace(low, high, n_bins + 1), False


def ticks(low: float, high: float, *, is_log: bool = False) -> list[float]:
    """Round values from ``low`` to ``high``."""
    if is_log:
        return _log_ticks(low, high)
    rough = (high - low) / (MOST_TICKS - 1)
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * decade for factor in (1, 2, 2.5, 5, 10) if factor * decade >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        found = [float(f"{factor * 10.0 ** decade:.6g}") for decade in decades for factor in factors]
        found = [value for value in found if low <= value <= high]
        if len(found) <= MOST_LOG_TICKS:
            return found
    return found[::-(-len(found) // MOST_LOG_TICKS)]
