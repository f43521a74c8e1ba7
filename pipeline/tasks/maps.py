"""Sound maps of a project: what ``python -m pipeline maps`` and the page Map both do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import feature_sets, sound_maps
from pipeline.sound_maps import Grid, making
from pipeline.tasks._project import ChangesProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Maps(ChangesProject):
    """Make every map of a grid of features, reducers and their parameters, and score it; see `sound_maps.Grid`.

    values : the grid's single values and those of its clips, by name
    """

    features: tuple[str, ...] = Grid.features
    reducers: tuple[str, ...] = Grid.reducers
    perplexity: tuple[float, ...] = Grid.perplexity
    iterations: tuple[int, ...] = Grid.iterations
    n_neighbors: tuple[int, ...] = Grid.n_neighbors
    min_dist: tuple[float, ...] = Grid.min_dist
    values: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None

    def title(self) -> str:
        """``Maps of bird-17``."""
        return printable(f"Maps of {self.path.stem}")

    def check(self) -> None:
        """Raise ParameterError for a grid that cannot be."""
        self._grid()

    def planned(self) -> list[dict[str, str]]:
        """Features where some are missing, the maps, their scores."""
        return [{"step": feature_sets.STEP, "title": "features", "unit": ""},
                {"step": making.MAPS, "title": "maps", "unit": ""},
                {"step": making.SCORES, "title": "scores", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Keep the maps in the project; the result says which are new and which is best."""
        made = sound_maps.make(self.path, self._grid(), watcher=watcher, workers=self.workers)
        best = max(made.maps, key=lambda info: info.scores.get("sum", -2.0))
        told = f" Best: {best.name}, {best.scores['sum']:.2f} in sum." if "sum" in best.scores else ""
        summary = f"{counted(len(made.maps), 'map')}, {made.n_new} of them new.{told}"
        return {"project": str(self.path), "summary": summary, "maps": [info.name for info in made.maps]}

    def _grid(self) -> Grid:
        return Grid.of({name: getattr(self, name) for name in Grid.LISTS}, self.values)
