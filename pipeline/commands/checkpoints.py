"""``checkpoints``: which neural models are on this machine, and whether a folder holds a whole one."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import checkpoints
from pipeline.checkpoints import Checkpoint
from pipeline.text import printable

NOT_USABLE = 1
COLUMNS = ("checkpoint", "what", "form", "MB", "Hz", "mels", "dims")


@click.command(short_help="List the neural models on this machine; check a folder.")
@click.argument("folders", nargs=-1, metavar="[FOLDER]...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.pass_context
def command(context: click.Context, folders: tuple[Path, ...], as_json: bool) -> None:
    """List the checkpoints in the hub's cache and in every FOLDER, with what is missing in them.

    A FOLDER that is a checkpoint itself is checked; in others checkpoints are looked for. Only configurations and the
    heads of weight files are read. Exit code 1 if one of the FOLDERs holds no checkpoint that can be used.
    """
    found = checkpoints.find(folders)
    found += [one for one in map(checkpoints.check, folders) if _is_none(one, found)]
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], indent=2, ensure_ascii=False))
    else:
        _show(found)
    context.exit(0 if all(_usable(folder, found) for folder in folders) else NOT_USABLE)


def _is_none(one: Checkpoint, found: list[Checkpoint]) -> bool:
    """Whether a folder that was named is no checkpoint and holds none: it is told, not passed over."""
    return not any(other.folder.is_relative_to(one.folder) for other in found)


def _usable(folder: Path, found: list[Checkpoint]) -> bool:
    inside = [one for one in found if one.folder.is_relative_to(folder.expanduser().absolute())]
    return any(one.kind and not one.problems for one in inside)


def _plain(one: Checkpoint) -> dict[str, Any]:
    return dataclasses.asdict(one) | {"folder": str(one.folder)}


def _show(found: list[Checkpoint]) -> None:
    console = Console()
    if not found:
        click.echo("No checkpoint is on this machine. Fetch one with: hf download openai/whisper-base", err=True)
        return
    table = Table(*(Column(name, overflow="fold", justify="right" if name in COLUMNS[3:] else "left")
                    for name in COLUMNS))
    for one in found:
        numbers = (round(one.n_bytes / 1e6), one.rate_hz, one.n_mels, one.n_dims)
        table.add_row(Text(printable(one.name)), one.kind or "no audio model", one.form,
                      *(f"{number:,}" if number else "" for number in numbers))
    console.print(table)
    for sentence in _sentences(found):
        console.print(sentence, markup=False, highlight=False)


def _sentences(found: list[Checkpoint]) -> Iterator[str]:
    for one in found:
        name = printable(one.name)
        yield from (f"• {name} cannot be used: {printable(problem)}." for problem in one.problems)
        yield from (f"• {name}: {printable(note)}." for note in one.notes)
