"""The labels that a newly written project begins with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.assemble import Tables
from pipeline.curation import carry
from pipeline.curation.checkpoint import sounds_digest
from pipeline.curation.labels import UNASSIGNED, ClusterInfo
from pipeline.dataset import Dataset
from pipeline.errors import LabelsAtRiskError
from pipeline.plan import Plan


@dataclass(frozen=True, eq=False)
class FirstLabels:
    """The clusters to write.

    cluster_ids : int32 (n,)     clusters : every cluster that was ever made
    project_id : the old project's if its sounds are these very sounds, so that its journal goes on; else None
    """

    cluster_ids: np.ndarray
    clusters: tuple[ClusterInfo, ...] = ()
    project_id: str | None = None

    @property
    def cluster_columns(self) -> dict[str, list]:
        """The table of clusters as `store.Writer.clusters` takes it."""
        return {
            "cluster_ids": [cluster.cluster_id for cluster in self.clusters],
            "names": [cluster.name for cluster in self.clusters],
            "colours": [cluster.colour for cluster in self.clusters],
            "notes": [cluster.note for cluster in self.clusters],
        }


def choose(plan: Plan, tables: Tables, columns: dict[str, Any], *, replace: bool) -> FirstLabels:
    """The labels of the project that stands there, else those that came with the segments.

    columns : the new project's ``segments`` table. Raises LabelsAtRiskError where labels would be lost,
    unless ``replace``; ProjectError or JournalError if what stands there cannot be read.
    """
    if not plan.hdf5.exists():
        return _own_labels(tables)
    paths = [tables.names[row] for row in tables.file_rows]
    old = carry.carry_over(plan.hdf5, paths=paths, onset_s=columns["onset_sec"], duration_s=columns["duration_sec"])
    if old.n_lost and not replace:
        raise LabelsAtRiskError(
            f"{plan.hdf5} has labels for {old.n_lost} sounds that are not among the new ones (of {old.n_labelled} with "
            "labels). Nothing was written. Choose another --hdf5-output, or give --replace to lose those labels.")
    same_id = _project_id_if_same(plan.hdf5, columns, tables.names)
    if not old.n_labelled and not same_id:
        return _own_labels(tables)
    return FirstLabels(old.cluster_ids, old.clusters, same_id)


def _project_id_if_same(project: Path, columns: dict[str, Any], names: list[str]) -> str | None:
    """The project's id, if its sounds are exactly these: then its journal goes on."""
    with Dataset.open(project) as dataset:
        old = dataset.segments
        before = sounds_digest(old.segment_id, old.file_id, old.onset_s, old.duration_s)
        now = sounds_digest(*(columns[name] for name in ("segment_id", "file_id", "onset_sec", "duration_sec")))
        same_files = list(dataset.files.path) == names
        return dataset.project_id if before == now and same_files else None


def _own_labels(tables: Tables) -> FirstLabels:
    """One cluster for each cluster name that the segments came with, numbered in the order of the names."""
    if tables.clusters is None:
        return FirstLabels(np.zeros(len(tables.onset_s), np.int32))
    names = sorted({name for name in tables.clusters if name}, key=_natural)
    number = {name: k for k, name in enumerate(names, start=1)} | {"": UNASSIGNED}
    clusters = tuple(ClusterInfo(number[name], name) for name in names)
    return FirstLabels(np.array([number[name] for name in tables.clusters], np.int32), clusters)


def _natural(name: str) -> tuple[int, int, str]:
    """Numbers by value, before words."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
