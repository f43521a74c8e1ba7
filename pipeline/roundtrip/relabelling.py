"""Changed labels of edited tables, as one edit that can be undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.curation import edits
from pipeline.curation.edits import Edit
from pipeline.curation.labels import ClusterInfo, Labels
from pipeline.errors import ConflictError, EditError
from pipeline.roundtrip.difference import Difference
from pipeline.text import counted, printable

if TYPE_CHECKING:
    from pipeline.curation.workspace import Workspace

LONGEST_NAME = 60


def apply_labels(workspace: Workspace, difference: Difference, *, seen: int | None = None) -> Edit:
    """Give sounds the labels that the tables have, in one edit.

    seen : the revision of the project that the difference was made from

    Raises ConflictError if labels changed since, EditError if no label would change.
    """
    return workspace.edit(relabel, seen=seen, difference=difference)


def relabel(labels: Labels, *, difference: Difference) -> Edit:
    """The edit for the labels of a difference; new clusters get numbers never used and the names in the tables.

    Raises ConflictError if a sound has another label than when the difference was made, EditError if none would change.
    """
    sounds = difference.relabelled_ids
    if not len(sounds):
        raise EditError("The tables have no label that is not in the project already.")
    _refuse_changed(labels, sounds, difference.relabelled_before)
    ids = numbered(labels, difference.relabelled_to, first=first_number(labels, difference.relabelled_to))
    title = f"Labels from {source_of(difference)}: {counted(len(sounds), 'sound')}"
    edit = edits.replace_labels(labels, segment_ids=sounds, ids=ids, title=title)
    made = clusters_made(labels, difference, ids, difference.relabelled_to)
    changes = tuple(replace(change, after=made.get(change.after.cluster_id, change.after)) for change in edit.clusters)
    return replace(edit, clusters=changes, provenance=provenance_of(difference, n_made=len(changes)))


def first_number(labels: Labels, targets: np.ndarray) -> int:
    """The first number for new clusters: above all that were ever used, and all that the tables ask for."""
    return max(labels.next_id, int(targets.max(initial=0)) + 1)


def numbered(labels: Labels, targets: np.ndarray, *, first: int) -> np.ndarray:
    """Cluster numbers for targets, int64; of new names only those that are used get one, from ``first`` on."""
    used = np.unique(-1 - targets[targets < 0])
    places = np.searchsorted(used, -1 - targets)
    return np.where(targets < 0, first + places, targets)


def clusters_made(
    labels: Labels, difference: Difference, ids: np.ndarray, targets: np.ndarray,
) -> dict[int, ClusterInfo]:
    """The clusters that ``ids`` need and the project does not have, by number."""
    names = {number: difference.new_names[-1 - target] for number, target in
             zip(ids.tolist(), targets.tolist(), strict=True) if target < 0}
    return {number: ClusterInfo(number, name=names.get(number, ""))
            for number in np.unique(ids).tolist() if number not in labels.clusters}


def provenance_of(difference: Difference, *, n_made: int) -> dict[str, Any]:
    """Where an edit came from, for the history."""
    about = {"tables": source_of(difference), "format": difference.format, "rows": difference.n_rows}
    return about | ({"clusters_made": n_made} if n_made else {})


def source_of(difference: Difference) -> str:
    """What was handed in, in a few words."""
    names = difference.sources
    return f"{_short(names[0])} and {len(names) - 1} more" if len(names) > 1 else _short("".join(names[:1]) or "tables")


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= LONGEST_NAME else f"…{text[-LONGEST_NAME:]}"


def _refuse_changed(labels: Labels, sounds: np.ndarray, before: np.ndarray) -> None:
    rows = labels.rows_of(np.asarray(sounds, np.int64))
    n = int(np.count_nonzero(labels.ids[rows] != before))
    if n:
        raise ConflictError(f"{counted(n, 'sound')} {'was' if n == 1 else 'were'} given another label since this "
                            "difference was made. Look at the difference anew, and decide then.")
