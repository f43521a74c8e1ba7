"""Features × reductions × algorithms: what ``python -m pipeline compare`` and the page Compare both do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import comparing, comparison_tables, feature_sets, params
from pipeline.comparing import Grid
from pipeline.feature_sets import Preparation
from pipeline.tasks._project import ChangesProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Compare(ChangesProject):
    """Cluster the sounds of a project in every way of a grid, and score each; see `comparing.Grid`.

    values : the grid's numbers and those of `feature_sets.Preparation`, by name
    """

    features: tuple[str, ...] = Grid.features
    vectors: tuple[str, ...] = Grid.vectors
    scalings: tuple[str, ...] = Grid.scalings
    reductions: tuple[str, ...] = Grid.reductions
    algorithms: tuple[str, ...] = Grid.algorithms
    values: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None

    def title(self) -> str:
        """``Comparison on bird-17``."""
        return printable(f"Comparison on {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for a grid that cannot be."""
        self._grid()

    def planned(self) -> list[dict[str, str]]:
        """Features where some are missing, then the ways."""
        return [{"step": feature_sets.STEP, "title": "features", "unit": ""},
                {"step": comparing.STEP, "title": "comparison", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Keep the rows beside the project."""
        rows = comparing.compare(self.path, self._grid(), watcher=watcher, workers=self.workers)
        best = comparison_tables.best_first(rows)[0]
        score = "" if best.nmi is None else f": NMI {best.nmi:.3f}, ACC {best.acc:.3f}"
        ways = counted(len(rows), "way")
        summary = f"{ways} compared. Best: {best.feature}, {best.reduction} reduction, {best.algorithm}{score}."
        return {"project": str(self.path), "summary": summary, "n_rows": len(rows)}

    def _grid(self) -> Grid:
        numbers = params.values(params.make(Grid, self.values))
        lists = {name: tuple(getattr(self, name))
                 for name in ("features", "vectors", "scalings", "reductions", "algorithms")}
        return Grid(**lists, preparation=params.make(Preparation, self.values), **numbers).check()
