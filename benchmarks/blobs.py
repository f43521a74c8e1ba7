"""How long it takes to find blobs again when a person changes the threshold, the radius, or what is taken.

    python benchmarks/blobs.py [PROJECT.h5 …] [--sounds 100000] [--repeats 15]

Processor time in milliseconds, the median of several runs, outlines and payload included: everything from nothing,
other sounds, another radius, another threshold. Maps are made of crowds as UMAP makes them, and of one even cloud cut
at its mean density, where outlines are as ragged as they can be; for a project its own map is taken.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline import browse
from pipeline.blobs import MARGIN, Blobs, Finder, Parameters
from pipeline.dataset import Dataset


@click.command()
@click.argument("projects", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sounds", default=100_000, show_default=True, help="Sounds on the maps that are made.")
@click.option("--repeats", default=15, show_default=True, help="Runs, of which the median is taken.")
def main(projects: tuple[Path, ...], sounds: int, repeats: int) -> None:
    """Print the time for each stage as a table."""
    table = Table("map", "sounds", "blobs", "inside", "payload", "full", "sounds", "radius", "threshold")
    for name, points, start in maps(projects, sounds):
        found = Finder(points).find(start)
        table.add_row(name[-16:], str(len(points)), str(len(found)), f"{(found.blob_of_sound > 0).mean():.0%}",
                      f"{len(json.dumps(found.payload())) / 1000:.1f} kB",
                      *(f"{1000 * seconds:.1f}" for seconds in times_s(points, start, repeats)))
    Console(width=110).print(table)


def maps(projects: tuple[Path, ...], n: int) -> Iterator[tuple[str, np.ndarray, Parameters]]:
    """(name, points float32 (n, 2), the parameters to begin with) of the maps to be tried."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(-10, 10, (40, 2))
    crowds = (centres[rng.integers(0, 40, n)] + rng.normal(0, 0.25, (n, 2))).astype(np.float32)
    yield "crowds", crowds, Parameters().resolved(n)
    even = rng.uniform(-10, 10, (n, 2)).astype(np.float32)
    yield "even cloud", even, Parameters(threshold=n / (Parameters().pixels / (1 + 2 * MARGIN)) ** 2)
    for path in projects:
        with Dataset.open(path) as dataset:
            points = browse.coordinates(dataset)
        yield path.stem, points, Parameters().resolved(len(points))


def times_s(points: np.ndarray, start: Parameters, repeats: int) -> list[float]:
    """Processor time of: everything from nothing, other sounds, another radius, another threshold."""
    finder = Finder(points)
    rng = np.random.default_rng(0)
    some = [rng.random(len(points)) < 0.5 for _ in range(repeats)]
    radii = [start.stepped(radius_steps=1 + run) for run in range(repeats)]
    thresholds = [start.stepped(threshold_steps=run) for run in range(-repeats // 2, 0)]
    finder.find(start)
    return [
        median_s([lambda: Finder(points).find(start)] * repeats),
        median_s([partial(finder.find, start, active=active) for active in some]),
        median_s([partial(finder.find, wanted) for wanted in radii]),
        median_s([partial(finder.find, wanted) for wanted in thresholds]),
    ]


def median_s(runs: list[Callable[[], Blobs]]) -> float:
    """The median processor time of finding blobs with their outlines."""
    spent = []
    for find in runs:
        start = time.process_time()
        find().payload()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


if __name__ == "__main__":
    main()
