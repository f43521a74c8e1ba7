"""How training goes, or went: its losses, from what a run tells of it or from the files it leaves."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.autoencoder import reports
from pipeline.errors import ParameterError

TOLD = re.compile(r"Epoch (\d+): loss ([\d.]+), validation ([\d.]+)\.")
SHEETS = {"reconstructions": reports.RECONSTRUCTIONS, "nearest": reports.NEAREST}

Losses = list[tuple[int, float, float]]      # epoch, loss in training, validation loss


def told_losses(lines: Iterable[str]) -> Losses:
    """The losses that are told in the lines of a run's log, by epoch."""
    found = {int(match[1]): (float(match[2]), float(match[3])) for line in lines if (match := TOLD.fullmatch(line))}
    return [(epoch, *found[epoch]) for epoch in sorted(found)]


def kept_losses(folder: Path) -> Losses:
    """The losses of a training that is over, from the folder of its reports; none if there is none."""
    path = folder / reports.LOSSES
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [(int(row["epoch"]), float(row["training"]), float(row["validation"])) for row in csv.DictReader(file)]


def sheets(folder: Path) -> dict[str, int]:
    """The sample pictures that are there, each with the time it was made, which tells a newer one from an older."""
    return {name: (folder / file).stat().st_mtime_ns // 1_000_000 for name, file in SHEETS.items()
            if (folder / file).is_file()}


def sheet(folder: Path, name: str) -> Path:
    """The file of a sheet of sample pictures. Raises ParameterError if there is none of that name."""
    if name not in sheets(folder):
        raise ParameterError(f"There are no pictures {name!r} of an autoencoder of this project. Train one first.")
    return folder / SHEETS[name]
