"""``import-clips``: a folder in which every file is one sound."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands._imports import OUTPUT
from pipeline.commands._options import WORKERS
from pipeline.commands.preprocess import perform
from pipeline.importing import fronts


@click.command(short_help="Make a project of a folder of one-shot samples: each file is one sound.")
@click.argument("folder", type=click.Path(path_type=Path))
@OUTPUT
@WORKERS
def command(folder: Path, output: Path, workers: int | None) -> None:
    """Make a project of the clips in FOLDER: each file is one sound, its true label the sub-folder it lies in.

    The same as preprocess with the preset one-shot, at the sample rate that most files have.
    """
    perform(fronts.from_clips(folder, output), workers=workers)
