"""The labels at one point of the journal, with what is needed to tell whether a view of them is out of date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.curation.edits import ClusterChange, Edit
from pipeline.curation.labels import ClusterInfo, Labels
from pipeline.errors import ConflictError


@dataclass(frozen=True, eq=False)
class State:
    """The labels as edit ``revision`` left them.

    changed_at : int64 (n,), the revision of the latest edit of each sound, 0 = never
    described_at : the same for the names, colours and notes of clusters
    """

    revision: int
    labels: Labels
    changed_at: np.ndarray
    described_at: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def first(cls, revision: int, labels: Labels) -> State:
        """The state before any edit."""
        return cls(revision, labels, np.zeros(len(labels), np.int64))


def advance(state: State, edits: Iterable[Edit]) -> State:
    """The state after ``edits``, oldest first. The cost is one copy of the labels, then the sounds touched."""
    ids, changed_at = state.labels.ids.copy(), state.changed_at.copy()
    infos: dict[int, ClusterInfo] = {}
    described_at, revision = dict(state.described_at), state.revision
    for edit in edits:
        rows = state.labels.rows_of(edit.segment_ids)
        ids[rows], changed_at[rows], revision = edit.after, edit.revision, edit.revision
        for change in edit.clusters:
            _describe(change, infos, state.labels, described_at, revision)
    ids.flags.writeable = False
    labels = replace(state.labels, ids=ids)
    return State(revision, labels.described(infos.values()) if infos else labels, changed_at, described_at)


def _describe(
    change: ClusterChange, infos: dict[int, ClusterInfo], labels: Labels, described_at: dict[int, int], revision: int
) -> None:
    number = change.after.cluster_id
    known = number in infos or number in labels.clusters
    if change.before is None and known:   # made again by a redo: what it has been called meanwhile stays
        return
    infos[number] = change.after
    described_at[number] = revision


def check_seen(state: State, edit: Edit, *, seen: int) -> None:
    """Raise ConflictError if ``edit`` touches what has changed since revision ``seen``."""
    if seen > state.revision:
        raise ConflictError("This page shows another state of the project. Load it again and repeat the edit.")
    n_changed = int(np.count_nonzero(state.changed_at[state.labels.rows_of(edit.segment_ids)] > seen))
    if n_changed:
        raise ConflictError(f"{n_changed:,} of these sounds were given other labels since your page was last brought "
                            "up to date. Look at them again and repeat the edit if it still holds.")
    for change in edit.clusters:
        if change.before is not None and state.described_at.get(change.after.cluster_id, 0) > seen:
            title = state.labels.title(change.before.cluster_id)
            raise ConflictError(f"{title} was described anew since your page was last brought up to date. Look at it "
                                "again and repeat the edit if it still holds.")


def touched_since(state: State, edit: Edit, revision: int) -> bool:
    """Whether anything that ``edit`` would change was changed after ``revision``."""
    sounds = np.any(state.changed_at[state.labels.rows_of(edit.segment_ids)] > revision)
    return bool(sounds) or any(state.described_at.get(c.after.cluster_id, 0) > revision for c in edit.clusters)


def check_reversible(state: State, edit: Edit) -> None:
    """Raise ConflictError unless everything ``edit`` would change is still as ``edit`` expects it before."""
    found = state.labels.ids[state.labels.rows_of(edit.segment_ids)]
    same = all(state.labels.clusters.get(c.before.cluster_id) == c.before for c in edit.clusters if c.before)
    if not same or not np.array_equal(found, edit.before):
        raise ConflictError(f"“{edit.title}” is not possible: a later edit changed the same sounds or clusters. "
                            "The history shows by whom and when.")
