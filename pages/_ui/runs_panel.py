"""The runs: what goes on, what waits, what is over, with progress and log. ``assets/runs.js`` draws them.

A page puts `panel` into its layout. Any tab shows the same, because all ask the table of runs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, callback, clientside_callback, dcc, html, no_update, set_props
from flask import Blueprint, Response, jsonify, request

from pages._ui import access, background, ids, notices
from pages._ui.icons import icon
from pipeline import catalogue, runs
from pipeline.errors import AccessError, ParameterError, SyllabaryError
from pipeline.runs import telling
from pipeline.runs.table import Progress, Run
from pipeline.text import counted

MOST_SHOWN, MOST_LINES, MOST_DIGITS = 30, 200, 15
CAN_FILL_A_FORM = ("preprocess",)
PICTURES = {runs.QUEUED: "hourglass-split", runs.RUNNING: "arrow-repeat", runs.DONE: "check-circle",
            runs.FAILED: "x-octagon", runs.CANCELLED: "slash-circle", runs.INTERRUPTED: "exclamation-triangle"}
routes = Blueprint("runs", __name__)


def panel() -> html.Section:
    """The list, and the stores by which a page starts a run and takes the values of an earlier one."""
    clear = html.Button([icon("trash"), html.Span("Clear the list")], id=ids.RUNS_CLEAR, type="button", hidden=True,
                        className="control", title="Take all runs that are over off the list; what they made stays")
    return html.Section([
        html.Div([html.H2("Runs"), html.Span(id=ids.RUN_TOLD, className="run-told", role="status"), clear],
                 className="runs-head"),
        html.Div(html.P("…", className="hint"), id=ids.RUNS_LIST, className="runs-list"),
        *[dcc.Store(id=id) for id in (ids.RUN_ASKED, ids.RUN_ACTION, ids.RUN_DONE)],
    ], id=ids.RUNS, className="runs", **{"aria-label": "Runs"})


def indicator() -> list[html.A]:
    """For the bar on top: how far the runs are, a link to their list; hidden while there is none."""
    if not access.may("owner"):
        return []
    return [html.A(id=ids.RUNS_BADGE, href=dash.get_relative_path("/prepare"), hidden=True, className="runs-badge",
                   title="To the list of runs")]


def register() -> None:
    """The callbacks of the runs; once for each app."""
    callback(Output(ids.RUN_TOLD, "children"), Output(ids.NOTICE, "data", allow_duplicate=True),
             Input(ids.RUN_ASKED, "data"), background=True, progress=[Output(ids.RUN_TOLD, "children")],
             prevent_initial_call=True)(background.follow)
    callback(Output(ids.RUN_DONE, "data"), Output(ids.NOTICE, "data", allow_duplicate=True),
             Input(ids.RUN_ACTION, "data"), prevent_initial_call=True)(act_on_run)
    clientside_callback(ClientsideFunction("runs", "look"), Input(ids.RUN_DONE, "data"), Input(ids.RUN_ASKED, "data"),
                        prevent_initial_call=True)


def act_on_run(action: Mapping[str, Any]) -> tuple[float, Any]:
    """Do what was pressed beside a run; the list looks again."""
    access.require("owner")
    what, number = (action.get("do"), action.get("run") or 0) if isinstance(action, Mapping) else ("", 0)
    done = _ACTIONS.get(what) if isinstance(what, str) else None
    if done is None or not str(number).isdecimal() or len(str(number)) > MOST_DIGITS:
        raise ParameterError("There is nothing like that to be done with a run.")
    told = done(int(number))
    background.look()
    return time.time(), notices.told(told) if told else no_update


def _cancel(run_id: int) -> str:
    run = runs.cancel(run_id, user=access.user(), begin=False)
    return f"{run.title} is being cancelled. What is finished is kept: Resume goes on from there."


def _resume(run_id: int) -> str:
    run = runs.resume(run_id, user=access.user(), begin=False)
    return f"{run.title} goes on from what was finished, as soon as it is its turn."


def _again(run_id: int) -> str:
    run = runs.get(run_id)
    set_props(ids.RUN_AGAIN, {"data": {"kind": run.kind, "values": run.values, "at": time.time()}})   # not on each page
    return "The form has the values of that run. Look them over, then press Start."


def _remove(run_id: int) -> str:
    runs.remove(run_id)
    return ""


def _clear(_run_id: int) -> str:
    return f"{counted(runs.clear(), 'run')} taken off the list. What they made stays."


_ACTIONS = {"cancel": _cancel, "resume": _resume, "again": _again, "remove": _remove, "clear": _clear}


@routes.errorhandler(SyllabaryError)
def say_why(error: SyllabaryError) -> tuple[Response, int]:
    """The error's sentence as plain text, for the page to show."""
    status = 403 if isinstance(error, AccessError) else 404
    return Response(str(error), mimetype="text/plain", headers={"Cache-Control": "no-store"}), status


@routes.get("/runs.json")
def listed() -> Response:
    """How many runs go on or wait and how far they are; with ``all`` each of them."""
    access.require("owner")
    background.look()
    found = runs.recent(most=MOST_SHOWN)
    active = [run for run in found if run.state in (runs.RUNNING, runs.QUEUED)]
    going_on = [run for run in active if run.state == runs.RUNNING]
    share = sum(run.share for run in going_on) / len(going_on) if going_on else 0.0
    every = [_as_json(run) for run in found] if "all" in request.args else []
    return _fresh(active=len(active), share=round(share, 3), runs=every)


@routes.get("/runs/<int:run_id>/log.json")
def log(run_id: int) -> Response:
    """The newest lines of a run's log that come ``after`` a number."""
    access.require("owner")
    after = request.args.get("after", 0, type=int)
    lines = runs.log(run_id, after=after, most=MOST_LINES)
    return _fresh(lines=[[line.number, line.time, line.text] for line in lines])


def _fresh(**answer: Any) -> Response:
    made = jsonify(answer)
    made.headers["Cache-Control"] = "no-store"
    return made


def _as_json(run: Run) -> dict[str, Any]:
    project = run.result.get("project", "")
    return {
        "id": run.id, "title": run.title, "user": run.user, "state": run.state, "words": telling.state(run),
        "picture": PICTURES[run.state], "since": telling.since(run), "made": run.made_at, "share": round(run.share, 3),
        "steps": [_step(step) for step in run.steps] if run.state != runs.DONE else [],
        "told": run.error or run.result.get("summary", "") or background.trouble(run), "stopping": bool(run.cancel_at),
        "slug": _slug(project) if project and Path(project).exists() else "", "again": run.kind in CAN_FILL_A_FORM,
    }


def _step(step: Progress) -> dict[str, Any]:
    return {"title": step.title, "share": round(step.share, 4), "words": telling.step(step)}


@lru_cache(maxsize=256)
def _slug(project: str) -> str:
    return catalogue.slug_of(Path(project))
