"""A tree cut into clusters, kept as a labeling of the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline import project_clustering
from pipeline.arrange import on_project
from pipeline.dataset import Dataset
from pipeline.tasks._project import ChangesProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class LabelArrangement(ChangesProject):
    """Cut the arrangement ``name`` (the newest if "") into clusters, and store them as ``labeling``."""

    is_light: ClassVar[bool] = True

    n_clusters: int = 2
    name: str = ""
    labeling: str = ""

    def title(self) -> str:
        """``Labeling arranged-12 of bird-17``."""
        return printable(f"Labeling {self.labeling or on_project.ALGORITHM} of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for what is not there, or more clusters than sounds."""
        if self.labeling:
            project_clustering.checked_name(self.labeling)
        with Dataset.open(self.path) as dataset:
            on_project.check_cut(dataset, self.n_clusters, name=self.name)

    def planned(self) -> list[dict[str, str]]:
        """One step."""
        return [{"step": "label", "title": "labeling", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Store it."""
        found = on_project.label(self.path, self.n_clusters, name=self.name, labeling=self.labeling, watcher=watcher)
        summary = (f"{counted(self.n_clusters, 'cluster')} of {counted(len(found.sounds.rows), 'sound')}, stored as "
                   f"the labeling {found.name!r}.")
        return {"project": str(self.path), "summary": summary, "labeling": found.name}
