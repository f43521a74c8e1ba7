"""The form of the page Export: fields for the options of a format, with what the project has to choose from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from pages._ui import forms, ids
from pages._ui.forms import Named
from pipeline import exporting, params, registry
from pipeline.dataset import Dataset

PICKED = ("clusters", "skip_unassigned")     # which clusters: they are ticked in a list
UNNAMED = {"json_hard": "the clusters", "json_soft": "the newest with soft values"}   # where no labeling is named


def takes_clusters(format: str) -> bool:
    """Whether a format can hold the sounds of some clusters alone."""
    return any(spec.name == "clusters" for spec in _specs(format))


def fields(format: str, dataset: Dataset, own: Mapping[str, Any] | None = None) -> list[html.Div] | html.P:
    """A field for each option, filled with what was typed into one of that name for another format."""
    shown = [spec for spec in _specs(format) if spec.name not in PICKED]
    if not shown:
        return html.P("This format has no options.", className="hint")
    return [_field(format, spec, dataset, own or {}) for spec in shown]


def _field(format: str, spec: params.Spec, dataset: Dataset, own: Mapping[str, Any]) -> html.Div:
    if spec.name == "features":
        return _several(spec, dataset.names("features"), own)
    [field] = forms.fields(ids.EXPORTS, [_named(spec, dataset)], own=own, flags={spec.name: flag(spec)})
    if exporting.choices(dataset, spec.name):
        field.className = "form-field wide"        # names are as long as somebody made them
    for part in field._traverse():
        if isinstance(part, dbc.Select) and "" in part.options:
            part.options = [value for value in part.options if value]
            part.placeholder = UNNAMED.get(format, "")
    return field


def _named(spec: params.Spec, dataset: Dataset) -> Named:
    """The option with what the project has as its choices, where it is a name of something in there."""
    choices = exporting.choices(dataset, spec.name)
    if choices:
        spec = dataclasses.replace(spec, choices=choices)
    return spec.name, spec


def _several(spec: params.Spec, names: list[str], own: Mapping[str, Any]) -> html.Div:
    """Names that can be ticked."""
    help = f"{spec.help.partition(',')[0]}."
    if not names:
        return html.Div([html.Div(help, className="form-label"),
                         html.Div("The project has none yet: Cluster computes them.", className="hint")],
                        className="form-field wide")
    chosen = [name for name in own.get(spec.name) or [] if name in names]
    control = dbc.Checklist(id=forms.id_of(ids.EXPORTS, spec.name), options=names, value=chosen, inline=True,
                            className="chips", inputClassName="btn-check", labelClassName="chip",
                            labelCheckedClassName="chip chosen")
    about = {"name": spec.name, "type": "str", "low": None, "high": None, "choices": [], "range": ""}
    return html.Div([
        html.Div([html.Div(help, className="form-label"), html.Div(html.Code(flag(spec)), className="about")],
                 className="form-words"),
        html.Div(control, className="form-value", role="group", **{"aria-label": help}),
        html.Div(className="why", role="alert"),
    ], className="form-field wide", **{"data-field": json.dumps(about), "data-base": ""})


def flag(spec: params.Spec) -> str:
    """The option's name on the command line."""
    return f"--{spec.flag or spec.name.replace('_', '-')}"


def _specs(format: str) -> list[params.Spec]:
    return params.specs(registry.load(exporting.FOLDER, format))
