"""Export from Curate, the quick way: a format, and its download. The page Export has the options."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html

from pages._ui import ids, project_nav, shell, workspaces
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import exporting
from pipeline.browse import thousands

WHOLE = "hdf5"


def dialog(opened: OpenProject) -> dbc.Modal:
    """What to download, and the way to the page with all the rest."""
    format = dbc.Select(id=ids.EXPORT_FORMAT, options=formats(), value=WHOLE)
    about, more = _described(WHOLE, opened)
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("Export")),
        dbc.ModalBody([
            html.P(f"All {thousands(opened.workspace.dataset.n_segments)} sounds, with the clusters as they are now; a "
                   "draft that is not finalised stays here."),
            html.Div([html.Label("What", htmlFor=ids.EXPORT_FORMAT), format], className="field"),
            html.P(about, id=ids.EXPORT_ABOUT, className="hint", role="status"),
            html.Div([
                shell.button(ids.EXPORT_DOWNLOAD, "download", "Download the file", label="Download"),
                html.Span(id=ids.EXPORT_SHARE, className="hint", role="status"),
                dcc.Link([icon("sliders"), html.Span("Options, preview, save on the server")], href=more,
                         id=ids.EXPORT_MORE, className="control"),
            ], className="dialog-end"),
            dcc.Store(id=ids.EXPORT_DONE),
        ]),
    ], id=ids.EXPORT_DIALOG, is_open=False, fade=False)


def formats() -> list[dict[str, str]]:
    """The choices: the project itself first, the others by their names."""
    names = sorted(exporting.formats(), key=lambda name: (name != WHOLE, exporting.title(name).casefold()))
    return [{"value": name, "label": f"{exporting.title(name)} ({exporting.suffix(name)})"} for name in names]


def describe(format: str, project: str) -> tuple[str, str]:
    """What a format holds, in a sentence, and where its options are."""
    return _described(format, workspaces.open_project(project))


def _described(format: str, opened: OpenProject) -> tuple[str, str]:
    return exporting.describe(format), f"{project_nav.address('export', opened.slug)}?format={format}"


def register() -> None:
    """The callbacks of the dialog; once for each app."""
    callback(Output(ids.EXPORT_ABOUT, "children"), Output(ids.EXPORT_MORE, "href"), Input(ids.EXPORT_FORMAT, "value"),
             State(ids.PROJECT, "data"), prevent_initial_call=True)(describe)
    clientside_callback(ClientsideFunction("exporting", "open"), Output(ids.EXPORT_DIALOG, "is_open"),
                        Input(ids.EXPORT, "n_clicks"), prevent_initial_call=True)
    clientside_callback(ClientsideFunction("exporting", "downloadAll"), Output(ids.EXPORT_DONE, "data"),
                        Input(ids.EXPORT_DOWNLOAD, "n_clicks"), State(ids.EXPORT_FORMAT, "value"),
                        State(ids.MAP_SETUP, "data"), prevent_initial_call=True)
