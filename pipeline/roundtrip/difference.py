"""What edited tables would change in a project: labels, bounds, new sounds, deleted ones; and what cannot be told."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import params
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.params import param
from pipeline.roundtrip import files, pairing, reading
from pipeline.roundtrip.naming import AUTO, LABELS_ARE, UNCLEAR, Reader
from pipeline.roundtrip.pairing import NO_SOUND, Bounds
from pipeline.roundtrip.reading import NO_ID, Edited
from pipeline.text import counted, listed

MOST_NAMED = 3
ONE = {"have": "has", "name": "names", "they_are": "it is", "stay": "stays"}       # words for sentences about rows
MANY = {"have": "have", "name": "name", "they_are": "they are", "stay": "stay"}
BEYOND_S = 1.0               # so far beyond the end of a recording is rounding or padding, and is cut off
FEW = 0.5                    # less than this share of the sounds found again looks like the wrong tables


@dataclass(frozen=True)
class How:
    """How tables are to be read; plain values.

    format : of all tables, or "" to tell it from them
    """

    labels_are: str = param(AUTO, "what labels are: names or numbers of clusters; auto tells by the tables",
                            choices=LABELS_ARE)
    decided: str = param("", "what a label means that several clusters have, such as trill=4; more of them with "
                         "semicolons between")
    unassigned: str = param("", "a label that means no cluster, besides “unassigned” and none at all")
    slack_ms: float | None = param(None, "what times may differ by and still be the same; half of the tables' last "
                                   "decimal if not given", unit="ms", low=0, high=1000, flag="tolerance")
    left_out_are_deleted: bool = param(False, "delete also the sounds of clusters that the tables have none of; else "
                                       "they count as not exported")
    format: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> How:
        """From plain values by name. Raises ParameterError for what cannot be."""
        how = replace(params.make(cls, values), format=str(values.get("format") or ""))
        how.meanings()
        return how

    def meanings(self) -> dict[str, int]:
        """What was decided: the number of the cluster that each label means. Raises ParameterError for no decision."""
        found = {}
        for text in filter(str.strip, re.split("\n" if "\n" in self.decided else ";", self.decided)):
            label, sign, number = text.strip().rpartition("=")
            digits = number.strip().removeprefix("C").removeprefix("c")
            if not label.strip() or not sign or not digits.isdecimal():
                raise ParameterError(f"{text.strip()!r} should be a label and the number of a cluster, such as "
                                     "trill=4.")
            found[label.strip()] = int(digits)
        return found


@dataclass(frozen=True, eq=False)
class Difference:
    """What changes, by the ids of sounds; a sound that was moved may have another label besides.

    sources : names of what was handed in      names : of the tables in it that could be read

    targets are cluster numbers from 0 up, or −1, −2, … for the first, second, … of ``new_names``.

    relabelled_ids, relabelled_before : int32 (a,)      relabelled_to : int64 (a,), targets
    moved_ids : int32 (b,)      moved_onset_s, moved_offset_s : float64 (b,), the new bounds
    new_file_ids : int32 (c,)      new_onset_s, new_offset_s : float64 (c,)      new_to : int64 (c,), targets
    deleted_ids : int32 (d,)      n_same : sounds as they were      n_rows : rows of the tables
    spoken_file_ids : int32, the recordings that the tables speak of
    problems : sentences about what could not be told, and stays as it is      notes : what one should know
    """

    format: str
    sources: tuple[str, ...]
    names: tuple[str, ...]
    n_rows: int
    n_same: int
    relabelled_ids: np.ndarray
    relabelled_before: np.ndarray
    relabelled_to: np.ndarray
    moved_ids: np.ndarray
    moved_onset_s: np.ndarray
    moved_offset_s: np.ndarray
    new_file_ids: np.ndarray
    new_onset_s: np.ndarray
    new_offset_s: np.ndarray
    new_to: np.ndarray
    deleted_ids: np.ndarray
    spoken_file_ids: np.ndarray
    new_names: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many sounds are of each kind."""
        return {"unchanged": self.n_same, "relabelled": len(self.relabelled_ids), "moved": len(self.moved_ids),
                "new": len(self.new_file_ids), "deleted": len(self.deleted_ids)}

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not any(n for kind, n in self.counts.items() if kind != "unchanged")

    @property
    def fingerprint(self) -> str:
        """Stands for all that would change: the same for the same difference, however often it is made."""
        digest = hashlib.sha256()
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, np.ndarray):
                digest.update(one.name.encode() + str(value.dtype).encode() + value.tobytes())
        digest.update("\0".join(self.new_names).encode())
        return digest.hexdigest()[:32]


def compare(dataset: Dataset, labels: Labels, paths: Sequence[Path], how: How | None = None) -> Difference:
    """What the tables at ``paths`` would change in a project whose labels are ``labels``. Nothing is written.

    Raises TableError if no table can be read, ParameterError for a way of reading that cannot be.
    """
    how = how or How()
    slack_s = None if how.slack_ms is None else how.slack_ms / 1000
    edited = reading.read(dataset, paths, format=how.format or None, slack_s=slack_s)
    return _Comparison(dataset, labels, edited, how).made(files.sources(paths))


class _Comparison:
    """The steps from rows to a difference."""

    def __init__(self, dataset: Dataset, labels: Labels, edited: Edited, how: How) -> None:
        self._dataset, self._labels, self._edited, self._how = dataset, labels, edited, how
        self._problems, self._notes = list(edited.problems), list(edited.notes)
        self._names = Reader(labels, edited, labels_are=how.labels_are, unassigned=how.unassigned,
                             decided=how.meanings())
        segments = dataset.segments
        self._file_rows = dataset.files.rows_of(segments.file_id)
        self._onset_s, self._offset_s = segments.onset_s, segments.onset_s + segments.duration_s
        self._spoken = np.isin(self._file_rows, edited.spoken)
        self._refused = np.zeros(len(edited), bool)     # rows that contradict the project
        self._held = np.zeros(len(segments), bool)      # sounds that must stay because a row about them is unclear

    def made(self, sources: tuple[str, ...]) -> Difference:
        edited, found = self._edited, self._found()
        is_known, is_point = found != NO_SOUND, edited.offset_s <= edited.onset_s
        begin_s, end_s = self._bounds(found, is_known)
        good = self._within(found, begin_s, end_s)
        last_s = np.where(is_known, np.maximum(self._ends_s(), _at(self._offset_s, found)), self._ends_s())
        end_s = np.minimum(end_s, last_s)
        moved = is_known & ~is_point & good & (
            (begin_s != _at(self._onset_s, found)) | (end_s != _at(self._offset_s, found)))
        is_new = ~is_known & ~is_point & good & ~self._refused
        self._held[found[is_known & ~good]] = True
        self._hold_points(~is_known & is_point)
        targets = self._names.targets(found)
        relabelled = is_known & (targets != UNCLEAR) & (targets != _at(self._labels.ids, found))
        deleted = self._deleted(found)
        self._tell(found, moved, relabelled)
        made = self._put_together(found, (begin_s, end_s), targets, relabelled, moved, is_new, deleted)
        return replace(made, sources=sources)

    def _put_together(
        self, found: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], targets: np.ndarray, relabelled: np.ndarray,
        moved: np.ndarray, is_new: np.ndarray, deleted: np.ndarray,
    ) -> Difference:
        """The rows of each kind, in the order of the project's sounds, new ones by recording and onset."""
        edited, ids, of_project = self._edited, self._dataset.segments.segment_id, self._dataset.files
        begin_s, end_s = bounds
        again, shifted = (np.flatnonzero(kind)[np.argsort(found[kind], kind="stable")] for kind in (relabelled, moved))
        fresh = np.flatnonzero(is_new)
        fresh = fresh[np.lexsort((end_s[fresh], begin_s[fresh], edited.file_rows[fresh]))]
        changed = np.isin(np.arange(len(ids)), [*found[relabelled | moved], *deleted])
        meanings = self._names.meanings
        return Difference(
            format=edited.format, sources=(), names=tuple(edited.names), n_rows=edited.n_rows,
            n_same=int((self._spoken & ~changed).sum()), relabelled_ids=ids[found[again]],
            relabelled_before=self._labels.ids[found[again]], relabelled_to=targets[again],
            moved_ids=ids[found[shifted]], moved_onset_s=begin_s[shifted], moved_offset_s=end_s[shifted],
            new_file_ids=of_project.file_id[edited.file_rows[fresh]],
            new_onset_s=begin_s[fresh], new_offset_s=end_s[fresh],
            new_to=np.where(targets == UNCLEAR, UNASSIGNED, targets)[fresh], deleted_ids=ids[deleted],
            spoken_file_ids=of_project.file_id[edited.spoken], new_names=tuple(meanings.new_names),
            problems=(*self._problems, *meanings.problems), notes=(*self._notes, *meanings.notes),
        )

    def _found(self) -> np.ndarray:
        """The row of the sound that each row is, int64 (k,): by its id where it has one, else by its bounds."""
        edited = self._edited
        found = self._by_id()
        sounds = np.flatnonzero(self._spoken & ~np.isin(np.arange(len(self._spoken)), found) & ~self._held)
        rows = np.flatnonzero((found == NO_SOUND) & ~self._refused)
        codes, of_rows = self._names.codes()
        of_sounds = Bounds(self._file_rows[sounds], self._onset_s[sounds], self._offset_s[sounds], codes[sounds])
        of_tables = Bounds(edited.file_rows[rows], edited.onset_s[rows], edited.offset_s[rows], of_rows[rows])
        paired = pairing.pair(of_sounds, of_tables, onset_slack_s=edited.onset_slack_s[rows],
                              offset_slack_s=edited.offset_slack_s[rows])
        is_paired = paired != NO_SOUND
        found[rows[is_paired]] = sounds[paired[is_paired]]
        return found

    def _by_id(self) -> np.ndarray:
        """Those found by their ids; rows that contradict the project are refused."""
        edited, ids = self._edited, self._edited.segment_id
        found, has_id = np.full(len(edited), NO_SOUND, np.int64), ids != NO_ID
        different, counts = np.unique(ids[has_id], return_counts=True)
        several = np.isin(ids, different[counts > 1]) & has_id
        self._say(several, "{rows} {have} a segment_id that stands in others, too; {they_are} found by time")
        known = has_id & np.isin(ids, self._dataset.segments.segment_id)
        self._say(has_id & ~known, "{rows} {have} a segment_id that this project does not have; {they_are} found "
                                   "by time")
        rows = np.flatnonzero(known & ~several)
        sounds = self._dataset.rows_of(ids[rows])
        elsewhere = self._file_rows[sounds] != edited.file_rows[rows]
        self._refused[rows[elsewhere]] = True
        self._held[sounds[elsewhere]] = True
        self._say(self._refused, "{rows} {name} another recording than the sound of that segment_id lies in; both "
                                 "stay as they are")
        found[rows[~elsewhere]] = sounds[~elsewhere]
        return found

    def _say(self, rows: np.ndarray, sentence: str) -> None:
        n = int(rows.sum())
        if n:
            where = [self._edited.where[row] for row in np.flatnonzero(rows)[:MOST_NAMED].tolist()]
            more = [f"{n - MOST_NAMED} more"] if n > MOST_NAMED else []
            text = sentence.format(rows=counted(n, "row"), **(ONE if n == 1 else MANY))
            self._problems.append(f"{text} ({listed([*where, *more])}).")

    def _bounds(self, found: np.ndarray, is_known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where each row's sound begins and ends: a time that is the same but for rounding stays to the bit."""
        edited = self._edited
        pairs = ((edited.onset_s, edited.onset_slack_s, self._onset_s),
                 (edited.offset_s, edited.offset_slack_s, self._offset_s))
        kept = []
        for times_s, slack_s, of_sounds in pairs:
            old_s = _at(of_sounds, found)
            kept.append(np.where(is_known & (np.abs(old_s - times_s) <= slack_s), old_s, times_s))
        return kept[0], kept[1]

    def _ends_s(self) -> np.ndarray:
        """Where the recording of each row ends, infinite if that is not known."""
        end_s = self._dataset.files.duration_s[self._edited.file_rows]
        return np.where(np.isfinite(end_s) & (end_s > 0), end_s, np.inf)

    def _within(self, found: np.ndarray, begin_s: np.ndarray, end_s: np.ndarray) -> np.ndarray:
        """Whether rows lie in their recordings; what goes on a little longer is cut, and a sound as it was may stay."""
        same = (found != NO_SOUND) & (begin_s == _at(self._onset_s, found)) & (end_s == _at(self._offset_s, found))
        good = same | ((end_s <= self._ends_s() + BEYOND_S) & (begin_s < self._ends_s()))
        self._say(~good, "{rows} {have} times beyond the end of the recording; nothing of it is applied")
        n_cut = int((good & ~same & (end_s > self._ends_s())).sum())
        if n_cut:
            self._notes.append(f"{counted(n_cut, 'row')} beyond the end of a recording {'is' if n_cut == 1 else 'are'} "
                               "cut there.")
        return good

    def _hold_points(self, rows: np.ndarray) -> None:
        """A row without length may be what is left of a sound there: no sound at that place is deleted."""
        self._say(rows, "{rows} {have} no length: no sound comes of that, and none at that place is deleted")
        chosen, edited, no_label = np.flatnonzero(rows), self._edited, np.zeros(len(self._spoken), np.int64)
        at = Bounds(edited.file_rows[chosen], edited.onset_s[chosen], edited.onset_s[chosen], no_label[:len(chosen)])
        sounds = Bounds(self._file_rows, self._onset_s, self._offset_s, no_label)
        self._held[pairing.near(sounds, at)[0]] = True

    def _deleted(self, found: np.ndarray) -> np.ndarray:
        """The rows of the sounds that the tables leave out, ascending."""
        gone = self._spoken & ~self._held
        gone[found[found != NO_SOUND]] = False
        if self._edited.format == "textgrid":        # which has no place for a sound without length
            gone &= self._offset_s.round(9) > self._onset_s.round(9)
        if not self._how.left_out_are_deleted:
            gone &= ~self._left_out(gone, found)
        return np.flatnonzero(gone)

    def _left_out(self, gone: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Sounds of clusters that the tables have none of at all: more likely they were not exported than deleted."""
        there = np.unique(self._labels.ids[found[found != NO_SOUND]])
        absent = gone & ~np.isin(self._labels.ids, there)
        numbers, counts = np.unique(self._labels.ids[absent], return_counts=True)
        if not len(there) or not len(numbers) or int(counts.sum()) < 2:
            return np.zeros(len(gone), bool)
        shown = [self._labels.clusters[number].title if number != UNASSIGNED else "the unassigned"
                 for number in numbers[:MOST_NAMED].tolist()]
        more = [f"{len(numbers) - MOST_NAMED} more"] if len(numbers) > MOST_NAMED else []
        self._problems.append(
            f"Of {listed([*shown, *more])} the tables have no sound at all. Were {counted(int(counts.sum()), 'sound')} "
            "not exported, or deleted? They stay; say that they were deleted if they shall go.")
        return absent

    def _tell(self, found: np.ndarray, moved: np.ndarray, relabelled: np.ndarray) -> None:
        """What one should know before anything is applied."""
        n_others = len(self._dataset.files) - len(self._edited.spoken)
        n_elsewhere = int((~self._spoken).sum())
        if n_others and n_elsewhere:
            self._notes.append(f"The tables speak of {len(self._edited.spoken):,} of {len(self._dataset.files):,} "
                               f"recordings; the {counted(n_elsewhere, 'sound')} of the others stay as they are.")
        n_again, n_spoken = len(np.unique(found[found != NO_SOUND])), int(self._spoken.sum())
        if n_again < FEW * max(n_spoken, len(self._edited)):
            self._notes.append(f"Only {n_again:,} of {n_spoken:,} sounds of these recordings are found again in the "
                               "tables. Are they of this project?")
        old_onset_s, old_offset_s = _at(self._onset_s, found), _at(self._offset_s, found)
        far = moved & ((self._edited.onset_s > old_offset_s) | (self._edited.offset_s < old_onset_s))
        if far.any():
            own = "its" if far.sum() == 1 else "their"
            self._notes.append(f"{counted(int(far.sum()), 'sound')} moved further than {own} own length. Was a column "
                               "sorted alone?")
        self._tell_truth(found)
        known, texts = self._dataset.segments.label, self._edited.text
        rows = np.flatnonzero(found != NO_SOUND).tolist()
        if known is not None and relabelled.any() and all(texts[row] == known[found[row]] for row in rows):
            self._notes.append("The labels in the tables are the project's true labels. Applied, they become clusters.")

    def _tell_truth(self, found: np.ndarray) -> None:
        """True labels are not ours to change; a table that has others is told of."""
        truth, known = self._edited.truth, self._dataset.segments.label
        if truth is None or known is None:
            return
        pairs = zip(found.tolist(), truth, strict=True)
        n = sum(row >= 0 and text.strip() != known[row].strip() for row, text in pairs)
        if n:
            self._notes.append(f"{counted(n, 'true label')} (column label) {'is' if n == 1 else 'are'} another in the "
                               "tables; true labels are not taken over, clusters are.")


def _at(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """``values[rows]``, where a row of −1 gives anything, also if there are no values."""
    return values[rows] if len(values) else np.zeros(len(rows), values.dtype)
