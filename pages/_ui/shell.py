"""What every page has: the bar on top, controls that show their key, notices, help, the theme."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import dash
import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, clientside_callback, dcc, html

from pages._ui import access, ids, keys, login, runs_panel
from pages._ui.icons import icon
from pages._ui.notices import sentence

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="BASEassets/icon.svg">
<script src="BASEassets/early/theme.js"></script>
{%css%}
</head>
<body>
{%app_entry%}
<script type="application/json" id="app-ids">IDS</script>
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""

MOUSE = ("On the map: click selects a sound, double click plays it, dragging moves the map, the wheel zooms. "
         "With shift a click or a lasso adds to the selection, with alt it takes away.")


def index(url_base: str) -> str:
    """The page that every address answers with; ``url_base`` is the path that everything lies under."""
    known = json.dumps({name: id for name, id in vars(ids).items() if name.isupper()})
    return PAGE.replace("BASE", url_base).replace("IDS", known)


def layout() -> html.Div:
    """The frame round every page: where notices appear, so that they outlive a change of page."""
    place = html.Div(id=ids.NOTICE_PLACE, className="notices", role="status", **{"aria-live": "polite"})
    return html.Div([dash.page_container, place], className="app")


def register() -> None:
    """The shell's own callbacks; once for each app."""
    clientside_callback(ClientsideFunction("shell", "showNotice"), Output(ids.NOTICE_SHOWN, "data"),
                        Input(ids.NOTICE, "data"), prevent_initial_call=True)
    clientside_callback(ClientsideFunction("shell", "changeTheme"), Output(ids.THEME_CHANGED, "data"),
                        Input(ids.THEME, "n_clicks"), prevent_initial_call=True)
    clientside_callback(ClientsideFunction("shell", "openHelp"), Output(ids.HELP, "is_open"),
                        Input(ids.HELP_OPEN, "n_clicks"), prevent_initial_call=True)


def bar(
    *crumbs: Any, middle: Sequence[Any] = (), right: Sequence[Any] = (), help: dbc.Modal | None = None,
) -> html.Header:
    """The slim bar on top: where one is, what belongs to the page, help (see `help_dialog`) and theme.

    Its stores and dialogs come with each page: Dash holds back the first call of a callback only where inputs and
    outputs arrive together.
    """
    trail = [html.A("Syllabary", href=dash.get_relative_path("/"), className="brand", id=ids.LEAVE)]
    for crumb in crumbs:
        trail += [html.Span("▸", className="separator", **{"aria-hidden": "true"}), crumb]
    ends = [*runs_panel.indicator(), *right, button(ids.HELP_OPEN, "question-circle", "Help: all keys"),
            button(ids.THEME, "circle-half", "Light or dark"), *login.person_menu()]
    stores = [dcc.Store(id=id) for id in (ids.NOTICE, ids.NOTICE_SHOWN, ids.THEME_CHANGED)]
    return html.Header([html.Nav(trail, className="trail", **{"aria-label": "Where you are"}),
                        html.Div(list(middle), className="middle"), html.Div(ends, className="tools"),
                        *stores, help or help_dialog()], className="bar")


def places(here: str) -> html.Span:
    """The pages that belong to no project, as a crumb; ``here`` is the name of the one that is open."""
    named = [("Projects", "/"), *([("Prepare", "/prepare")] if access.may("owner") else [])]
    return html.Span([
        html.Span(name, className="here", **{"aria-current": "page"}) if name == here
        else dcc.Link(name, href=dash.get_relative_path(address)) for name, address in named
    ], className="places")


def button(id: str, picture: str, text: str, *, label: str = "", **properties: Any) -> html.Button:
    """A control with an icon; its name and key show when pointed at, ``label`` always."""
    key = keys.of(id)
    shown = keys.shown(key.combinations[0]) if key else ""
    parts = [icon(picture)]
    if label:
        parts += [html.Span(label), html.Kbd(shown)] if shown else [html.Span(label)]
    shortcut = {"aria-keyshortcuts": shown} if shown else {}
    named = {"aria-label": text, **shortcut, **properties}
    return html.Button(parts, id=id, title=keys.tooltip(id, text), type="button", n_clicks=0,
                       className="control" if label else "control bare", **named)


def help_dialog(table: Sequence[keys.Key] = keys.CURATE, mouse: str = MOUSE) -> dbc.Modal:
    """All keys, from the table that drives them, and what the ``mouse`` does."""
    rows = [html.Tr([html.Td([_caps(key)]), html.Td(key.does)]) for key in (*table, *keys.EVERYWHERE)]
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("Keys")),
        dbc.ModalBody([
            html.Table(html.Tbody(rows), className="keys"),
            html.P(mouse, className="hint"),
        ]),
    ], id=ids.HELP, is_open=False, fade=False, scrollable=True)


def _caps(key: keys.Key) -> html.Span:
    caps = [html.Kbd(keys.shown(combination)) for combination in key.combinations]
    return html.Span([part for cap in caps for part in (cap, " or ")][:-1])


def guarded(make_layout: Callable[..., Any]) -> Callable[..., Any]:
    """A page that says in a sentence why it cannot be shown, instead of staying empty."""
    @wraps(make_layout)
    def layout_or_reason(**variables: Any) -> Any:
        try:
            return make_layout(**variables)
        except Exception as error:   # the same net as Dash(on_error=…): a page must never stay empty
            return reason_page(sentence(error))
    return layout_or_reason


def reason_page(text: str) -> html.Div:
    """A page with one sentence, and the way back."""
    return html.Div([bar(), html.Main([
        html.P([icon("exclamation-triangle"), html.Span(text)], className="reason"),
        dcc.Link("To the list of projects", href=dash.get_relative_path("/"), className="control"),
    ], className="page")])
