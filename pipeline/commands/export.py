"""``export``: what a project holds, for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline import exporting, params, registry
from pipeline.curation.workspace import Workspace
from pipeline.text import printable


def _format_options(command: Callable) -> Callable:
    """Add an option for every parameter of every format. What is not given arrives as None."""
    for name in reversed(exporting.formats()):
        for spec in reversed(params.specs(registry.load(exporting.FOLDER, name))):
            kind: dict[str, Any] = {"is_flag": True} if spec.type is bool else {"type": spec.type}
            flag = spec.flag or spec.name.replace("_", "-")
            command = click.option(f"--{flag}", spec.name, default=None, help=f"{spec.help} ({name})", **kind)(command)
    return command


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@click.option("--format", "format", type=click.Choice(exporting.formats()), default="hdf5", show_default=True,
              help="What to write.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="PATH",
              help="The file to write; of formats of many files the folder, or a .zip.")
@click.option("--replace", is_flag=True, help="Replace PATH even if it is another project that was edited.")
@_format_options
def command(project: Path, format: str, output: Path, replace: bool, **values: Any) -> None:
    """Write what PROJECT holds, with its labels as they are now, to a file or folder."""
    with Workspace.open(project) as workspace:
        path = exporting.export(workspace.dataset, workspace.labels, output, format=format, replace=replace,
                                values=values)
    click.echo(f"Wrote {printable(str(path))}.", err=True)
