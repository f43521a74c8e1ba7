"""``export``: what a project holds, for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import exporting, params, registry
from pipeline.commands._progress import Bars
from pipeline.curation.workspace import Workspace
from pipeline.params import Spec
from pipeline.text import printable


def _format_options(command: Callable) -> Callable:
    """Add an option for every parameter of the formats, one for all that have it. What is not given is None."""
    shared: dict[str, list[str]] = {}
    first: dict[str, Spec] = {}
    for name in exporting.formats():
        for spec in params.specs(registry.load(exporting.FOLDER, name)):
            shared.setdefault(spec.name, []).append(name)
            first.setdefault(spec.name, spec)
    for name, spec in reversed(first.items()):
        about = f"{spec.help} ({', '.join(shared[name])})"
        flag = spec.flag or name.replace("_", "-")
        command = click.option(f"--{flag}", name, default=None, help=about, **_kind(spec))(command)
    return command


def _kind(spec: Spec) -> dict[str, Any]:
    if spec.type is bool:
        return {"is_flag": True}
    return {"type": click.Choice(spec.choices) if spec.choices else spec.type}


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
    with Workspace.open(project) as workspace, Bars(Console(stderr=True)) as bars:
        path = exporting.export(workspace.dataset, workspace.labels, output, format=format, replace=replace,
                                values=values, watcher=bars)
        notes = exporting.notes(workspace.dataset, workspace.labels, format=format, values=values)
    for note in notes:
        click.echo(printable(note), err=True)
    click.echo(f"Wrote {printable(str(path))}.", err=True)
