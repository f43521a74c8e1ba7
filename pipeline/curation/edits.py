"""Edits: pure functions from labels, and what a person chose, to one change with all it takes to take it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.curation import colours
from pipeline.curation.labels import UNASSIGNED, ClusterInfo, Labels
from pipeline.errors import EditError
from pipeline.text import counted

NAME_BYTES, NOTE_BYTES = 64, 1000   # what the project file has room for, in UTF-8
HIGHEST_CHOICE = 999_999            # a number above is a slip of the finger, and would be taken for ever

NO_IDS = np.empty(0, np.int32)


@dataclass(frozen=True)
class ClusterChange:
    """A cluster before and after. ``before`` is None where the edit makes the cluster."""

    before: ClusterInfo | None
    after: ClusterInfo


@dataclass(frozen=True, eq=False)
class Edit:
    """One change to the labels, with what it takes to take it back.

    kind : ``labels`` (sounds change cluster), ``clusters`` (name, colour, note) or ``draft`` (labels not yet finalised)
    segment_ids, before, after : int32 (n_touched,)
    clusters : the clusters that are made or described anew
    provenance : how the sounds were chosen (polygon, threshold, …), as plain JSON values
    revision : the journal's number for it; 0 until it is written there
    undoes : the revision of the edit it takes back (for a redo: of the undo it takes back), or None
    user : who made it; empty until it is written to the journal
    """

    kind: str
    title: str
    segment_ids: np.ndarray = field(default_factory=lambda: NO_IDS)
    before: np.ndarray = field(default_factory=lambda: NO_IDS)
    after: np.ndarray = field(default_factory=lambda: NO_IDS)
    clusters: tuple[ClusterChange, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0
    undoes: int | None = None
    user: str = ""


def assign(labels: Labels, *, segment_ids: Iterable[int], name: str | None = None) -> Edit:
    """Put the sounds into a new cluster with the next number never used."""
    sounds, new = selection(labels, segment_ids), labels.next_id
    info = ClusterInfo(new, name=_checked_text(name or "", NAME_BYTES, "name"))
    title = labels.described([info]).title(new)
    return relabel(f"Assign {counted(len(sounds), 'sound')} to {title}", labels, sounds, to=new, making=[info])


def move(labels: Labels, *, segment_ids: Iterable[int], to: int) -> Edit:
    """Put the sounds into cluster ``to``: 0 unassigns, a number never used before makes that cluster."""
    to = _cluster_id(to)
    if to == UNASSIGNED:
        return unassign(labels, segment_ids=segment_ids)
    _new_or_known(labels, to)
    edit = relabel("", labels, selection(labels, segment_ids), to=to)
    return replace(edit, title=f"Move {counted(len(edit.segment_ids), 'sound')} to {_title(labels, to)}")


def merge(labels: Labels, *, clusters: Sequence[int]) -> Edit:
    """Put the members of every one of ``clusters`` into the first of them."""
    into, *sources = dict.fromkeys(_known(labels, k) for k in clusters) or [UNASSIGNED]
    if not sources:
        raise EditError("Select two or more clusters to merge.")
    members = labels.members(sources)
    if not len(members):
        raise EditError(f"Nothing to merge: {_listing(labels, sources)} has no sounds.")
    return relabel(f"Merge {_listing(labels, sources)} into {_title(labels, into)}", labels, members, to=into)


def split(labels: Labels, *, segment_ids: Iterable[int]) -> Edit:
    """Split the sounds off, wherever they are, into a new cluster with the next number never used."""
    sounds, new = selection(labels, segment_ids), labels.next_id
    return relabel(f"Split {counted(len(sounds), 'sound')} off into {labels.title(new)}", labels, sounds, to=new)


def unassign(labels: Labels, *, segment_ids: Iterable[int]) -> Edit:
    """Take the sounds out of their clusters."""
    edit = relabel("", labels, selection(labels, segment_ids), to=UNASSIGNED)
    return replace(edit, title=f"Unassign {counted(len(edit.segment_ids), 'sound')}")


def reset(labels: Labels) -> Edit:
    """Take every sound out of its cluster. The clusters keep their numbers, names and colours."""
    taken = labels.segment_ids[labels.ids != UNASSIGNED]
    if not len(taken):
        raise EditError("No sound is assigned, so there is nothing to reset.")
    return relabel(f"Reset all assignments ({counted(len(taken), 'sound')})", labels, taken, to=UNASSIGNED)


def replace_labels(labels: Labels, *, segment_ids: Iterable[int], ids: Iterable[int], title: str) -> Edit:
    """Give each sound the number at its place in ``ids``: to finalise a draft, or to start from an algorithm's labels.

    Numbers not used before make clusters, 0 unassigns; ``title`` is the sentence in the history.
    """
    sounds, wanted = _whole_numbers(segment_ids), _whole_numbers(ids)
    if len(sounds) != len(wanted) or len(np.unique(sounds)) != len(sounds):
        raise EditError("Each sound must be given once, with one cluster number.")
    selection(labels, sounds)
    for k in np.unique(wanted):
        _new_or_known(labels, int(k))
    return _relabel_each(title, labels, sounds, wanted)


def rename(labels: Labels, *, cluster: int, name: str) -> Edit:
    """Give a cluster a name of at most 64 bytes; an empty one takes its name away."""
    info = _described(labels, cluster)
    name = _checked_text(name, NAME_BYTES, "name")
    called = labels.title(cluster)
    title = f"Rename {called} to “{name}”" if name else f"Take the name off {called}"
    return _describe(title, labels, replace(info, name=name))


def recolour(labels: Labels, *, cluster: int, colour: str) -> Edit:
    """Give a cluster another colour, written ``#rrggbb``."""
    info = _described(labels, cluster)
    if not isinstance(colour, str) or not colours.is_colour(colour):
        raise EditError(f"{colour!r} is not a colour. Write it as # and six hexadecimal digits, such as #2dc3ff.")
    return _describe(f"Recolour {labels.title(cluster)}", labels, replace(info, colour=colour.lower()))


def note(labels: Labels, *, cluster: int, text: str) -> Edit:
    """Write a note of at most 1,000 bytes on a cluster; an empty one takes it away."""
    info = _described(labels, cluster)
    text = _checked_text(text, NOTE_BYTES, "note", lines=True)
    return _describe(f"Note on {labels.title(cluster)}", labels, replace(info, note=text))


def describe(labels: Labels, *, cluster: int, name: str, colour: str, text: str) -> Edit:
    """Name, colour and note of a cluster in one edit; its title is that of the one that changes, if only one does."""
    steps = [(rename, {"name": name}), (recolour, {"colour": colour}), (note, {"text": text})]
    changes = [(make, choice) for make, choice in steps if _would_change(make, labels, cluster, choice)]
    if len(changes) == 1:
        make, choice = changes[0]
        return make(labels, cluster=cluster, **choice)
    after = labels
    for make, choice in changes:
        after = after.described([make(after, cluster=cluster, **choice).clusters[0].after])
    return _describe(f"Describe {labels.title(cluster)} anew", labels, after.clusters[_known(labels, cluster)])


def _would_change(make: Callable[..., Edit], labels: Labels, cluster: int, choice: Mapping[str, str]) -> bool:
    """Whether it is another name, colour or note than now; only what would change is checked and may be refused."""
    info = _described(labels, cluster)
    now = {rename: info.name, recolour: info.colour, note: info.note}[make]
    return next(iter(choice.values())) != now


def relabel(
    title: str, labels: Labels, segment_ids: np.ndarray, *, to: int, making: Sequence[ClusterInfo] = ()
) -> Edit:
    """Put ``segment_ids`` into one cluster, leaving out those that are in it already. EditError if all are."""
    return _relabel_each(title, labels, segment_ids, np.full(len(segment_ids), to, np.int32), making=making)


def _relabel_each(
    title: str, labels: Labels, segment_ids: np.ndarray, ids: np.ndarray, *, making: Sequence[ClusterInfo] = ()
) -> Edit:
    before = labels.ids[labels.rows_of(segment_ids)]
    changes = before != ids
    if not changes.any():
        raise EditError("Nothing would change: these sounds are there already.")
    made = {info.cluster_id: info for info in making}
    new = [made.get(int(k)) or ClusterInfo(int(k)) for k in np.unique(ids) if int(k) not in labels.clusters]
    arrays = (np.asarray(array[changes], np.int32) for array in (segment_ids, before, ids))
    return Edit("labels", title, *arrays, clusters=tuple(ClusterChange(None, info) for info in new))


def inverse(edit: Edit) -> Edit:
    """What takes ``edit`` back. A cluster it made stays known, so that its number is never given to another."""
    changes = tuple(ClusterChange(c.after, c.before) for c in edit.clusters if c.before is not None)
    return replace(edit, before=edit.after, after=edit.before, clusters=changes)


def selection(labels: Labels, segment_ids: Iterable[int]) -> np.ndarray:
    """The selected sounds, each once. Raises EditError if there are none or one is not in the project."""
    sounds = np.unique(_whole_numbers(segment_ids))
    if not len(sounds):
        raise EditError("Select one or more sounds first.")
    labels.rows_of(sounds)
    return sounds


def _whole_numbers(values: Iterable[int]) -> np.ndarray:
    array = values if isinstance(values, np.ndarray) else np.array(list(values))
    if array.size and (array.dtype.kind not in "iu" or array.ndim != 1):
        raise EditError("Sounds and clusters are given by their numbers, which are whole.")
    return array.astype(np.int64)


def _cluster_id(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise EditError(f"{value!r} is not the number of a cluster. Give a whole number, 0 for unassigned.")
    return int(value)


def _known(labels: Labels, value: int) -> int:
    cluster_id = _cluster_id(value)
    if cluster_id not in labels.clusters:
        raise EditError(f"There is no cluster {labels.letter}{cluster_id}. Load the page again to see which there are.")
    return cluster_id


def _new_or_known(labels: Labels, cluster_id: int) -> None:
    if cluster_id not in labels.clusters and not UNASSIGNED < cluster_id <= HIGHEST_CHOICE:
        raise EditError(f"{cluster_id} cannot be the number of a cluster. Choose one from 0 to {HIGHEST_CHOICE}.")


def _described(labels: Labels, value: int) -> ClusterInfo:
    info = labels.clusters[_known(labels, value)]
    if info.cluster_id == UNASSIGNED:
        raise EditError(f"{labels.letter}0 stands for the unassigned sounds and cannot be named, coloured or noted.")
    return info


def _describe(title: str, labels: Labels, after: ClusterInfo) -> Edit:
    before = labels.clusters[after.cluster_id]
    if before == after:
        raise EditError(f"Nothing would change: {labels.title(before.cluster_id)} is described that way already.")
    return Edit("clusters", title, clusters=(ClusterChange(before, after),))


def _checked_text(text: str, n_bytes: int, what: str, *, lines: bool = False) -> str:
    text = text.strip() if isinstance(text, str) else text
    if not isinstance(text, str) or not all(sign.isprintable() or (lines and sign in "\n\t") for sign in text):
        raise EditError(f"A {what} is made of letters, digits and signs; this one has something else in it.")
    if len(text.encode()) > n_bytes:
        raise EditError(f"This {what} is {len(text.encode()):,} bytes long, but the file has room for {n_bytes:,}. "
                        "Make it shorter; letters outside plain English take two to four bytes each.")
    return text


def _title(labels: Labels, cluster_id: int) -> str:
    return "unassigned" if cluster_id == UNASSIGNED else labels.title(cluster_id)


def _listing(labels: Labels, cluster_ids: Sequence[int]) -> str:
    shown = [_title(labels, k) for k in cluster_ids[:4]]
    rest = len(cluster_ids) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
