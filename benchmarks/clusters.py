"""How well sounds fall into their types by themselves: true segments, ``logmel``, the map, HDBSCAN.

    python benchmarks/clusters.py [FOLDER]

FOLDER, or SYLLABARY_DATA, holds one folder per set with recordings and their ``labels.csv``. Each becomes a project
by the pipeline's defaults; its map is clustered by HDBSCAN with a least cluster size of n/40 and scored against the
labels.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from pipeline import evaluation, settings, store  # noqa: E402
from pipeline.dataset import Dataset  # noqa: E402
from pipeline.importers import read_segments  # noqa: E402
from pipeline.plan import make_plan  # noqa: E402
from pipeline.run import run  # noqa: E402

SETS = ("bengalese_finch_gy6or6", "bengalese_finch_koumura_bird0", "zebra_finch_G402_typed")
LEAST_SHARE = 40


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set", "names", multiple=True, default=SETS, help="Sets to be scored.", show_default=True)
def main(folder: Path | None, names: tuple[str, ...]) -> None:
    """Print agreement with the true types as a table."""
    settings.keep_compiled_code()
    folder = folder or Path(os.environ.get("SYLLABARY_DATA") or ROOT / "data")
    table = Table("set", "sounds", "types", "clusters", "NMI", "ACC", "ARI", "V")
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            table.add_row(name, *score(folder / name, Path(scratch)))
    Console().print(table)


def score(folder: Path, scratch: Path, *, values: Mapping[str, Any] | None = None) -> list[str]:
    """Make a project of one set, cluster its map, and score that. ``values`` are parameters beside the defaults."""
    from sklearn.cluster import HDBSCAN

    truth_file = folder / "labels.csv"
    values = {"seg_segments_from": str(truth_file), **(values or {})}
    plan = make_plan(folder, scratch, subject=folder.name, values=values)
    project = run(plan, chosen=["project", "export"]).project
    with Dataset.open(project) as dataset:
        n, umap, ids = dataset.n_segments, dataset.segments.umap, dataset.segments.segment_id
    found = HDBSCAN(min_cluster_size=max(5, n // LEAST_SHARE), copy=True).fit_predict(umap)
    with store.amend(project) as writer:
        writer.labeling("HDBSCAN", ids, found)
    with Dataset.open(project) as dataset:
        truth = evaluation.truth_for(dataset, read_segments(truth_file))
        scores = evaluation.labels(dataset, truth, labeling="HDBSCAN").scores
    n_types = len(set(truth.label[~truth.table.ignore].tolist()))
    return [str(scores["n"]), str(n_types), str(len(set(found.tolist()) - {-1})),
            *(f"{scores[key]:.3f}" for key in ("nmi", "acc", "ari", "v"))]


if __name__ == "__main__":
    main()
