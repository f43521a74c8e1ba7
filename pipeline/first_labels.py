"""The labels that a newly written project begins with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import locks, store
from pipeline.assemble import Tables
from pipeline.curation import carry, checkpoint
from pipeline.curation.checkpoint import Content, sounds_digest
from pipeline.curation.labels import UNASSIGNED, ClusterInfo
from pipeline.dataset import Dataset
from pipeline.errors import LabelsAtRiskError, ProjectError
from pipeline.plan import Plan


@dataclass(frozen=True, eq=False)
class FirstLabels:
    """The clusters to write.

    cluster_ids : int32 (n,)     clusters : every cluster that was ever made
    project_id : the old project's if its sounds are these very sounds, so that its journal goes on; else None
    content : the bytes that the old project has for all of this, to be written as they are
    """

    cluster_ids: np.ndarray
    clusters: tuple[ClusterInfo, ...] = ()
    project_id: str | None = None
    content: Content | None = None

    def write_clusters(self, writer: store.Writer) -> None:
        """Write the table of clusters."""
        if self.content is not None:
            writer.cluster_table(checkpoint.columns_of(self.content))
            return
        rows = [(info.cluster_id, info.name, info.colour, info.note) for info in self.clusters]
        writer.clusters(*zip(*rows, strict=True)) if rows else writer.clusters([], [], [], [])


@contextmanager
def chosen(plan: Plan, tables: Tables, columns: dict[str, Any], *, replace: bool) -> Iterator[FirstLabels]:
    """The labels of the project that stands there, else those that came with the segments, while they are written.

    columns : the new project's ``segments`` table. Raises LabelsAtRiskError where labels would be lost,
    unless ``replace``; ProjectError or JournalError if what stands there cannot be read.

    A project with these very sounds keeps its journal, which says what its file holds: nobody may bring an edit to
    the file between reading its labels and renaming the new one over it. Such an edit waits, safe in the journal.
    """
    labels = _choose(plan, tables, columns, replace=replace)
    if labels.project_id is None:
        yield labels
        return
    with locks.holding(plan.hdf5):
        yield _as_in_file(plan, tables, columns) or labels


def _as_in_file(plan: Plan, tables: Tables, columns: dict[str, Any]) -> FirstLabels | None:
    """What the file has at this moment; None where labels have no fixed place in it, so that it has no journal."""
    project_id, places = _project_id_if_same(plan.hdf5, columns, tables.names), checkpoint.locate(plan.hdf5)
    if project_id is None:
        raise ProjectError(f"{plan.hdf5} was replaced by another project meanwhile. Run the same command again: what "
                           "was computed is kept.")
    if places is None:
        return None
    found = checkpoint.read(plan.hdf5, places)
    return FirstLabels(np.frombuffer(found.cells, "<i4"), (), project_id, found)


def _choose(plan: Plan, tables: Tables, columns: dict[str, Any], *, replace: bool) -> FirstLabels:
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
