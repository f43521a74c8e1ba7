"""``import-project``: a project file of an older version or another tool."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from pipeline.commands._imports import OUTPUT, tell
from pipeline.commands._progress import Bars
from pipeline.importing import older
from pipeline.tasks.import_project import summary, told


@click.command(short_help="Take over a project file of an older version or another tool.")
@click.argument("old", type=click.Path(path_type=Path), metavar="OLD.h5")
@OUTPUT
def command(old: Path, output: Path) -> None:
    """Upgrade OLD.h5 into a copy of the newest layout, and say what was taken over and what was missing.

    OLD.h5 itself is not touched.
    """
    with Bars(Console(stderr=True)) as bars:
        found = older.upgrade(old, output, watcher=bars)
    tell(summary(found), output.expanduser().absolute(), [*bars.notes, *told(found)])
