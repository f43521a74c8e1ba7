"""A clustering as files: labels and soft values as JSON, a picture of the clusters, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from pipeline import clustering, store
from pipeline.clustering import Result
from pipeline.errors import ExportError
from pipeline.figures import scatter, style
from pipeline.projectors.tsne import Tsne
from pipeline.reduction import Reduction
from pipeline.watcher import Watcher

PLOTS = ("none", "pca", "umap", "tsne")
AXES = {"pca": "PC", "umap": "UMAP", "tsne": "t-SNE"}


def write(result: Result, ids: Sequence[str], folder: Path, *, about: dict[str, Any] | None = None) -> list[Path]:
    """Write ``<Algorithm>.json``, ``<Algorithm>_soft.json`` where there are soft values, and ``run.json``.

    ids : n texts, in the order of the labels      about : what else goes into ``run.json``

    Labels: ``[{"id": …, "label": …}]``, -1 is noise. Soft values: ``[{"id": …, "probs": […]}]``, for HDBSCAN the last
    one is noise. Raises ExportError if the folder cannot be made, ProjectError if they cannot be written.
    """
    name, found = clustering.title(result.parameters["algorithm"]), result.clustering
    label = ({"id": key, "label": value} for key, value in zip(ids, found.label.tolist(), strict=True))
    paths = [write_json(folder / f"{name}.json", label)]
    soft_path = folder / f"{name}_soft.json"
    if found.probability is not None:
        soft = ({"id": key, "probs": [float(f"{value:.7g}") for value in row.tolist()]}
                for key, row in zip(ids, found.probability, strict=True))
        paths.append(write_json(soft_path, soft))
    else:
        soft_path.unlink(missing_ok=True)      # of an earlier run: it would not belong to these labels
    run = {"parameters": dict(result.parameters), "counts": result.counts(), "facts": dict(found.facts),
           "noise_column": found.noise_column, "notes": list(result.notes), "seconds": round(result.seconds, 3),
           "versions": dict(result.versions), **(about or {})}
    return [*paths, write_json(folder / "run.json", run)]


def write_json(path: Path, document: Any) -> Path:
    """Write a document, or an iterator of the entries of a list, indented by 2, in UTF-8; whole or not at all.

    Raises ExportError if its folder cannot be made, ProjectError if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{path.parent} could not be made: {error.strerror or error}. Choose another --output-dir.") \
            from error
    with store.replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        _dump(document, file)
    return path


def _dump(document: Any, file: IO[str]) -> None:
    if isinstance(document, dict):
        file.write(_text(document) + "\n")
        return
    begun = False
    for entry in document:
        file.write(",\n" if begun else "[\n")
        file.write("  " + _text(entry).replace("\n", "\n  "))
        begun = True
    file.write("\n]\n" if begun else "[]\n")


def _text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def plot(result: Result, path: Path, *, how: str, watcher: Watcher | None = None) -> Path:
    """Draw the clusters on a map of their points; ``how`` is one of `PLOTS` but ``none``.

    The file is what its suffix says, PNG, SVG or PDF, and PNG without a suffix. Points that lie in two dimensions
    already are drawn as they lie. Raises ExportError or ProjectError if it cannot be written.
    """
    suffix = check_plot_path(path)
    seed = int(result.parameters.get("random_state", 42))
    places = result.points if result.points.shape[1] == 2 else _laid_out(result.points, how, seed, watcher)
    title = f"{clustering.title(result.parameters['algorithm'])} · {how}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{path} could not be written: {error.strerror or error}. Choose another --plot-path.") \
            from error
    figure = scatter.clustering(places, result.label, title=title, axis=AXES[how])
    with store.replacing(path) as temporary:
        temporary.write_bytes(style.encoded(figure, suffix, dpi=scatter.DPI))
    return path


def check_plot_path(path: Path) -> str:
    """The suffix of a picture's file; without one it is a PNG. Raises ExportError for another kind of file."""
    return style.suffix_of(path) if path.suffix else ".png"


def _laid_out(points: np.ndarray, how: str, seed: int, watcher: Watcher | None) -> np.ndarray:
    if how == "tsne":
        return Tsne(seed=seed).project(points)
    reduction = Reduction(reduce="umap" if how == "umap" else "pca", reduce_dim=2, pca_dim=0, n_neighbors=15,
                          min_dist=0.1, random_state=seed)
    return _two_columns(reduction.apply(points, watcher=watcher))


def _two_columns(points: np.ndarray) -> np.ndarray:
    """The first two columns, float (n, 2); zeros where there are fewer."""
    return np.pad(points, ((0, 0), (0, max(0, 2 - points.shape[1]))))[:, :2]
