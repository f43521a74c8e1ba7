"""What all kinds of runs on one project share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class OnProject:
    """A run that looks at a project, ``project`` being its path."""

    project: str

    @property
    def path(self) -> Path:
        """The full path of the project, links followed."""
        return Path(self.project).expanduser().resolve()


@dataclass(frozen=True)
class ChangesProject(OnProject):
    """A run that writes to a project."""

    def writes(self) -> str:
        """The project."""
        return str(self.path)
