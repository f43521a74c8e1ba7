"""``report``: the repertoire of a project as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import params
from pipeline.commands._options import method_options
from pipeline.commands._progress import Bars
from pipeline.report import writing
from pipeline.report.options import Options
from pipeline.text import printable


@click.command(short_help="Write the repertoire of a project as one HTML page.")
@click.argument("project", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.html",
              help="Where to.  [default: beside the project, NAME.report.html]")
@method_options(Options)
def command(project: Path, output: Path | None, **given: Any) -> None:
    """Write the repertoire of PROJECT as one HTML page that needs nothing else: exemplars of each cluster with picture
    and sound, counts, durations, pitch, transitions, activity over time, methods, parameters and history.
    """
    with Bars(Console(stderr=True)) as bars:
        written = writing.write(project, output, params.make(Options, given), watcher=bars)
    for note in written.notes:
        click.echo(printable(note), err=True)
    click.echo(f"Wrote {printable(str(written.path))} – {printable(written.summary)}", err=True)
