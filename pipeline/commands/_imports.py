"""What the imports share at the command line: where the project goes, and what is told in the end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from pipeline.text import printable

OUTPUT = click.option("--output", required=True, type=click.Path(path_type=Path), metavar="NEW.h5",
                      help="The project file to be made; nothing that is there is written over.")


def tell(summary: str, project: Path | str, notes: Sequence[str]) -> None:
    """On stderr: what a person should know, what was done, and how to open it."""
    console = Console(stderr=True)
    for note in notes:
        console.print(f"• {printable(note)}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{printable(summary)}\nProject: {project}\nOpen it:  python app.py {shlex.quote(str(project))}",
                  markup=False, highlight=False, soft_wrap=True)
