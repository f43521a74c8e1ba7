"""An autoencoder on the sounds of a project: what ``python -m pipeline train-autoencoder`` does to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import feature_sets, params, registry
from pipeline.autoencoder import on_project, training
from pipeline.autoencoder.training import Training
from pipeline.feature_sets import Preparation
from pipeline.tasks._project import ChangesProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class TrainAutoencoder(ChangesProject):
    """Learn an embedding from pictures of every sound of a project.

    values : of `training.Training` and `feature_sets.Preparation`, by name
    """

    feature: str = "mel"
    values: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None
    restart: bool = False

    def title(self) -> str:
        """``Autoencoder on bird-17``."""
        return printable(f"Autoencoder on {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for a feature or a value that cannot be."""
        registry.load("features", self.feature)
        params.make(Training, self.values)
        params.make(Preparation, self.values)

    def planned(self) -> list[dict[str, str]]:
        """Pictures where they are missing, then training."""
        return [{"step": feature_sets.STEP, "title": "pictures", "unit": ""},
                {"step": training.STEP, "title": "training", "unit": ""}]

    def resumed(self) -> TrainAutoencoder:
        """Training that goes on does not begin anew, even if it once was told to."""
        return type(self)(self.project, self.feature, self.values, self.workers)

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Keep network, codes and sample pictures; the losses are part of the result."""
        made = on_project.train(
            self.path, feature=self.feature, preparation=params.make(Preparation, self.values),
            how=params.make(Training, self.values), report_dir=report_dir(self.path), watcher=watcher,
            workers=self.workers, restart=self.restart)
        about = made.about
        summary = (f"{counted(len(about.losses), 'epoch')} ({about.finished}), validation loss "
                   f"{about.losses[about.best - 1][1]:.1f}.")
        return {"project": str(self.path), "summary": summary, "losses": about.losses,
                "reports": [str(path) for path in made.reports]}


def report_dir(project: Path) -> Path:
    """Where loss curve and sample pictures of a project's autoencoder are kept: ``bird.autoencoder``."""
    return project.with_name(f"{project.stem}.autoencoder")
