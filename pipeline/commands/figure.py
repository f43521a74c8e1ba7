"""``figure``: a figure of a project for a paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline import params
from pipeline.commands._options import bare_option
from pipeline.curation.workspace import Workspace
from pipeline.figures import making, style
from pipeline.params import Spec
from pipeline.text import counted, printable


def _figure_options(command: Callable) -> Callable:
    """Add an option for every parameter of the figures, one for all that have it. What is not given is None."""
    found: dict[str, dict[str, Spec]] = {}
    for figure in making.figures():
        for spec in params.specs(making.of(figure)):
            found.setdefault(spec.name, {})[figure] = spec
    for name, declared in reversed(found.items()):
        command = bare_option(name, _told(declared), list(declared))(command)
    return command


def _told(declared: dict[str, Spec]) -> Spec:
    """One parameter of several figures; where their defaults differ, its help says so."""
    first = next(iter(declared.values()))
    if len({spec.default for spec in declared.values()}) == 1:
        return first
    defaults = ", ".join(f"{spec.default:g} of {figure}" for figure, spec in declared.items())
    return dataclasses.replace(first, default=None, help=f"{first.help} [default: {defaults}]")


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@click.argument("figure", type=click.Choice(making.figures()))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE",
              help="The file to write: .pdf, .svg or .png. Several pages are one PDF, or numbered files.")
@click.option("--dpi", type=click.FloatRange(style.LOWEST_DPI, style.HIGHEST_DPI), default=style.DPI,
              show_default=True, help="Dots per inch of a PNG, and of pictures within SVG and PDF.")
@_figure_options
def command(project: Path, figure: str, output: Path, dpi: float, **values: Any) -> None:
    """Draw a FIGURE of PROJECT for a paper, with its labels as they are now: its map, clusters, or repertoire."""
    style.suffix_of(output)
    with Workspace.open(project) as workspace:
        paths = making.write(making.drawing(workspace.dataset, workspace.labels, figure, values), output, dpi=dpi)
    first = printable(str(paths[0]))
    told = f"Wrote {first}." if len(paths) == 1 else f"Wrote {counted(len(paths), 'page')}, the first as {first}."
    click.echo(told, err=True)
