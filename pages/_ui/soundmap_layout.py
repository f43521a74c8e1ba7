"""What the page Map is made of: the maps there are, the one that is shown, its classes, what lies on a path."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import (
    access,
    curate_layout,
    forms,
    ids,
    keys,
    project_nav,
    readonly,
    runs_panel,
    shell,
    soundmap_form,
    soundmap_known,
)
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import browse, recordings, tiles
from pipeline.sound_maps import scaling

MOUSE = ("Pointing at a sound plays its beginning, a click selects it and plays all of it. Dragging moves the map, the "
         "wheel zooms. With shift, or the path tool, dragging draws a path, and what lies on it is heard in order.")
NO_MAP = "This project has no map yet. Compute one on the left, or make the project with its map on the page Prepare."
NO_MAP_FOR_VIEWERS = "This project has no map yet. Who may start runs here can compute one on this page."


def page(opened: OpenProject, name: str = "") -> html.Div:
    """The whole page, with the map ``name`` chosen, or else the first."""
    crumbs = (html.Span(opened.path.stem, className="here", title=str(opened.path)),
              project_nav.menu(opened.slug, "Map"))
    help = shell.help_dialog(keys.SOUND_MAP, MOUSE)
    return html.Div([
        shell.bar(*crumbs, middle=readonly.note(opened.slug), help=help), *_stores(opened),
        html.Main([_left(opened, name), _middle(opened), _classes()], className="soundmap",
                  **{"data-empty": "false" if soundmap_known.maps(opened) else "true"}),
        html.Div(id=ids.KEYS, **{"data-keys": keys.as_json(keys.SOUND_MAP)}),
    ], id=ids.SOUNDMAP_PAGE, className="soundmap-page")


def _stores(opened: OpenProject) -> list[Any]:
    known = {ids.SOUNDMAP_PROJECT: opened.slug, ids.SOUNDMAP_TOKEN: uuid.uuid4().hex,
             ids.SOUNDMAP_SETUP: setup(opened), ids.SOUNDMAP_KNOWN: soundmap_known.known(opened)}
    empty = (ids.SOUNDMAP_SOUND, ids.SOUNDMAP_OPENED, ids.SOUNDMAP_LISTED, ids.SOUNDMAP_DRAWN, ids.RUN_AGAIN)
    return [*[dcc.Store(id=id, data=data) for id, data in known.items()], *[dcc.Store(id=id) for id in empty],
            *forms.stores(ids.SOUNDMAP), dcc.Interval(id=ids.SOUNDMAP_TICK, interval=2500)]


def setup(opened: OpenProject) -> dict[str, Any]:
    """Where this project's media are, and how its sounds are shown and heard."""
    workspace = opened.workspace
    return {"media": dash.get_relative_path(f"/media/{quote(opened.slug)}"), "version": opened.version,
            "count": workspace.dataset.n_segments, "revision": opened.desk.revision, "edge": scaling.MARGIN / 2,
            "idsArePositions": browse.are_positions(workspace.labels.segment_ids), "hasOwnPlaces": True,
            "pxPerMs": tiles.scale(workspace.dataset.segments.duration_s), "tilePx": tiles.ROW_HEIGHT_PX,
            "hasLabels": workspace.dataset.segments.label is not None,
            "silent": recordings.missing(workspace.dataset), "scores": soundmap_known.SCORES,
            "curate": project_nav.address("curate", opened.slug)}


def _left(opened: OpenProject, name: str) -> html.Div:
    """Which map, how good it is, how to get others."""
    options = soundmap_known.options(opened)
    names = [option["value"] for option in options]
    chosen = dbc.Select(id=ids.SOUNDMAP_CHOSEN, options=options,
                        value=name if name in names else next(iter(names), None))
    sheet = shell.button(ids.SOUNDMAP_SHEET_OPEN, "grid-3x3-gap", "All maps side by side, with their scores",
                         label="All maps", **{"aria-pressed": "false"})
    more = [soundmap_form.section(opened), runs_panel.panel()] if access.may("owner") else []
    which = html.Section([
        html.Label([html.Span("Map", className="visually-hidden"), chosen], className="soundmap-choice"),
        html.Div(id=ids.SOUNDMAP_SCORES, className="soundmap-scores"), html.Div(sheet),
    ], className="form-section soundmap-which")
    missing = recordings.missing(opened.workspace.dataset)
    ask = dcc.Link("Tell it on the page Curate.", href=project_nav.address("curate", opened.slug))
    silent = [html.P([icon("exclamation-triangle"), html.Span([f"{missing} ", ask])],
                     className="soundmap-silent")] if missing else []
    return html.Div([html.Div([html.H1("Map"), which], className="soundmap-top"), *silent, *more],
                    className="soundmap-left")


def _middle(opened: OpenProject) -> html.Section:
    """The map with its tools; assets/soundmap*.js draw and play."""
    nothing = NO_MAP if access.may("owner") else NO_MAP_FOR_VIEWERS
    canvas = html.Canvas(id=ids.SOUNDMAP_CANVAS, tabIndex=0, role="application", **{"aria-label": "Map of all sounds"})
    rings = [html.Div(className=f"soundmap-ring {which}", hidden=True) for which in ("pointed", "playing")]
    return html.Section([
        _tools(), curate_layout.legend(opened), html.P(nothing, className="soundmap-nothing"),
        html.Div([canvas, *rings, html.Div("drawing the map…", id=ids.SOUNDMAP_BUSY, className="busy-text"),
                  html.Div(id=ids.SOUNDMAP_PREVIEW, className="preview", hidden=True),
                  html.Div(id=ids.SOUNDMAP_TOLD, className="soundmap-told", role="status"), _sheet()],
                 id=ids.SOUNDMAP_PLACE, className="soundmap-place"),
        _path(), _sound_line(),
    ], className="panel map-panel soundmap-middle", **{"aria-label": "Map"})


def _tools() -> html.Div:
    volume = dbc.Input(id=ids.SOUNDMAP_VOLUME, type="range", min=0, max=1, step=0.05, value=0.7, className="opacity")
    steps = [html.Button(id=id, type="button", n_clicks=0, tabIndex=-1, className="visually-hidden",
                         **{"aria-hidden": "true"})
             for id in (ids.SOUNDMAP_LEFT, ids.SOUNDMAP_RIGHT, ids.SOUNDMAP_UP, ids.SOUNDMAP_DOWN,
                        ids.SOUNDMAP_STOP)]      # pressed by their keys
    return html.Div([
        shell.button(ids.SOUNDMAP_PATH, "bezier2", "Path: drag across the map to hear what lies on the way",
                     **{"aria-pressed": "false"}),
        shell.button(ids.SOUNDMAP_FIT, "arrows-fullscreen", "Show the whole map"),
        shell.button(ids.SOUNDMAP_IN, "zoom-in", "Nearer"), shell.button(ids.SOUNDMAP_OUT, "zoom-out", "Farther"),
        shell.button(ids.LEGEND_OPEN, "list-ul", "Legend: colour by, show only, hide", **{"aria-expanded": "false"}),
        shell.button(ids.SOUNDMAP_HOVER, "soundwave", "Play what is pointed at", label="Play on hover",
                     **{"aria-pressed": "true"}),
        html.Label([icon("volume-up"), html.Span("Volume", className="visually-hidden"), volume], className="range"),
        *steps,
    ], className="panel-bar")


def _sheet() -> html.Div:
    """All maps as small pictures, over the map; assets/soundmapsheet.js fills it."""
    sort = dbc.Select(id=ids.SOUNDMAP_SHEET_SORT, options=[{"value": "grid", "label": "features × reducers"}],
                      value="grid")
    return html.Div([
        html.Div([html.H2("All maps"), html.Label([html.Span("Sort by"), sort], className="chooser")],
                 className="panel-bar"),
        html.Div(id=ids.SOUNDMAP_SHEET_LIST, className="soundmap-sheet-list"),
    ], id=ids.SOUNDMAP_SHEET, className="soundmap-sheet", hidden=True, role="region", **{"aria-label": "All maps"})


def _path() -> html.Section:
    """What lies on the path that was drawn, in order; assets/soundmappath.js fills it."""
    return html.Section([
        html.Div([
            html.H2(id=ids.SOUNDMAP_PATH_TEXT),
            html.Label(["width", dbc.Input(id=ids.SOUNDMAP_REACH, type="range", min=3, max=30, step=1, value=10,
                                           className="opacity")], className="range"),
            shell.button(ids.SOUNDMAP_PATH_PLAY, "play-fill", "Play the sounds on the path again, one after the other",
                         label="Play"),
            shell.button(ids.SOUNDMAP_PATH_CLOSE, "x-lg", "Take the path away"),
        ], className="panel-bar"),
        html.Div(id=ids.SOUNDMAP_PATH_TILES, className="soundmap-tiles"),
    ], id=ids.SOUNDMAP_ON_PATH, hidden=True, className="soundmap-path", **{"aria-label": "Sounds on the path"})


def _sound_line() -> html.Div:
    """The selected sound, and what can be done with it."""
    curate = html.A([icon("box-arrow-right"), html.Span("Show in Curate")], id=ids.SOUNDMAP_CURATE, className="control",
                    hidden=True)
    return html.Div([
        html.Div(id=ids.SOUNDMAP_TILE, className="soundmap-tile"),
        html.Span("Click on a sound to select and hear it.", id=ids.SOUNDMAP_TEXT, className="sound-text",
                  role="status"),
        html.Div([shell.button(ids.SOUNDMAP_PLAY, "play-fill", "Play or stop the selected sound", label="Play"),
                  curate], className="actions"),
    ], className="sound-line")


def _classes() -> html.Section:
    """Every class by itself over all sounds; assets/soundmapclasses.js fills it."""
    return html.Section([html.Div(html.H2("Classes"), className="panel-bar"),
                         html.Div(id=ids.SOUNDMAP_CLASSES, className="soundmap-classes")],
                        className="panel soundmap-right", **{"aria-label": "Classes"})
