"""What a person works on: the clusters, or in BLOBBING and PROOFREADING their draft. One way to both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.curation import edits
from pipeline.curation.drafting import BLOBBING, CLUSTERING, MODES, PROOFREADING, Draft, Mode
from pipeline.curation.edits import Edit
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.errors import EditError

if TYPE_CHECKING:
    from pipeline.curation.workspace import Workspace

# Questions that a person is asked first
SCOPE, FINALISE, DISCARD, GO_BACK, RESET = "scope", "finalise", "discard", "go-back", "reset"


@dataclass(frozen=True, eq=False)
class Desk:
    """The labels of the current mode at one moment, and where edits to them go.

    revision : the number of the last thing that happened to the project or to this person's draft; it only rises,
        also from one mode to another, so that labels of one revision are always the same
    draft : the draft that is worked on, None in CLUSTERING;  has_draft : whether there is one, put aside or not
    """

    workspace: Workspace
    revision: int
    labels: Labels
    mode: Mode
    draft: Draft | None
    has_draft: bool

    @classmethod
    def of(cls, workspace: Workspace, *, at_least: int = 0) -> Desk:
        """The desk as it is, read anew from the journal if the browser has seen a later revision."""
        drafting = workspace.drafting
        if max(workspace.revision, drafting.revision) < at_least:
            workspace.refresh()
            drafting.refresh()
        revision = max(workspace.revision, drafting.revision)   # first: labels may be newer, and are then read again
        draft = drafting.draft
        mode = CLUSTERING if draft is None else draft.mode
        worked_on = None if mode == CLUSTERING else draft
        labels = worked_on.labels if worked_on is not None else workspace.labels
        return cls(workspace, revision, labels, mode, worked_on, draft is not None)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back here."""
        return (self.draft or self.workspace).can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is something to make again here."""
        return (self.draft or self.workspace).can_redo

    @property
    def active(self) -> np.ndarray:
        """Which sounds are not yet taken, bool (n,) in row order: blobs are found on these."""
        return self.labels.ids == UNASSIGNED

    def edit(self, make: Callable[..., Edit], *, seen: int, provenance: Mapping[str, Any] | None = None,
             **choice: Any) -> Edit:
        """Make one edit to the clusters, or one step of the draft; ``seen`` is a revision of the desk."""
        if self.draft is None:
            return self.workspace.edit(make, seen=self._own(seen), provenance=provenance, **choice)
        return self.workspace.drafting.step(make, seen=self._own(seen), provenance=provenance, **choice)

    def undo(self, *, seen: int | None = None) -> Edit:
        """Take back the latest edit here. In a draft, ConflictError if it was made elsewhere after ``seen``."""
        return self.workspace.undo() if self.draft is None else self.workspace.drafting.undo(seen=seen)

    def redo(self, *, seen: int | None = None) -> Edit:
        """Make again what was taken back last here."""
        return self.workspace.redo() if self.draft is None else self.workspace.drafting.redo(seen=seen)

    def _own(self, seen: int) -> int:
        """The same moment as a revision of what is edited, which may not have changed when the other last did."""
        latest = (self.draft or self.workspace).revision
        return seen if seen > self.revision else min(seen, latest)


def turn(desk: Desk, to: Mode | None = None) -> str:
    """Go to a mode, by default the next. The name of the question that must be answered first, or "".

    Raises EditError for PROOFREADING without a draft.
    """
    wanted = to or MODES[(MODES.index(desk.mode) + 1) % len(MODES)]
    if to is None and desk.mode == PROOFREADING:
        return FINALISE
    if wanted == BLOBBING and not desk.has_draft:
        if np.any(desk.labels.ids != UNASSIGNED):
            return SCOPE
        desk.workspace.drafting.begin(scope="unassigned")
    elif wanted != desk.mode:
        desk.workspace.drafting.go_to(wanted)
    return ""


def answered(workspace: Workspace, question: str, answer: Any, *, seen: Sequence[int] | None) -> tuple[str, bool]:
    """Do what the person agreed to: what to tell them, and whether it can be undone.

    seen : the revisions of project and draft that the question was about
    """
    revision, draft_revision = seen or (None, None)
    if question == SCOPE:
        workspace.drafting.begin(scope=answer)
        return "", False
    if question == FINALISE:
        return workspace.drafting.finalise(seen=revision, seen_draft=draft_revision).title, True
    if question == DISCARD:
        workspace.drafting.discard(seen=draft_revision)
        return "The draft was discarded. The clusters are as they were.", False
    if question == GO_BACK:
        return workspace.go_back(answer).title, True
    if question == RESET:
        return Desk.of(workspace).edit(edits.reset, seen=revision).title, True
    raise EditError(f"There is no question {question!r}. Load the page again.")
