"""``arrange``: samples sorted by how they sound, as numbered copies, tables and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import params
from pipeline.arrange import Arranged, arrange
from pipeline.arrange.how import How
from pipeline.commands._options import bare_option
from pipeline.commands._progress import Bars
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
@click.argument("places", type=PATH, nargs=-1, required=True, metavar="FILES…|FOLDER")
@click.option("--output-dir", type=PATH, required=True, help="Where everything goes.")
@_how
@click.option("--labels", type=PATH, help="Table with the kind of each file.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes at work.  [default: all cores]")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Work on the dask cluster with this scheduler.")
@click.option("--resume/--restart", default=True, show_default=True, help="Go on from what is done, or anew.")
def command(places: tuple[Path, ...], output_dir: Path, labels: Path | None, workers: int | None, scheduler: str | None,
            resume: bool, **values: Any) -> None:
    """Arrange sounds so that like stands beside like: FILES, or all that lie in FOLDER.

    Sounds are compared by 68 short-term features of their first windows and joined to a tree (Ward). OUTPUT_DIR gets
    copies numbered in the order of the tree, which are a bank for TidalCycles, with tables, the tree and pictures.
    """
    console = Console(stderr=True)
    with Bars(console) as bars:
        made = arrange(places, output_dir, labels=labels, watcher=bars, workers=workers, scheduler=scheduler,
                       restart=not resume, **values)
    _show(made, console)


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
