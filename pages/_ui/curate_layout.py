"""What the Curate page is made of."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import (
    curate_context,
    curate_edits,
    curate_export,
    curate_history,
    curate_modes,
    curate_orders,
    curate_search,
    ids,
    keys,
    project_nav,
    questions,
    readonly,
    shell,
)
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import browse, colouring, tiles

SPEEDS = (("auto", "auto"), ("0.0625", "1/16×"), ("0.125", "1/8×"), ("0.25", "1/4×"), ("0.5", "1/2×"), ("1", "1×"),
          ("2", "2×"))
MARGINS = (("0.02", "none"), ("0.1", "0.1 s"), ("0.25", "0.25 s"), ("0.5", "0.5 s"), ("1", "1 s"), ("2", "2 s"))


def workbench(opened: OpenProject) -> html.Div:
    """The whole page: bar, map, viewer, grid, the line for the selected sound."""
    return html.Div([
        *stores(opened), *curate_modes.stores(), *curate_history.stores(), *curate_edits.stores(),
        *curate_orders.stores(), *curate_context.stores(), *curate_search.stores(), top_bar(opened),
        curate_context.audio_question(opened),
        html.Div([
            map_panel(opened), splitter(ids.MAP_SPLIT, "vertical", "Width of the map"),
            html.Div([viewer_panel(opened), splitter(ids.VIEWER_SPLIT, "horizontal", "Height of the viewer"),
                      grid_panel()], className="right"),
        ], className="workbench", id=ids.CURATE, **{"data-mode": opened.desk.mode}),
        curate_context.panel(), sound_line(), curate_context.palette(),
        move_dialog(), questions.dialog(), curate_history.dialog(), curate_edits.describe_dialog(),
        curate_export.dialog(opened),
        html.Div(id=ids.KEYS, **{"data-keys": keys.as_json(keys.CURATE)}),
    ], className="curate")


def stores(opened: OpenProject) -> list[dcc.Store]:
    """What the browser keeps for the page; each has one owner, see ids.py."""
    known: dict[str, Any] = {ids.PROJECT: opened.name, ids.MAP_SETUP: setup(opened), ids.GRID_AT: 0,
                             ids.REVISION: opened.desk.revision}
    empty = (ids.VIEW, ids.SELECTION, ids.SOUND, ids.SPACE, ids.MOVE_TO, ids.VIEWER_PAGE, ids.GRID_PAGE,
             ids.DRAWN_MAP, ids.DRAWN_VIEWER, ids.DRAWN_GRID, ids.DRAWN_SELECTION, ids.DRAWN_REVISION)
    return [*[dcc.Store(id=id, data=data) for id, data in known.items()], *[dcc.Store(id=id) for id in empty]]


def setup(opened: OpenProject) -> dict[str, Any]:
    """Where this project's media are, and what the map shows first."""
    workspace = opened.workspace
    scales = {"pxPerMs": opened.scene.px_per_ms, "rowPx": tiles.ROW_HEIGHT_PX, "gapPx": tiles.GAP_PX,
              "viewerPx": round(tiles.ROW_HEIGHT_PX * browse.VIEWER_ZOOM)}
    return {"media": dash.get_relative_path(f"/media/{quote(opened.slug)}"), "version": opened.version,
            "count": workspace.dataset.n_segments, "view": opened.scene.view, "revision": opened.desk.revision,
            "idsArePositions": browse.are_positions(workspace.labels.segment_ids), **scales,
            **curate_modes.setup(opened)}


def top_bar(opened: OpenProject) -> html.Header:
    """Where one is, whether all is saved, undo and redo."""
    saved = html.Span("saved", id=ids.SAVED, className="saved", role="status")
    crumbs = (html.Span(opened.path.stem, className="here", title=str(opened.path)),
              project_nav.menu(opened.slug, "Curate"))
    return shell.bar(*crumbs, middle=[saved, *readonly.note(opened.slug), curate_modes.mode_bar()], right=[
        shell.button(ids.UNDO, "arrow-counterclockwise", "Undo"),
        shell.button(ids.REDO, "arrow-clockwise", "Redo"),
        shell.button(ids.EXPORT, "download", "Export: download in any format"),
        shell.button(ids.HISTORY, "clock-history", "History"),
        curate_context.palette_button(),
    ])


def map_panel(opened: OpenProject) -> html.Section:
    """The map with its tools; the drawing itself is made by assets/map.js."""
    opacity = dbc.Input(id=ids.OPACITY, type="range", min=0.05, max=1, step=0.05, value=0.8, className="opacity")
    count = html.Span(f"{browse.thousands(opened.workspace.dataset.n_segments)} sounds", className="count")
    bar = html.Div([
        shell.button(ids.PAN, "arrows-move", "Move the map; click selects"),
        shell.button(ids.LASSO, "bezier2", "Lasso: draw round sounds"),
        shell.button(ids.FIT, "arrows-fullscreen", "Show the whole map"),
        shell.button(ids.LEGEND_OPEN, "list-ul", "Legend: colour by, show only, hide", **{"aria-expanded": "false"}),
        html.Label(["opacity", opacity], className="range"), count,
    ], className="panel-bar")
    plot = html.Div([
        html.Div(id=ids.MAP, className="plot", role="application", tabIndex=0, **{"aria-label": "Map of all sounds"}),
        html.Canvas(id=ids.MAP_OVERLAY, className="overlay"),
        html.Div("drawing the map…", id=ids.MAP_BUSY, className="busy-text"),
        html.Div(id=ids.MAP_PREVIEW, className="preview", hidden=True),
    ], className="map-place")
    return html.Section([bar, plot, legend(opened), curate_modes.draft_bar()], id=ids.MAP_PANEL,
                        className="panel map-panel", **{"aria-label": "Map"})


def legend(opened: OpenProject) -> html.Div:
    """What the colours of the map mean, over its corner; assets/colouring.js fills it."""
    choices = [("clusters", "Cluster"), *colouring.choices(opened.workspace.dataset)]
    return html.Div([
        chooser(ids.COLOUR_BY, "Colour by", choices, "clusters", remembered=False),
        html.Div(id=ids.LEGEND_LIST, className="legend-list"),
    ], id=ids.LEGEND, className="legend", hidden=True, role="group", **{"aria-label": "Legend of the map"})


def viewer_panel(opened: OpenProject) -> html.Section:
    """Big tiles of the chosen sounds, in the order of the menu."""
    pager = html.Div([
        shell.button(ids.VIEWER_FIRST, "chevron-bar-left", "First page"),
        shell.button(ids.VIEWER_BACK, "chevron-left", "Previous page"),
        shell.button(ids.VIEWER_NEXT, "chevron-right", "Next page"),
        shell.button(ids.VIEWER_LAST, "chevron-bar-right", "Last page"),
    ], className="pager")
    bar = html.Div([
        html.H2(id=ids.VIEWER_TITLE), curate_edits.group_buttons(), pager,
        curate_orders.chooser(opened.workspace.dataset),
        curate_search.file_button(),
        shell.button(ids.PLAY_ALL, "collection-play", "Play the sounds of the viewer one after the other"),
        listening_menu(),
    ], className="panel-bar")
    tiles_of_view = html.Div(id=ids.VIEWER, className="tiles viewer-tiles")
    return html.Section([bar, curate_search.bar(opened), tiles_of_view], id=ids.VIEWER_PANEL,
                        className="panel viewer-panel", **{"aria-label": "Viewer"})


def listening_menu() -> html.Details:
    """How sounds are played, and how tiles are coloured: opens below its button."""
    name = "Sound and pictures: speed, context, loop, colours"
    opener = html.Summary(icon("sliders"), id=ids.LISTENING, className="control bare", n_clicks=0,
                          title=keys.tooltip(ids.LISTENING, name), **{"aria-label": name})
    return html.Details([opener, html.Div([
        chooser(ids.SPEED, "Speed", SPEEDS, "auto"),
        chooser(ids.MARGIN, "Context", MARGINS, "0.02"),
        shell.button(ids.LOOP, "repeat", "Play a sound again and again", label="Loop", **{"aria-pressed": "false"}),
        chooser(ids.COLOURS, "Colours", [(name, name) for name in tiles.MAPS], "grey"),
    ], className="menu-panel")], className="menu")


def chooser(id: str, text: str, choices: Any, value: str, *, remembered: bool = True) -> html.Label:
    """A small menu with its name; what was chosen is remembered."""
    options = [{"value": key, "label": label} for key, label in choices]
    menu = dbc.Select(id=id, options=options, value=value, size="sm", persistence=remembered)
    return html.Label([html.Span(text), menu], className="chooser")


def grid_panel() -> html.Section:
    """One row for each cluster."""
    bar = html.Div([
        html.H2("Clusters", id=ids.GRID_TITLE), curate_edits.reset_button(),
        html.Div([shell.button(ids.GRID_BACK, "chevron-up", "Previous clusters"),
                  shell.button(ids.GRID_NEXT, "chevron-down", "Next clusters")], className="pager"),
    ], className="panel-bar")
    return html.Section([bar, html.Div(id=ids.GRID, className="tiles grid-rows")], id=ids.GRID_PANEL,
                        className="panel grid-panel", **{"aria-label": "Clusters"})


def splitter(id: str, orientation: str, text: str) -> html.Div:
    """A border that can be dragged, or moved with the arrow keys."""
    return html.Div(id=id, className=f"splitter {orientation}", role="separator", tabIndex=0,
                    **{"aria-orientation": orientation, "aria-label": text})


def sound_line() -> html.Footer:
    """What is selected, and what can be done with it."""
    actions = html.Div([
        shell.button(ids.PLAY, "play-fill", "Play or stop the selected sound", label="Play"),
        curate_context.open_button(), curate_search.open_button(),
        shell.button(ids.ASSIGN, "plus-square", "Assign the selection to a new cluster", label="New cluster"),
        shell.button(ids.MOVE, "arrow-right-square", "Move the selection to a cluster", label="Move…"),
        *curate_edits.selection_buttons(),
        shell.button(ids.CLEAR, "x-lg", "Clear the selection", label="Clear"),
    ], className="actions")
    return html.Footer([html.Span("nothing selected", id=ids.SELECTION_TEXT, className="selection-text"),
                        html.Span(id=ids.SOUND_TEXT, className="sound-text"), actions], className="sound-line")


def move_dialog() -> dbc.Modal:
    """Choose a cluster by typing its number or a part of its name."""
    words = dbc.Input(id=ids.MOVE_WORDS, type="text", autocomplete="off", placeholder="Number or name")
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("Move the selection to", id=ids.MOVE_TITLE)),
        dbc.ModalBody([
            html.Label("Cluster", htmlFor=ids.MOVE_WORDS, className="visually-hidden"), words,
            html.Div(id=ids.MOVE_LIST, className="choices", role="listbox", **{"aria-label": "Clusters"}),
            html.P(["↑ ↓ choose, ", html.Kbd("Enter"), " takes it, ", html.Kbd("Esc"), " leaves all as it is."],
                   className="hint"),
        ]),
    ], id=ids.MOVE_DIALOG, is_open=False, fade=False, scrollable=True)
