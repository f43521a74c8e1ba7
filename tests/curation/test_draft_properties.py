"""Whatever is done to a draft in whatever order, in two windows, crashes included, it is that of a plain model."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipeline.curation import drafting, edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ConflictError, EditError
from tests.curation import projects

N = 7
sounds = st.lists(st.integers(0, N - 1), min_size=1, max_size=N)
window = st.integers(0, 1)


class Model:
    """A draft as one would keep it on paper, beside the clusters."""

    def __init__(self) -> None:
        self.clusters, self.highest_cluster = [0] * N, 0
        self.draft: list[int] | None = None

    def begin(self, scope: str) -> None:
        self.origin, self.kept = list(self.clusters), self.highest_cluster
        self.draft = list(self.clusters) if scope == "unassigned" else [0] * N
        self.highest, self.mode = self.highest_cluster, "blobbing"
        self.past, self.future = [], []

    def become(self, ids: list[int], *, made: int = 0) -> None:
        self.past.append(self.draft)
        self.future.clear()
        self.draft, self.highest = ids, max(self.highest, made)

    def undo(self) -> None:
        self.future.append(self.draft)
        self.draft = self.past.pop()

    def redo(self) -> None:
        self.past.append(self.draft)
        self.draft = self.future.pop()

    def finalised(self) -> list[int]:
        new = [k for k in sorted(set(self.draft)) if k > self.kept]
        numbers = {k: self.highest_cluster + 1 + place for place, k in enumerate(new)}
        wanted = [numbers.get(k, k) for k in self.draft]
        return [now if want == was else want
                for now, want, was in zip(self.clusters, wanted, self.origin, strict=True)]


class Drafts(RuleBasedStateMachine):
    """One person with two windows on one project, who sometimes pulls the plug, and a colleague."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="syllabary-model-"))
        self.project = projects.make(self.folder / "bird.h5")
        self.model, self.dropped, self.drafts_revision = Model(), [], 0
        self.windows = [Workspace.open(self.project, user="me") for _ in range(2)]

    @precondition(lambda self: self.model.draft is None)
    @rule(at=window, scope=st.sampled_from(drafting.SCOPES))
    def begin(self, at, scope):
        self.windows[at].drafting.begin(scope=scope)
        self.model.begin(scope)

    @precondition(lambda self: self.model.draft is not None)
    @rule(at=window, chosen=sounds)
    def assign(self, at, chosen):
        new = self.model.highest + 1
        self.windows[at].drafting.step(edits.assign, segment_ids=chosen)
        self.model.become([new if k in chosen else old for k, old in enumerate(self.model.draft)], made=new)

    @precondition(lambda self: self.model.draft is not None)
    @rule(at=window, chosen=sounds, to=st.integers(0, 9))
    def move(self, at, chosen, to):
        self._try(at, [to if k in chosen else old for k, old in enumerate(self.model.draft)], made=to,
                  make=edits.move, segment_ids=chosen, to=to)

    @precondition(lambda self: self.model.draft is not None)
    @rule(at=window, group=st.integers(1, 4))
    def take_back(self, at, group):
        self._try(at, [0 if old == group else old for old in self.model.draft], make=drafting.take_back, group=group)

    @precondition(lambda self: self.model.draft is not None)
    @rule(at=window, mode=st.sampled_from(drafting.MODES))
    def go_to(self, at, mode):
        self.windows[at].drafting.go_to(mode)
        self.model.mode = mode

    @precondition(lambda self: self.model.draft is not None)
    @rule(at=window)
    def undo_and_redo(self, at):
        draft = self.windows[at].drafting
        draft.refresh()
        assert (draft.draft.can_undo, draft.draft.can_redo) == (bool(self.model.past), bool(self.model.future))
        if self.model.past:
            draft.undo()
            self.model.undo()
        elif self.model.future:
            draft.redo()
            self.model.redo()

    @precondition(lambda self: self.model.draft is not None and len(self.model.past) >= 4)   # or none would grow old
    @rule(at=window)
    def discard(self, at):
        self.windows[at].drafting.discard()
        self.model.draft = None

    @precondition(lambda self: self.model.draft is not None)
    @rule(at=window)
    def finalise(self, at):
        draft, wanted = self.windows[at].drafting, self.model.finalised()
        told = draft.finalising()
        assert told.n_changes == sum(a != b for a, b in zip(wanted, self.model.clusters, strict=True))
        if not told.n_changes:
            return
        draft.finalise(seen=told.revision, seen_draft=told.draft_revision)
        self._clusters_become(wanted)
        self.model.draft = None

    @rule(chosen=sounds)
    def a_colleague_assigns(self, chosen):
        with Workspace.open(self.project, user="you") as other:
            other.edit(edits.assign, segment_ids=chosen)
        new = self.model.highest_cluster + 1
        self._clusters_become([new if k in chosen else old for k, old in enumerate(self.model.clusters)])

    @precondition(lambda self: self.model.draft is not None)
    @rule(at=window, chosen=sounds)
    def an_outdated_window_is_refused_what_it_has_not_seen(self, at, chosen):
        seen = self.windows[at].drafting.revision
        self.assign(1 - at, chosen)
        try:
            self.windows[at].drafting.step(edits.unassign, seen=seen, segment_ids=chosen[:1])
        except ConflictError:
            return
        raise AssertionError("a sound was changed that this window showed otherwise")

    @rule(at=window, crash=st.booleans())
    def open_again(self, at, crash):
        if crash:   # nothing is closed, no checkpoint is made
            self.windows[at]._saver.stop()
            self.dropped.append(self.windows[at])
        else:
            self.windows[at].close()
        self.windows[at] = Workspace.open(self.project, user="me")

    @invariant()
    def every_window_has_the_draft_of_the_model(self):
        for workspace in self.windows:
            workspace.refresh()
            workspace.drafting.refresh()
            assert workspace.labels.ids.tolist() == self.model.clusters
            draft = workspace.drafting.draft
            assert (draft is None) == (self.model.draft is None)
            if draft is not None:
                assert draft.labels.ids.tolist() == self.model.draft
                assert drafting.active(draft).tolist() == [k == 0 for k in self.model.draft]
                assert workspace.drafting.mode == self.model.mode
        assert self.windows[0].drafting.revision == self.windows[1].drafting.revision >= self.drafts_revision
        self.drafts_revision = self.windows[0].drafting.revision

    def teardown(self):
        for workspace in self.windows:
            workspace.close()
        assert projects.labels_in(self.project) == self.model.clusters
        for workspace in self.dropped:
            workspace._journal and workspace._journal.close()
            workspace.dataset.close()
        shutil.rmtree(self.folder)

    def _try(self, at: int, ids: list[int], *, make, made: int = 0, **choice) -> None:
        """A step is refused if, and only if, it would change nothing."""
        try:
            self.windows[at].drafting.step(make, **choice)
        except EditError:
            assert ids == self.model.draft
        else:
            assert ids != self.model.draft
            self.model.become(ids, made=made)

    def _clusters_become(self, ids: list[int]) -> None:
        self.model.clusters = ids
        self.model.highest_cluster = max(self.model.highest_cluster, *ids)


TestDrafts = Drafts.TestCase
TestDrafts.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
