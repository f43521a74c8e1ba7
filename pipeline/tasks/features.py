"""Classical features of the sounds of a project: what ``python -m pipeline features`` does to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import feature_sets, params
from pipeline.feature_sets import Preparation, Wanted
from pipeline.tasks._project import ChangesProject
from pipeline.text import counted, listed, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Features(ChangesProject):
    """Compute features of every sound of a project.

    features, vectors : names, see `feature_sets.Wanted`      values : of `feature_sets.Preparation`, by name
    """

    features: tuple[str, ...] = ("mfcc",)
    vectors: tuple[str, ...] = ("mean_std",)
    values: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None

    def title(self) -> str:
        """``Features mfcc, mel of bird-17``."""
        return printable(f"Features {', '.join(self.features)} of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for a feature or a value that cannot be."""
        self._wanted()

    def planned(self) -> list[dict[str, str]]:
        """One step: recording by recording."""
        return [{"step": feature_sets.STEP, "title": "features", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Store the sets; recordings that could not be read are told."""
        made = feature_sets.compute(self.path, self._wanted(), watcher=watcher, workers=self.workers)
        for sentence in made.problems:
            watcher.note(sentence)
        n_good = int((~made.missing).sum())
        summary = f"{listed(made.sets)}: {n_good} of {counted(made.n_sounds, 'sound')}."
        return {"project": str(self.path), "summary": summary, "sets": made.sets}

    def _wanted(self) -> Wanted:
        return Wanted(tuple(self.features), tuple(self.vectors), params.make(Preparation, self.values)).check()
