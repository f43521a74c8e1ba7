"""An arrangement as files beside its project: sorted sounds, lists, tables, tree and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import params
from pipeline.arrange import on_project, placing, project_files, writing
from pipeline.arrange.how import How
from pipeline.dataset import Dataset
from pipeline.tasks._project import OnProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher

ENDING = ".arranged"


@dataclass(frozen=True)
class ArrangeFiles(OnProject):
    """Write an arrangement into a folder beside the project, ``bird-17.arranged``.

    name : of the arrangement, the newest if ""      values : of `How`, those that concern the files, by name
    """

    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where they go."""
        return self.path.with_name(self.path.stem + ENDING)

    def title(self) -> str:
        """``Sorted sounds of bird-17``."""
        return printable(f"Sorted sounds of {self.path.stem}")

    def writes(self) -> str:
        """The folder."""
        return str(self.folder)

    def check(self) -> None:
        """Raise ParameterError for what is not there, ExportError if others' files are in the way."""
        params.make(How, self.values)
        with Dataset.open(self.path) as dataset:
            on_project.find(dataset, self.name)
        for place in (writing.BANK, writing.CLUSTERS):
            placing.check(self.folder / place)

    def planned(self) -> list[dict[str, str]]:
        """One step."""
        return [{"step": "files", "title": "files and pictures", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Write them; an earlier run's are replaced."""
        with Dataset.open(self.path) as dataset:
            made = project_files.write(dataset, self.folder, name=self.name, watcher=watcher, **self.values)
        for sentence in made.notes:
            watcher.note(sentence)
        summary = f"{counted(len(made.rows), 'sound')} in their order, in {self.folder}."
        return {"project": str(self.path), "summary": summary, "folder": str(self.folder)}
