"""The sounds of a project, clustered: what ``python -m pipeline cluster`` and the page Cluster both do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import clustering, project_clustering
from pipeline.dataset import Dataset
from pipeline.tasks._project import ChangesProject
from pipeline.text import printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Cluster(ChangesProject):
    """Cluster the sounds of a project and store the labeling.

    values : parameters by name, see `clustering.parameters`; those of None are not given
    on : what they are clustered by, see `project_clustering.bases`      name : of the labeling; the algorithm's if ""
    only_cluster, segment_ids : the sounds of one cluster, or these; all if neither is given
    within, number : the sounds of that cluster of a stored labeling instead, -1 for its noise
    """

    algorithm: str = "hdbscan"
    values: Mapping[str, Any] = field(default_factory=dict)
    on: str = project_clustering.EMBEDDING
    name: str = ""
    only_cluster: int | None = None
    segment_ids: tuple[int, ...] = ()
    within: str = ""
    number: int = 0

    def title(self) -> str:
        """``HDBSCAN of bird-17``."""
        return printable(f"{self.name or clustering.title(self.algorithm)} of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for values that cannot be, ProjectError for a project that cannot be read."""
        project_clustering.checked_name(self.name or clustering.title(self.algorithm))
        with Dataset.open(self.path) as dataset:
            project_clustering.recipe_for(dataset, self.algorithm, self.values, on=self.on)

    def planned(self) -> list[dict[str, str]]:
        """The reduction, and the algorithm."""
        return [{"step": "reduce", "title": "map", "unit": ""},
                {"step": "cluster", "title": clustering.title(self.algorithm), "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Store the labeling; the result says how many clusters there are."""
        only = self.segment_ids or project_clustering.chosen_ids(self.path, within=self.within, number=self.number)
        found = project_clustering.cluster(
            self.path, self.algorithm, self.values, on=self.on, name=self.name, watcher=watcher,
            only_cluster=self.only_cluster, only=only)
        return {"project": str(self.path), "summary": found.summary, "labeling": found.name,
                **found.result.counts()}
