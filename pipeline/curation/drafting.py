"""Drafts: labels that a person prepares blob by blob and proofreads, before they become the clusters.

A draft is a `Labels` like any other, changed by the functions of `edits`; its groups are called B1, B2, … while
BLOBBING and P1, P2, … in PROOFREADING, and finalising it is one edit. Each step is one row of kind ``draft`` in the
journal, so that a draft survives whatever happens to browser and server, and several windows have the same one.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipeline.curation import edits
from pipeline.curation.edits import ClusterChange, Edit
from pipeline.curation.finalising import Finalising, changes, summary
from pipeline.curation.history import Stacks
from pipeline.curation.labels import UNASSIGNED, Labels, grown
from pipeline.curation.state import State, advance, check_reversible, check_seen
from pipeline.errors import ConflictError, EditError

if TYPE_CHECKING:
    from pipeline.curation.journal import Journal
    from pipeline.curation.workspace import Workspace

Mode = Literal["clustering", "blobbing", "proofreading"]
Scope = Literal["unassigned", "all"]
CLUSTERING, BLOBBING, PROOFREADING = "clustering", "blobbing", "proofreading"
MODES: tuple[Mode, ...] = (CLUSTERING, BLOBBING, PROOFREADING)
LETTERS = {CLUSTERING: "P", BLOBBING: "B", PROOFREADING: "P"}
SCOPES: tuple[Scope, ...] = ("unassigned", "all")

_BEGIN, _STEP, _MODE, _END = "begin", "step", "mode", "end"   # what a row of the journal does to the draft


@dataclass(frozen=True, eq=False)
class Draft:
    """A draft at one moment; a step makes a new one.

    state : its labels, and when each sound was last changed;  origin : the project's labels when it began
    began : the project's revision then      mode : where the person is, "clustering" if it is put aside for now
    scope : "unassigned": only sounds without a cluster were to be taken; "all": clusters were not looked at
    """

    state: State
    origin: Labels
    began: int
    mode: Mode
    scope: Scope
    stacks: Stacks = field(default_factory=Stacks)

    @property
    def labels(self) -> Labels:
        """The groups, in the row order of the project; 0 = not yet taken (P0)."""
        return self.state.labels

    @property
    def revision(self) -> int:
        """The number of the latest step. It only rises, also from one draft to the next."""
        return self.state.revision

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self.stacks.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step taken back that can be made again."""
        return bool(self.stacks.undone)


def active(draft: Draft) -> np.ndarray:
    """Which sounds are not yet taken, bool (n,) in row order: blobs are found on these."""
    return draft.labels.ids == UNASSIGNED


def take_back(labels: Labels, *, group: int) -> Edit:
    """Take a whole group back: its sounds are active again. Its number is not given to another."""
    title = labels.title(group)
    if group == UNASSIGNED or not np.any(labels.ids == group):
        raise EditError(f"There is nothing to take back: {title} has no sounds that were assigned.")
    edit = edits.unassign(labels, segment_ids=labels.members(group))
    return replace(edit, title=f"Take {title} back ({len(edit.segment_ids):,} sounds)")


class Drafting:
    """One person's draft of one project: the three modes CLUSTERING, BLOBBING, PROOFREADING.

    Threads may share it. There is one draft per person and project, in however many windows and server processes;
    when a method returns, what it did is on disk in the journal.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.RLock()
        self._draft: Draft | None = None
        self._read_to: int | None = None

    @property
    def draft(self) -> Draft | None:
        """The draft as of the last reading (see `refresh`); None if there is none."""
        with self._lock:
            if self._read_to is None:
                self.refresh()
            return self._draft

    @property
    def mode(self) -> Mode:
        """Where the person is; "clustering" also while there is a draft that was put aside."""
        draft = self.draft
        return CLUSTERING if draft is None else draft.mode

    @property
    def revision(self) -> int:
        """The number of the last thing that happened to any draft of this person: it only rises. 0 before the first."""
        with self._lock:
            if self._read_to is None:
                self.refresh()
            return self._read_to

    def refresh(self) -> bool:
        """Read what other windows and processes did to the draft. True if anything changed."""
        with self._lock, self._workspace.reading() as journal:
            before = self._read_to
            if journal is not None:
                self._read(journal)
            self._read_to = self._read_to or 0
            return self._read_to != (before or 0)

    def begin(self, *, scope: Scope = "unassigned") -> Draft:
        """Begin a draft, in BLOBBING.

        scope : "unassigned": clusters stay as they are and are groups of the draft, of the same number;
            "all": all sounds are active. Either way new groups have numbers that no cluster has had.

        Raises EditError if there is a draft already.
        """
        if scope not in SCOPES:
            raise EditError(f"A draft is begun on {' or '.join(SCOPES)} sounds, not on {scope!r}.")
        with self._lock, self._workspace.writing() as journal:
            self._read(journal)
            if self._draft is not None:
                raise EditError("You have a draft already. Go on with it, or discard it and begin again.")
            self._append(journal, _beginning(self._workspace.labels, self._workspace.revision, scope))
        self.refresh()
        return self._draft

    def step(self, make: Callable[..., Edit], *, seen: int | None = None, provenance: Mapping[str, Any] | None = None,
             **choice: Any) -> Edit:
        """Make one step, such as ``step(edits.assign, seen=draft.revision, segment_ids=[4, 7])``.

        make : a function of `edits`, or `take_back`;  seen : the draft's revision that the person was looking at
        provenance : how the sounds were chosen (polygon, radius, threshold); it goes into the finalised clusters'

        Raises EditError if the step makes no sense, ConflictError if it touches what has changed since ``seen``.
        """
        def decide(draft: Draft) -> Edit:
            edit = make(draft.labels, **choice)
            if seen is not None:
                check_seen(draft.state, edit, seen=seen)
            return replace(edit, provenance=dict(provenance or edit.provenance))

        return self._step(decide)

    def undo(self, *, seen: int | None = None) -> Edit:
        """Take back the latest step that holds. ConflictError if it was made elsewhere after ``seen``."""
        def decide(draft: Draft) -> Edit:
            seq, since = _last(draft.stacks.done, "There is nothing to undo in this draft.")
            _check_known(since, seen)
            edit = self._row(seq)
            return _checked(draft, replace(edits.inverse(edit), title=f"Undo: {edit.title}", undoes=seq))

        return self._step(decide)

    def redo(self, *, seen: int | None = None) -> Edit:
        """Make the step again that was taken back last, if none was made since."""
        def decide(draft: Draft) -> Edit:
            seq, since = _last(draft.stacks.undone, "There is nothing to redo in this draft.")
            _check_known(since, seen)
            edit = self._row(seq)
            return _checked(draft, replace(edit, title=f"Redo: {edit.title}", undoes=since))

        return self._step(decide)

    def go_to(self, mode: Mode) -> Draft:
        """Go on to another mode, or back; nothing of the draft changes but what its groups are called.

        CLUSTERING puts the draft aside, to be taken up again. Raises EditError if there is no draft.
        """
        if mode not in MODES:
            raise EditError(f"There is no mode {mode!r}; there are {', '.join(MODES)}.")
        with self._lock, self._workspace.writing() as journal:
            if self._current(journal).mode != mode:
                self._append(journal, _row(_MODE, f"Go to {mode.upper()}", mode=mode))
        self.refresh()
        return self._draft

    def discard(self, *, seen: int | None = None) -> None:
        """Give the draft up; the clusters are as they are. ConflictError if it was changed since ``seen``."""
        with self._lock, self._workspace.writing() as journal:
            _check_unchanged(self._current(journal), seen)
            self._append(journal, _row(_END, "Discard the draft"))
        self.refresh()

    def finalising(self) -> Finalising:
        """What finalising would do at this moment. Nothing is changed."""
        with self._lock, self._workspace.reading() as journal:
            draft = self._current(journal)
            since = list(journal.edits_after(draft.began))
            return summary(draft, self._workspace.labels, since, user=self._workspace.user,
                           revision=self._workspace.revision)

    def finalise(self, *, seen: int, seen_draft: int | None = None) -> Edit:
        """Make the preclusters the clusters, in one edit that can be undone, and end the draft.

        seen, seen_draft : the revisions of project and draft for which the person agreed, see `Finalising`

        Raises ConflictError, and changes nothing, if sounds that would change were given other labels since ``seen``
        or the draft was changed since ``seen_draft``; EditError if nothing would change.
        """
        def decide(state: State) -> Edit:
            with self._workspace.reading() as journal:
                draft = self._current(journal)
                _check_unchanged(draft, seen_draft)
                edit = changes(draft, state.labels, steps=map(journal.edit, (seq for seq, _ in draft.stacks.done)))
            if not len(edit.segment_ids) and not edit.clusters:
                raise EditError("The draft changes nothing, so there is nothing to finalise. Go on, or discard it.")
            check_seen(state, edit, seen=seen)
            return edit

        with self._lock:
            edit = self._workspace.write(decide, then=lambda journal: self._append(journal, _row(_END, "Finalise")))
            self.refresh()
        return edit

    def _step(self, decide: Callable[[Draft], Edit]) -> Edit:
        with self._lock:
            with self._workspace.writing() as journal:
                edit = _as_row(_STEP, decide(self._current(journal)))
                edit = replace(edit, revision=self._append(journal, edit), user=self._workspace.user)
            self._take_in([edit])
        return replace(edit, provenance=edit.provenance["chosen"])

    def _current(self, journal: Journal | None) -> Draft:
        """The draft with all that was done to it anywhere."""
        if journal is not None:
            self._read(journal)
        if self._draft is None:
            raise EditError("You have no draft of this project; it may have been finalised or discarded in another "
                            "window. Begin one (BLOBBING) to go on.")
        return self._draft

    def _read(self, journal: Journal) -> None:
        """Take in the rows not yet read, from the beginning of the latest draft on."""
        rows: list[Edit] = []
        for row in journal.draft_rows(self._workspace.user, after=self._read_to or 0):
            rows.append(row)
            if row.provenance.get("act") in (_BEGIN, _END):
                break
        self._take_in(rows[::-1])

    def _take_in(self, rows: Sequence[Edit]) -> None:
        if rows:
            self._draft = _replayed(self._draft, rows, self._workspace.labels)
            self._read_to = rows[-1].revision

    def _append(self, journal: Journal, row: Edit) -> int:
        return journal.append(row, user=self._workspace.user)

    def _row(self, seq: int) -> Edit:
        with self._workspace.reading() as journal:
            row = journal.edit(seq)
        return replace(row, provenance=row.provenance["chosen"], revision=0)


def _beginning(labels: Labels, revision: int, scope: Scope) -> Edit:
    """The row that begins a draft: ``before`` and ``after`` are all labels in row order, and need no ids."""
    ids = labels.ids if scope == "unassigned" else np.zeros(len(labels), np.int32)
    known = tuple(ClusterChange(None, info) for number, info in labels.clusters.items() if number != UNASSIGNED)
    row = _row(_BEGIN, "Begin a draft", scope=scope, began=revision)
    return replace(row, before=labels.ids, after=ids, clusters=known)


def _row(act: str, title: str, **about: Any) -> Edit:
    return Edit("draft", title, provenance={"act": act, **about})


def _as_row(act: str, edit: Edit) -> Edit:
    return replace(edit, kind="draft", provenance={"act": act, "chosen": edit.provenance})


def _replayed(draft: Draft | None, rows: Iterable[Edit], project: Labels) -> Draft | None:
    """The draft after ``rows``, oldest first."""
    for act, some in itertools.groupby(rows, key=lambda row: row.provenance.get("act")):
        part = list(some)
        if act == _BEGIN:
            draft = _begun(part[-1], project)
        elif act == _MODE and draft is not None:
            draft = _in_mode(draft, part[-1])
        elif act == _STEP and draft is not None:
            draft = _stepped(draft, part)
        else:
            draft = None
    return draft


def _begun(row: Edit, project: Labels) -> Draft:
    infos = [change.after for change in row.clusters]
    before, after = grown(row.before, len(project)), grown(row.after, len(project))
    origin = Labels(project.index, before).described([project.clusters[UNASSIGNED], *infos])
    labels = replace(origin, ids=after, letter=LETTERS[BLOBBING])
    known = dict.fromkeys(labels.clusters, row.revision)   # to a view of an earlier draft, all of this one is new
    state = State(row.revision, labels, np.full(len(labels), row.revision, np.int64), known)
    return Draft(state, origin, row.provenance["began"], BLOBBING, row.provenance["scope"])


def _in_mode(draft: Draft, row: Edit) -> Draft:
    mode = row.provenance["mode"]
    labels = replace(draft.labels, letter=LETTERS[mode])
    return replace(draft, mode=mode, state=replace(draft.state, revision=row.revision, labels=labels))


def _stepped(draft: Draft, rows: Sequence[Edit]) -> Draft:
    stacks = Stacks(list(draft.stacks.done), list(draft.stacks.undone))
    for row in rows:
        stacks.add(row.revision, row.undoes)
    return replace(draft, state=advance(draft.state, rows), stacks=stacks)


def _checked(draft: Draft, edit: Edit) -> Edit:
    check_reversible(draft.state, edit)
    return edit


def _last(stack: Sequence[tuple[int, int]], otherwise: str) -> tuple[int, int]:
    if not stack:
        raise EditError(otherwise)
    return stack[-1]


def _check_known(seq: int, seen: int | None) -> None:
    if seen is not None and seq > seen:
        raise ConflictError("The latest step was made in another window and is not shown here yet. Look at it, then "
                            "undo or redo again if you still want to.")


def _check_unchanged(draft: Draft, seen: int | None) -> None:
    if seen is not None and seen != draft.revision:
        raise ConflictError("The draft was changed in another window since you were asked. Look at it and decide "
                            "again.")
