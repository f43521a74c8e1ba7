"""Export: a download, or a file on the server beside the project."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html

from pages._ui import access, ids, notices, shell, workspaces
from pages._ui.workspaces import OpenProject
from pipeline import exporting, registry
from pipeline.browse import thousands

WHOLE = "hdf5"


def dialog(opened: OpenProject) -> dbc.Modal:
    """What to write, and where to."""
    format = dbc.Select(id=ids.EXPORT_FORMAT, options=formats(), value=WHOLE)
    name = dbc.Input(id=ids.EXPORT_NAME, type="text", autocomplete="off", value=f"{opened.path.stem}-copy",
                     maxlength=120)
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("Export")),
        dbc.ModalBody([
            html.P(f"All {thousands(opened.workspace.dataset.n_segments)} sounds, with the clusters as they are now; a "
                   "draft that is not finalised stays here."),
            html.Div([html.Label("What", htmlFor=ids.EXPORT_FORMAT), format], className="field"),
            html.P(described(WHOLE), id=ids.EXPORT_ABOUT, className="hint", role="status"),
            shell.button(ids.EXPORT_DOWNLOAD, "download", "Download the file", label="Download"),
            html.Hr(),
            html.Div([html.Label(f"Or save on the server, in {opened.path.parent}, as", htmlFor=ids.EXPORT_NAME), name],
                     className="field"),
            shell.button(ids.EXPORT_SAVE, "save", "Save the file beside the project", label="Save"),
            dcc.Store(id=ids.EXPORT_DONE),
        ]),
    ], id=ids.EXPORT_DIALOG, is_open=False, fade=False)


def formats() -> list[dict[str, str]]:
    """The choices: the project itself first, the others by their names."""
    names = sorted(exporting.formats(), key=lambda name: (name != WHOLE, exporting.title(name).casefold()))
    return [{"value": name, "label": f"{exporting.title(name)} ({exporting.suffix(name)})"} for name in names]


def described(format: str) -> str:
    """What a format holds, in a sentence."""
    return registry.describe(exporting.FOLDER, format).replace("`", "")


def save_beside(_clicks: int, format: str, name: str | None, project: str) -> tuple[dict, bool]:
    """Write the file into the project's own folder."""
    access.require("annotator", project)
    workspace = workspaces.open_workspace(project)
    path = exporting.beside(workspace.path, name or "", format=format)
    exporting.export(workspace.dataset, workspace.labels, path, format=format)
    notes = exporting.notes(workspace.dataset, workspace.labels, format=format)
    return notices.told(" ".join([f"Saved {path.name} beside the project.", *notes])), False


def register() -> None:
    """The callbacks of the dialog; once for each app."""
    told = Output(ids.NOTICE, "data", allow_duplicate=True)
    is_open = Output(ids.EXPORT_DIALOG, "is_open", allow_duplicate=True)
    callback(Output(ids.EXPORT_ABOUT, "children"), Input(ids.EXPORT_FORMAT, "value"),
             prevent_initial_call=True)(described)
    callback(told, is_open, Input(ids.EXPORT_SAVE, "n_clicks"), State(ids.EXPORT_FORMAT, "value"),
             State(ids.EXPORT_NAME, "value"), State(ids.PROJECT, "data"), prevent_initial_call=True,
             running=[(Output(ids.EXPORT_SAVE, "disabled"), True, False)])(save_beside)
    clientside_callback(ClientsideFunction("exporting", "open"), Output(ids.EXPORT_DIALOG, "is_open"),
                        Input(ids.EXPORT, "n_clicks"), prevent_initial_call=True)
    clientside_callback(ClientsideFunction("exporting", "download"), Output(ids.EXPORT_DONE, "data"),
                        Input(ids.EXPORT_DOWNLOAD, "n_clicks"), State(ids.EXPORT_FORMAT, "value"),
                        State(ids.MAP_SETUP, "data"), prevent_initial_call=True)
