"""``arrange``: samples sorted by how they sound, as numbered copies, tables and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import catalogue, params
from pipeline.arrange import Arranged, arrange, on_project, project_files
from pipeline.arrange.how import How
from pipeline.commands._options import RESUME, SCHEDULER, WORKERS, bare_option
from pipeline.commands._progress import Bars
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.text import counted, printable

PATH = click.Path(path_type=Path)
MOST_TOLD = 20


def _how(command: Any) -> Any:
    """Add an option for each parameter; the one that is on has a word that turns it off."""
    for spec in reversed(params.specs(How)):
        if spec.type is bool and spec.default:
            name = spec.name.replace("_", "-")
            command = click.option(f"--{name}/--no-{name}", spec.name, default=True, show_default=True,
                                   help=spec.help[0].upper() + spec.help[1:] + ".")(command)
        else:
            command = bare_option(spec.name, spec, [])(command)
    return command


@click.command(short_help="Sort samples by how they sound.")
@click.argument("places", type=PATH, nargs=-1, required=True, metavar="FILES…|FOLDER|PROJECT")
@click.option("--output-dir", type=PATH, help="Where everything goes; needless for a project, which keeps its order.")
@click.option("--source", default=on_project.WINDOWS, show_default=True,
              help="What the sounds of a project are compared by: first windows, or its embedding, features, map.")
@click.option("--name", default="", help="What a project's order is called.  [default: after source and frames]")
@_how
@click.option("--labels", type=PATH, help="Table with the kind of each file.")
@WORKERS
@SCHEDULER
@RESUME
def command(places: tuple[Path, ...], output_dir: Path | None, labels: Path | None, workers: int | None,
            scheduler: str | None, resume: bool, source: str, name: str, **values: Any) -> None:
    """Arrange sounds so that like stands beside like: FILES, all that lie in FOLDER, or the sounds of PROJECT.

    Sounds are compared by 68 short-term features of their first windows and joined to a tree (Ward). OUTPUT_DIR gets
    copies numbered in the order of the tree, which are a bank for TidalCycles, with tables, the tree and pictures. A
    project keeps tree and order; with OUTPUT_DIR its sounds are cut out as well.
    """
    console = Console(stderr=True)
    work = {"workers": workers, "scheduler": scheduler, "restart": not resume}
    if len(places) == 1 and places[0].suffix.lower() in catalogue.SUFFIXES and places[0].is_file():
        _of_project(places[0], output_dir, labels, console, work, {"source": source, "name": name, **values})
        return
    if output_dir is None:
        raise ParameterError("Say with --output-dir where the sorted files go.")
    if name or source != on_project.WINDOWS:
        raise ParameterError("--source and --name are for a project (.h5); files are compared by their first windows.")
    with Bars(console) as bars:
        made = arrange(places, output_dir, labels=labels, watcher=bars, **work, **values)
    _show(made, console)


def _of_project(project: Path, output_dir: Path | None, labels: Path | None, console: Console,
                work: dict[str, Any], values: dict[str, Any]) -> None:
    with Bars(console) as bars:
        stored = on_project.arrange_project(project, watcher=bars, **work, **values)
        _tell([*stored.problems, *stored.notes, stored.summary], console)
        if output_dir is None:
            return
        own = {name: value for name, value in values.items() if name not in ("source", "name")}
        with Dataset.open(project) as dataset:
            made = project_files.write(dataset, output_dir, name=stored.name, labels=labels, watcher=bars, **own)
    _tell([*made.notes, f"All is in {made.folder}."], console)


def _tell(sentences: Sequence[str], console: Console) -> None:
    for sentence in sentences[-MOST_TOLD:]:
        console.print(printable(sentence), markup=False, highlight=False, soft_wrap=True)


def _show(made: Arranged, console: Console) -> None:
    bad = [status.text for status in made.statuses if not status.is_good]
    for sentence in [*bad[:MOST_TOLD], *made.notes]:
        console.print(f"• {printable(sentence)}", markup=False, highlight=False, soft_wrap=True)
    if len(bad) > MOST_TOLD:
        console.print(f"• … and {len(bad) - MOST_TOLD} more files that could not be used (files.csv lists them)")
    said = f"Arranged {len(made.files):,} of {counted(len(made.samples), 'file')}"
    if made.how.n_clusters:
        said += f" in {counted(int(made.cluster.max()), 'cluster')}"
    console.print(f"{said}. All is in {printable(str(made.folder))}.", markup=False, highlight=False, soft_wrap=True)
