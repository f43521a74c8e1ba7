"""Sound maps of labelled sets, scored; and how long a map of many sounds takes.

    python benchmarks/maps.py [FOLDER] [--set NAME]... [--output-dir DIR] [--sounds 10000]

FOLDER, or SYLLABARY_DATA, holds one folder per set with sounds and their ``labels.csv``. Prints each map's scores, and
V of k-means on the features themselves, with as many clusters as there are labels (mean of ten seeds). Then points like
those of a set are laid out by each reducer on one core: samples of its features with a little noise.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
import numpy as np  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from pipeline import params, sample_folder, settings, sound_maps  # noqa: E402
from pipeline.dataset import Dataset  # noqa: E402
from pipeline.figures import style  # noqa: E402
from pipeline.projectors.pca import Pca  # noqa: E402
from pipeline.reduction import scale  # noqa: E402
from pipeline.sound_maps import Grid, picture, scores, tables  # noqa: E402
from pipeline.sound_maps.grid import REDUCERS, clip_features, scaling_of  # noqa: E402

SETS = ("drum_machines", "drumkits_hydrogen", "drums_tr909")
GRID = Grid(perplexity=(5.0, 30.0, 50.0), n_neighbors=(5, 15, 50), min_dist=(0.0, 0.1, 0.5))
TIMED = {"pca": {}, "tsne": {"perplexity": 30.0, "iterations": 1000}, "umap": {"n_neighbors": 15, "min_dist": 0.1}}
N_SEEDS = 10


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set", "names", multiple=True, default=SETS, show_default=True, help="Sets that maps are made of.")
@click.option("--output-dir", type=click.Path(path_type=Path), default=Path("maps"), show_default=True)
@click.option("--sounds", default=10_000, show_default=True, help="Points that are laid out and timed; 0 for none.")
@click.option("--workers", default=None, type=int)
def main(folder: Path | None, names: tuple[str, ...], output_dir: Path, sounds: int, workers: int | None) -> None:
    """Print a table for each set, and one of times."""
    settings.keep_compiled_code()
    folder, console = folder or Path(os.environ.get("SYLLABARY_DATA") or ROOT / "data"), Console(width=120)
    project = None
    for name in names:
        project = sample_folder.as_project(folder / name, output_dir=output_dir / name,
                                           labels=folder / name / "labels.csv", workers=workers)
        made = sound_maps.make(project, GRID, workers=workers)
        for note in made.notes:
            console.print(f"• {note}", highlight=False)
        console.print(scored(name, made.maps))
        with Dataset.open(project) as dataset:
            style.save(picture.draw(dataset, made.maps), output_dir / f"{name}.png")
            console.print("k-means V: " + ", ".join(f"{feature} {v_of_kmeans(dataset, feature):.3f}"
                                                    for feature in clip_features()))
    if sounds and project is not None:
        console.print(timed(project, sounds))


def scored(name: str, maps: list[sound_maps.MapInfo]) -> Table:
    """The maps of one set, best first."""
    table = Table(*tables.SHOWN, "published overlap", title=name)
    for info in tables.best_first(maps):
        table.add_row(*tables.texts(info), f"{info.scores.get('overlap_compat', float('nan')):.3f}")
    return table


def v_of_kmeans(dataset: Dataset, feature: str) -> float:
    """V (Rosenberg & Hirschberg 2007) of k-means on features, against the labels."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import v_measure_score

    values, codes = dataset.feature(feature).values, scores.classes_of(dataset).codes
    known = np.isfinite(values).all(axis=1) & (codes >= 0)
    points, codes = scale(values[known], scaling_of(feature, GRID.scaling)), codes[known]
    n_classes = len(np.unique(codes))
    return float(np.mean([v_measure_score(codes, KMeans(n_classes, n_init=1, random_state=seed).fit_predict(points))
                          for seed in range(N_SEEDS)]))


def timed(project: Path, n: int) -> Table:
    """Seconds of one core that each step of a map of ``n`` sounds takes."""
    import threadpoolctl

    rng = np.random.default_rng(0)
    with Dataset.open(project) as dataset:
        values = dataset.feature("stft32").values
    values = values[np.isfinite(values).all(axis=1)]
    rows = rng.integers(0, len(values), n)
    shares = rng.uniform(0, 1, (n, 1)).astype(np.float32)
    points = shares * values[rows] + (1 - shares) * values[rng.integers(0, len(values), n)]
    points += rng.normal(0, 0.05, points.shape).astype(np.float32)
    Pca().project(points[:200])
    table = Table("step", "seconds", title=f"{n:,} sounds, stft32, one core")
    with threadpoolctl.threadpool_limits(1):
        components, seconds = clocked(lambda: Pca(n_pca=GRID.pca_dim).fit(points).scores)
        table.add_row(f"{GRID.pca_dim} principal components", f"{seconds:.1f}")
        codes = rows.astype(np.int32) % 14
        for name, values_of in TIMED.items():
            method = params.make(REDUCERS[name], values_of)
            method.project(components[:200])                      # what is compiled at first use is not counted
            places, seconds = clocked(lambda method=method: method.project(components))
            table.add_row(f"{name} {values_of or ''}", f"{seconds:.1f}")
        _found, seconds = clocked(lambda: scores.score(sound_maps.robust(places), codes))
        table.add_row("scores", f"{seconds:.1f}")
    return table


def clocked(work: object) -> tuple:
    """(result, seconds of one core), whatever else the machine does."""
    start = time.process_time()
    return work(), time.process_time() - start


if __name__ == "__main__":
    main()
