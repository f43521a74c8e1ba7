"""``import-edits``: exported tables that were edited elsewhere come back."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import registry
from pipeline.commands._progress import Bars
from pipeline.curation.workspace import Workspace
from pipeline.roundtrip import Difference, How, compare, relabelling, telling
from pipeline.roundtrip.naming import LABELS_ARE
from pipeline.tasks.apply_edits import ApplyEdits
from pipeline.text import counted, printable

PATH = click.Path(path_type=Path)
MOST_SHOWN = 12


@click.command(short_help="Bring edited tables back: show what changed, apply it.")
@click.argument("project", type=PATH)
@click.argument("files", type=PATH, nargs=-1, required=True)
@click.option("--format", type=click.Choice(registry.names("importers")), help="Of the tables.  [default: told from "
              "them]")
@click.option("--labels-are", type=click.Choice(LABELS_ARE), default="auto", show_default=True,
              help="What labels are: names or numbers of clusters.")
@click.option("--unassigned", default="", help="A label that means no cluster, besides “unassigned” and none at all.")
@click.option("--as", "decided", multiple=True, metavar="LABEL=NUMBER",
              help="The cluster that a label means, where several have that name; may be given several times.")
@click.option("--tolerance", "slack_ms", type=float, metavar="MS", help="What times may differ by and still be the "
              "same.  [default: half of their last decimal]")
@click.option("--left-out-are-deleted", is_flag=True, help="Delete also the sounds of clusters that the tables have "
              "none of; else they count as not exported.")
@click.option("--only", metavar="A,B", help=f"Apply only these: {', '.join(telling.KINDS)}.  [default: all]")
@click.option("--apply-labels", is_flag=True, help="Apply changed labels to PROJECT, in one edit that can be undone.")
@click.option("-o", "--output", type=PATH, metavar="NEW.h5", help="Apply all that changed to a new project there.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole difference as JSON.")
def command(project: Path, files: tuple[Path, ...], apply_labels: bool, output: Path | None, as_json: bool,
            only: str | None, decided: tuple[str, ...], **given: Any) -> None:
    """Show what FILES change in PROJECT: tables that were exported and edited in another program.

    FILES are tables, folders of them, or a zip. Nothing is written without --apply-labels or --output. Sounds are found
    again by their id where the tables have it, else by recording and time.
    """
    values = given | {"decided": "".join(f"{text}\n" for text in decided)}
    how = How.of(values)
    with Workspace.open(project) as workspace:
        revision, dataset = workspace.revision, workspace.dataset
        difference = compare(dataset, workspace.labels, files, how)
        _show(difference, workspace, as_json=as_json)
        if apply_labels:
            edit = relabelling.apply_labels(workspace, difference, seen=revision)
            click.echo(printable(f"{edit.title}. It can be undone."), err=True)
    if output is not None:
        kinds = [part.strip() for part in (only or ",".join(telling.KINDS)).split(",") if part.strip()]
        _make(project, files, output, values, kinds)


def _make(project: Path, files: tuple[Path, ...], output: Path, how: dict[str, Any], kinds: list[str]) -> None:
    task = ApplyEdits(str(project), tuple(map(str, files)), str(output), how=how, kinds=tuple(kinds))
    task.check()
    console = Console(stderr=True)
    with Bars(console) as bars:
        done = task.run(bars)
    _lines([f"{done.summary}\nOpen it:  python app.py {shlex.quote(str(done.project))}"])


def _show(difference: Difference, workspace: Workspace, *, as_json: bool) -> None:
    dataset, labels = workspace.dataset, workspace.labels
    if as_json:
        click.echo(json.dumps(telling.as_plain(dataset, labels, difference), indent=2, ensure_ascii=False))
        return
    click.echo(f"{counted(difference.n_rows, 'row')} in {counted(len(difference.names), 'table')} "
               f"({difference.format}): {telling.summary(difference)}")
    _table("Labels", [f"{one['n']:>8,}  {one['from']} → {one['to']}" for one in telling.pairs(labels, difference)])
    _table("Recordings", [_of_recording(one) for one in telling.by_recording(dataset, difference)])
    for kind in ("moved", "new", "deleted"):
        rows = telling.rows(dataset, labels, difference, kind, most=MOST_SHOWN)
        _table(kind.capitalize(), [_sound(one) for one in rows], n=difference.counts[kind])
    for sentence in difference.problems:
        click.echo(f"! {printable(sentence)}", err=True)
    for sentence in difference.notes:
        click.echo(f"• {printable(sentence)}", err=True)


def _table(title: str, lines: list[str], *, n: int | None = None) -> None:
    if not lines:
        return
    click.echo(f"\n{title}")
    shown = lines[:MOST_SHOWN]
    _lines([f"  {line}" for line in shown], err=False)
    rest = (len(lines) if n is None else n) - len(shown)
    if rest > 0:
        click.echo(f"  … and {rest:,} more")


def _lines(lines: list[str], *, err: bool = True) -> None:
    for line in lines:
        click.echo(printable(line, keep_lines=True), err=err)


def _of_recording(one: dict[str, Any]) -> str:
    told = ", ".join(f"{one[kind]:,} {kind}" for kind in telling.KINDS if one[kind])
    return f"{one['path']}: {told}"


def _sound(one: dict[str, Any]) -> str:
    where = f"{one['path']} {one['onset_s']:.6f}–{one['offset_s']:.6f} s"
    if "new_onset_s" in one:
        return f"#{one['segment_id']} {where} → {one['new_onset_s']:.6f}–{one['new_offset_s']:.6f} s"
    return f"{where} {one['to']}" if one["segment_id"] is None else f"#{one['segment_id']} {where} {one['from']}"
