"""Time and memory of every clusterer, and of the scores, on many sounds.

    python benchmarks/clustering.py [--sounds 100000] [--dims 64] [--only kmeans,…]

Each runs in a process of its own on points made by arithmetic: 30 groups of unequal size and spread, a tenth of the
points strewn between them. Blobs are found on the first two dimensions. Prints seconds on the wall and of processor
time, the most memory the process had, and the agreement with the groups.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
import numpy as np  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from pipeline import params, registry, settings  # noqa: E402

N_GROUPS, STREWN = 30, 0.1
SCORES = "evaluation"


def points_and_groups(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """float32 (n, d) and int (n,)."""
    rng = np.random.default_rng(0)
    share = rng.dirichlet(np.full(N_GROUPS, 2.0))
    group = rng.choice(N_GROUPS, n, p=share)
    middle, spread = rng.normal(0, 3, (N_GROUPS, d)), rng.uniform(0.3, 1.2, N_GROUPS)
    points = middle[group] + rng.normal(0, 1, (n, d)) * spread[group, None]
    strewn = rng.random(n) < STREWN
    points[strewn] = rng.normal(0, 3, (strewn.sum(), d))
    return points.astype(np.float32), np.where(strewn, N_GROUPS, group)


def measure(name: str, n: int, d: int) -> dict[str, object]:
    """One clusterer's figures, taken in this process."""
    from sklearn.metrics import normalized_mutual_info_score

    settings.keep_compiled_code()
    points, group = points_and_groups(n, d)
    start = time.perf_counter()
    if name == SCORES:
        from pipeline import cluster_measures, measures

        found = {**measures.label_scores(group, group % 7), **cluster_measures.separation(points, group)}
        n_clusters, nmi = N_GROUPS, found["nmi"]
    else:
        method = params.make(registry.load("clusterers", name), {"n_clusters": N_GROUPS})
        result = method.cluster(points[:, :2] if name == "blobs" else points)
        n_clusters, nmi = result.n_clusters, normalized_mutual_info_score(group, result.label)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak_mb = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)
    return {"name": name, "seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "mb": peak_mb, "k": n_clusters,
            "nmi": float(nmi)}


@click.command()
@click.option("--sounds", default=100_000, show_default=True)
@click.option("--dims", default=64, show_default=True)
@click.option("--only", default="", help="Names of clusterers, with commas between them.")
@click.option("--one", hidden=True)
def main(sounds: int, dims: int, only: str, one: str | None) -> None:
    """Print the table."""
    if one:
        click.echo(json.dumps(measure(one, sounds, dims)))
        return
    table = Table("clusterer", "seconds", "CPU s", "MB", "clusters", "NMI")
    for name in filter(None, only.split(",")) if only else (*registry.names("clusterers"), SCORES):
        command = [sys.executable, __file__, "--one", name, "--sounds", str(sounds), "--dims", str(dims)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            table.add_row(name, done.stderr.strip().splitlines()[-1][:90])
            continue
        row = json.loads(done.stdout.strip().splitlines()[-1])
        times = (f"{row[key]:.1f}" for key in ("seconds", "cpu"))
        table.add_row(name, *times, f"{row['mb']:.0f}", str(row["k"]), f"{row['nmi']:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
