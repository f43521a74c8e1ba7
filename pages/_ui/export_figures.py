"""Figures of a project on the page Export: which one, its parameters, a preview, and the files to download.

``assets/figures.js`` asks for the preview when the part is looked at, and again when something was changed.
"""

from __future__ import annotations

from urllib.parse import quote

import dash
import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc, html

from pages._ui import forms, ids, shell
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline.figures import making

TITLES = {"map": "The map", "cluster": "The sounds of a cluster", "repertoire": "The repertoire"}
BASIC = ("map", "clusters", "names", "rows", "columns", "by", "exemplars", "unassigned", "only_assigned", "width_mm")
FILES = (("PNG", ".png"), ("SVG", ".svg"), ("PDF", ".pdf"))


def section(opened: OpenProject) -> html.Section:
    """The part of the page Export."""
    kinds = sorted(making.figures(), key=lambda name: (list(TITLES).index(name) if name in TITLES else len(TITLES)))
    chosen = dbc.Select(id=ids.FIGURE_KIND, value=kinds[0],
                        options=[{"value": name, "label": TITLES.get(name, name)} for name in kinds])
    setup = {"media": dash.get_relative_path(f"/media/{quote(opened.slug)}"), "version": opened.version}
    return html.Section([
        html.H2("Figures"),
        html.P(["For papers, with the clusters as they are now. In a terminal: ",
                html.Code(f"python -m pipeline figure {opened.path.name} {kinds[0]} -o figure.pdf")],
               className="hint"),
        html.Div([
            html.Div([
                html.Div([html.Label("Figure", htmlFor=ids.FIGURE_KIND, className="form-label"), chosen],
                         className="figure-choice"),
                *[_form(name, shown=name == kinds[0]) for name in kinds],
            ], className="figure-left"),
            _shown(),
        ], className="figure-sides"),
        dcc.Store(id=ids.FIGURE_SETUP, data=setup), dcc.Store(id=ids.FIGURE_ASKED),
    ], className="form-section", id=ids.FIGURE)


def _form(name: str, *, shown: bool) -> html.Div:
    """The parameters of one figure, the usual ones first, the others folded."""
    specs = forms.specs_of(making.of(name))
    usual = [named for named in specs if named[0] in BASIC]
    others = [named for named in specs if named[0] not in BASIC]
    more = html.Details([html.Summary([icon("chevron-right"), html.Span("More")]),
                         *forms.fields(form_of(name), others)], className="folded")
    return html.Div([*forms.stores(form_of(name)), html.P(making.describe(name), className="hint"),
                     *forms.fields(form_of(name), usual), more],
                    className="figure-form", hidden=not shown, **{"data-figure": name})


def form_of(name: str) -> str:
    """The name of a figure's form, see forms.py."""
    return f"{ids.FIGURE}-{name}"


def _shown() -> html.Div:
    """The preview with its pages, and the files."""
    pages = html.Div([
        shell.button(ids.FIGURE_BACK, "chevron-left", "The page before"),
        html.Span(id=ids.FIGURE_PAGE, className="hint", role="status"),
        shell.button(ids.FIGURE_ON, "chevron-right", "The next page"),
    ], className="figure-pages", id=ids.FIGURE_PAGES, hidden=True)
    files = [html.Button([icon("download"), html.Span(title)], type="button", className="control", disabled=True,
                         title=f"Download the figure as {title}", **{"data-suffix": suffix})
             for title, suffix in FILES]
    return html.Div([
        html.Div([pages, html.Div(files, className="figure-files")], className="figure-head"),
        html.Div([html.Img(id=ids.FIGURE_PICTURE, alt="Preview of the figure", hidden=True),
                  html.P("The preview is drawn when it is looked at.", id=ids.FIGURE_TOLD, role="status")],
                 className="figure-paper"),
    ], className="figure-right")


def register() -> None:
    """The callbacks of the part; once for each app."""
    settled = [Input(forms.settled_id(form_of(name)), "data") for name in making.figures()]
    for name in making.figures():
        forms.register(form_of(name))
    clientside_callback(ClientsideFunction("figures", "choose"), Output(ids.FIGURE_ASKED, "data"),
                        Input(ids.FIGURE_KIND, "value"), Input(ids.FIGURE_SETUP, "data"), *settled,
                        State(ids.FIGURE_SETUP, "id"))
