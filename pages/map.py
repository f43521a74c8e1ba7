"""Map: the sounds laid out by likeness, heard by pointing at them; features × reducers held against each other."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import unquote

from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, register_page
from dash.exceptions import PreventUpdate

from pages._ui import (
    background,
    forms,
    ids,
    notices,
    shell,
    soundmap_form,
    soundmap_known,
    soundmap_layout,
    workspaces,
)
from pipeline.runs import telling

register_page(__name__, path_template="/map/<project>", title=lambda project="": f"Map {unquote(project)} · Syllabary")

forms.register(ids.SOUNDMAP)
FORM = (ids.SOUNDMAP_FEATURES, ids.SOUNDMAP_REDUCERS)
PROJECT = State(ids.SOUNDMAP_PROJECT, "data")


@shell.guarded
def layout(project: str = "", map: str = "", **_variables: str) -> object:
    """The maps there are on the left, the chosen one (``?map=umap``) beside it, its classes on the right."""
    return soundmap_layout.page(workspaces.open_project(unquote(project)), map)


@callback(Output(ids.SOUNDMAP_KNOWN, "data"), Output(ids.SOUNDMAP_CHOSEN, "options"),
          Output(ids.SOUNDMAP_CHOSEN, "value"), Input(ids.SOUNDMAP_TICK, "n_intervals"),
          State(ids.SOUNDMAP_KNOWN, "data"), State(ids.SOUNDMAP_CHOSEN, "value"), PROJECT, prevent_initial_call=True)
def look(_ticks: int, known: dict[str, Any] | None, chosen: str | None, project: str) -> tuple[Any, ...]:
    """The maps, and the revision of the labels, where they are others than the page knows of."""
    opened = workspaces.open_project(project)
    now = soundmap_known.known(opened)
    if now == known:
        raise PreventUpdate
    names = [one["name"] for one in now["maps"]]
    return now, soundmap_known.options(opened), chosen if chosen in names else next(iter(names), None)


@callback(Output(ids.SOUNDMAP_COUNT, "children"), *[Input(id, "value") for id in FORM],
          Input(forms.settled_id(ids.SOUNDMAP), "data"))
def count_maps(features: list[str] | None, reducers: list[str] | None, own: dict[str, Any] | None) -> str:
    """How many maps the form asks for."""
    return soundmap_form.count(features, reducers, own)


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.RUN_ASKED, "data", allow_duplicate=True),
          Output(ids.SOUNDMAP_TOKEN, "data"), Input(ids.SOUNDMAP_START, "n_clicks"),
          *[State(id, "value") for id in FORM], State(forms.own_id(ids.SOUNDMAP), "data"), PROJECT,
          State(ids.SOUNDMAP_TOKEN, "data"), prevent_initial_call=True)
def compute(_clicks: int, features: list[str] | None, reducers: list[str] | None, own: dict[str, Any] | None,
            project: str, token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Put the maps into the queue; they appear in the menu when they are done."""
    values = soundmap_form.task_values(workspaces.open_project(project), features, reducers, own)
    run = background.submit("maps", values, token=token or uuid.uuid4().hex)
    told = telling.joined(run, token) or "The maps are in the queue; they are in the menu when they are done."
    return notices.told(told), background.asked(run), uuid.uuid4().hex


@callback(Output(ids.SOUNDMAP_TEXT, "children"), Input(ids.SOUNDMAP_SOUND, "data"), PROJECT, prevent_initial_call=True)
def describe(sound: int | None, project: str) -> str:
    """The selected sound in a line."""
    if sound is None:
        raise PreventUpdate
    return soundmap_known.about(workspaces.open_project(project), sound)


# What follows happens in the browser alone: assets/soundmap*.js.
clientside_callback(ClientsideFunction("soundmap", "open"), Output(ids.SOUNDMAP_OPENED, "data"),
                    Input(ids.SOUNDMAP_SETUP, "data"))
clientside_callback(ClientsideFunction("soundmap", "list"), Output(ids.SOUNDMAP_LISTED, "data"),
                    Input(ids.SOUNDMAP_KNOWN, "data"))
clientside_callback(ClientsideFunction("soundmap", "show"), Output(ids.SOUNDMAP_DRAWN, "data"),
                    Input(ids.SOUNDMAP_CHOSEN, "value"))
