"""The maps of a project, for the menu, the scores and the sheet of the page Map."""

from __future__ import annotations

import math
from typing import Any

from pages._ui.workspaces import OpenProject
from pipeline import browse, sound_maps
from pipeline.sound_maps import MapInfo
from pipeline.sound_maps.stored import OWN

REDUCERS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
SCORES = (
    ("silhouette", "silhouette", "how well classes keep apart, -1 to 1, higher is better"),
    ("roundness", "roundness", "4πA/P² of the classes' hulls, 0 to 1, higher is better"),
    ("overlap", "overlap", "union of the classes' hulls over their sum, 0 to 1, higher: they overlap less"),
    ("overlap_compat", "overlap, published", "A of all over A of all and their sum, as first published"),
    ("sum", "sum", "silhouette, roundness and overlap together, higher is better"),
    ("knn_agreement", "neighbours", "share of the nearest neighbours that are of the same class"),
)


def known(opened: OpenProject) -> dict[str, Any]:
    """What the page looks for: the maps, and the revision of the labels that colour them."""
    return {"maps": maps(opened), "revision": opened.desk.revision}


def maps(opened: OpenProject) -> list[dict[str, Any]]:
    """Every map as ``assets/soundmap*.js`` take it."""
    return [{"name": info.name, "title": title(info), "features": info.features, "reducer": info.reducer,
             "called": called(info), "parameters": parameters(info), "by": info.scored_by,
             "scores": {name: round(value, 4) for name, value in info.scores.items() if math.isfinite(value)}}
            for info in sound_maps.listing(opened.workspace.dataset)]


def options(opened: OpenProject) -> list[dict[str, str]]:
    """The menu of maps."""
    return [{"value": info.name, "label": title(info)} for info in sound_maps.listing(opened.workspace.dataset)]


def title(info: MapInfo) -> str:
    """``stft32 · t-SNE · perplexity 30``; the project's own maps say that they are."""
    own = f"the project's {called(info)}" if info.name in OWN else ""
    return own or " · ".join(text for text in (info.features, called(info), parameters(info)) if text) or info.name


def called(info: MapInfo) -> str:
    """The reducer's name as people write it."""
    return REDUCERS.get(info.reducer, info.reducer)


def parameters(info: MapInfo) -> str:
    """The numbers that tell a map from others of its kind."""
    return ", ".join(f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}"
                     for name, value in info.parameters.items() if value not in (None, ""))


def about(opened: OpenProject, segment_id: int) -> str:
    """A sound in a line, with its true label if it has one. Raises EditError for an unknown one."""
    dataset, labels = opened.workspace.dataset, opened.desk.labels
    line = browse.describe(dataset, labels, segment_id)
    label = dataset.segments.label[browse.row_of(labels, segment_id)] if dataset.segments.label is not None else ""
    return f"{label} · {line}" if label else line
