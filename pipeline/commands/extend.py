"""``extend``: further recordings into a project."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import extend as extending
from pipeline import registry
from pipeline.commands._options import LABEL_COLUMN, WORKERS
from pipeline.commands._progress import Bars
from pipeline.commands.preprocess import failures_table
from pipeline.errors import ParameterError
from pipeline.tasks.extend import Extend, summary
from pipeline.text import counted, printable

PATH = click.Path(path_type=Path)
VALUES = ("segmenter", "seg_segments_from", "seg_model", "emb_model", "device")


@click.command(short_help="Add recordings to a project; labels and history stay.")
@click.argument("project", type=PATH)
@click.option("--data-dir", type=PATH, help="Folder with recordings that the project does not have yet, perhaps among "
              "others; the project's own folder if there are new ones in it.")
@click.option("--recompute-map", is_flag=True, help="Lay all sounds out anew, instead of placing the new ones on the "
              "map there is. Without --data-dir that is all that is done.")
@click.option("--segmenter", type=click.Choice(registry.names("segmenters")),
              help="How sounds are found, for a project that does not say.")
@click.option("--segments-from", "seg_segments_from", type=click.Path(), help="Table with the new sounds, if not the "
              "one that the project was made from.")
@click.option("--segmenter-model", "seg_model", help="Where the segmenter's checkpoint is now.")
@click.option("--embedder-model", "emb_model", help="Where the embedder's checkpoint is now.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), help="Where neural models run.")
@click.option("--labels", "labels_file", type=click.Path(), help="Table with the true label of each new file.")
@LABEL_COLUMN
@click.option("--label-regex", help="True label from the file's name: the pattern's first group.")
@click.option("--label-folder", is_flag=True, help="True label from the sub-folder.")
@WORKERS
def command(project: Path, data_dir: Path | None, **given: Any) -> None:
    """Find the sounds in recordings that PROJECT does not have yet, and add them behind its own.

    They are treated as those that the project was made from, and placed on its map among the sounds that they are most
    alike. Old sounds keep their ids, labels and history; new ones are unassigned. The same command goes on after an
    interruption.
    """
    console = Console(stderr=True)
    if data_dir is None:
        _recompute(project, console, wanted=given["recompute_map"])
        return
    values = {name: given.pop(name) for name in VALUES}
    task = Extend(str(project), str(data_dir), values={name: value for name, value in values.items() if value},
                  **{name: value for name, value in given.items() if value is not None})
    with Bars(console) as bars:
        done = task.run(bars)
    _tell(bars.notes, console)
    if done.report.failures:
        console.print(failures_table(done.report))
    console.print(f"{summary(done)}\nOpen it:  python app.py {shlex.quote(str(done.project))}", markup=False,
                  highlight=False, soft_wrap=True)


def _recompute(project: Path, console: Console, *, wanted: bool) -> None:
    if not wanted:
        raise ParameterError("Say which recordings are to be added with --data-dir, or give --recompute-map.")
    with Bars(console) as bars:
        n = extending.recompute(project, watcher=bars)
    _tell(bars.notes, console)
    console.print(f"The map of {counted(n, 'sound')} was made anew.", markup=False, highlight=False)


def _tell(notes: list[str], console: Console) -> None:
    for note in notes:
        console.print(f"• {printable(note)}", markup=False, highlight=False)
