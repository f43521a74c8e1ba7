"""The map of a project, made anew: what ``python -m pipeline extend --recompute-map`` offers besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline import extend
from pipeline.tasks._project import ChangesProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class RecomputeMap(ChangesProject):
    """Lay all sounds of a project out anew; labels, history and drafts stay."""

    def title(self) -> str:
        """``Map of bird-17``."""
        return printable(f"Map of {self.path.stem}")

    def planned(self) -> list[dict[str, str]]:
        """The two steps."""
        return [{"step": name, "title": title, "unit": ""} for name, title in extend.STEPS_AFTER.items()]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Make the map; the result says of how many sounds."""
        n = extend.recompute(self.path, watcher=watcher)
        return {"project": str(self.path), "summary": f"The map of {counted(n, 'sound')} was made anew.",
                "n_sounds": n}
