"""The repertoire report of a project: what ``python -m pipeline report`` writes beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import params
from pipeline.report import writing
from pipeline.report.options import Options
from pipeline.tasks._project import OnProject
from pipeline.text import printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Report(OnProject):
    """Write the report of a project beside it.

    values : of `pipeline.report.options.Options`, by name; those of None are not given
    """

    values: Mapping[str, Any] = field(default_factory=dict)

    def title(self) -> str:
        """``Report of bird-17``."""
        return printable(f"Report of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for a value that cannot be, ExportError if something else lies in its place."""
        params.make(Options, self.values)
        writing.check_place(writing.beside(self.path))

    def writes(self) -> str:
        """The report's file: two runs do not write the same one."""
        return str(writing.beside(self.path))

    def planned(self) -> list[dict[str, str]]:
        """Counting, then the exemplars, which are read from the recordings."""
        return [dict(step) for step in writing.STEPS]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Write it; what is not in it is told."""
        written = writing.write(self.path, options=params.make(Options, self.values), watcher=watcher)
        for note in written.notes:
            watcher.note(note)
        return {"project": str(self.path), "summary": written.summary, "report": str(written.path)}
