"""How many clusters? Four curves over k for the sounds of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline import k_estimation, project_clustering
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.tasks._project import OnProject
from pipeline.text import printable
from pipeline.watcher import Watcher

STEP = "curves"


@dataclass(frozen=True)
class EstimateK(OnProject):
    """Run k-means for every k on what an algorithm would group.

    The fields are those of `tasks.cluster.Cluster`; the result has the curves, see `k_estimation.Curves`.
    """

    algorithm: str = "kmeans"
    values: Mapping[str, Any] = field(default_factory=dict)
    on: str = project_clustering.EMBEDDING
    only_cluster: int | None = None
    within: str = ""
    number: int = 0

    def title(self) -> str:
        """``Number of clusters of bird-17``."""
        return printable(f"Number of clusters of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for values that cannot be, ProjectError for a project that cannot be read."""
        with Dataset.open(self.path) as dataset:
            project_clustering.recipe_for(dataset, self.algorithm, self.values, on=self.on)

    def planned(self) -> list[dict[str, str]]:
        """The reduction, and the curves."""
        return [{"step": "reduce", "title": "map", "unit": ""}, {"step": STEP, "title": "curves", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """The curves, and the k that most of them name."""
        only = project_clustering.chosen_ids(self.path, self.only_cluster, within=self.within, number=self.number)
        points = project_clustering.points_of(self.path, self.algorithm, self.values, on=self.on, only=only,
                                              watcher=watcher)
        watcher.begin(STEP, k_estimation.HIGH - k_estimation.LOW + 1, title="curves")
        found = k_estimation.curves(points, seed=int(self.values.get("random_state") or 42),
                                    told=lambda _k: watcher.advance(STEP, 1))
        if found is None:
            raise ParameterError("There are too few different sounds for two clusters.")
        votes = ", ".join(f"{name.replace('_', '-')} {k}" for name, k in found.by.items())
        summary = f"{found.suggestion} clusters are suggested ({votes}), looking at {found.n_points:,} sounds."
        return {"project": str(self.path), "summary": summary, "curves": asdict(found)}
