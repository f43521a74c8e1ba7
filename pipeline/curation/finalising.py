"""Finalising a draft: its preclusters become the clusters. Pure functions from a draft to one edit."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.curation import colours
from pipeline.curation.edits import ClusterChange, Edit
from pipeline.curation.labels import UNASSIGNED, ClusterInfo, Labels
from pipeline.text import counted

if TYPE_CHECKING:
    from pipeline.curation.drafting import Draft

MOST_NAMED = 6


@dataclass(frozen=True)
class Finalising:
    """What finalising a draft would do to a project, for a person to agree to.

    n_changes : sounds that get another label      n_unassigned : sounds that have no cluster afterwards
    n_by_others : of those that change, the ones that others gave another label since the draft began
    by_user : the same count for each person; ``user``, whose draft it is, by edits made outside the draft
    numbers : precluster → cluster, of all that have sounds
    revision, draft_revision : of project and draft that this holds for, to be handed to `Drafting.finalise`
    """

    n_changes: int
    n_unassigned: int
    n_by_others: int
    by_user: Mapping[str, int]
    numbers: Mapping[int, int]
    revision: int
    draft_revision: int
    user: str = ""

    @property
    def sentence(self) -> str:
        """What a person is told before it is done."""
        told = (f"Finalising changes the labels of {counted(self.n_changes, 'sound')}: "
                f"{counted(len(self.numbers), 'cluster')}, {counted(self.n_unassigned, 'sound')} unassigned.")
        return " ".join([told, *self._renumbered(), *self._changed_meanwhile()])

    def _renumbered(self) -> Iterator[str]:
        moved = [f"P{group} becomes C{number}" for group, number in self.numbers.items() if group != number]
        if moved:
            rest = f", and {len(moved) - MOST_NAMED} more move up" if len(moved) > MOST_NAMED else ""
            yield f"{', '.join(moved[:MOST_NAMED])}{rest}."

    def _changed_meanwhile(self) -> Iterator[str]:
        said = [f"{n:,} by {'yourself' if name == self.user else name}" for name, n in self.by_user.items()]
        if said:
            yield f"Since the draft began, some of these sounds were given other labels: {', '.join(said)}."


def numbering(draft: Draft, labels: Labels) -> dict[int, int]:
    """Precluster → cluster, for all that have sounds, in order of number.

    Those that began as a cluster keep its number, others take the next numbers that ``labels``, the project's as they
    are now, have never used.
    """
    groups = [int(k) for k in np.unique(draft.labels.ids) if k != UNASSIGNED]
    unused = itertools.count(labels.next_id)
    return {k: k if k in draft.origin.clusters else next(unused) for k in groups}


def changes(draft: Draft, labels: Labels, *, steps: Iterable[Edit] = ()) -> Edit:
    """The edit that makes the preclusters the clusters of ``labels``; it may change nothing.

    Sounds that the draft leaves as they were when it began are left as others have made them since.
    steps : the steps that hold, of whose provenance that of the edit is made
    """
    numbers = numbering(draft, labels)
    wanted = _renumbered(draft.labels.ids, numbers)
    rows = np.flatnonzero((wanted != draft.origin.ids) & (wanted != labels.ids))
    title = f"Finalise a draft: {counted(len(rows), 'sound')}, {counted(len(numbers), 'cluster')}"
    arrays = (draft.labels.segment_ids[rows], labels.ids[rows], wanted[rows])
    return Edit("labels", title, *arrays, _cluster_changes(draft, labels, numbers), _provenance(draft, numbers, steps))


def summary(draft: Draft, labels: Labels, since: Sequence[Edit], *, user: str, revision: int) -> Finalising:
    """What `changes` would do, and who changed the same since the draft began.

    since : all edits to the project since then, oldest first
    """
    edit = changes(draft, labels)
    rows = labels.rows_of(edit.segment_ids)
    differs = edit.segment_ids[labels.ids[rows] != draft.origin.ids[rows]]   # else it was changed, and changed back
    last_by = {int(k): made.user for made in since for k in made.segment_ids[np.isin(made.segment_ids, differs)]}
    by_user: dict[str, int] = {}
    for name in last_by.values():
        by_user[name] = by_user.get(name, 0) + 1
    others = sum(n for name, n in by_user.items() if name != user)
    after = labels.relabelled(rows, edit.after).ids
    return Finalising(len(rows), int(np.count_nonzero(after == UNASSIGNED)), others, by_user, numbering(draft, labels),
                      revision, draft.revision, user)


def _renumbered(ids: np.ndarray, numbers: Mapping[int, int]) -> np.ndarray:
    values, places = np.unique(ids, return_inverse=True)
    table = np.array([numbers.get(int(k), UNASSIGNED) for k in values], np.int32)
    return table[places] if len(table) else ids


def _cluster_changes(draft: Draft, labels: Labels, numbers: Mapping[int, int]) -> tuple[ClusterChange, ...]:
    """Clusters that are made, and those that were described anew in the draft."""
    made = (ClusterChange(None, _as_cluster(draft.labels.clusters[k], number))
            for k, number in numbers.items() if number not in labels.clusters)
    kept = (k for k, info in draft.origin.clusters.items() if draft.labels.clusters[k] != info)
    described = (ClusterChange(labels.clusters[k], draft.labels.clusters[k]) for k in kept
                 if draft.labels.clusters[k] != labels.clusters[k])
    return (*made, *described)


def _as_cluster(info: ClusterInfo, number: int) -> ClusterInfo:
    """The same with another number, and the colour that goes with it unless a person chose one."""
    chosen = info.colour != colours.of(info.cluster_id)
    return replace(info, cluster_id=number, colour=info.colour if chosen else colours.of(number))


def _provenance(draft: Draft, numbers: Mapping[int, int], steps: Iterable[Edit]) -> dict[str, Any]:
    told = [{"step": step.title, "groups": sorted({int(k) for k in step.after}), **step.provenance["chosen"]}
            for step in steps]
    return {"draft": {"began": draft.began, "scope": draft.scope}, "steps": told,
            "clusters": [{"group": k, "cluster": number} for k, number in numbers.items()]}
