"""Letting only one process at a time change a project file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from pipeline.errors import ProjectError

WAIT_S = 60.0


@contextmanager
def holding(project: Path) -> Iterator[None]:
    """Keep all others from changing ``project`` meanwhile. Readers are not kept out. Not to be nested.

    Raises ProjectError if another holds it for too long, or the folder cannot be written to.
    """
    project = project.resolve()
    held = filelock.FileLock(project.with_name(f".{project.name}.lock"), timeout=WAIT_S)
    try:
        held.acquire()
    except filelock.Timeout:
        raise ProjectError(f"Another program has been changing {project} for {WAIT_S:g} s. Wait for it, or close it, "
                           "and try again.") from None
    except OSError as error:
        raise ProjectError(f"The folder of {project} cannot be written to ({error}), which curation needs. Copy the "
                           "project, with its journal, to a folder of your own.") from None
    try:
        yield
    finally:
        held.release()
