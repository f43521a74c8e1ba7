"""Whether a project holds together: what ``python -m pipeline check`` tells, as a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline import integrity
from pipeline.tasks._project import OnProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class CheckProject(OnProject):
    """Look at every table, id and spectrogram of a project, and repair its labels from the journal."""

    is_light: ClassVar[bool] = True

    def title(self) -> str:
        """``Check of bird-17``."""
        return printable(f"Check of {self.path.stem}")

    def planned(self) -> list[dict[str, str]]:
        """The one step."""
        return [{"step": "check", "title": "tables and spectrograms", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Look; the findings are in the log, and in the result."""
        watcher.begin("check", 1, title="tables and spectrograms")
        findings = integrity.check(self.path)
        for finding in findings:
            watcher.note(f"{finding.kind}: {finding.text}")
        watcher.advance("check", 1)
        problems = [finding.text for finding in findings if finding.kind == "problem"]
        told = f"{counted(len(problems), 'problem')}: {problems[0]}" if problems else "All is well."
        return {"project": self.project, "summary": told, "n_problems": len(problems),
                "findings": [[finding.kind, finding.text] for finding in findings]}
