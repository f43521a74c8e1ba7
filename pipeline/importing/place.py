"""Where an imported project goes: a new file, never one that is there."""

from __future__ import annotations

from pathlib import Path

from pipeline import project_file
from pipeline.catalogue import SUFFIXES
from pipeline.curation import journal
from pipeline.errors import ParameterError


def check(output: Path) -> Path:
    """The full path of a project that is to be made. Raises ParameterError where there is something, ProjectError where
    none can be written."""
    output = output.expanduser().absolute()
    if output.suffix.lower() not in SUFFIXES:
        raise ParameterError(f"{output} does not end in {' or '.join(SUFFIXES)}, as a project does. Give such a name.")
    if output.exists() or output.is_symlink():
        raise ParameterError(f"There is something at {output} already, and nothing is written over it. Choose another "
                             "name.")
    if journal.path_of(output).exists():
        raise ParameterError(f"A journal of edits of a project that was at {output} is still there. Choose another "
                             "name, or move the journal away.")
    project_file.prepare_place(output)
    return output
