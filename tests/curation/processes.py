"""Other processes that have the same project open, light enough to start hundreds of them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import SyllabaryError

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["pytest", "pipeline.curation.workspace", "tests.curation.processes"])


class Colleague:
    """Somebody who has the project open in another process and does what is asked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, method: str, *names: str, **choice: Any) -> Any:
        """Call a method of their workspace; a name stands for an edit. Errors are raised here too."""
        self._connection.send((method, names, choice))
        answer = self._connection.recv()
        if isinstance(answer, SyllabaryError):
            raise answer
        return answer


@contextmanager
def colleague(project: Path, *, user: str) -> Iterator[Colleague]:
    """Somebody in another process."""
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, project, user))
    process.start()
    there.close()
    try:
        yield Colleague(here)
    finally:
        here.close()
        process.join()


def _work(connection: Connection, project: Path, user: str) -> None:
    with Workspace.open(project, user=user) as workspace:
        while True:
            try:
                method, names, choice = connection.recv()
            except EOFError:
                return
            try:
                getattr(workspace, method)(*(getattr(edits, name) for name in names), **choice)
                connection.send((workspace.revision, workspace.labels.ids.tolist()))
            except SyllabaryError as error:
                connection.send(error)
