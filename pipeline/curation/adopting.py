"""From an algorithm's labels to a person's clusters: as one edit that can be undone, or as a draft to be proofread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.curation import edits
from pipeline.curation.drafting import PROOFREADING, Draft
from pipeline.curation.edits import Edit
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import EditError
from pipeline.text import counted

if TYPE_CHECKING:
    from pipeline.curation.workspace import Workspace

NOISE = -1


@dataclass(frozen=True, eq=False)
class Proposal:
    """A stored labeling as an edit takes it.

    name : of the labeling      segment_ids, label : int32 (r,), the sounds that it speaks of; -1 = noise
    """

    name: str
    segment_ids: np.ndarray
    label: np.ndarray

    @classmethod
    def read(cls, project: Path | str, name: str) -> Proposal:
        """A labeling of a project as its file has it at this moment. Raises ProjectError if there is none."""
        with Dataset.open(project) as dataset:
            segment_ids, label = dataset.labeling_rows(name)
        return cls(name, segment_ids, label)

    def choice(self) -> dict[str, Any]:
        """What `adopt` and `split_by` are told."""
        return {"segment_ids": self.segment_ids, "label": self.label, "name": self.name}


def adopt(labels: Labels, *, segment_ids: Iterable[int], label: Iterable[int], name: str) -> Edit:
    """Make every cluster of a labeling a cluster with a number never used; noise is unassigned.

    segment_ids, label : int (r,), -1 = noise; sounds that are not among them stay as they are
    """
    sounds, label = _paired(segment_ids, label)
    ids = _numbered(label, _by_size(label), first=labels.next_id)
    n_clusters = len(np.unique(label[label > NOISE]))
    title = f"Adopt {name}: {counted(len(sounds), 'sound')}, {counted(n_clusters, 'cluster')}"
    return _told(edits.replace_labels(labels, segment_ids=sounds, ids=ids, title=title), name)


def split_by(labels: Labels, *, cluster: int, segment_ids: Iterable[int], label: Iterable[int], name: str) -> Edit:
    """Split a cluster by a labeling: the largest part keeps its number, each other gets a new one, noise is unassigned.

    Sounds of the cluster that the labeling does not speak of stay in it. Raises EditError if it has no two parts.
    """
    sounds, label = _paired(segment_ids, label)
    inside = np.isin(sounds, labels.members(cluster))
    if cluster == UNASSIGNED or not inside.any():
        raise EditError(f"No sound of the labeling {name} is in {labels.title(cluster)}, so there is nothing to split.")
    sounds, label = sounds[inside], label[inside]
    if len(np.unique(label)) < 2:
        raise EditError(f"{name} does not split {labels.title(cluster)}: all its sounds are of one kind.")
    largest, *others = _by_size(label)
    ids = _numbered(label, others, first=labels.next_id)
    ids[label == largest] = cluster
    title = f"Split {labels.title(cluster)} by {name} into {counted(1 + len(others), 'part')}"
    return _told(edits.replace_labels(labels, segment_ids=sounds, ids=ids, title=title), name)


def draft_from(workspace: Workspace, proposal: Proposal) -> Draft:
    """Begin a draft whose groups are the clusters of a labeling, in PROOFREADING; the clusters are as they were.

    Sounds that the labeling does not speak of are active in the draft. Raises EditError if there is a draft already,
    or the labeling has no cluster.
    """
    if not (proposal.label > NOISE).any():
        raise EditError(f"The labeling {proposal.name} has no cluster: all its sounds are noise.")
    drafting = workspace.drafting
    drafting.begin(scope="all")
    try:
        drafting.step(adopt, **proposal.choice())
    except EditError:
        drafting.discard()
        raise
    return drafting.go_to(PROOFREADING)


def _paired(segment_ids: Iterable[int], label: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    sounds, label = np.asarray(segment_ids, np.int64), np.asarray(label, np.int64)
    if len(sounds) != len(label):
        raise EditError(f"There are {len(label)} labels for {len(sounds)} sounds. Make the labeling again.")
    return sounds, np.maximum(label, NOISE)


def _by_size(label: np.ndarray) -> list[int]:
    """The clusters of a labeling, the largest first."""
    found, counts = np.unique(label[label > NOISE], return_counts=True)
    return found[np.argsort(-counts, kind="stable")].tolist()


def _numbered(label: np.ndarray, order: list[int], *, first: int) -> np.ndarray:
    """Cluster numbers int64 (r,): those in ``order`` from ``first`` on, 0 for all others."""
    ids = np.full(len(label), UNASSIGNED, np.int64)
    if order:
        places = np.argsort(order)
        known = np.asarray(order)[places]
        at = np.minimum(np.searchsorted(known, label), len(known) - 1)
        ids = np.where(known[at] == label, places[at] + first, UNASSIGNED)
    return ids


def _told(edit: Edit, name: str) -> Edit:
    return replace(edit, provenance={"labeling": name})
