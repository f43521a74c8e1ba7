"""An autoencoder on the sounds of a project: pictures, training, codes kept as ``features/autoencoder``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import feature_sets, registry, store, vectors
from pipeline.autoencoder import encoding, reports, training
from pipeline.autoencoder.checkpoint import About
from pipeline.autoencoder.training import Training
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError
from pipeline.feature_sets import Preparation, Wanted
from pipeline.watcher import Watcher

SET = "autoencoder"
KIND = "image_rows"


@dataclass(frozen=True)
class Trained:
    """``path``: the network's file; ``reports``: files that show how well it does; ``codes`` float32 (r, latent)."""

    about: About
    path: Path
    reports: tuple[Path, ...]
    segment_id: np.ndarray
    codes: np.ndarray


def train(
    project: Path, *, feature: str = "mel", preparation: Preparation | None = None, how: Training | None = None,
    path: Path | None = None, report_dir: Path | None = None, watcher: Watcher | None = None,
    workers: int | None = None, restart: bool = False,
) -> Trained:
    """Train on pictures of every sound of a project, then keep the code of each in it.

    path : where the network is kept, beside the project if not given; training there is gone on with
    report_dir : for loss curve, reconstructions and nearest pictures, if wanted
    """
    preparation, how, watcher = preparation or Preparation(), how or Training(), watcher or Watcher()
    registry.load("features", feature)
    path = path or network_file(project)
    segment_id, pictures = pictures_of(project, feature, preparation, watcher, workers=workers)
    about = training.train(pictures, path, how=how, watcher=watcher, restart=restart, feature=feature,
                           feature_sr=preparation.sr, lowpass=preparation.lowpass)
    model = encoding.load(path, device=training.device_of(how.device))
    codes = model.codes(pictures)
    with store.amend(project) as writer:
        attrs = {"feature": feature, "latent": about.latent, "seed": about.seed, "epochs": len(about.losses),
                 "best": about.best, "network": path.name, "sr": about.feature_sr, "lowpass": about.lowpass}
        writer.feature(SET, segment_id, codes, columns=[f"code_{number}" for number in range(about.latent)],
                       attrs=attrs)
    made = reports.write(report_dir, model, pictures, codes) if report_dir is not None else ()
    return Trained(about, path, made, segment_id, codes)


def network_file(project: Path) -> Path:
    """Where a project's autoencoder is kept: ``bird.h5`` → ``bird.autoencoder.safetensors``."""
    return project.with_name(f"{project.stem}.autoencoder.safetensors")


def pictures_of(
    project: Path, feature: str, preparation: Preparation, watcher: Watcher, *, workers: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """(segment_id int32 (r,), pictures float32 (r, 48, 96) in 0 … 1) of the sounds whose recording can be read.

    They are taken from the project where it has them, and made where it has not. Raises ProjectError without sounds.
    """
    name = feature_sets.set_name(feature, KIND)
    if not _has(project, name, preparation):
        made = feature_sets.compute(project, Wanted((feature,), (KIND,), preparation), watcher=watcher,
                                    workers=workers)
        for sentence in made.problems:
            watcher.note(sentence)
    with Dataset.open(project) as dataset:
        values, ids = dataset.feature(name).values, dataset.segments.segment_id
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        raise ProjectError(f"{project} has no sound that a picture could be made of.")
    return ids[known], values[known].reshape(-1, vectors.HEIGHT, vectors.WIDTH)


def _has(project: Path, name: str, preparation: Preparation) -> bool:
    with Dataset.open(project) as dataset:
        if name not in dataset.names("features"):
            return False
        about = dataset.feature(name).attrs
    return (about.get("sr"), about.get("lowpass")) == (preparation.sr, preparation.lowpass)
