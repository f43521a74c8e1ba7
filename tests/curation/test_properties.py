"""Whatever is done in whatever order, crashes included, the labels are those of a plain model."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import EditError
from tests.curation import projects

N = 7
sounds = st.lists(st.integers(0, N - 1), min_size=1, max_size=N)


@dataclass
class Model:
    """Labels as one would keep them on paper: a list, and every list there was before."""

    ids: list[int] = field(default_factory=lambda: [0] * N)
    past: list[list[int]] = field(default_factory=list)
    future: list[list[int]] = field(default_factory=list)
    highest: int = 0

    def become(self, ids: list[int], *, made: int = 0) -> None:
        self.past.append(self.ids)
        self.future.clear()
        self.ids, self.highest = ids, max(self.highest, made)

    def undo(self) -> None:
        self.future.append(self.ids)
        self.ids = self.past.pop()

    def redo(self) -> None:
        self.past.append(self.ids)
        self.ids = self.future.pop()


class Curation(RuleBasedStateMachine):
    """One person, who edits, undoes, redoes, goes back, closes, and sometimes pulls the plug."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="syllabary-model-"))
        self.project = projects.make(self.folder / "bird.h5")
        self.model, self.dropped = Model(), []
        self.points = {0: [0] * N}
        self.workspace = Workspace.open(self.project, user="me")

    @rule(chosen=sounds)
    def assign(self, chosen):
        new = self.model.highest + 1
        self.workspace.edit(edits.assign, segment_ids=chosen)
        self._become([new if k in chosen else old for k, old in enumerate(self.model.ids)], made=new)

    @rule(chosen=sounds, to=st.integers(0, 9))
    def move(self, chosen, to):
        self._try([to if k in chosen else old for k, old in enumerate(self.model.ids)], made=to,
                  make=edits.move, segment_ids=chosen, to=to)

    @rule(data=st.data())
    def merge(self, data):
        numbers = st.sampled_from(sorted(self.workspace.labels.clusters))
        into, *others = data.draw(st.lists(numbers, min_size=1, max_size=3, unique=True))
        merged = [into if old in others else old for old in self.model.ids]
        self._try(merged, make=edits.merge, clusters=[into, *others])

    @rule()
    def reset(self):
        self._try([0] * N, make=edits.reset)

    @rule()
    def undo(self):
        assert self.workspace.can_undo == bool(self.model.past)
        if self.model.past:
            self.workspace.undo()
            self.model.undo()
            self._remember()

    @rule()
    def redo(self):
        assert self.workspace.can_redo == bool(self.model.future)
        if self.model.future:
            self.workspace.redo()
            self.model.redo()
            self._remember()

    @rule(data=st.data())
    def go_back(self, data):
        point = data.draw(st.sampled_from(sorted(self.points)))
        if self.points[point] != self.model.ids:
            self.workspace.go_back(point)
            self._become(self.points[point])

    @rule()
    def close_and_open(self):
        self.workspace.close()
        assert projects.labels_in(self.project) == self.model.ids
        self.workspace = Workspace.open(self.project, user="me")

    @rule()
    def crash_and_open(self):
        """Drop it as it is: nothing is closed, no checkpoint is made."""
        self.workspace._saver.stop()
        self.dropped.append(self.workspace)
        self.workspace = Workspace.open(self.project, user="me")
        assert projects.labels_in(self.project) == self.model.ids

    @invariant()
    def labels_are_those_of_the_model(self):
        assert self.workspace.labels.ids.tolist() == self.model.ids
        assert self.workspace.labels.next_id == self.model.highest + 1

    def teardown(self):
        self.workspace.close()
        assert projects.labels_in(self.project) == self.model.ids
        for workspace in self.dropped:
            workspace._journal and workspace._journal.close()
            workspace.dataset.close()
        shutil.rmtree(self.folder)

    def _try(self, ids: list[int], *, make, made: int = 0, **choice) -> None:
        """An edit is refused if, and only if, it would change nothing."""
        try:
            self.workspace.edit(make, **choice)
        except EditError:
            assert ids == self.model.ids
        else:
            assert ids != self.model.ids
            self._become(ids, made=made)

    def _become(self, ids: list[int], *, made: int = 0) -> None:
        self.model.become(ids, made=made)
        self._remember()

    def _remember(self) -> None:
        self.points[self.workspace.revision] = list(self.model.ids)


TestCuration = Curation.TestCase
TestCuration.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
