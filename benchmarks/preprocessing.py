"""How many times faster than real time recordings become a project, all steps, with ``energy`` and ``logmel``.

    python benchmarks/preprocessing.py [FOLDER_OF_RECORDINGS] [--hours 1] [--workers 1 --workers 2]

The recordings are repeated under new names until there are so many hours of them. Without a folder, the songs of the
demo are taken. The map is quoted apart: it does not depend on the length of the audio but on the number of sounds,
and its first use in a process includes compilation.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline import audio, discover, settings, songs, steps
from pipeline.plan import make_plan
from pipeline.run import run


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--hours", default=1.0, show_default=True, help="Audio to be worked on.")
@click.option("--workers", multiple=True, type=int, default=(1, 2), show_default=True, help="Processes to try.")
@click.option("--map/--no-map", "with_map", default=True, show_default=True, help="Whether the map is made too.")
def main(folder: Path | None, hours: float, workers: tuple[int, ...], with_map: bool) -> None:
    """Print the speed of preprocessing as a table."""
    settings.keep_compiled_code()
    table = Table("workers", "audio", "sounds", "recordings", "map", "project file", "× real time", "with map")
    with tempfile.TemporaryDirectory() as scratch:
        source = folder or songs.record(Path(scratch) / "demo").parent / "recordings"
        many = repeat(source, Path(scratch) / "many", seconds=3600 * hours)
        for n in workers:
            plan = make_plan(many, Path(scratch) / f"out-{n}", subject="benchmark", values={})
            chosen = steps.ALL if with_map else [name for name in steps.ALL if name != "project"]
            report = run(plan, workers=n, chosen=chosen)
            spent = report.seconds
            apart = report.duration_s / (spent["recordings"] + spent["project file"])
            table.add_row(str(n), f"{report.duration_s / 3600:.2f} h", str(report.n_segments),
                          *(f"{seconds:.1f} s" for seconds in spent.values()), f"{apart:.0f}",
                          f"{report.duration_s / sum(spent.values()):.0f}")
    Console().print(table)


def repeat(source: Path, target: Path, *, seconds: float) -> Path:
    """Link the recordings of a folder under new names until they last so long together."""
    found = discover.recordings(source)
    durations_s = [audio.probe(recording.path).duration_s for recording in found]
    target.mkdir()
    for number in range(round(seconds / sum(durations_s)) or 1):
        for row, recording in enumerate(found):
            (target / f"{number:04}-{row:04}{recording.path.suffix}").symlink_to(recording.path.resolve())
    return target


if __name__ == "__main__":
    main()
