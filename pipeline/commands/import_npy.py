"""``import-npy``: a folder of arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import npy_folder
from pipeline.commands._imports import OUTPUT, tell
from pipeline.commands._options import WORKERS
from pipeline.commands._progress import Bars
from pipeline.tasks.import_npy import ImportNpy, summary


@click.command(short_help="Make a project of a folder of .npy files: one embedding a sound.")
@click.argument("folder", type=click.Path(path_type=Path))
@OUTPUT
@click.option("--audio-dir", type=click.Path(path_type=Path), help="The recordings: one is linked to the array whose "
              "id (its path without .npy) is the recording's path without extension, or its name.")
@click.option("--mapping", type=click.Path(path_type=Path), help="mapping.json: id, path, onset_sec, duration_sec of "
              "each sound.")
@click.option("--pooling", type=click.Choice(npy_folder.POOLINGS), help="How the frames of an array become one vector."
              "  [default: mean]")
@click.option("--label-folder", is_flag=True, help="True label from the sub-folder.")
@click.option("--n-neighbors", type=int, help="Neighbours of each sound on the map.  [default: 100]")
@click.option("--min-dist", type=float, help="Least distance of points on the map.  [default: 0.0]")
@WORKERS
def command(folder: Path, output: Path, audio_dir: Path | None, mapping: Path | None, label_folder: bool,
            workers: int | None, **values: Any) -> None:
    """Make a project of the .npy files in FOLDER, at any depth: each is the embedding of one sound.

    Without recordings the project can be curated on the map, but its sounds can be neither seen nor heard.
    """
    task = ImportNpy(
        str(folder), str(output), audio_dir=str(audio_dir or ""), mapping=str(mapping or ""), workers=workers,
        label_folder=label_folder, values={name: value for name, value in values.items() if value is not None})
    with Bars(Console(stderr=True)) as bars:
        done = task.run(bars)
    tell(summary(done), done.project, bars.notes)
