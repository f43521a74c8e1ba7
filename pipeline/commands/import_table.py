"""``import-table``: sounds that were found elsewhere, with their recordings."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline import presets
from pipeline.commands._imports import OUTPUT
from pipeline.commands._options import WORKERS
from pipeline.commands.preprocess import perform
from pipeline.importing import fronts
from pipeline.segmenters.table import CLUSTERS, TRUTH


@click.command(short_help="Make a project of a table of sounds and the recordings it speaks of.")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--data-dir", required=True, type=click.Path(path_type=Path), help="Folder of the recordings.")
@OUTPUT
@click.option("--labels-as", type=click.Choice([TRUTH, CLUSTERS]), default=TRUTH, show_default=True,
              help="What the labels are if the table has labels or clusters, but not both.")
@click.option("--preset", type=click.Choice(presets.NAMES), help="Values for a species.")
@WORKERS
def command(table: Path, data_dir: Path, output: Path, labels_as: str, preset: str | None, workers: int | None) -> None:
    """Make a project of the sounds in TABLE (CSV, Raven, Audacity, Praat, WhisperSeg, evsonganaly, crowsetta), or in a
    folder with one table for each recording.

    The same as preprocess with the segmenter table, which has more options.
    """
    perform(fronts.from_table(table, data_dir, output, labels_as=labels_as, preset=preset or ""), workers=workers)
