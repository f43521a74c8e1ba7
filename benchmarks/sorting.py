"""Sort orders against brute force, in one run: the same order, how long, and how much memory.

    python benchmarks/sorting.py [PROJECT.h5 …] [--sounds 10000] [--dims 100] [--repeats 3]

Brute force takes all distances from each sound to all others in float64, without a table of all of them. Time is the
shortest of several runs; memory is the highest that the arrays of one further run take beside the input (tracemalloc).
For a project its principal components and its map are sorted, whole.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.chain import chain
from pipeline.dataset import Dataset
from pipeline.neighbours import distance_sums, squared_distances
from pipeline.orders import N_NEIGHBOURS

Sorter = Callable[[np.ndarray], np.ndarray]


@click.command()
@click.argument("projects", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sounds", default=10_000, show_default=True, help="Points that are made.")
@click.option("--dims", default=100, show_default=True, help="Their dimensions.")
@click.option("--repeats", default=3, show_default=True, help="Runs, of which the shortest counts.")
def main(projects: tuple[Path, ...], sounds: int, dims: int, repeats: int) -> None:
    """Print chain and outlier order, ours and by brute force, as a table."""
    table = Table("points", "size", "order", "brute force", "ours", "processor", "times", "same", "memory")
    for name, points in clouds(projects, sounds, dims):
        size = f"{points.shape[0]} × {points.shape[1]}"
        for title, ours, plain in (("chain", chain, brute_chain), ("outlier", outliers, brute_outliers)):
            table.add_row(name[-16:], size, title, *compared(ours, plain, points, repeats))
    Console(width=110).print(table)


def clouds(projects: tuple[Path, ...], n: int, d: int) -> Iterator[tuple[str, np.ndarray]]:
    """(name, points float32 (n, d)) of what is to be sorted."""
    rng = np.random.default_rng(0)
    yield "one cloud", rng.normal(size=(n, d)).astype(np.float32)
    centres = 4 * rng.normal(size=(30, d))
    yield "30 crowds", (rng.normal(size=(n, d)) + centres[rng.integers(0, 30, n)]).astype(np.float32)
    yield "map of crowds", (rng.normal(size=(n, 2)) + 3 * centres[rng.integers(0, 30, n), :2]).astype(np.float32)
    for path in projects:
        with Dataset.open(path) as dataset:
            yield path.stem, dataset.segments.pca
            yield path.stem, dataset.segments.umap


def outliers(points: np.ndarray) -> np.ndarray:
    """Outliers first."""
    return np.argsort(-distance_sums(points.astype(np.float64), N_NEIGHBOURS), kind="stable")


def brute_outliers(points: np.ndarray) -> np.ndarray:
    """Outliers first, by all distances from each point."""
    points = points.astype(np.float64)
    nearest = (np.sort(squared_distances(points, point))[1:N_NEIGHBOURS + 1] for point in points)
    return np.argsort([-np.sqrt(squared).sum() for squared in nearest], kind="stable")


def brute_chain(points: np.ndarray) -> np.ndarray:
    """The chain, by all distances to the points that are left."""
    points, order, left = points.astype(np.float64), [0], np.arange(1, len(points))
    while len(left):
        nearest = squared_distances(points[left], points[order[-1]]).argmin()
        order.append(int(left[nearest]))
        left = np.delete(left, nearest)
    return np.array(order)


def compared(ours: Sorter, plain: Sorter, points: np.ndarray, repeats: int) -> list[str]:
    """The cells of one row: both times, our processor time, how many times faster, same order, memory."""
    start = time.perf_counter()
    reference = plain(points)
    plain_s = time.perf_counter() - start
    runs = [timed(ours, points) for _ in range(repeats)]
    ours_s, processor_s = (min(column) for column in zip(*runs, strict=True))
    found, peak_bytes = traced(ours, points)
    return [f"{plain_s:.2f} s", f"{ours_s:.3f} s", f"{processor_s:.3f} s", f"{plain_s / ours_s:.0f}",
            "yes" if np.array_equal(found, reference) else "NO", f"{peak_bytes / 1e6:.1f} MB"]


def timed(ours: Sorter, points: np.ndarray) -> tuple[float, float]:
    """(seconds, processor seconds of all threads) of one run."""
    start, processor_start = time.perf_counter(), time.process_time()
    ours(points)
    return time.perf_counter() - start, time.process_time() - processor_start


def traced(ours: Sorter, points: np.ndarray) -> tuple[np.ndarray, int]:
    """The order found, and the highest number of bytes held meanwhile."""
    tracemalloc.start()
    found = ours(points)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, peak_bytes


if __name__ == "__main__":
    main()
