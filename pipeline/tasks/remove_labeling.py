"""A labeling is taken out of a project: its file is written anew, which takes a while where it is large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline import labelings
from pipeline.dataset import Dataset
from pipeline.tasks._project import ChangesProject
from pipeline.text import printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class RemoveLabeling(ChangesProject):
    """Remove the labeling ``name`` of a project."""

    name: str

    def title(self) -> str:
        """``Removal of the labeling HDBSCAN of bird-17``."""
        return printable(f"Removal of the labeling {self.name} of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError if there is none of that name."""
        with Dataset.open(self.path) as dataset:
            labelings.find(dataset, self.name)

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Write the project without it."""
        watcher.begin("remove", 1, title="writing the project")
        labelings.remove(self.path, self.name)
        watcher.advance("remove", 1)
        return {"project": str(self.path), "summary": f"The labeling {self.name!r} is gone."}
