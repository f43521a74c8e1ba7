"""Which maps are asked for: features × reducers × parameters."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pipeline import params, point_sets, registry
from pipeline.errors import ParameterError
from pipeline.params import param
from pipeline.projectors.pca import Pca
from pipeline.projectors.tsne import Tsne
from pipeline.projectors.umap import Umap
from pipeline.reduction import SCALES
from pipeline.sound_maps.clips import Clips
from pipeline.text import listed

FOLDER = "sound_maps.features"
AUTO = "auto"
REDUCERS: Mapping[str, type] = {"pca": Pca, "tsne": Tsne, "umap": Umap}
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "pca": (), "tsne": ("perplexity", "iterations"), "umap": ("n_neighbors", "min_dist"),
}


@dataclass(frozen=True)
class Cell:
    """One map to be: features, a reducer, and its parameters by name."""

    features: str
    reducer: str
    parameters: tuple[tuple[str, float], ...] = ()

    @property
    def name(self) -> str:
        """What the projection is called: ``mfcc30-umap-15-0.1``."""
        return "-".join([self.features, self.reducer, *(f"{value:g}" for _name, value in self.parameters)])

    def method(self, seed: int) -> Any:
        """The projector."""
        return params.make(REDUCERS[self.reducer], {**dict(self.parameters), "seed": seed})


@dataclass(frozen=True)
class Grid:
    """Maps to be made: every one of the features by every reducer with every combination of its parameters.

    features : `clip_features`, or what else the project has (``embedding``, ``mfcc_mean_std``, several as ``a+b``)
    """

    LISTS: ClassVar[tuple[str, ...]] = ("features", "reducers", "perplexity", "iterations", "n_neighbors", "min_dist")

    features: tuple[str, ...] = ("stft32", "mfcc30", "mir6")
    reducers: tuple[str, ...] = ("pca", "tsne", "umap")
    perplexity: tuple[float, ...] = (5, 30)
    iterations: tuple[int, ...] = (1000,)
    n_neighbors: tuple[int, ...] = (15, 50)
    min_dist: tuple[float, ...] = (0.0, 0.1)
    scaling: str = param(AUTO, "of columns before all else: auto scales those that have different units", choices=(
        AUTO, *SCALES))
    pca_dim: int = param(50, "principal components that t-SNE and UMAP are made from; 0 is the vectors themselves",
                         low=0, high=10_000)
    seed: int = param(42, "seed of everything random", low=0, high=2**31 - 1)
    clips: Clips = field(default_factory=Clips)

    @classmethod
    def of(cls, lists: Mapping[str, Sequence[Any]], values: Mapping[str, Any]) -> Grid:
        """From lists of texts or numbers, and single values of the grid and its clips, by name; None is the default.

        Raises ParameterError for what cannot be.
        """
        given = {name: _distinct(name, parts) for name, parts in lists.items() if parts is not None}
        return cls(**given, **params.values(params.make(cls, values)), clips=params.make(Clips, values)).check()

    def check(self) -> Grid:
        """Itself. Raises ParameterError for a reducer that does not exist, or where there is nothing to make."""
        unknown = [name for name in self.reducers if name not in REDUCERS]
        if unknown:
            raise ParameterError(f"There is no reducer {unknown[0]!r}. Known are: {', '.join(REDUCERS)}.")
        needed = ["features", "reducers", *(name for reducer in self.reducers for name in PARAMETERS[reducer])]
        empty = [name for name in needed if not getattr(self, name)]
        if empty:
            raise ParameterError(f"There is no map to make: give at least one of {listed(empty)}.")
        return self

    def cells(self) -> Iterator[Cell]:
        """Every map, features by features."""
        for features, reducer in itertools.product(self.features, self.reducers):
            names = PARAMETERS[reducer]
            for values in itertools.product(*(getattr(self, name) for name in names)):
                yield Cell(features, reducer, tuple(zip(names, values, strict=True)))


def clip_features() -> tuple[str, ...]:
    """The features of how a sound begins; others are what a project has stored."""
    return registry.names(FOLDER)


def parts_of(features: str) -> list[str]:
    """The sets that ``a+b`` puts together."""
    return [part.strip() for part in features.split(point_sets.TOGETHER)]


def scaling_of(features: str, scaling: str) -> str:
    """What `AUTO` stands for: the columns of an embedding have one unit, those of most features do not.

    Sets put together are balanced already (see `point_sets.load`).
    """
    if point_sets.TOGETHER in features:
        return "none"
    if scaling != AUTO:
        return scaling
    if features in clip_features():
        return registry.load(FOLDER, features).SCALING
    return "none" if features == point_sets.EMBEDDING else "minmax"


def _distinct(name: str, parts: Sequence[Any]) -> tuple[Any, ...]:
    """Values of a list, each once; numbers checked against what the reducer declares."""
    declared = {spec.name: spec for cls in REDUCERS.values() for spec in params.specs(cls)}
    cleaned = (part.strip() if isinstance(part, str) else part for part in parts)
    kept = [part for part in cleaned if part != ""]
    return tuple(dict.fromkeys(params.check(declared[name], part) if name in declared else part for part in kept))
