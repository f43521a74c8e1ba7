"""Pull the plug 200 times: no edit that was acknowledged is lost, and the file always opens."""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pipeline.curation import edits, saver
from pipeline.curation.workspace import Workspace
from tests.curation import projects
from tests.curation.processes import context

N = 300
TIMES = 200
LONGEST_LIFE_S = 0.08


def labour(connection: Connection, project: Path, seed: int) -> None:
    """Edit without end, with a checkpoint after every edit or so, telling of each edit when it has returned."""
    saver.DELAY_S = 0.001
    chance = random.Random(seed)
    while True:
        with Workspace.open(project, user="me") as workspace:
            connection.send((workspace.revision, workspace.labels.ids.tobytes()))
            for _ in range(chance.randrange(20)):
                one_edit(workspace, chance)
                connection.send((workspace.revision, workspace.labels.ids.tobytes()))


def one_edit(workspace: Workspace, chance: random.Random) -> None:
    kind = chance.random()
    if kind < 0.2 and workspace.can_undo:
        workspace.undo()
    elif kind < 0.3 and workspace.can_redo:
        workspace.redo()
    elif kind < 0.4:
        workspace.edit(edits.assign, segment_ids=chance.sample(range(N), 5))
    else:
        workspace.edit(edits.move, segment_ids=chance.sample(range(N), 150), to=1 + chance.randrange(40))


def killed(project: Path, seed: int, *, longest_life_s: float = LONGEST_LIFE_S) -> tuple[int, bytes]:
    """What a process acknowledged last before it was killed at a random moment."""
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=labour, args=(there, project, seed))
    process.start()
    there.close()
    here.poll(60)   # its first word: it lives
    time.sleep(random.Random(seed).uniform(0, longest_life_s))
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return last_word(here)


def last_word(connection: Connection) -> tuple[int, bytes]:
    word = (0, b"")
    with connection:
        while True:
            try:
                word = connection.recv()
            except (EOFError, OSError):
                return word


@pytest.mark.slow
def test_no_acknowledged_edit_is_lost(tmp_path):
    project = projects.make(tmp_path / "bird.h5", n=N)
    n_edits = 0
    for seed in range(TIMES):
        revision, ids = killed(project, seed)
        projects.labels_in(project)   # any reader of HDF5 can open it, whatever it finds
        with Workspace.open(project, user="me") as workspace:
            assert workspace.revision in (revision, revision + 1)
            assert projects.labels_in(project) == workspace.labels.ids.tolist()
            if workspace.revision > revision:   # one more was on disk, but there was no time to say so
                workspace.go_back(revision)
            assert workspace.labels.ids.tobytes() == ids
        n_edits = workspace.revision
    assert n_edits > TIMES
    assert projects.names_in(project).keys() == workspace.labels.clusters.keys() - {0}


@pytest.mark.slow
def test_a_foreign_file_survives_being_killed_while_it_is_rewritten(tmp_path):
    for seed in range(30):
        project = projects.make_foreign(tmp_path / f"{seed}.h5", n=N, ids=[seed] * N)
        original = project.read_bytes()
        revision, ids = killed(project, seed, longest_life_s=0.03)
        assert projects.labels_in(project) is not None
        with Workspace.open(project, user="me") as workspace:
            assert workspace.revision in (revision, revision + 1)
            if workspace.revision == revision:
                assert workspace.labels.ids.tobytes() == ids
            workspace.edit(edits.assign, segment_ids=[0])
        assert original in [path.read_bytes() for path in tmp_path.glob(f"{seed}.before-syllabary*.h5")]
        assert projects.labels_in(project) == workspace.labels.ids.tolist()
