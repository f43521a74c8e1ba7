"""A project opened for curation: its labels, edits with undo for ever, and a file that is always in agreement."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline import drives, settings
from pipeline.curation import agreement, edits, history, journal
from pipeline.curation.drafting import Drafting
from pipeline.curation.edits import Edit
from pipeline.curation.journal import Entry, Journal, MismatchError
from pipeline.curation.labels import Labels
from pipeline.curation.opening import Opened
from pipeline.curation.saver import Saver
from pipeline.curation.state import State, advance, check_reversible, check_seen, touched_since
from pipeline.errors import ConflictError, EditError, JournalError

OnMismatch = Literal["ask", "keep-journal", "adopt-file"]


class Workspace:
    """One person's view of one project. Threads may share it; other processes may have the same project open.

    When `edit`, `undo`, `redo` or `go_back` returns, the edit is on disk in the journal; the project file follows
    within two seconds. Made by `open`, not directly; a context manager that closes itself.

    drafting : this person's draft, see `Drafting`
    """

    def __init__(self, opened: Opened, *, user: str, saver: Saver | None = None,
                 permit: Callable[[], object] | None = None) -> None:
        """A workspace of its own, or with ``saver`` one of several of a project that is open once, see `Shared`.

        permit : raises AccessError if the person may not edit; asked before every change
        """
        self.path, self.user, self.dataset = opened.path, user, opened.dataset
        self._about = opened.about
        self._permit = permit or (lambda: None)
        self._is_alone = saver is None
        self._lock = threading.RLock()
        self._state = State.first(0, opened.labels)
        self._stacks = history.Stacks()
        self._journal: Journal | None = None
        self._closed = False
        self._saver = saver or Saver(lambda: agreement.settle(self.path, self._state.labels))
        self.drafting = Drafting(self)
        self.refresh()

    @classmethod
    def open(cls, path: str | Path, *, user: str | None = None, on_mismatch: OnMismatch = "ask") -> Workspace:
        """Open a project and its journal, and bring the file to what the journal says.

        Opening a project that was never edited writes nothing at all. Raises ProjectError if the file is no project,
        and MismatchError (a JournalError) if file and journal do not belong together: then ``on_mismatch`` says what
        the person has decided, ``keep-journal`` (its labels are written over the file's) or ``adopt-file`` (the
        journal is set aside under a dated name and another begun from the file).
        """
        return cls(opened_in_agreement(Path(path).resolve(), on_mismatch), user=user or settings.user_name())

    @property
    def labels(self) -> Labels:
        """The labels as of `revision`, in the row order of ``segments/``."""
        return self._state.labels

    @property
    def revision(self) -> int:
        """The number of the latest edit that these labels have. It only rises."""
        return self._state.revision

    @property
    def can_undo(self) -> bool:
        """Whether this person has an edit to take back."""
        return bool(self._stacks.done)

    @property
    def can_redo(self) -> bool:
        """Whether this person has an undo to take back."""
        return bool(self._stacks.undone)

    @property
    def saved(self) -> bool:
        """Whether the project file has everything that the journal has. An edit is on disk either way."""
        with self._lock:
            return self._journal is None or self._closed or self._journal.done_seq >= self.revision

    @property
    def trouble(self) -> str:
        """Why the project file could not be brought up to date, as a sentence; "" if all is well."""
        return self._saver.trouble

    @property
    def on_network_drive(self) -> bool:
        """Whether the project lies on a shared drive: then only one host may have it open."""
        return drives.is_network(self.path)

    def edit(
        self,
        make: Callable[..., Edit],
        *,
        seen: int | None = None,
        provenance: Mapping[str, Any] | None = None,
        **choice: Any,
    ) -> Edit:
        """Make one edit, such as ``edit(edits.move, seen=ws.revision, segment_ids=[4, 7], to=3)``.

        make : a function from `pipeline.curation.edits`, called with the newest labels and ``choice``
        seen : the revision that the person was looking at; None for the newest
        provenance : how the sounds were chosen (polygon, threshold, …), kept in the history

        Raises EditError if the edit makes no sense, and ConflictError if it touches what has changed since ``seen``.
        """
        def decide(state: State) -> Edit:
            edit = make(state.labels, **choice)
            if seen is not None:
                check_seen(state, edit, seen=seen)
            return replace(edit, provenance=dict(provenance or edit.provenance))

        return self.write(decide)

    def undo(self) -> Edit:
        """Take back this person's latest edit that holds. ConflictError if someone's later edit touched the same."""
        def decide(state: State) -> Edit:
            seq, since = _last(self._stacks.done, "There is nothing to undo.")
            edit = self._journal.edit(seq)
            back = replace(edits.inverse(edit), title=f"Undo: {edit.title}", undoes=seq)
            return self._checked(state, back, since=since)

        return self.write(decide)

    def redo(self) -> Edit:
        """Take back this person's latest undo, if no edit of theirs came after it."""
        def decide(state: State) -> Edit:
            seq, since = _last(self._stacks.undone, "There is nothing to redo.")
            edit = self._journal.edit(seq)
            return self._checked(state, replace(edit, title=f"Redo: {edit.title}", undoes=since), since=since)

        return self.write(decide)

    def go_back(self, to: int) -> Edit:
        """Restore, by one new edit, the labels as revision ``to`` left them. Names and colours stay as they are."""
        def decide(state: State) -> Edit:
            ids = self._labels_at(state, to)
            first = to == self._journal.first_revision
            title = "Go back to the beginning" if first else f"Go back to “{self._journal.edit(to).title}”"
            edit = edits.replace_labels(state.labels, segment_ids=state.labels.segment_ids, ids=ids, title=title)
            return replace(edit, provenance={"back_to": to})

        return self.write(decide)

    def history(self) -> list[Entry]:
        """Every edit ever made, by whomever, oldest first; those that do not hold at present are marked."""
        with self._lock:
            self._check_open()
            return [] if self._journal is None else history.marked(self._journal.entries())

    def refresh(self) -> bool:
        """Read what other processes wrote since. True if the labels, or what is said of clusters, changed."""
        with self._lock:
            self._check_open()
            before = self.revision
            if self._journal is not None:
                self._read_new()
            elif journal.exists(journal.path_of(self.path)):
                self._attach(Journal(journal.path_of(self.path)))
            changed = self.revision != before
        if changed:
            self._saver.soon()
        return changed

    def write(self, decide: Callable[[State], Edit], *, then: Callable[[Journal], object] | None = None) -> Edit:
        """Decide on an edit from the newest labels and write it, while every other process waits.

        then : writes more rows to the journal, for which the same holds: they are on disk with the edit, or not at all
        """
        self._permit()
        if self._journal is None and not self.refresh():
            decide(self._state)   # what is refused must not be the reason to rewrite a file
        self._begin()
        with self._lock:
            with self.writing() as found:
                edit = replace(decide(self._state), user=self.user)
                edit = replace(edit, revision=found.append(edit, user=self.user))
                if then is not None:
                    then(found)
            self._take_in([edit])
        self._saver.soon()
        return edit

    @contextmanager
    def writing(self) -> Iterator[Journal]:
        """The journal, held for writing, and the newest labels; what is written is on disk when the block ends."""
        self._permit()
        self._begin()
        with self._lock:
            self._check_open()
            with self._journal.transaction():
                self._read_new()
                yield self._journal

    @contextmanager
    def reading(self) -> Iterator[Journal | None]:
        """The journal, kept from other threads meanwhile; None if the project was never edited."""
        with self._lock:
            self.refresh()
            yield self._journal

    def close(self) -> None:
        """Bring the file up to date and close. Afterwards file and journal agree, and the journal is one file.

        One of several lets go of its journal only: the project stays open for the others.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if self._is_alone:
            self._close_project()
        elif self._journal is not None:
            self._journal.close()

    def _close_project(self) -> None:
        self._saver.stop()
        try:
            if self._journal is not None:
                agreement.settle(self.path, self.labels)
        finally:
            if self._journal is not None:
                self._journal.close()
            self.dataset.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise JournalError(f"{self.path} was closed. Open it again to go on.")

    def _begin(self) -> None:
        self._check_open()
        if self._journal is None:
            begun = agreement.begin(self.path, self.labels, about=self._about)
            with self._lock:
                self._attach(begun)

    def _attach(self, found: Journal) -> None:
        if self._journal is not None:   # another thread was quicker
            found.close()
            return
        self._state = agreement.load(found, self.labels)
        self._stacks = history.stacks(found.steps(user=self.user))
        self._journal = found

    def _read_new(self) -> None:
        self._take_in(list(self._journal.edits_after(self.revision)))

    def _take_in(self, new: list[Edit]) -> None:
        if new:
            self._state = advance(self._state, new)
        for edit in new:
            if edit.user == self.user:
                self._stacks.add(edit.revision, edit.undoes)

    def _checked(self, state: State, edit: Edit, *, since: int) -> Edit:
        check_reversible(state, edit)
        if touched_since(state, edit, since):
            later = (step for step in self._journal.steps(after=since) if step.user != self.user)
            for seq in sorted(history.standing(later)):
                _check_apart(edit, self._journal.edit(seq))
        return edit

    def _labels_at(self, state: State, revision: int) -> np.ndarray:
        if self._journal is None or not self._journal.first_revision <= revision <= state.revision:
            raise EditError(f"The history has no edit number {revision}.")
        ids = state.labels.ids.copy()
        for edit in self._journal.edits_back_to(revision):
            ids[state.labels.rows_of(edit.segment_ids)] = edit.before
        return ids


def opened_in_agreement(path: Path, on_mismatch: OnMismatch = "ask") -> Opened:
    """A project file, open for reading, brought to what its journal says; see `Workspace.open`."""
    opened = Opened.at(path)
    if journal.exists(journal.path_of(path)):
        try:
            _agree(opened, on_mismatch)
        except BaseException:
            opened.dataset.close()
            raise
    return opened


def _agree(opened: Opened, on_mismatch: OnMismatch) -> None:
    try:
        agreement.check_sounds(opened.path, about=opened.about, first=opened.sounds)
        agreement.settle(opened.path, opened.labels)
    except MismatchError:
        if on_mismatch == agreement.ADOPT_FILE:
            agreement.adopt_file(opened.path, opened.labels, about=opened.about)
        elif on_mismatch == agreement.KEEP_JOURNAL:
            agreement.keep_journal(opened.path, opened.labels, about=opened.about, first=opened.sounds)
            agreement.settle(opened.path, opened.labels)
        else:
            raise


def _last(stack: list[tuple[int, int]], otherwise: str) -> tuple[int, int]:
    if not stack:
        raise EditError(otherwise)
    return stack[-1]


def _check_apart(edit: Edit, other: Edit) -> None:
    described = {change.after.cluster_id for change in edit.clusters if change.before}
    same = described & {change.after.cluster_id for change in other.clusters if change.before}
    if same or np.isin(edit.segment_ids, other.segment_ids).any():
        raise ConflictError(f"“{edit.title}” is not possible: {other.user} later did “{other.title}” to some of the "
                            "same sounds or clusters. Ask them, or go back to a point in the history.")
