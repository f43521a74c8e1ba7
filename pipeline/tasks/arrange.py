"""The sounds of a project put in order: what ``python -m pipeline arrange PROJECT`` and the page Arrange both do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import params, project_clustering
from pipeline.arrange import on_project
from pipeline.arrange.how import How
from pipeline.dataset import Dataset
from pipeline.tasks._project import ChangesProject
from pipeline.text import printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Arrange(ChangesProject):
    """Arrange the sounds of a project and store the tree; see `on_project.arrange_project`.

    values : of `How`, by name      source : what they are compared by      name : of the arrangement; usual if ""
    """

    source: str = on_project.WINDOWS
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None

    def title(self) -> str:
        """``Arrangement of bird-17``."""
        return printable(f"Arrangement of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for values that cannot be, ProjectError for a project that cannot be read."""
        how = params.make(How, self.values)
        project_clustering.checked_name(self.name or on_project.usual_name(self.source, how))
        with Dataset.open(self.path) as dataset:
            on_project.check(dataset, self.source, how)

    def planned(self) -> list[dict[str, str]]:
        """Features, tree, file."""
        features = [{"step": "windows", "title": "features", "unit": ""}] if self.source == on_project.WINDOWS else []
        return [*features, {"step": "tree", "title": "tree and order", "unit": ""},
                {"step": "write", "title": "writing the project", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Store the tree; what could not be read is told."""
        made = on_project.arrange_project(self.path, source=self.source, name=self.name, watcher=watcher,
                                          workers=self.workers, **self.values)
        for sentence in (*made.problems, *made.notes):
            watcher.note(sentence)
        return {"project": str(self.path), "summary": made.summary, "arrangement": made.name, "n": made.n}
