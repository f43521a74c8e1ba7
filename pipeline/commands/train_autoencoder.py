"""``train-autoencoder``: an embedding learned from pictures of the sounds themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from pipeline import measures, params, registry, sample_folder
from pipeline.autoencoder import encoding, on_project, pictures_file, reports, training
from pipeline.autoencoder.checkpoint import About
from pipeline.autoencoder.training import Training
from pipeline.commands._options import LABEL_COLUMN, LABELS, RESUME, WORKERS, method_options
from pipeline.commands._progress import Bars
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.feature_sets import Preparation
from pipeline.text import counted

PATH = click.Path(path_type=Path)
N_STARTS = 10


@click.command(short_help="Learn an embedding from pictures of the sounds.")
@click.argument("place", type=PATH, metavar="PROJECT|FOLDER|PICTURES")
@click.option("--feature", type=click.Choice(registry.names("features")), default="mel", show_default=True,
              help="What the pictures show.")
@method_options(Preparation)
@method_options(Training)
@click.option("--output-dir", type=PATH, help="For the network, loss curve and sample pictures, a folder's project.")
@LABELS
@LABEL_COLUMN
@WORKERS
@RESUME
def command(place: Path, **given: Any) -> None:
    """Train a convolutional autoencoder on pictures (96 × 48) of every sound; its code is a feature of the project.

    PICTURES is one file (npz, or idx as MNIST has it): the same network on pictures that are known, for checking it.
    Where true labels are known, k-means on the codes is scored against them. The network lies beside the project, or
    in OUTPUT_DIR; with --embedder autoencoder other recordings can be embedded by it.
    """
    console, how = Console(stderr=True), params.make(Training, given)
    with Bars(console) as bars:
        if pictures_file.is_one(place):
            about, label, codes = _on_file(place, how, bars, given)
        else:
            about, label, codes = _on_project(place, how, bars, given)
    console.print(f"{counted(len(about.losses), 'epoch')} ({about.finished}): validation loss "
                  f"{about.losses[0][1]:.1f} → {about.losses[about.best - 1][1]:.1f} in epoch {about.best}.",
                  highlight=False)
    if label is not None and len(np.unique(label)) > 1:
        console.print(_scores(label, codes, how.seed), highlight=False)


def _on_file(
    place: Path, how: Training, bars: Bars, given: dict[str, Any]
) -> tuple[About, np.ndarray | None, np.ndarray]:
    if given["output_dir"] is None:
        raise ParameterError("The network needs a place: give --output-dir.")
    folder, known = given["output_dir"].expanduser(), pictures_file.read(place)
    path = folder / f"{place.name.partition('.')[0]}.autoencoder.safetensors"
    about = training.train(known.pictures, path, how=how, watcher=bars, restart=not given["resume"])
    model = encoding.load(path, device=training.device_of(how.device))
    codes = model.codes(known.pictures)
    reports.write(folder, model, known.pictures, codes)
    return about, known.label, codes


def _on_project(
    place: Path, how: Training, bars: Bars, given: dict[str, Any]
) -> tuple[About, np.ndarray | None, np.ndarray]:
    output_dir = given["output_dir"].expanduser().absolute() if given["output_dir"] else None
    project = sample_folder.as_project(place, output_dir=output_dir, labels=given["labels"],
                                       label_column=given["label_column"], watcher=bars, workers=given["workers"])
    path = output_dir / on_project.network_file(project).name if output_dir else None
    preparation = params.make(Preparation, given)
    made = on_project.train(project, feature=given["feature"], preparation=preparation, how=how, path=path,
                            report_dir=output_dir, watcher=bars, workers=given["workers"],
                            restart=not given["resume"])
    with Dataset.open(project) as dataset:
        texts = dataset.segments.label
        rows = dataset.rows_of(made.segment_id)
    if texts is None or not any(texts):
        return made.about, None, made.codes
    label = np.array(texts)[rows]
    return made.about, label[label != ""], made.codes[label != ""]


def _scores(label: np.ndarray, codes: np.ndarray, seed: int) -> str:
    from sklearn.cluster import KMeans

    k = len(np.unique(label))
    found = KMeans(k, n_init=N_STARTS, random_state=seed).fit_predict(codes)
    scores = measures.label_scores(label, found)
    return f"k-means on the codes, {k} clusters: NMI {scores['nmi']:.3f}, ACC {scores['acc']:.3f}."
