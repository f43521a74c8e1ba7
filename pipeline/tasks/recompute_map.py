"""The map of a project, made anew: what ``python -m pipeline extend --recompute-map`` offers besides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import extend
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class RecomputeMap:
    """Lay all sounds of a project out anew; labels, history and drafts stay."""

    project: str

    def title(self) -> str:
        """``Map of bird-17``."""
        return printable(f"Map of {self._project.stem}")

    def writes(self) -> str:
        """The project."""
        return str(self._project)

    def planned(self) -> list[dict[str, str]]:
        """The two steps."""
        return [{"step": name, "title": title, "unit": ""} for name, title in extend.STEPS_AFTER.items()]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Make the map; the result says of how many sounds."""
        n = extend.recompute(self._project, watcher=watcher)
        return {"project": str(self._project), "summary": f"The map of {counted(n, 'sound')} was made anew.",
                "n_sounds": n}

    @property
    def _project(self) -> Path:
        return Path(self.project).expanduser().resolve()
