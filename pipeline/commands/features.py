"""``features``: classical features of every sound, kept in the project."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline import params, registry, sample_folder, vectors
from pipeline.commands._options import LABEL_COLUMN, LABELS, RESUME, SCHEDULER, WORKERS, method_options
from pipeline.commands._progress import Bars
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.feature_sets import FILES, Made, Preparation, Wanted, compute
from pipeline.text import counted, printable

PATH = click.Path(path_type=Path)
METADATA = "metadata.csv"
HEADINGS = ("segment_id", "file", "extension", "path", "onset_sec", "duration_sec", "label", "status", "name")
MOST_TOLD = 20


@click.command(short_help="Compute classical features of every sound.")
@click.argument("place", type=PATH, metavar="PROJECT|FOLDER")
@click.option("--features", "names", default="mfcc", show_default=True,
              help=f"Which, with commas between them: {', '.join(registry.names('features'))}; or all.")
@click.option("--vector", "kinds", multiple=True, type=click.Choice(vectors.KINDS), default=("mean_std",),
              show_default=True, help="How a sound's frames become one vector; may be given several times.")
@method_options(Preparation)
@click.option("--keep", "files", multiple=True, type=click.Choice(FILES),
              help="Keep matrices (.npy), pictures (96 × 48, .png) or prepared sounds (.wav) as files; several times.")
@click.option("--output-dir", type=PATH, help="For files that are kept, and for the project of a folder.")
@LABELS
@LABEL_COLUMN
@WORKERS
@SCHEDULER
@RESUME
def command(place: Path, **given: Any) -> None:
    """Compute classical features of every sound of a project, or of a folder of clips, and store them in the project.

    A folder first becomes a project in OUTPUT_DIR: each file is one sound, its label the sub-folder it lies in.
    """
    console, output_dir = Console(stderr=True), given["output_dir"]
    if given["files"] and output_dir is None:
        raise ParameterError("Files that are kept need a place: give --output-dir.")
    preparation = params.make(Preparation, given)
    wanted = Wanted(_chosen(given["names"]), tuple(dict.fromkeys(given["kinds"])), preparation, given["files"]).check()
    with Bars(console) as bars:
        how = {"watcher": bars, "workers": given["workers"], "scheduler": given["scheduler"]}
        project = sample_folder.as_project(place, output_dir=output_dir, labels=given["labels"],
                                           label_column=given["label_column"], **how)
        made = compute(project, wanted, restart=not given["resume"],
                       output_dir=output_dir.expanduser().absolute() if output_dir else None, **how)
    if output_dir is not None:
        _write_metadata(project, made, output_dir.expanduser() / METADATA)
    _show(project, made, console)


def _chosen(names: str) -> tuple[str, ...]:
    asked = tuple(name.strip() for name in names.split(",") if name.strip())
    return registry.names("features") if asked == ("all",) else tuple(dict.fromkeys(asked))


def _write_metadata(project: Path, made: Made, path: Path) -> None:
    """One row for each sound: where it comes from, its label, what its files are called."""
    with Dataset.open(project) as dataset, path.open("w", newline="", encoding="utf-8") as file:
        segments, files = dataset.segments, dataset.files
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for row in range(dataset.n_segments):
            at, segment_id = files.row_of(segments.file_id[row]), int(segments.segment_id[row])
            label = segments.label[row] if segments.label else ""
            status = "could not be read" if made.missing[row] else "ok"
            writer.writerow((segment_id, files.filename[at], Path(files.path[at]).suffix, files.path[at],
                             f"{segments.onset_s[row]:.6f}", f"{segments.duration_s[row]:.6f}", label, status,
                             made.files.get(segment_id, "")))


def _show(project: Path, made: Made, console: Console) -> None:
    for sentence in made.problems[:MOST_TOLD]:
        console.print(f"• {printable(sentence)}", markup=False, highlight=False)
    if len(made.problems) > MOST_TOLD:
        console.print(f"• … and {len(made.problems) - MOST_TOLD} more recordings that could not be used")
    n_good = int((~made.missing).sum())
    console.print(f"{', '.join(made.sets)}: {n_good} of {counted(made.n_sounds, 'sound')}. Kept in {project}.",
                  markup=False, highlight=False, soft_wrap=True)
