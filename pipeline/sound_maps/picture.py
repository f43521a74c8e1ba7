"""All maps of a project in one picture: features × reducers, each with its scores, classes in colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.clusterers import NOISE
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.figures import style
from pipeline.sound_maps.scores import Classes, classes_of
from pipeline.sound_maps.stored import MapInfo, places
from pipeline.sound_maps.tables import parameters_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL_MM, GAP_MM, SCORES_MM = 36.0, 4.0, 8.0
LEFT_MM, TOP_MM, LINE_MM, NAME_MM = 16.0, 10.0, 3.6, 26.0
MOST_IN_LEGEND = 40
MOST_VECTOR_POINTS = 2_000      # of a map; more are kept as pixels within SVG and PDF


def draw(dataset: Dataset, maps: Sequence[MapInfo]) -> Figure:
    """A row for each kind of features, a column for each reducer and its parameters; O(n) for each map.

    Raises ParameterError where there is no map.
    """
    if not maps:
        raise ParameterError("There is no map to draw. Make some with 'python -m pipeline maps'.")
    classes = classes_of(dataset)
    rows, columns = list(dict.fromkeys(info.features for info in maps)), list(dict.fromkeys(map(_column, maps)))
    width = LEFT_MM + len(columns) * (CELL_MM + GAP_MM)
    body = TOP_MM + len(rows) * (CELL_MM + SCORES_MM + GAP_MM)
    shown = _legend(classes)
    figure = style.figure(width, body + LINE_MM * -(-len(shown) // _per_line(width)) + GAP_MM)
    for at, (reducer, parameters) in enumerate(columns):
        left = LEFT_MM + at * (CELL_MM + GAP_MM)
        style.text(figure, left, 2, _reducer_title(reducer), fontsize=style.TITLE_PT)
        style.text(figure, left, 5.6, style.fitting(parameters, CELL_MM), color=style.PALE)
    for at, name in enumerate(rows):
        top = TOP_MM + at * (CELL_MM + SCORES_MM + GAP_MM)
        style.text(figure, 2, top, style.fitting(name, LEFT_MM - 3), fontsize=style.TITLE_PT)
    for info in maps:
        left = LEFT_MM + columns.index(_column(info)) * (CELL_MM + GAP_MM)
        top = TOP_MM + rows.index(info.features) * (CELL_MM + SCORES_MM + GAP_MM)
        _draw_map(figure, left, top, places(dataset, info.name), classes)
        _write_scores(figure, left, top + CELL_MM + 0.8, info)
    _write_legend(figure, body, shown, width)
    return figure


def _column(info: MapInfo) -> tuple[str, str]:
    return info.reducer, parameters_text(info)


def _reducer_title(reducer: str) -> str:
    return {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}.get(reducer, reducer)


def _draw_map(figure: Figure, left: float, top: float, shares: np.ndarray, classes: Classes) -> None:
    axes = style.axes(figure, left=left, top=top, width=CELL_MM, height=CELL_MM)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=(), yticks=())
    for side in axes.spines.values():
        side.set(visible=True, color=style.FAINT)
    known = np.flatnonzero(np.isfinite(shares).all(axis=1))
    order = np.random.default_rng(0).permutation(known)                 # no class covers another by its number
    order = order[np.argsort(classes.codes[order] != NOISE, kind="stable")]     # those without a class lie below
    palette = np.array([*classes.colours, style.UNASSIGNED])
    size = float(np.clip(600 / max(len(order), 1), 0.35, 6))
    axes.scatter(*shares[order].T, s=size, c=palette[classes.codes[order]].tolist() if len(order) else None,
                 linewidths=0, rasterized=len(order) > MOST_VECTOR_POINTS)


def _write_scores(figure: Figure, left: float, top: float, info: MapInfo) -> None:
    found = info.scores
    first = [f"{word} {found[name]:.2f}" for name, word in (("sum", "sum"), ("knn_agreement", "neighbours"))
             if name in found]
    second = [f"{word} {found[name]:.2f}" for name, word in (
        ("silhouette", "sil."), ("roundness", "round"), ("overlap", "overlap")) if name in found]
    style.text(figure, left, top, "   ".join(first))
    style.text(figure, left, top + 3, "  ".join(second), fontsize=style.SMALL_PT, color=style.PALE)


def _legend(classes: Classes) -> list[tuple[str, str]]:
    """(name, colour) of the largest classes, and a word about the others."""
    counts = np.bincount(classes.codes[classes.codes != NOISE], minlength=len(classes.names))
    order = np.argsort(-counts, kind="stable")
    shown = [(f"{classes.names[row]} ({counts[row]:,})", classes.colours[row]) for row in order[:MOST_IN_LEGEND]]
    if len(order) > MOST_IN_LEGEND:
        shown.append((f"and {len(order) - MOST_IN_LEGEND} more", style.PAPER))
    n_without = int(np.count_nonzero(classes.codes == NOISE))
    return [*shown, (f"no label ({n_without:,})", style.UNASSIGNED)] if n_without else shown


def _per_line(width: float) -> int:
    return max(1, int((width - LEFT_MM) // NAME_MM))


def _write_legend(figure: Figure, top: float, shown: Sequence[tuple[str, str]], width: float) -> None:
    paper: Any = style.paper(figure)
    for at, (name, colour) in enumerate(shown):
        line, column = divmod(at, _per_line(width))
        left, middle = LEFT_MM + column * NAME_MM, top + line * LINE_MM + 1.2
        paper.plot([left + 0.8], [middle], "o", color=colour, markersize=3.4, markeredgewidth=0)
        style.text(figure, left + 2.4, top + line * LINE_MM, style.fitting(name, NAME_MM - 3))
