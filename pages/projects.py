"""Projects: those opened lately and those in the folder that was given; open one, import, extend."""

from __future__ import annotations

import uuid
from typing import Any

from dash import Input, Output, State, callback, dcc, html, no_update, register_page
from flask import current_app

from pages._ui import access, background, chooser, ids, import_dialog, notices, project_list, shell
from pipeline import catalogue, runs
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.importing import looking, requests
from pipeline.importing.requests import Wanted
from pipeline.runs import telling

register_page(__name__, path="/", title="Projects · Syllabary")

WANTED = (State(ids.IMPORT_KIND, "value"), State(ids.IMPORT_SOURCE, "value"), State(ids.IMPORT_AUDIO, "value"),
          State(ids.IMPORT_FOLDER, "value"), State(ids.IMPORT_NAME, "value"), State(ids.IMPORT_LABELS_AS, "value"),
          State(ids.IMPORT_LABEL_FOLDER, "value"))


@shell.guarded
def layout(**_variables: str) -> object:
    """Two lists, or what to do if there is nothing to list; for owners imports, and the runs."""
    dialogs = [import_dialog.import_dialog(), import_dialog.extend_dialog()] if access.may("owner") else []
    stores = [dcc.Store(id=id) for id in (ids.PROJECT_ACT, ids.RUN_AGAIN)]
    return html.Div([project_list.page(_tables()), *dialogs, *stores])


def _tables() -> list[Any]:
    place = current_app.config["PLACE"]
    folder = place if place is not None and place.is_dir() else None
    every = catalogue.found(folder, is_allowed=access.readable()) if folder else []
    found = [card for card in every if access.sees(card.path)]
    recent = [card for card in catalogue.recent() if access.sees(card.path)]
    return project_list.tables(recent=recent, found=found, folder=folder)


@callback(Output(ids.IMPORT_DIALOG, "is_open"), Input(ids.IMPORT_OPEN, "n_clicks"), prevent_initial_call=True)
def open_import(clicks: int) -> Any:
    """The dialog for an import."""
    return True if clicks else no_update


@callback(Output(ids.IMPORT_FIELDS, "children"), Input(ids.IMPORT_KIND, "value"), prevent_initial_call=True)
def choose_kind(kind: str) -> list[Any]:
    """Where a thing of this kind lies."""
    return import_dialog.fields(kind if kind in looking.TITLES else looking.PROJECT)


@callback(Output(ids.IMPORT_FOUND, "children"), Output(ids.IMPORT_READY, "data"), Output(ids.IMPORT_START, "disabled"),
          Input(ids.IMPORT_SOURCE, "value"), Input(ids.IMPORT_AUDIO, "value"), Input(ids.IMPORT_KIND, "value"),
          running=[(Output(ids.IMPORT_BUSY, "children"), "Looking…", "")], prevent_initial_call=True)
def look_before_import(source: str | None, audio_dir: str | None, kind: str) -> tuple[list[Any], bool, bool]:
    """What would be imported, before anything is made."""
    access.require("owner")
    if not source:
        return [], False, True
    try:
        found = requests.look(Wanted(kind, source, audio_dir or ""), chooser.roots())
    except SyllabaryError as error:   # told beside the field: the text may not be finished
        return import_dialog.refused(str(error)), False, True
    return import_dialog.shown(found), not found.error, bool(found.error)


@callback(Output(ids.IMPORT_FOLDER, "value"), Output(ids.IMPORT_NAME, "value"), Input(ids.IMPORT_SOURCE, "value"),
          State(ids.IMPORT_FOLDER, "value"), prevent_initial_call=True)
def suggest_place(source: str | None, folder: str | None) -> tuple[Any, Any]:
    """Where the project would most likely go, unless a folder was chosen, and how it would be called."""
    usual, name = requests.usual_place(source or "", chooser.roots(), served=current_app.config["PLACE"])
    return (no_update if folder else usual or no_update), name or no_update


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.RUN_ASKED, "data", allow_duplicate=True),
          Output(ids.IMPORT_TOKEN, "data"), Output(ids.IMPORT_DIALOG, "is_open", allow_duplicate=True),
          Input(ids.IMPORT_START, "n_clicks"), *WANTED, State(ids.IMPORT_TOKEN, "data"), prevent_initial_call=True)
def start_import(clicks: int, *given: Any) -> tuple[Any, ...]:
    """Put the import into the queue of runs."""
    if not clicks:
        return (no_update,) * 4
    access.require("owner")
    *fields, token = given
    kind, values = requests.run_of(Wanted(*[value or "" for value in fields[:6]], label_folder=bool(fields[6])),
                                   chooser.roots())
    return (*_begun(kind, values, token), False)


@callback(Output(ids.EXTEND_DIALOG, "is_open"), Output(ids.EXTEND_TITLE, "children"),
          Output(ids.EXTEND_PROJECT, "data"), Output(ids.NOTICE, "data", allow_duplicate=True),
          Output(ids.RUN_ASKED, "data", allow_duplicate=True), Output(ids.PROJECT_TABLES, "children"),
          Input(ids.PROJECT_ACT, "data"), prevent_initial_call=True)
def act_on_project(asked: dict[str, Any]) -> tuple[Any, ...]:
    """What was pressed in a project's menu."""
    what = asked.get("do") if isinstance(asked, dict) else None
    done = _ACTS.get(what) if isinstance(what, str) else None
    if done is None:
        raise ParameterError("There is nothing like that to be done with a project.")
    return done(str(asked.get("slug", "")))


def _extend(slug: str) -> tuple[Any, ...]:
    access.require("owner", slug)
    return (True, f"Extend {catalogue.path_of(slug).stem} with new recordings", slug, *[no_update] * 3)


def _recompute(slug: str) -> tuple[Any, ...]:
    access.require("owner", slug)
    return (*[no_update] * 3, *_begun("recompute_map", {"project": str(catalogue.path_of(slug))})[:2], no_update)


def _check(slug: str) -> tuple[Any, ...]:
    access.require("owner", slug)
    return (*[no_update] * 3, *_begun("check_project", {"project": str(catalogue.path_of(slug))})[:2], no_update)


def _forget(slug: str) -> tuple[Any, ...]:
    access.require("viewer", slug)
    path = catalogue.path_of(slug)
    catalogue.forget(path)
    told = notices.told(f"{path.stem} is no longer among the projects opened lately. Its file stays where it is.")
    return (*[no_update] * 3, told, no_update, _tables())


def _list(_slug: str) -> tuple[Any, ...]:
    return (*[no_update] * 5, _tables())


_ACTS = {"list": _list, "extend": _extend, "map": _recompute, "check": _check, "forget": _forget}


@callback(Output(ids.EXTEND_FOUND, "children"), Output(ids.EXTEND_START, "disabled"),
          Input(ids.EXTEND_FOLDER, "value"), Input(ids.EXTEND_PROJECT, "data"),
          running=[(Output(ids.EXTEND_BUSY, "children"), "Looking…", "")], prevent_initial_call=True)
def look_before_extending(folder: str | None, slug: str | None) -> tuple[list[Any], bool]:
    """Which recordings the project does not have yet."""
    if not folder or not slug:
        return [], True
    access.require("owner", slug)
    try:
        found = requests.look_at_newcomers(catalogue.path_of(slug), folder, chooser.roots())
    except SyllabaryError as error:
        return import_dialog.refused(str(error)), True
    return import_dialog.shown(found), bool(found.error)


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.RUN_ASKED, "data", allow_duplicate=True),
          Output(ids.EXTEND_TOKEN, "data"), Output(ids.EXTEND_DIALOG, "is_open", allow_duplicate=True),
          Input(ids.EXTEND_START, "n_clicks"), State(ids.EXTEND_FOLDER, "value"), State(ids.EXTEND_PROJECT, "data"),
          State(ids.EXTEND_RECOMPUTE, "value"), State(ids.EXTEND_TOKEN, "data"), prevent_initial_call=True)
def start_extending(clicks: int, folder: str | None, slug: str, recompute: bool, token: str) -> tuple[Any, ...]:
    """Put the extension into the queue of runs."""
    if not clicks:
        return (no_update,) * 4
    access.require("owner", slug)
    data_dir = requests.newcomers_folder(folder or "", chooser.roots())
    values = {"project": str(catalogue.path_of(slug)), "data_dir": str(data_dir),
              "recompute_map": bool(recompute)}
    return (*_begun("extend", values, token), False)


@callback(Output(ids.PROJECT_TABLES, "children", allow_duplicate=True), Input(ids.RUN_TOLD, "children"),
          prevent_initial_call=True)
def show_what_was_made(told: str | None) -> Any:
    """The lists as they are when a run is over."""
    goes_on = told and any(run.state not in runs.ENDED for run in runs.recent(most=1))
    return no_update if goes_on else _tables()


def _begun(kind: str, values: dict[str, Any], token: str = "") -> tuple[dict[str, Any], dict[str, Any], str]:
    """What is told, what lets the run begin, and the token of the next click."""
    token = token or uuid.uuid4().hex
    run = background.submit(kind, values, token=token)
    told = telling.joined(run, token) or f"{run.title}: begun. It goes on without this page; see Runs below."
    return notices.told(told), background.asked(run), uuid.uuid4().hex
