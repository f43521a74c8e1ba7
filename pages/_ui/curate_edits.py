"""Edits of the selection and of the group that is looked at: split, merge, name, colour, note, unassign, reset."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html

from pages._ui import ids, notices, questions, shell, workspaces
from pipeline import browse
from pipeline.curation import desk as desks
from pipeline.curation import edits

Steps = list[dict[str, Any]]
Like = dict[str, Any] | None


def stores() -> list[dcc.Store]:
    """What these callbacks keep in the browser."""
    return [dcc.Store(id=ids.MERGE), dcc.Store(id=ids.DESCRIBED), dcc.Store(id=ids.DESCRIPTION)]


def selection_buttons() -> list[html.Button]:
    """What can be done with the selected sounds, besides what every selection line has."""
    return [
        shell.button(ids.SPLIT, "scissors", "Split the selection off into a new cluster", label="Split off"),
        shell.button(ids.UNASSIGN, "eraser", "Take the selection out of its clusters", label="Unassign"),
    ]


def group_buttons() -> html.Div:
    """What can be done with the group in the viewer."""
    return html.Div([
        shell.button(ids.RENAME, "pencil", "Name, colour and note of the group in the viewer"),
        shell.button(ids.MERGE_OPEN, "union", "Merge another group into the one in the viewer"),
    ], className="pager")


def reset_button() -> html.Button:
    """Takes all sounds out of their clusters; asks first."""
    return shell.button(ids.RESET, "x-octagon", "Reset all assignments (asks first)")


def describe_dialog() -> dbc.Modal:
    """Name, colour and note of one group; assets/describing.js fills it and sends what was typed."""
    fields = [
        _field("Name", dbc.Input(id=ids.NAME, type="text", autocomplete="off", maxlength=64)),
        _field("Colour", dbc.Input(id=ids.COLOUR, type="color", value="#000000")),
        _field("Note", dbc.Textarea(id=ids.NOTE, rows=3, maxlength=1000)),
    ]
    save = html.Button("Save", id=ids.DESCRIBE, type="button", n_clicks=0, className="control primary",
                       title="Save (Enter)")
    hint = html.P([html.Kbd("Enter"), " saves, ", html.Kbd("Esc"), " leaves all as it is."], className="hint")
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("Name, colour and note", id=ids.DESCRIBE_TITLE)),
        dbc.ModalBody([*fields, html.Div([hint, save], className="dialog-end")]),
    ], id=ids.DESCRIBE_DIALOG, is_open=False, fade=False)


def _field(text: str, control: Any) -> html.Div:
    return html.Div([html.Label(text, htmlFor=control.id), control], className="field")


def split_selected(_clicks: int, steps: Steps | None, like: Like, seen: int, project: str) -> tuple:
    """Put the selected sounds into a new cluster, out of whichever they are in."""
    opened = workspaces.open_project(project)
    chosen = browse.chosen(opened.scene, opened.desk.labels, steps)
    edit = opened.desk.edit(edits.split, seen=seen, segment_ids=chosen,
                            provenance=browse.how(opened.scene, opened.desk.labels, steps, chosen, like))
    return opened.desk.revision, notices.told(edit.title, undo=True), None


def unassign_selected(_clicks: int, steps: Steps | None, like: Like, seen: int, project: str) -> tuple:
    """Take the selected sounds out of their clusters."""
    opened = workspaces.open_project(project)
    chosen = browse.chosen(opened.scene, opened.desk.labels, steps)
    edit = opened.desk.edit(edits.unassign, seen=seen, segment_ids=chosen,
                            provenance=browse.how(opened.scene, opened.desk.labels, steps, chosen, like))
    return opened.desk.revision, notices.told(edit.title, undo=True), None


def merge_into_current(merge: dict[str, Any], seen: int, project: str) -> tuple:
    """Put the sounds of the cluster that was chosen in the dialog into the current one."""
    desk = workspaces.open_project(project).desk
    edit = desk.edit(edits.merge, seen=seen, clusters=[merge["into"], merge["cluster"]])
    return workspaces.open_project(project).desk.revision, notices.told(edit.title, undo=True)


def note_of(described: dict[str, Any], revision: int, project: str) -> tuple[str, bool]:
    """The note of the cluster whose dialog opens, to be changed from now on; the browser does not know them all."""
    labels = workspaces.open_project(project, at_least=revision).desk.labels
    return labels.clusters[described["cluster"]].note if described["cluster"] in labels.clusters else "", False


def describe_current(description: dict[str, Any], seen: int, project: str) -> tuple:
    """Give a cluster the name, colour and note that were typed."""
    desk = workspaces.open_project(project).desk
    edit = desk.edit(edits.describe, seen=seen, cluster=description["cluster"], name=description["name"],
                     colour=description["colour"], text=description["note"])
    return workspaces.open_project(project).desk.revision, notices.told(edit.title, undo=True)


def ask_to_reset(_clicks: int, project: str) -> dict[str, Any]:
    """Ask before all sounds are taken out of their clusters."""
    return questions.about(desks.RESET, workspaces.open_project(project).desk)


def register() -> None:
    """The callbacks of these edits; once for each app."""
    project, seen = State(ids.PROJECT, "data"), State(ids.REVISION, "data")
    chosen = [State(ids.SELECTION, "data"), State(ids.SEARCH_SHOWN, "data")]
    edited = [Output(ids.REVISION, "data", allow_duplicate=True), Output(ids.NOTICE, "data", allow_duplicate=True)]
    cleared = Output(ids.SELECTION, "data", allow_duplicate=True)
    options = {"prevent_initial_call": True, "running": [
        (Output(ids.SAVED, "children"), "saving…", "saved"), (Output(ids.SAVED, "className"), "saved busy", "saved")]}
    callback(*edited, cleared, Input(ids.SPLIT, "n_clicks"), *chosen, seen, project, **options)(split_selected)
    callback(*edited, cleared, Input(ids.UNASSIGN, "n_clicks"), *chosen, seen, project, **options)(unassign_selected)
    callback(*edited, Input(ids.MERGE, "data"), seen, project, **options)(merge_into_current)
    callback(*edited, Input(ids.DESCRIPTION, "data"), seen, project, **options)(describe_current)
    callback(Output(ids.NOTE, "value"), Output(ids.NOTE, "disabled"), Input(ids.DESCRIBED, "data"), seen, project,
             prevent_initial_call=True)(note_of)
    callback(Output(ids.QUESTION, "data", allow_duplicate=True), Input(ids.RESET, "n_clicks"), project,
             prevent_initial_call=True)(ask_to_reset)
    looked_at = [State(ids.VIEW, "data"), State(ids.SOUND, "data")]
    clientside_callback(ClientsideFunction("describing", "open"), Output(ids.DESCRIBED, "data"),
                        Input(ids.RENAME, "n_clicks"), *looked_at, prevent_initial_call=True)
    clientside_callback(ClientsideFunction("describing", "save"), Output(ids.DESCRIPTION, "data"),
                        Input(ids.DESCRIBE, "n_clicks"), State(ids.DESCRIBED, "data"), prevent_initial_call=True)
    clientside_callback(ClientsideFunction("describing", "openMerge"),
                        Output(ids.MOVE_DIALOG, "is_open", allow_duplicate=True), Input(ids.MERGE_OPEN, "n_clicks"),
                        *looked_at, prevent_initial_call=True)
