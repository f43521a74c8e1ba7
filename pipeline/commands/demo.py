"""``demo``: a project to try everything on."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from rich.console import Console

from pipeline import demo
from pipeline.commands._options import WORKERS
from pipeline.commands._progress import Bars


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", default=7, show_default=True, type=click.IntRange(min=0), help="Another seed, another song.")
@WORKERS
def command(folder: Path, seed: int, workers: int | None) -> None:
    """Make a demo project in FOLDER: three simulated birds, sung, segmented, embedded and laid out.

    About three minutes of song in 16 recordings; the true type of every sound is known and kept with it.
    """
    console = Console(stderr=True)
    console.print("Singing …")
    with Bars(console) as bars:
        report = demo.make(folder.expanduser().absolute(), seed=seed, watcher=bars, workers=workers)
    for note in bars.notes:
        console.print(f"• {note}", markup=False, highlight=False)
    console.print(f"{report.n_segments} sounds in {len(report.jobs)} recordings.\nProject: {report.project}\n"
                  f"Open it:  python app.py {shlex.quote(str(report.project))}",
                  markup=False, highlight=False, soft_wrap=True)
