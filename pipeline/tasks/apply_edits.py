"""Edited tables of a project into a new one: what ``python -m pipeline import-edits`` and the page Export both do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ParameterError
from pipeline.importing import place
from pipeline.roundtrip import applying, telling
from pipeline.roundtrip.difference import How
from pipeline.tasks._project import OnProject
from pipeline.text import printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class ApplyEdits(OnProject):
    """Make a project beside another one, with what edited tables change; the old one stays as it is.

    tables : paths of files or folders      output : the new project, a path where there is nothing
    how : values of `roundtrip.How`      seen : the fingerprint of the difference that was looked at
    kinds : which changes are applied      user : who asked for it
    """

    tables: tuple[str, ...]
    output: str
    how: Mapping[str, Any] = field(default_factory=dict)
    seen: str = ""
    kinds: tuple[str, ...] = telling.KINDS
    user: str = ""

    def title(self) -> str:
        """``Edited tables of bird-17 into bird-17-edited``."""
        return printable(f"Edited tables of {self.path.stem} into {Path(self.output).stem}")

    def check(self) -> None:
        """Raise ParameterError if there is something at ``output``, or nothing is to be applied."""
        place.check(Path(self.output))
        How.of(self.how)
        if not self.tables or not self.kinds:
            raise ParameterError("Say which tables, and which of their changes, are to be applied.")

    def writes(self) -> str:
        """The new project."""
        return str(Path(self.output).expanduser().resolve())

    def planned(self) -> list[dict[str, str]]:
        """The steps that may have to be done."""
        return [{"step": name, "title": title, "unit": ""} for name, title in applying.STEPS.items()]

    def run(self, watcher: Watcher) -> applying.Applied:
        """Make the project."""
        return applying.make_project(self.path, [Path(table) for table in self.tables], Path(self.output),
                                     how=How.of(self.how), seen=self.seen, kinds=tuple(self.kinds), watcher=watcher,
                                     user=self.user or None)

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Make the project; the result says how many sounds of each kind were applied."""
        done = self.run(watcher)
        for sentence in done.notes:
            watcher.note(sentence)
        return {"project": str(done.project), "summary": done.summary, "n_sounds": done.n_sounds, **done.counts}
