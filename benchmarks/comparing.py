"""Features, reductions and algorithms on every labelled set: which way is best without being tuned to one.

    python benchmarks/comparing.py [FOLDER] [--set NAME]... [--output-dir DIR]

FOLDER, or SYLLABARY_DATA, holds one folder per set with recordings and their ``labels.csv``: with onsets, the true
segments are taken; without, each file is one sound. Prints NMI / ACC in per cent per set, and their mean.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from pipeline import comparing, run, sample_folder, settings  # noqa: E402
from pipeline.comparing import Grid  # noqa: E402
from pipeline.plan import make_plan  # noqa: E402

SETS = ("tess_yaf_subset", "fsdd", "esc10", "philharmonia", "bengalese_finch_gy6or6", "bengalese_finch_koumura_bird0",
        "zebra_finch_G402_typed")


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set", "names", multiple=True, default=SETS, show_default=True, help="Sets to be compared on.")
@click.option("--output-dir", type=click.Path(path_type=Path), default=Path("comparison"), show_default=True)
@click.option("--seeds", "n_seeds", default=3, show_default=True)
def main(folder: Path | None, names: tuple[str, ...], output_dir: Path, n_seeds: int) -> None:
    """Print one line for each way."""
    settings.keep_compiled_code()
    folder = folder or Path(os.environ.get("SYLLABARY_DATA") or ROOT / "data")
    scores: dict[tuple[str, str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
    for name in names:
        for row in comparing.compare(project_of(folder / name, output_dir / name), Grid(n_seeds=n_seeds)):
            scores[row.feature, row.reduction, row.algorithm][name] = (row.nmi or 0.0, row.acc or 0.0)
    table = Table("feature", "reduction", "algorithm", *names, "mean NMI")
    for way, found in sorted(scores.items(), key=lambda item: -mean_nmi(item[1])):
        table.add_row(*way, *(f"{100 * found[name][0]:.1f} / {100 * found[name][1]:.1f}" for name in names),
                      f"{100 * mean_nmi(found):.1f}")
    Console(width=240).print(table)


def mean_nmi(found: dict[str, tuple[float, float]]) -> float:
    """The mean over the sets."""
    return sum(nmi for nmi, _acc in found.values()) / len(found)


def project_of(folder: Path, output_dir: Path) -> Path:
    """A project of one set, by its true segments or file by file."""
    truth = folder / "labels.csv"
    if "onset" not in truth.read_text(encoding="utf-8").splitlines()[0]:
        return sample_folder.as_project(folder, output_dir=output_dir, labels=truth)
    plan = make_plan(folder, output_dir, subject=folder.name, values={"seg_segments_from": str(truth)})
    return run.run(plan, chosen=["project", "export"]).project


if __name__ == "__main__":
    main()
