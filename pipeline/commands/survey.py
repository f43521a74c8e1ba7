"""``survey``: what the recordings in a folder are, before anything is made of them."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from pipeline import survey
from pipeline.plan import AudioParams
from pipeline.survey import Survey, khz
from pipeline.text import counted, printable

MOST_SHOWN = 20


@click.command(short_help="Tell what the recordings in a folder are: how many, how long, at which rates.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def command(folder: Path, as_json: bool) -> None:
    """Look at the headers of all recordings in FOLDER and its sub-folders. Nothing is decoded or changed."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=as_json) as bar:
        task = bar.add_task("headers", total=None)
        seen = survey.survey(folder.expanduser().absolute(),
                             progress=lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        click.echo(json.dumps(survey.as_json(seen)))
    else:
        _show(seen, console)


def _show(seen: Survey, console: Console) -> None:
    table = Table(show_header=False, box=None)
    for what, text in (
        ("recordings", str(seen.n_recordings)), ("length", survey.length(seen.duration_s)),
        ("size", f"{seen.n_bytes / 1e6:.1f} MB"),
        ("sample rates", ", ".join(f"{khz(rate)} ({n})" for rate, n in seen.rates_hz)),
        ("channels", ", ".join(f"{channels} ({n})" for channels, n in seen.channels)),
        ("formats", ", ".join(f"{name} ({n})" for name, n in seen.formats)),
    ):
        table.add_row(what, Text(printable(text)))
    console.print(table)
    for sentence in survey.against_rate(seen, AudioParams.sr):
        console.print(f"• {sentence}", markup=False, highlight=False)
    for sentence in seen.warnings:
        console.print(f"• {printable(sentence)}", markup=False, highlight=False)
    for name, why in seen.unreadable[:MOST_SHOWN]:
        console.print(f"• {printable(name)} {printable(why)}.", markup=False, highlight=False)
    if seen.n_unreadable > MOST_SHOWN:
        console.print(f"… and {counted(seen.n_unreadable - MOST_SHOWN, 'more recording')} that cannot be read.")
