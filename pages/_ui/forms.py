"""Form fields, made from the parameters that methods declare. ``assets/forms.js`` judges what is typed.

A page puts `fields` and `stores` into its layout, calls `register` once, and reads the store `own_id`: the values that
differ from what would hold anyway (``base``), by name, as they were typed. `checked` makes values of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Input, Output, State, clientside_callback, dcc, html

from pages._ui import chooser
from pages._ui.icons import icon
from pipeline import params
from pipeline.params import Spec

Named = tuple[str, Spec]     # a parameter's name in the form, and its declaration


def specs_of(cls: type, *, prefix: str = "") -> list[Named]:
    """The parameters of a method, named with a prefix (``seg_``)."""
    return [(prefix + spec.name, spec) for spec in params.specs(cls)]


def id_of(form: str, name: str) -> dict[str, str]:
    """The id of a parameter's field."""
    return {"type": "field", "form": form, "name": name}


def own_id(form: str) -> str:
    """The store of what was changed: name → value as typed; up to date with every key."""
    return f"{form}-own"


def settled_id(form: str) -> str:
    """The same, but only when nothing was typed for a moment: for what the server is to work out."""
    return f"{form}-settled"


def stores(form: str) -> list[dcc.Store]:
    """Where `own_id` and `settled_id` are kept."""
    return [dcc.Store(id=own_id(form), data={}), dcc.Store(id=settled_id(form))]


def register(form: str) -> None:
    """The callback that keeps the stores up to date, marks what was changed and says what is wrong; once a form."""
    clientside_callback(
        ClientsideFunction("forms", "own"), Output(own_id(form), "data"),
        Input({"type": "field", "form": form, "name": ALL}, "value"), State(own_id(form), "data"),
        State(own_id(form), "id"), State(settled_id(form), "id"),
    )


def fields(
    form: str, specs: Iterable[Named], *, base: Mapping[str, Any] | None = None, own: Mapping[str, Any] | None = None,
    flags: Mapping[str, str] | None = None, paths: Mapping[str, str] | None = None, files: Iterable[str] = (),
) -> list[html.Div]:
    """A field for each parameter.

    base : values that hold instead of the defaults (a preset's)      own : values that were typed before
    flags : names on the command line, to be told beside the range
    paths : the parameters that are paths, each with what is chosen (see chooser.py); ``files`` are the endings shown
    """
    return [_field(form, name, spec, base or {}, own or {}, (flags or {}).get(name, ""), (paths or {}).get(name),
                   files) for name, spec in specs]


def reset_button(form: str) -> html.Button:
    """Sets every field of the form back; it is hidden while there is nothing to set back."""
    return html.Button([icon("arrow-counterclockwise"), html.Span("Reset all")], type="button", hidden=True,
                       className="control", **{"data-reset-all": form})


def checked(specs: Iterable[Named], own: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed as values of the right types; what belongs to no parameter is passed over.

    Raises ParameterError with the sentence that the form shows as well.
    """
    return {name: params.check(spec, own[name]) for name, spec in specs if own.get(name) not in (None, "")}


def text_of(value: Any) -> str:
    """A value as a person types it: ``0.0025``, ``10000``, ``yes``; nothing for None."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def _field(
    form: str, name: str, spec: Spec, base: Mapping[str, Any], own: Mapping[str, Any], flag: str,
    path: str | None, files: Iterable[str],
) -> html.Div:
    held = base.get(name, spec.default)
    value = own.get(name, held)
    id = id_of(form, name)
    control = chooser.field(id, kind=path, files=files, value=text_of(value)) if path \
        else _control(id, spec, value, text_of(held))
    origin = "preset" if name in base else "default"
    label = html.Label(spec.help[0].upper() + spec.help[1:], htmlFor=_dom_id(form, name), className="form-label")
    reset = html.Button(icon("arrow-counterclockwise"), type="button", className="control bare reset",
                        title=_back_to(held, spec, origin), **{"aria-label": _back_to(held, spec, origin)})
    about = [html.Code(flag)] if flag else []
    about += [html.Span(text) for text in (params.range_text(spec), _held(held, spec, origin)) if text]
    kind = "form-field wide" if path or _is_text(spec) else "form-field"
    return html.Div([
        html.Div([label, html.Div(about, className="about")], className="form-words"),
        html.Div([control, html.Span(spec.unit, className="unit"), reset], className="form-value"),
        html.Div(className="why", role="alert"),
    ], className=kind, **{"data-field": _as_json(spec), "data-base": text_of(held)})


def _control(id: dict[str, str], spec: Spec, value: Any, placeholder: str) -> dbc.Switch | dbc.Select | dbc.Input:
    if spec.type is bool:
        return dbc.Switch(id=id, value=value if isinstance(value, bool) else text_of(value) == "yes")
    if spec.choices:
        return dbc.Select(id=id, value=text_of(value), options=[text_of(choice) for choice in spec.choices])
    keyboard = {int: "numeric", float: "decimal"}.get(spec.type, "text")
    return dbc.Input(id=id, type="text", value=text_of(value), placeholder=placeholder, inputMode=keyboard,
                     autocomplete="off")


def _is_text(spec: Spec) -> bool:
    """Whether any text may be typed, which needs room."""
    return spec.type is str and not spec.choices


def _held(held: Any, spec: Spec, origin: str) -> str:
    return f"{origin} {text_of(held)}" if held not in (None, "") else ""


def _back_to(held: Any, spec: Spec, origin: str) -> str:
    unit = f" {spec.unit}" if spec.unit else ""
    return f"Back to {text_of(held)}{unit} ({origin})" if held not in (None, "") else "Back to nothing given"


def _dom_id(form: str, name: str) -> str:
    return json.dumps(id_of(form, name), sort_keys=True, separators=(",", ":"))


def _as_json(spec: Spec) -> str:
    """What ``assets/forms.js`` has to know to say what `params.check` would."""
    return json.dumps({"name": spec.name, "type": spec.type.__name__, "low": spec.low, "high": spec.high,
                       "choices": [str(choice) for choice in spec.choices], "range": params.range_text(spec)})
