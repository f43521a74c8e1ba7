"""``runs``: the queue of runs that were started in the dashboard, and what became of them."""

from __future__ import annotations

import datetime
import json
import time
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline import runs, settings
from pipeline.runs import telling
from pipeline.runs.table import Run
from pipeline.text import counted, printable

LOOK_EVERY_S = 0.2
FAILED = 1
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
number_argument = click.argument("number", type=click.IntRange(min=1))


@click.group(short_help="See, cancel and resume the runs that the dashboard started.")
def command() -> None:
    """See what runs there are, cancel them, let them go on, take them off the list."""


@command.command("list", short_help="All runs, those that go on first.")
@as_json_option
def list_runs(as_json: bool) -> None:
    """List the runs: those that go on, those that wait, those that are over, the newest first."""
    runs.advance()
    found = runs.recent(most=500)
    if as_json:
        click.echo(json.dumps([asdict(run) for run in found], indent=2))
        return
    if not found:
        click.echo("There are no runs.")
        return
    table = Table("run", "what", "asked for by", "state", "since")
    for run in found:
        table.add_row(str(run.id), Text(run.title, overflow="fold"), Text(printable(run.user)),
                      telling.state(run), _time(telling.since(run)))
    Console().print(table)


@command.command(short_help="One run: its values, progress and log.")
@number_argument
@as_json_option
@click.pass_context
def show(context: click.Context, number: int, as_json: bool) -> None:
    """Show run NUMBER with its values, progress and log. The exit code is 1 if it has failed."""
    runs.advance()
    run, lines = runs.get(number), runs.log(number)
    if as_json:
        click.echo(json.dumps(asdict(run) | {"log": [asdict(line) for line in lines]}, indent=2))
    else:
        _show(run)
        for line in lines:
            click.echo(f"{_time(line.time)}  {line.text}")
    context.exit(FAILED if run.state == runs.FAILED else 0)


@command.command(short_help="Stop a run; what it has finished is kept.")
@number_argument
def cancel(number: int) -> None:
    """Cancel run NUMBER, and wait until it has ended. What it has finished is kept for `resume`."""
    run = runs.cancel(number, user=settings.user_name())
    while run.state == runs.RUNNING:
        time.sleep(LOOK_EVERY_S)
        runs.advance()
        run = runs.get(number)
    click.echo(f"Run {number} is {run.state}. To go on with it: python -m pipeline runs resume {number}")


@command.command(short_help="Go on with a run that was stopped, killed or failed.")
@number_argument
def resume(number: int) -> None:
    """Let run NUMBER go on from what it has finished. It goes on by itself, also when this terminal is closed."""
    run = runs.resume(number, user=settings.user_name())
    click.echo(f"Run {number} {'goes on' if run.state == runs.RUNNING else 'waits in the queue'}.")


@command.command(short_help="Take a run that is over off the list.")
@number_argument
def remove(number: int) -> None:
    """Take run NUMBER, which is over, off the list. What it has made stays."""
    runs.remove(number)
    click.echo(f"Run {number} is off the list.")


@command.command(short_help="Take all runs that are over off the list.")
def clear() -> None:
    """Take all runs that are over off the list. What they have made stays."""
    click.echo(f"{counted(runs.clear(), 'run')} taken off the list.")


def _show(run: Run) -> None:
    console = Console()
    table = Table(show_header=False, box=None)
    given = {name: value for name, value in run.values.items() if value not in (None, "", {}, [], False)}
    rows = [("run", str(run.id)), ("what", f"{run.kind}: {run.title}"), ("asked for by", run.user),
            ("state", telling.state(run)), *[(step.title, telling.step(step)) for step in run.steps],
            *[(name, json.dumps(value)) for name, value in given.items()],
            ("project", run.result.get("project", "")), ("error", run.error)]
    for name, text in rows:
        if text:
            table.add_row(name, Text(printable(text, keep_lines=True), overflow="fold"))
    console.print(table)


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
