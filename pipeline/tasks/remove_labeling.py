"""A labeling is taken out of a project: its file is written anew, which takes a while where it is large."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import labelings
from pipeline.dataset import Dataset
from pipeline.text import printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class RemoveLabeling:
    """Remove the labeling ``name`` of a project."""

    project: str
    name: str

    def title(self) -> str:
        """``remove the labeling HDBSCAN of bird-17``."""
        return printable(f"remove the labeling {self.name} of {self._project.stem}")

    def check(self) -> None:
        """Raise ParameterError if there is none of that name."""
        with Dataset.open(self._project) as dataset:
            labelings.find(dataset, self.name)

    def writes(self) -> str:
        """The project."""
        return str(self._project)

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Write the project without it."""
        watcher.begin("remove", 1, title="writing the project")
        labelings.remove(self._project, self.name)
        watcher.advance("remove", 1)
        return {"project": str(self._project), "summary": f"The labeling {self.name!r} is gone."}

    @property
    def _project(self) -> Path:
        return Path(self.project).expanduser().resolve()
