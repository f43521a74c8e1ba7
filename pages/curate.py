"""Curate: the map, the viewer, the grid of clusters; choose sounds and name their groups."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, no_update, register_page

from pages._ui import (
    curate_context,
    curate_edits,
    curate_export,
    curate_history,
    curate_layout,
    curate_modes,
    curate_orders,
    curate_search,
    ids,
    notices,
    readonly,
    shell,
    workspaces,
)
from pipeline import browse
from pipeline.curation import edits

register_page(__name__, path_template="/curate/<project>", title=lambda project="": f"{unquote(project)} · Syllabary")

EDITED = (Output(ids.REVISION, "data", allow_duplicate=True), Output(ids.NOTICE, "data", allow_duplicate=True))
CLEARED = Output(ids.SELECTION, "data", allow_duplicate=True)
SAVING = [(Output(ids.SAVED, "children"), "saving…", "saved"), (Output(ids.SAVED, "className"), "saved busy", "saved")]
Steps = list[dict[str, Any]]
Like = dict[str, Any] | None


@shell.guarded
def layout(project: str = "", **_variables: str) -> object:
    """The workbench of one project."""
    opened = workspaces.open_project(unquote(project))
    return readonly.for_person(curate_layout.workbench(opened), opened.slug)


@callback(Output(ids.VIEWER_PAGE, "data"), Input(ids.VIEW, "data"), Input(ids.SPACE, "data"),
          Input(ids.REVISION, "data"), Input(ids.ORDER, "data"), State(ids.PROJECT, "data"), prevent_initial_call=True)
def show_viewer(view: dict[str, Any] | None, space: dict[str, int], revision: int, order: dict[str, Any] | None,
                project: str) -> dict[str, Any]:
    """One page of the sounds that were chosen to be looked at."""
    opened = workspaces.open_project(project, at_least=revision)
    return browse.viewer(opened.scene, opened.desk.labels, view, width_px=space["viewer_px"],
                         n_rows=space["viewer_rows"], page=(view or {}).get("page", 0), order=order)


@callback(Output(ids.GRID_PAGE, "data"), Input(ids.GRID_AT, "data"), Input(ids.SPACE, "data"),
          Input(ids.REVISION, "data"), Input(ids.ORDER, "data"), State(ids.PROJECT, "data"), prevent_initial_call=True)
def show_grid(page: int, space: dict[str, int], revision: int, order: dict[str, Any] | None,
              project: str) -> dict[str, Any]:
    """One page of the clusters, each with its first sounds."""
    opened = workspaces.open_project(project, at_least=revision)
    return browse.grid(opened.scene, opened.desk.labels, width_px=space["grid_px"], n_rows=space["grid_rows"],
                       page=page, order=order)


@callback(Output(ids.SOUND_TEXT, "children"), Input(ids.SOUND, "data"), Input(ids.REVISION, "data"),
          State(ids.PROJECT, "data"), prevent_initial_call=True)
def describe_sound(sound: int | None, revision: int, project: str) -> str:
    """The selected sound in a line."""
    if sound is None:
        return ""
    opened = workspaces.open_project(project, at_least=revision)
    return browse.describe(opened.workspace.dataset, opened.desk.labels, sound)


@callback(*EDITED, CLEARED, Output(ids.VIEW, "data", allow_duplicate=True), Input(ids.ASSIGN, "n_clicks"),
          State(ids.SELECTION, "data"), State(ids.SEARCH_SHOWN, "data"), State(ids.REVISION, "data"),
          State(ids.PROJECT, "data"), prevent_initial_call=True, running=SAVING)
def assign_selected(_clicks: int, steps: Steps | None, like: Like, seen: int, project: str) -> tuple:
    """Put the selected sounds into a new cluster."""
    opened = workspaces.open_project(project)
    desk = opened.desk
    chosen = browse.chosen(opened.scene, desk.labels, steps)
    edit = desk.edit(edits.assign, seen=seen, segment_ids=chosen,
                     provenance=browse.how(opened.scene, desk.labels, steps, chosen, like))
    return edit.revision, notices.told(edit.title, undo=True), None, browse.view_after(edit, steps) or no_update


@callback(*EDITED, CLEARED, Input(ids.MOVE_TO, "data"), State(ids.SELECTION, "data"), State(ids.SEARCH_SHOWN, "data"),
          State(ids.REVISION, "data"), State(ids.PROJECT, "data"), prevent_initial_call=True, running=SAVING)
def move_selected(to: dict[str, int], steps: Steps | None, like: Like, seen: int, project: str) -> tuple:
    """Put the selected sounds into the cluster that was chosen in the dialog."""
    opened = workspaces.open_project(project)
    desk = opened.desk
    chosen = browse.chosen(opened.scene, desk.labels, steps)
    edit = desk.edit(edits.move, seen=seen, segment_ids=chosen, to=to["cluster"],
                     provenance=browse.how(opened.scene, desk.labels, steps, chosen, like))
    return edit.revision, notices.told(edit.title, undo=True), None


@callback(*EDITED, Input(ids.UNDO, "n_clicks"), Input(ids.REDO, "n_clicks"), State(ids.REVISION, "data"),
          State(ids.PROJECT, "data"), prevent_initial_call=True, running=SAVING)
def step_in_history(_undo: int, _redo: int, seen: int, project: str) -> tuple:
    """Take back this person's latest edit, or their latest undo."""
    desk = workspaces.open_project(project).desk
    edit = desk.undo(seen=seen) if ctx.triggered_id == ids.UNDO else desk.redo(seen=seen)
    return edit.revision, notices.told(edit.title)


curate_modes.register()
curate_history.register()
curate_context.register()
curate_edits.register()
curate_export.register()
curate_orders.register()
curate_search.register()


# What follows happens in the browser alone: assets/*.js.
def _browser(function: str, output: Output, *inputs: Input | State, initial: bool = False) -> None:
    clientside_callback(ClientsideFunction("curate", function), output, *inputs,
                        prevent_initial_call=not initial)


_browser("openMap", Output(ids.DRAWN_MAP, "data"), Input(ids.MAP_SETUP, "data"), initial=True)
_browser("drawViewer", Output(ids.DRAWN_VIEWER, "data"), Input(ids.VIEWER_PAGE, "data"), Input(ids.COLOURS, "value"),
         State(ids.MAP_SETUP, "data"))
_browser("drawGrid", Output(ids.DRAWN_GRID, "data"), Input(ids.GRID_PAGE, "data"), Input(ids.COLOURS, "value"),
         State(ids.MAP_SETUP, "data"))
_browser("showSelection", Output(ids.DRAWN_SELECTION, "data"), Input(ids.SELECTION, "data"), Input(ids.SOUND, "data"))
_browser("takeRevision", Output(ids.DRAWN_REVISION, "data"), Input(ids.REVISION, "data"))
_browser("turnViewer", Output(ids.VIEW, "data", allow_duplicate=True),
         *[Input(id, "n_clicks") for id in (ids.VIEWER_FIRST, ids.VIEWER_BACK, ids.VIEWER_NEXT, ids.VIEWER_LAST)],
         State(ids.VIEW, "data"), State(ids.VIEWER_PAGE, "data"))
_browser("turnGrid", Output(ids.GRID_AT, "data"), Input(ids.GRID_BACK, "n_clicks"), Input(ids.GRID_NEXT, "n_clicks"),
         State(ids.GRID_AT, "data"), State(ids.GRID_PAGE, "data"))
_browser("openMoveDialog", Output(ids.MOVE_DIALOG, "is_open"), Input(ids.MOVE, "n_clicks"))
