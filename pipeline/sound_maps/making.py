"""Making maps: every cell of a grid, laid out in parallel, kept as it is done, then stored and scored.

A cell that was laid out once waits in the cache folder under the fingerprint of all it was made from; one that the
project has already is not made again. All that is new goes into the project in one step.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import engines, params, point_sets, reduction, settings, store
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError
from pipeline.projectors.pca import Pca
from pipeline.projectors.tsne import Tsne
from pipeline.reduction import STEP as KEPT_STEP
from pipeline.shelf import Shelf, fingerprint
from pipeline.sound_maps import scores, sources
from pipeline.sound_maps.grid import PARAMETERS, Cell, Grid, clip_features, parts_of, scaling_of
from pipeline.sound_maps.scaling import robust
from pipeline.sound_maps.scores import Classes
from pipeline.sound_maps.sources import LeftOut
from pipeline.sound_maps.stored import FEATURES, KIND, REDUCER, SCORE, SCORED_BY, MapInfo, listing, raw_places
from pipeline.text import counted, listed
from pipeline.vectors import filled
from pipeline.watcher import Watcher

MAPS, SCORES = "maps", "scores"
VERSION = 1
KEY, SCORED = "fingerprint", "scored"
MOST_NAMED = 5


@dataclass(frozen=True)
class Made:
    """What became of a grid.

    maps : those of the grid, in its order      n_new : how many of them were not in the project before
    left_out : sounds that are on no map made of clips      notes : sentences, also told to the watcher
    """

    maps: list[MapInfo]
    n_new: int
    left_out: list[LeftOut]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Source:
    """What the maps of one kind of features are made from; its points wait on the shelf under ``key``.

    segment_id : int32 (k,), of the sounds that are on these maps
    """

    key: str
    segment_id: np.ndarray


def make(
    project: Path, grid: Grid, *, watcher: Watcher | None = None, workers: int | None = None,
    scheduler: str | None = None, restart: bool = False,
) -> Made:
    """Make every map of a grid, keep it in the project, and score all maps that it has.

    restart : whether what was made before is made again
    Raises ParameterError for features that do not exist, RunError if features cannot be computed.
    """
    watcher, shelf = watcher or Watcher(), reduction.kept()
    how = {"workers": workers or settings.n_cores(), "scheduler": scheduler}
    sources.prepare(project, grid.check().features, grid.clips, watcher=watcher, restart=restart, **how)
    sources_of, new = _still_to_do(project, grid, restart)
    _put_points(project, {cell.features for cell in new}, grid, sources_of, shelf)
    _lay_out_all(new, grid, sources_of, shelf, watcher, restart, how)
    with Dataset.open(project) as dataset:
        classes = scores.classes_of(dataset)
        found = _scored(dataset, new, sources_of, grid, shelf, classes, watcher, how)
    if new or found:
        _store(project, new, found, sources_of, grid, shelf, classes)
    reduction.prune(shelf)
    return _summed_up(project, grid, new, classes, watcher)


def _still_to_do(project: Path, grid: Grid, restart: bool) -> tuple[dict[str, _Source], list[Cell]]:
    """The sources of all features, and the cells that the project has not got."""
    with Dataset.open(project) as dataset:
        found = {name: _source(dataset, name, grid) for name in grid.features}
        stored = set(dataset.names(KIND))
        keys = {name: dataset.attrs_of(f"{KIND}/{name}").get(KEY) for name in stored}
    return found, [cell for cell in grid.cells()
                   if restart or keys.get(cell.name) != _key(cell, found[cell.features], grid)]


def _source(dataset: Dataset, name: str, grid: Grid) -> _Source:
    values, segment_id = _vectors(dataset, name)
    key = fingerprint(VERSION, values, scaling_of(name, grid.scaling), grid.pca_dim, grid.seed)
    return _Source(key, segment_id)


def _vectors(dataset: Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(vectors float32 (k, d), ids (k,)) of the sounds that have these features."""
    values = point_sets.load(dataset, name)
    known = np.isfinite(values).any(axis=1)
    return filled(values[known]), dataset.segments.segment_id[known]


def _put_points(
    project: Path, features: Iterable[str], grid: Grid, sources_of: Mapping[str, _Source], shelf: Shelf,
) -> None:
    """Put vectors, scaled and as principal components, on the shelf for all maps that are made of them."""
    with Dataset.open(project) as dataset:
        for name in features:
            if not shelf.has(KEPT_STEP, sources_of[name].key):
                points = reduction.scale(_vectors(dataset, name)[0], scaling_of(name, grid.scaling))
                if grid.pca_dim:
                    points = Pca(n_pca=max(2, grid.pca_dim), seed=grid.seed).fit(points).scores
                shelf.put(KEPT_STEP, sources_of[name].key, {"points": points})


def _key(cell: Cell, source: _Source, grid: Grid) -> str:
    return fingerprint(VERSION, source.key, source.segment_id, cell.reducer, params.values(cell.method(grid.seed)))


def _lay_out_all(
    cells: Sequence[Cell], grid: Grid, sources_of: Mapping[str, _Source], shelf: Shelf, watcher: Watcher,
    restart: bool, how: Mapping[str, Any],
) -> None:
    jobs = [(cell, sources_of[cell.features], _key(cell, sources_of[cell.features], grid)) for cell in cells]
    if not jobs:
        return
    watcher.begin(MAPS, len(jobs), title="maps")
    for _done in engines.each(_lay_out, jobs, grid.seed, shelf, restart, **how):
        watcher.advance(MAPS, 1)


def _lay_out(job: tuple[Cell, _Source, str], seed: int, shelf: Shelf, restart: bool) -> None:
    """Put one map on the shelf. Runs in worker processes."""
    cell, source, key = job
    if shelf.has(KEPT_STEP, key) and not restart:
        return
    points, start = np.array(shelf.get(KEPT_STEP, source.key)[0]["points"]), time.perf_counter()
    places = cell.method(seed).project(points) if len(points) else np.zeros((0, 2), np.float32)
    shelf.put(KEPT_STEP, key, {"places": places}, {"seconds": time.perf_counter() - start})


def _scored(
    dataset: Dataset, new: Sequence[Cell], sources_of: Mapping[str, _Source], grid: Grid, shelf: Shelf,
    classes: Classes, watcher: Watcher, how: Mapping[str, Any],
) -> dict[str, dict[str, float]]:
    """The scores by name of the new maps, and of those in the project that were scored against other classes."""
    places = {cell.name: _laid_out(dataset, cell, sources_of[cell.features], grid, shelf) for cell in new}
    for name in dataset.names(KIND):
        if name not in places and dataset.attrs_of(f"{KIND}/{name}").get(SCORED) != classes.key:
            try:
                places[name] = raw_places(dataset, name)
            except ProjectError as error:      # another program's, which is no reason to lose those that were made
                watcher.note(str(error))
    found: dict[str, dict[str, float]] = {}
    if not places:
        return found
    watcher.begin(SCORES, len(places), title="scores")
    for name, values in engines.each(_score, list(places.items()), classes.codes, **how):
        found[name] = values
        watcher.advance(SCORES, 1)
    return found


def _laid_out(dataset: Dataset, cell: Cell, source: _Source, grid: Grid, shelf: Shelf) -> np.ndarray:
    places = np.full((dataset.n_segments, 2), np.nan, np.float32)
    places[dataset.rows_of(source.segment_id)] = shelf.get(KEPT_STEP, _key(cell, source, grid))[0]["places"]
    return places


def _score(job: tuple[str, np.ndarray], codes: np.ndarray) -> tuple[str, dict[str, float]]:
    name, places = job
    return name, scores.score(robust(places), codes)


def _store(
    project: Path, new: Sequence[Cell], found: Mapping[str, Mapping[str, float]], sources_of: Mapping[str, _Source],
    grid: Grid, shelf: Shelf, classes: Classes,
) -> None:
    """Write the new maps and all scores."""
    cleared = dict.fromkeys(f"{SCORE}{name}" for name in scores.NAMES)
    with store.amend(project) as writer:
        for cell in new:
            source = sources_of[cell.features]
            key = _key(cell, source, grid)
            arrays, about = shelf.get(KEPT_STEP, key)
            writer.projection(cell.name, source.segment_id, arrays["places"], attrs={
                FEATURES: cell.features, REDUCER: cell.reducer, **dict(cell.parameters), "seed": grid.seed,
                "pca_dim": grid.pca_dim, "scaling": scaling_of(cell.features, grid.scaling), KEY: key, **about})
        for name, values in found.items():
            writer.describe(f"{KIND}/{name}", {
                **cleared, **{f"{SCORE}{key}": value for key, value in values.items()},
                SCORED_BY: classes.by, SCORED: classes.key})


def _summed_up(project: Path, grid: Grid, new: Sequence[Cell], classes: Classes, watcher: Watcher) -> Made:
    with Dataset.open(project) as dataset:
        by_name = {info.name: info for info in listing(dataset)}
        of_clips = [part for name in grid.features for part in parts_of(name) if part in clip_features()]
        apart = sources.left_out(dataset, grid.clips, of_clips[0]) if of_clips else []
        notes = [*_told(apart), *_fewer(dataset, grid), *filter(None, [classes.lack])]
        if len(classes.codes) > scores.MOST_PAIRED and classes.by:
            notes.append(f"Silhouette and neighbours are those of about {scores.MOST_PAIRED:,} sounds, drawn by a "
                         "fixed seed; hulls are those of all.")
    for sentence in notes:
        watcher.note(sentence)
    return Made([by_name[cell.name] for cell in grid.cells()], len(new), apart, notes)


def _told(apart: Sequence[LeftOut]) -> list[str]:
    """A sentence for each reason, with the names of the first few."""
    by_reason = {reason: [sound for sound in apart if sound.reason == reason] for reason in sources.REASONS}
    return [f"On no map of clips, {reason}: {counted(len(sounds), 'sound')}: {_named(sounds)}."
            for reason, sounds in by_reason.items() if sounds]


def _fewer(dataset: Dataset, grid: Grid) -> Iterator[str]:
    """Sentences about parameters that are larger than the number of sounds allows."""
    n = dataset.n_segments
    for reducer, most in (("tsne", Tsne.most(n)), ("umap", n - 1)):
        name = PARAMETERS[reducer][0]
        if reducer in grid.reducers and max(getattr(grid, name)) > most:
            yield f"There are {counted(n, 'sound')}, so {name} is {most:g} at most: maps of larger ones are the same."


def _named(sounds: Sequence[LeftOut]) -> str:
    names = [f"{sound.name} at {sound.onset_s:.2f} s" + (f" ({sound.detail})" if sound.detail else "")
             for sound in sounds[:MOST_NAMED]]
    more = len(sounds) - len(names)
    return ", ".join(names) + f" and {more} more" if more else listed(names)
