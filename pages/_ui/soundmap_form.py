"""The form of the page Map: which maps are to be computed, and what it says as the values of a run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from pages._ui import cluster_layout, forms, ids
from pages._ui.icons import icon
from pages._ui.soundmap_known import REDUCERS
from pages._ui.workspaces import OpenProject
from pipeline import params, point_sets, recordings
from pipeline.dataset import Dataset
from pipeline.params import Spec
from pipeline.sound_maps import Grid, grid
from pipeline.sound_maps.clips import Clips
from pipeline.text import counted

SINGLE = [*forms.specs_of(Grid), *forms.specs_of(Clips)]
COMPUTED = "What is not there yet is computed first, of the beginnings of the sounds."
NOTHING = "The recordings are not there, and the project has stored nothing that a map could be made of."
NO_AUDIO = "The recordings are not there, so maps can be made of what the project has stored, not of its sounds."


def section(opened: OpenProject) -> html.Details:
    """More maps: features × reducers × parameters."""
    dataset = opened.workspace.dataset
    is_silent, stored = bool(recordings.missing(dataset)), features(dataset)[len(grid.clip_features()):]
    offered = stored if is_silent else features(dataset)
    chosen = stored[:1] if is_silent else Grid.features
    hint = (NO_AUDIO if stored else NOTHING) if is_silent else COMPUTED
    start = html.Button([icon("play-fill"), html.Span("Compute")], id=ids.SOUNDMAP_START, type="button", n_clicks=0,
                        className="control primary filled")
    more = html.Details([html.Summary([icon("chevron-right"), html.Span("More")]),
                         *forms.fields(ids.SOUNDMAP, SINGLE)], className="folded")
    return html.Details([
        html.Summary([icon("chevron-right"), html.H2("Compute maps…")]),
        _pick(ids.SOUNDMAP_FEATURES, "Features", offered, chosen, hint),
        _pick(ids.SOUNDMAP_REDUCERS, "Reducers", [{"value": name, "label": REDUCERS.get(name, name)}
                                                  for name in grid.REDUCERS], Grid.reducers),
        html.Div(forms.fields(ids.SOUNDMAP, lists()), className="soundmap-fields"),
        more,
        html.Div([start, html.Span(id=ids.SOUNDMAP_COUNT, className="hint", role="status")], className="form-end"),
    ], className="form-section folded-section", open=len(dataset.names("projections")) == 0)


def features(dataset: Dataset) -> list[str]:
    """What maps can be made of: how the sounds begin, and every set of numbers that the project has."""
    there = [name for name in point_sets.names(dataset) if name not in ("umap", *grid.clip_features())]
    return [*grid.clip_features(), *there]


def lists() -> list[forms.Named]:
    """The parameters of the reducers, of which several values can be tried: texts with commas between them."""
    declared = {spec.name: spec for name in grid.REDUCERS for spec in params.specs(grid.REDUCERS[name])}
    return [(name, _listed(declared[name], reducer)) for reducer, names in grid.PARAMETERS.items() for name in names]


def _listed(spec: Spec, reducer: str) -> Spec:
    values = ", ".join(forms.text_of(value) for value in getattr(Grid, spec.name))
    told = f"{spec.name.replace('_', ' ')} of {REDUCERS.get(reducer, reducer)}; several with commas"
    return dataclasses.replace(spec, type=str, default=values, low=None, high=None, choices=(), help=told)


def task_values(
    opened: OpenProject, chosen: Sequence[str] | None, reducers: Sequence[str] | None, own: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The form as fields of the task ``maps``. Raises ParameterError for what cannot be."""
    parts = _parts(own or {})
    values = {"project": str(opened.path), "features": list(chosen or ()), "reducers": list(reducers or ()), **parts,
              "values": forms.checked(SINGLE, own or {})}
    Grid.of({"features": values["features"], "reducers": values["reducers"], **parts}, values["values"])
    return values


def count(chosen: Sequence[str] | None, reducers: Sequence[str] | None, own: Mapping[str, Any] | None) -> str:
    """How many maps the form asks for."""
    parts = _parts(own or {})
    each = [math.prod(len(parts.get(name, getattr(Grid, name))) for name in grid.PARAMETERS.get(reducer, ()))
            for reducer in reducers or ()]
    n = len(chosen or ()) * sum(each)
    return f"{counted(n, 'map')}, less those that are there" if n else "Choose at least one of each."


def _parts(own: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was typed into the lists, value by value."""
    typed = {name: str(own[name]) for name, _spec in lists() if own.get(name) not in (None, "")}
    return {name: [part.strip() for part in text.split(",") if part.strip()] for name, text in typed.items()}


def _pick(id: str, label: str, options: Sequence[Any], value: Sequence[str], hint: str = "") -> html.Div:
    chips = cluster_layout.chips(id, label, options, value, hint)
    chips.className = "soundmap-pick"
    return chips
