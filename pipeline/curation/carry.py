"""Carrying labels from a project over to sounds that were found anew in the same recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.curation.labels import UNASSIGNED, ClusterInfo, Labels
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset

SAME_WITHIN_S = 0.001
_ROUNDING_S = 1e-6   # so that times that were written with three decimals count as 1 ms apart


@dataclass(frozen=True, eq=False)
class Carried:
    """What an existing project knows about newly found sounds.

    cluster_ids : int32 (n,), in the order of the new sounds; 0 where the old project has no such sound, or no label
    clusters : every cluster that the old project ever had, so that no number is given twice
    n_same : new sounds that the old project has;  n_labelled : labels in the old project;  n_lost : those not carried
    lost_segment_ids : int32 (n_lost,), the old project's sounds whose labels would be lost
    """

    cluster_ids: np.ndarray
    clusters: tuple[ClusterInfo, ...]
    n_same: int
    n_labelled: int
    lost_segment_ids: np.ndarray

    @property
    def n_lost(self) -> int:
        return len(self.lost_segment_ids)


@dataclass(frozen=True, eq=False)
class Sounds:
    """Where sounds lie: path of the recording, and float64 seconds from its start, all (n,)."""

    paths: np.ndarray
    onset_s: np.ndarray
    duration_s: np.ndarray


def carry_over(
    old_project: Path, *, paths: Sequence[str], onset_s: np.ndarray, duration_s: np.ndarray
) -> Carried:
    """Find the labels that ``old_project`` has for sounds at these places.

    paths : the recording of each sound, relative to the data folder;  onset_s, duration_s : float64 (n,)

    Sounds are the same if recording, onset and duration are, the times within 1 ms; each old sound is matched to one
    new one at most, the closest first. Raises ProjectError or JournalError if the old project cannot be opened.
    """
    with Workspace.open(old_project) as workspace:
        old, labels = _sounds(workspace.dataset), workspace.labels
    new = Sounds(np.asarray(paths, dtype=object), np.asarray(onset_s, float), np.asarray(duration_s, float))
    old_rows, new_rows = match(old, new)
    return _carried(labels, old_rows, new_rows, n=len(new.onset_s))


def match(old: Sounds, new: Sounds) -> tuple[np.ndarray, np.ndarray]:
    """The rows, int64 (n_same,) each, of the sounds that are the same in both."""
    old_rows, new_rows = _candidates(old, new)
    onset_apart_s = np.abs(old.onset_s[old_rows] - new.onset_s[new_rows])
    duration_apart_s = np.abs(old.duration_s[old_rows] - new.duration_s[new_rows])
    near = duration_apart_s <= SAME_WITHIN_S + _ROUNDING_S
    order = np.argsort((onset_apart_s + duration_apart_s)[near], kind="stable")
    return _one_to_one(old_rows[near][order], new_rows[near][order])


def _candidates(old: Sounds, new: Sounds) -> tuple[np.ndarray, np.ndarray]:
    """All pairs in one recording whose onsets are near, found on one axis that holds the recordings end to end."""
    _, codes = np.unique(np.concatenate([old.paths, new.paths]).astype(str), return_inverse=True)
    length_s = 10.0 + max(old.onset_s.max(initial=0), new.onset_s.max(initial=0))
    old_s = codes[:len(old.paths)] * length_s + old.onset_s
    new_s = codes[len(old.paths):] * length_s + new.onset_s
    order = np.argsort(old_s, kind="stable")
    first = np.searchsorted(old_s[order], new_s - SAME_WITHIN_S - _ROUNDING_S, side="left")
    n_near = np.searchsorted(old_s[order], new_s + SAME_WITHIN_S + _ROUNDING_S, side="right") - first
    new_rows = np.repeat(np.arange(len(new_s)), n_near)
    within = np.arange(len(new_rows)) - np.repeat(np.cumsum(n_near) - n_near, n_near)
    return order[np.repeat(first, n_near) + within], new_rows


def _one_to_one(old_rows: np.ndarray, new_rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From pairs, best first, those in which neither side has a better one left, until no pair is left."""
    taken: list[tuple[np.ndarray, np.ndarray]] = []
    while len(old_rows):
        best = _is_first(old_rows) & _is_first(new_rows)
        taken.append((old_rows[best], new_rows[best]))
        free = ~np.isin(old_rows, old_rows[best]) & ~np.isin(new_rows, new_rows[best])
        old_rows, new_rows = old_rows[free], new_rows[free]
    none = np.empty(0, np.int64)
    return (np.concatenate([none, *(o for o, _ in taken)]), np.concatenate([none, *(n for _, n in taken)]))


def _is_first(values: np.ndarray) -> np.ndarray:
    first = np.zeros(len(values), bool)
    first[np.unique(values, return_index=True)[1]] = True
    return first


def _carried(labels: Labels, old_rows: np.ndarray, new_rows: np.ndarray, *, n: int) -> Carried:
    cluster_ids = np.zeros(n, np.int32)
    cluster_ids[new_rows] = labels.ids[old_rows]
    labelled = labels.ids != UNASSIGNED
    lost = labelled.copy()
    lost[old_rows] = False
    clusters = tuple(info for number, info in labels.clusters.items() if number != UNASSIGNED)
    return Carried(cluster_ids, clusters, len(old_rows), int(labelled.sum()), labels.segment_ids[lost])


def _sounds(dataset: Dataset) -> Sounds:
    segments, files = dataset.segments, dataset.files
    paths = np.asarray(files.path, dtype=object)[files.rows_of(segments.file_id)]
    return Sounds(paths, np.asarray(segments.onset_s), np.asarray(segments.duration_s))
