"""The selected sound in its recording, the command palette, and where the recordings are."""

from __future__ import annotations

from pathlib import Path

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html

from pages._ui import access, chooser, ids, notices, shell, workspaces
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import recordings

HOW = ("Recording: left and right scroll, plus and minus zoom, up and down go to the sound before and after, "
       "space plays, Escape closes")


def stores() -> list[dcc.Store]:
    """What the callbacks of this file put out besides what is seen."""
    return [dcc.Store(id=id) for id in (ids.CONTEXT_FOLLOWED, ids.CONTEXT_DRAWN, ids.AUDIO_MOVED)]


def open_button() -> html.Button:
    """Beside the other actions on the selected sound."""
    return shell.button(ids.CONTEXT, "soundwave", "The selected sound in its recording", label="Context",
                        **{"aria-expanded": "false", "aria-controls": ids.CONTEXT_PANEL})


def palette_button() -> html.Button:
    """In the bar on top."""
    return shell.button(ids.PALETTE, "command", "Command palette: all actions and clusters by name")


def palette() -> html.Dialog:
    """Filled and run by assets/palette.js."""
    return html.Dialog(id=ids.PALETTE_DIALOG, className="palette", **{"aria-label": "Command palette"})


def panel() -> html.Section:
    """Over the lower half of the page; the drawing is made by assets/context.js and assets/contextview.js."""
    bar = html.Div([
        html.H2("Recording", id=ids.CONTEXT_TITLE), html.Span(id=ids.CONTEXT_WHY, className="why", role="status"),
        html.Button("Find recordings…", id=ids.CONTEXT_AUDIO, type="button", className="control", hidden=True),
        html.Div([
            shell.button(ids.CONTEXT_PLAY, "play-fill", "Play from the mark, or stop (space)"),
            shell.button(ids.CONTEXT_BACK, "chevron-left", "The sound before (↑)"),
            shell.button(ids.CONTEXT_NEXT, "chevron-right", "The sound after (↓)"),
            shell.button(ids.CONTEXT_OUT, "zoom-out", "Show more of the recording (-)"),
            shell.button(ids.CONTEXT_IN, "zoom-in", "Show less, but larger (+)"),
            shell.button(ids.CONTEXT_ALL, "arrows-fullscreen", "The whole recording"),
            shell.button(ids.CONTEXT_CLOSE, "x-lg", "Close (Esc)"),
        ], className="pager"),
    ], className="panel-bar")
    drawing = html.Div([html.Div(id=ids.CONTEXT_TILES, className="context-tiles"),
                        html.Canvas(id=ids.CONTEXT_CANVAS, className="context-canvas")],
                       id=ids.CONTEXT_DRAWING, className="context-drawing", role="application", tabIndex=0,
                       **{"aria-label": HOW})
    border = html.Div(id=ids.CONTEXT_SPLIT, className="splitter horizontal", role="separator", tabIndex=0,
                      **{"aria-orientation": "horizontal", "aria-label": "Height of the recording"})
    return html.Section([border, bar, drawing, _place_slider()], id=ids.CONTEXT_PANEL, className="context-panel",
                        hidden=True, **{"aria-label": "Recording"})


def _place_slider() -> html.Label:
    slider = dbc.Input(id=ids.CONTEXT_AT, type="range", min=0, max=1000, step=0.01, value=0, className="context-at")
    return html.Label([html.Span("Place in the recording", className="visually-hidden"), slider],
                      className="context-place")


def audio_question(opened: OpenProject) -> html.Div:
    """Says that recordings are missing, and asks where they are; hidden where none is."""
    missing = recordings.missing(opened.workspace.dataset)
    folder = dbc.Input(id=ids.AUDIO_FOLDER, type="text", autocomplete="off", placeholder="/folder/with/recordings")
    return html.Div([
        icon("exclamation-triangle"), html.Span(missing or "Which folder holds the recordings?", className="text"),
        html.Label([html.Span("Folder of the recordings", className="visually-hidden"), folder], className="folder"),
        html.Button("Look there", id=ids.AUDIO_LOOK, type="button", n_clicks=0, className="control primary"),
        html.Button("Not now", id=ids.AUDIO_LATER, type="button", className="control"),
    ], id=ids.AUDIO_ASK, className="audio-ask", role="region", hidden=not missing,
        **{"aria-label": "Where the recordings are"})


def register() -> None:
    """The callbacks of this file; once for each app."""
    callback(Output(ids.AUDIO_ASK, "hidden"), Output(ids.NOTICE, "data", allow_duplicate=True),
             Input(ids.AUDIO_LOOK, "n_clicks"), Input(ids.AUDIO_FOLDER, "n_submit"), State(ids.AUDIO_FOLDER, "value"),
             State(ids.PROJECT, "data"), prevent_initial_call=True)(look_for_recordings)
    _browser("follow", Output(ids.CONTEXT_FOLLOWED, "data"), Input(ids.SOUND, "data"))
    _browser("redraw", Output(ids.CONTEXT_DRAWN, "data"), Input(ids.DRAWN_SELECTION, "data"),
             Input(ids.DRAWN_REVISION, "data"), Input(ids.COLOURS, "value"), Input(ids.THEME_CHANGED, "data"))
    _browser("recordingsMoved", Output(ids.AUDIO_MOVED, "data"), Input(ids.AUDIO_ASK, "hidden"))


def look_for_recordings(_clicks: int, _enters: int, folder: str | None, project: str) -> tuple:
    """Look for the recordings in the folder that was typed."""
    access.require("annotator", project)
    opened = workspaces.open_project(project)
    text = recordings.look_in(opened.workspace.dataset, folder or "", roots=_roots(opened))
    return True, notices.told(text)


def _roots(opened: OpenProject) -> list[Path]:
    """Where a person in the browser may point to: the project's folder, and the allowed ones."""
    return [opened.path.parent, *chooser.roots().folders]


def _browser(function: str, output: Output, *inputs: Input) -> None:
    clientside_callback(ClientsideFunction("context", function), output, *inputs, prevent_initial_call=True)
