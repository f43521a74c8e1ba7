"""Search by example on the Curate page: what it is asked with; what it finds is a view of the viewer."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc, html

from pages._ui import ids, shell
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import search, search_files, uploads

COUNTS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
WORDS = {"euclidean": "Euclidean", "cosine": "cosine", "mean": "the mean of all", "nearest": "the nearest",
         "embedding": "embedding", "pca": "principal components", "umap": "map"}


def stores() -> list[dcc.Store]:
    """What these callbacks keep in the browser."""
    return [dcc.Store(id=ids.SEARCH_SHOWN)]


def open_button() -> html.Button:
    """Beside the other actions on the selected sound."""
    return shell.button(ids.SIMILAR, "binoculars", "The sounds most like the selected one", label="Similar")


def file_button() -> html.Button:
    """In the viewer's bar: search by a recording from elsewhere."""
    return shell.button(ids.SEARCH_FILE, "file-earmark-music", "Search by a file: choose one here, or drop it on the "
                        "viewer", **{"data-endings": ",".join(sorted(uploads.AUDIO))})


def bar(opened: OpenProject) -> html.Div:
    """Above the tiles while they are what a search has found: its examples, what it is asked with, what to select."""
    search_files.sweep()          # those of pages that were left without closing their search
    return html.Div([
        html.Div(id=ids.SEARCH_EXAMPLES, className="search-examples", role="group", **{"aria-label": "Examples"}),
        html.Div(id=ids.SEARCH_TOLD, className="search-told", role="status"),
        html.Div([
            _toggle(ids.SEARCH_UNASSIGNED, "only unassigned", "Only sounds that are in no cluster"),
            _menu(opened),
        ], className="search-asked", role="group", **{"aria-label": "What is searched for"}),
        html.Div([
            shell.button(ids.SEARCH_UP_TO, "check2-all", "Select all up to the current sound", label="Up to here"),
            shell.button(ids.SEARCH_PAGE, "ui-checks-grid", "Select all on this page", label="Page"),
            shell.button(ids.SEARCH_HOVER, "volume-up", "Play what the pointer rests on", **{"aria-pressed": "false"}),
            shell.button(ids.SEARCH_CLOSE, "x-lg", "Close the search"),
        ], className="search-taken"),
    ], id=ids.SEARCH_BAR, className="search-bar", hidden=True, role="search", **{"aria-label": "Search by example"})


def _toggle(id: str, label: str, text: str) -> html.Button:
    return html.Button(label, id=id, title=text, type="button", n_clicks=0, className="control",
                       **{"aria-pressed": "false"})


def _menu(opened: OpenProject) -> html.Details:
    """By what sounds are compared, and how many are wanted; opens below its button."""
    sets = [(name, WORDS.get(name, name)) for name in search.names(opened.workspace.dataset)]
    name = "How sounds are compared, and how many are wanted"
    opener = html.Summary(icon("sliders"), className="control bare", title=name, **{"aria-label": name})
    return html.Details([opener, html.Div([
        _chooser(ids.SEARCH_ON, "Compared by", sets),
        _chooser(ids.SEARCH_METRIC, "Distance", [(one, WORDS[one]) for one in search.METRICS]),
        _chooser(ids.SEARCH_COMBINE, "Several examples", [(one, WORDS[one]) for one in search.COMBINE]),
        _chooser(ids.SEARCH_N, "At most", [(str(n), f"{n:,} sounds".replace(",", "\N{NARROW NO-BREAK SPACE}"))
                                           for n in COUNTS], "200"),
        _toggle(ids.SEARCH_ELSEWHERE, "only other recordings", "Only sounds of other recordings than the examples'"),
        _piece(),
    ], className="menu-panel")], className="menu")


def _piece() -> html.Div:
    """From where to where the example is in the file that is searched by."""
    ends = [html.Label([html.Span(text, className="visually-hidden"),
                        dbc.Input(id=id, type="number", min=0, step="any", size="sm", placeholder=word)])
            for id, word, text in ((ids.SEARCH_FROM, "from s", "Piece of the file: from, in s"),
                                   (ids.SEARCH_TO, "to s", "Piece of the file: to, in s"))]
    take = html.Button("Take", id=ids.SEARCH_TAKE, type="button", n_clicks=0, className="control",
                       title="Search by this piece of the file")
    return html.Div([html.Span("Piece"), *ends, take], id=ids.SEARCH_SPAN, className="search-span", hidden=True)


def _chooser(id: str, text: str, choices: list[tuple[str, str]], value: str | None = None) -> html.Label:
    options = [{"value": key, "label": label} for key, label in choices]
    first = choices[0][0] if choices else None
    menu = dbc.Select(id=id, options=options, value=value or first, size="sm")
    return html.Label([html.Span(text), menu], className="chooser")


def register() -> None:
    """The callbacks, all in the browser (assets/search.js); once for each app."""
    view = Output(ids.VIEW, "data", allow_duplicate=True)
    looked_at = [State(ids.VIEW, "data"), State(ids.SOUND, "data")]
    _browser("begin", view, Input(ids.SIMILAR, "n_clicks"), *looked_at)
    asked = [Input(id, "value") for id in (ids.SEARCH_ON, ids.SEARCH_METRIC, ids.SEARCH_COMBINE, ids.SEARCH_N)]
    pressed = [Input(id, "n_clicks") for id in (ids.SEARCH_UNASSIGNED, ids.SEARCH_ELSEWHERE)]
    _browser("change", view, *asked, *pressed, State(ids.VIEW, "data"))
    _browser("close", view, Input(ids.SEARCH_CLOSE, "n_clicks"))
    _browser("draw", Output(ids.SEARCH_SHOWN, "data"), Input(ids.VIEWER_PAGE, "data"), Input(ids.COLOURS, "value"),
             State(ids.VIEW, "data"))


def _browser(function: str, output: Output, *inputs: Input | State) -> None:
    clientside_callback(ClientsideFunction("search", function), output, *inputs, prevent_initial_call=True)
