"""The form of the page Prepare: what stands in it, and what its values mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from pages._ui import chooser, forms, ids, uploading
from pages._ui.forms import Named
from pages._ui.icons import icon
from pipeline import options, params, plan, presets, steps
from pipeline import preparing as domain
from pipeline.preparing import Group
from pipeline.survey import khz

TABLES = (".csv", ".tsv", ".txt", ".json", ".mat", ".textgrid", ".not.mat", ".xlsx")
NO_PRESET = "none"
FIXED = tuple(named for cls in (domain.Naming, domain.Labels, domain.Work) for named in forms.specs_of(cls))
PATHS = {"hdf5_output": chooser.PLACE, "labels_file": chooser.FILE, "seg_segments_from": chooser.EITHER}


def form(given: Mapping[str, Any] | None = None) -> list[html.Section]:
    """All sections, filled with the values of a task, if there is one."""
    given = given or {}
    own = own_of(given)
    preset = given.get("preset") or NO_PRESET
    return [
        _section("Recordings", _recordings(given.get("data_dir") or "")),
        _section("What they are", _species(preset)),
        _section("Method", [html.Div(method_fields(preset, own), id=ids.PREPARE_METHODS),
                            html.Div(parameter_fields(preset, own), id=ids.PREPARE_PARAMETERS)]),
        _section("Output", _output(given, own)),
    ]


def own_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from preset and defaults in a task's values, by the names of the form's fields."""
    fixed = {name: given[name] for name, spec in FIXED if given.get(name) not in (None, "", spec.default)}
    kinds = {name: given[name] for name, _spec in domain.methods() if given.get(name)}
    return dict(given.get("values") or {}) | fixed | kinds


def method_fields(preset: str, own: Mapping[str, Any]) -> list[html.Div]:
    """The choice of segmenter and embedder."""
    return forms.fields(ids.PREPARE, domain.methods(), base=_base(preset), own=own,
                        flags={name: f"--{name}" for name, _spec in domain.methods()})


def parameter_fields(preset: str, own: Mapping[str, Any]) -> list[html.Div | html.Details]:
    """The parameters that have an effect with the chosen methods: the basic ones open, the rest folded."""
    base = _base(preset)
    groups = domain.groups(*plan.method_names(base | {name: value for name, value in own.items() if value}))
    return [part for group in groups for part in _group(group, base, own)]


def task(
    own: Mapping[str, Any] | None, preset: str | None, data_dir: str | None, output_dir: str | None,
    chosen: Sequence[str] | None,
) -> domain.Preprocess:
    """The task that the form describes. Raises ParameterError."""
    return domain.task(own or {}, data_dir=(data_dir or "").strip(), output_dir=(output_dir or "").strip(),
                       preset=_name(preset), chosen=steps.ALL if chosen is None else chosen)


def values_of(described: domain.Preprocess) -> dict[str, Any]:
    """The form as preview and estimate see it: ``values`` are those of the preset, with what was typed over them."""
    base = _base(described.preset)
    named = {name: value for name in ("segmenter", "embedder") if (value := getattr(described, name))}
    segmenter, embedder = plan.method_names(base | dict(described.values) | named)
    given = {name: getattr(described, name) for name in ("data_dir", "output_dir", "preset")}
    return {**given, "subject": described.name if described.data_dir else "", "segmenter": segmenter,
            "embedder": embedder, "values": base | dict(described.values),
            "own": dict(described.values)}


def _base(preset: str | None) -> dict[str, Any]:
    return presets.get(preset) if _name(preset) else {}


def _name(preset: str | None) -> str:
    return "" if preset in (None, NO_PRESET) else preset


def _section(title: str, parts: Sequence[Any]) -> html.Section:
    return html.Section([html.H2(title), *parts], className="form-section")


def _recordings(data_dir: str) -> list[Any]:
    field = chooser.field(ids.PREPARE_DATA_DIR, value=data_dir, placeholder="Full path of the folder",
                          label="Choose the folder of recordings")
    return [
        html.Label("Folder of recordings, with all its sub-folders", htmlFor=ids.PREPARE_DATA_DIR,
                   className="form-label"),
        field,
        html.Div(uploading.panel(ids.PREPARE_DATA_DIR, ids.PREPARE_UPLOAD_INTO), id=ids.PREPARE_UPLOAD,
                 className="upload"),
        html.Div(id=ids.PREPARE_SURVEY, className="survey", role="status"),
    ]


def _species(preset: str) -> list[Any]:
    named = [{"value": name, "label": f"{name} · {khz(presets.PRESETS[name]['sr'])}"} for name in presets.NAMES]
    general = {"value": NO_PRESET, "label": "None of these: general values"}
    menu = dbc.Select(id=ids.PREPARE_PRESET, value=preset, options=[general, *named])
    label = html.Label("Values for a species or kind of sound", htmlFor=ids.PREPARE_PRESET, className="form-label")
    return [label, menu,
            html.P("A preset fills the fields below; what you set yourself stays as it is and wins.",
                   className="hint")]


def _group(group: Group, base: Mapping[str, Any], own: Mapping[str, Any]) -> list[html.Div | html.Details]:
    if not group.basic and not group.folded and not group.about:
        return []
    about = [html.P(group.about.replace("``", ""), className="hint")] if group.about else []
    n_own = sum(name in own for name, _spec in group.folded)
    parts: list[html.Div | html.Details] = []
    if group.basic or not group.folded:
        parts.append(html.Div([html.H3(group.title), *about, *_fields(group.basic, base, own)],
                              className="form-group"))
    if group.folded:
        more = f"More of: {group.title}" if group.basic else group.title
        inner = [*([] if group.basic else about), *_fields(group.folded, base, own)]
        parts.append(_folded(more, inner, is_open=n_own > 0))
    return parts


def _fields(named: Sequence[Named], base: Mapping[str, Any], own: Mapping[str, Any]) -> list[html.Div]:
    return forms.fields(ids.PREPARE, named, base=base, own=own, flags=_flags(), paths=PATHS, files=TABLES)


def _flags() -> dict[str, str]:
    fixed = {name: f"--{spec.flag or name.replace('_', '-')}" for name, spec in FIXED}
    return options.flags() | fixed


def _folded(title: str, parts: Sequence[Any], *, is_open: bool = False) -> html.Details:
    head = html.Summary([icon("chevron-right"), html.Span(title)])
    return html.Details([head, html.Div(list(parts), className="form-group")], open=is_open, className="folded")


def _output(given: Mapping[str, Any], own: Mapping[str, Any]) -> list[Any]:
    place = chooser.field(ids.PREPARE_OUTPUT_DIR, kind=chooser.PLACE, value=given.get("output_dir") or "",
                          placeholder="Full path of a folder; it may be a new one", label="Choose where to write")
    about = html.Label("Folder for the project, and for what later runs go on from", htmlFor=ids.PREPARE_OUTPUT_DIR,
                       className="form-label")
    parts = (domain.Naming, domain.Labels, domain.Work)
    naming, labels, work = (_fields(forms.specs_of(cls), {}, own) for cls in parts)
    return [
        about, place, html.Div(naming, className="form-group"),
        _folded("True labels, and when it was recorded", labels,
                is_open=any(name in own for name, _spec in forms.specs_of(domain.Labels))),
        _folded("How it is carried out", [_steps(given.get("steps")), *work],
                is_open=bool(given.get("steps")) or any(name in own for name, _spec in forms.specs_of(domain.Work))),
    ]


def _steps(chosen: Sequence[str] | None) -> html.Div:
    boxes = dbc.Checklist(
        id=ids.PREPARE_STEPS, value=list(chosen or steps.ALL), inline=True,
        options=[{"value": step.name, "label": step.title} for step in steps.STEPS.values()],
    )
    return html.Div([html.Div("Steps to do; with those they need", className="form-label"), boxes],
                    className="steps", role="group", **{"aria-label": "Steps to do"})


def as_values(described: domain.Preprocess) -> dict[str, Any]:
    """The task's plain values, as a run keeps them."""
    return dataclasses.asdict(described)


def sample_rate_hz(described: domain.Preprocess) -> int:
    """The rate that everything would be computed at."""
    return params.make(plan.AudioParams, _base(described.preset) | dict(described.values)).sr
