"""``preprocess``: recordings in, a project file out."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import presets, registry, steps
from pipeline.commands._options import LABEL_COLUMN, RESUME, SCHEDULER, WORKERS, parameter_options
from pipeline.commands._progress import Bars
from pipeline.options import run_parameters
from pipeline.run import Report
from pipeline.tasks.preprocess import Preprocess, summary
from pipeline.text import printable

PATH = click.Path(path_type=Path)
MOST_FAILURES_SHOWN = 50
TEXTS = ("data_dir", "output_dir", "subject", "hdf5_output", "preset", "segmenter", "embedder", "labels_file",
         "label_column", "label_regex", "time_format", "scheduler")
STEP_OPTIONS = {f"do_{step.name}": step.name for step in steps.STEPS.values()}


def _folder_options(function: Callable) -> Callable:
    for option in (
        click.option("--data-dir", required=True, type=PATH, help="Folder of recordings, with all sub-folders."),
        click.option("--output-dir", required=True, type=PATH, help="For the project, and what later runs go on from."),
        click.option("--subject", help="Name of the animal or data set.  [default: the data folder's name]"),
        click.option("--hdf5-output", type=PATH, help="The project file.  [default: {output_dir}/{subject}.h5]"),
    )[::-1]:
        function = option(function)
    return function


def _step_options(function: Callable) -> Callable:
    for step in reversed(steps.STEPS.values()):
        about = f"Make the {step.title}."
        function = click.option(f"--{step.flag}", f"do_{step.name}", is_flag=True, help=about)(function)
    return click.option("--all", "do_all", is_flag=True, help="All steps; so it is if none is named.")(function)


def _method_options(function: Callable) -> Callable:
    for option in (
        click.option("--preset", type=click.Choice(presets.NAMES), help="Values for a species; others given win."),
        click.option("--segmenter", type=click.Choice(registry.names("segmenters")), help="[default: energy]"),
        click.option("--embedder", type=click.Choice(registry.names("embedders")), help="[default: logmel]"),
    )[::-1]:
        function = option(function)
    return function


def _label_options(function: Callable) -> Callable:
    for option in (
        click.option("--labels", "labels_file", type=PATH, help="Table with the true label of each file."),
        LABEL_COLUMN,
        click.option("--label-regex", help="True label from the file's name: the pattern's first group."),
        click.option("--label-folder", is_flag=True, help="True label from the sub-folder."),
        click.option("--time-format", help="How file names say when they were recorded, as for strptime."),
    )[::-1]:
        function = option(function)
    return function


def _run_options(function: Callable) -> Callable:
    for option in (
        WORKERS,
        SCHEDULER,
        RESUME,
        click.option("--replace", is_flag=True, help="Write over a project even if labels in it would be lost."),
    )[::-1]:
        function = option(function)
    return function


@click.command(short_help="Find the sounds in a folder of recordings and map them.")
@_folder_options
@_step_options
@_method_options
@parameter_options
@_label_options
@_run_options
def command(**given: Any) -> None:
    """Find every sound in a folder of recordings and lay them out on a map.

    What is finished is kept in OUTPUT_DIR: the same command goes on after an interruption, and another one makes
    only what depends on the parameters that changed.
    """
    perform(_task(given))


def perform(task: Preprocess, *, workers: int | None = None) -> None:
    """Do what a task says, with bars in the terminal, and tell what came of it."""
    console = Console(stderr=True)
    task = dataclasses.replace(task, workers=workers or task.workers)
    plan, sentences = task.plan()
    for sentence in sentences:
        console.print(sentence, markup=False, highlight=False)
    with Bars(console) as bars:
        report = task.run(plan, bars)
    _show(report, bars.notes, console)


def _task(given: dict[str, Any]) -> Preprocess:
    texts = {name: str(given[name] or "") for name in TEXTS}
    chosen = tuple(step for option, step in STEP_OPTIONS.items() if given[option])
    values = {name: given[name] for name, _spec, _methods in run_parameters()}
    return Preprocess(
        **texts, values=values, steps=() if given["do_all"] else chosen, label_folder=given["label_folder"],
        workers=given["workers"], restart=not given["resume"], replace=given["replace"],
    )


def _show(report: Report, notes: list[str], console: Console) -> None:
    for note in notes:
        console.print(f"• {printable(note)}", markup=False, highlight=False)
    if report.failures:
        console.print(failures_table(report))
    console.print(f"{summary(report)} {_speed(report)}", markup=False, highlight=False)
    if report.project:
        console.print(f"Project: {report.project}\nOpen it:  python app.py {shlex.quote(str(report.project))}",
                      markup=False, highlight=False, soft_wrap=True)


def failures_table(report: Report) -> Table:
    """Which recordings gave no sounds, and why."""
    columns = (Column(title, overflow="fold") for title in ("recording", "why it gave no sounds"))
    table = Table(*columns, title="Recordings without sounds", title_justify="left")
    for name, why in report.failures[:MOST_FAILURES_SHOWN]:
        table.add_row(Text(printable(name)), Text(printable(why)))
    if len(report.failures) > MOST_FAILURES_SHOWN:
        n_more = len(report.failures) - MOST_FAILURES_SHOWN
        table.add_row("…", f"and {n_more} more: all are in the project's table of files")
    return table


def _speed(report: Report) -> str:
    spent = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in report.seconds.items())
    return f"Time: {spent}."
