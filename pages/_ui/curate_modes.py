"""CLUSTERING, BLOBBING, PROOFREADING: the bar of modes, the controls of a draft, and what they do."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, dcc, html, no_update

from pages._ui import ids, notices, questions, shell, workspaces
from pages._ui.workspaces import OpenProject
from pipeline import blobs
from pipeline.curation import desk as desks
from pipeline.curation.drafting import BLOBBING, CLUSTERING, PROOFREADING

MODES = {ids.MODE_CLUSTERING: CLUSTERING, ids.MODE_BLOBBING: BLOBBING, ids.MODE_PROOFREADING: PROOFREADING}
TOOLTIPS = {
    CLUSTERING: "Work on the clusters; a draft is put aside",
    BLOBBING: "Find blobs on the map and assign them, in a draft",
    PROOFREADING: "Look through the draft's groups before they become the clusters",
}
HALF_STEPS = 40   # of the threshold's slider, to each side


def mode_bar() -> html.Div:
    """The three modes, and a button for the next one."""
    buttons = [html.Button(mode.upper(), id=id, title=TOOLTIPS[mode], type="button", n_clicks=0,
                           className="control mode") for id, mode in MODES.items()]
    return html.Div([*buttons, shell.button(ids.MODE_NEXT, "chevron-double-right", "Next mode")], className="modes",
                    role="group", **{"aria-label": "Mode"})


def draft_bar() -> html.Div:
    """Below the map: how blobs are found, and what becomes of the draft."""
    finding = html.Div([
        _stepped("r", "Radius of the disc that smooths the density, in pixels of 1200", ids.RADIUS, ids.RADIUS_LESS,
                 ids.RADIUS_MORE, low=blobs.MIN_RADIUS_PX, high=blobs.MAX_RADIUS_PX, step=blobs.RADIUS_STEP_PX),
        _stepped("θ", "Threshold of the density, in sounds per pixel", ids.THRESHOLD, ids.THRESHOLD_LESS,
                 ids.THRESHOLD_MORE, low=-HALF_STEPS, high=HALF_STEPS, step=1),
        html.Div([shell.button(ids.BLOB_BACK, "chevron-left", "Previous blob"),
                  shell.button(ids.BLOB_NEXT, "chevron-right", "Next blob, the largest first")], className="pager"),
    ], className="finding")
    fate = html.Div([
        html.Span(id=ids.BLOB_TEXT, className="blob-text", role="status"),
        shell.button(ids.FINALISE, "check-circle", "Make the preclusters the clusters", label="Finalise…"),
        shell.button(ids.DISCARD, "trash", "Give the draft up", label="Discard…"),
    ], className="fate")
    return html.Div([finding, fate], className="draft-bar", role="group", **{"aria-label": "Draft"})


def _stepped(sign: str, text: str, id: str, less: str, more: str, **limits: float) -> html.Div:
    slider = dbc.Input(id=id, type="range", min=limits["low"], max=limits["high"], step=limits["step"],
                       className="opacity")
    value = html.Output(id=ids.RADIUS_TEXT if id == ids.RADIUS else ids.THRESHOLD_TEXT, className="value")
    label = html.Label([html.Span(text, className="visually-hidden"), html.Span(sign)], htmlFor=id)
    return html.Div([label, shell.button(less, "dash-lg", f"{text}: less"), slider,
                     shell.button(more, "plus-lg", f"{text}: more"), value], className="stepped", title=text)


def stores() -> list[dcc.Store]:
    """What these callbacks keep in the browser."""
    return questions.stores()


def setup(opened: OpenProject) -> dict[str, Any]:
    """The mode, and how blobs are found at first."""
    first = opened.scene.finder.default()
    return {"mode": opened.desk.mode, "blobs": {"radius": first.radius_px, "threshold": first.threshold,
                                                "step": blobs.THRESHOLD_STEP}}


def change_mode(*_clicks_then_project: Any) -> tuple:
    """Go to a mode, or ask first."""
    opened = workspaces.open_project(_clicks_then_project[-1])
    asked = desks.turn(opened.desk, MODES.get(ctx.triggered_id))
    return opened.desk.revision, questions.about(asked, opened.desk)


def ask_about_draft(_finalise: int, _discard: int, project: str) -> dict[str, Any] | None:
    """Ask before the draft ends, one way or the other."""
    kind = desks.FINALISE if ctx.triggered_id == ids.FINALISE else desks.DISCARD
    return questions.about(kind, workspaces.open_project(project).desk)


def act_on_answer(answer: dict[str, Any], project: str) -> tuple:
    """Do what was agreed to."""
    opened = workspaces.open_project(project)
    told, can_be_undone = desks.answered(opened.workspace, answer["kind"], answer["answer"], seen=answer.get("seen"))
    return opened.desk.revision, notices.told(told, undo=can_be_undone) if told else no_update


def register() -> None:
    """The callbacks of modes and drafts; once for each app."""
    project = State(ids.PROJECT, "data")
    revision = Output(ids.REVISION, "data", allow_duplicate=True)
    clicks = [Input(id, "n_clicks") for id in (ids.MODE_NEXT, *MODES)]
    callback(revision, Output(ids.QUESTION, "data"), *clicks, project, prevent_initial_call=True)(change_mode)
    callback(Output(ids.QUESTION, "data", allow_duplicate=True), Input(ids.FINALISE, "n_clicks"),
             Input(ids.DISCARD, "n_clicks"), project, prevent_initial_call=True)(ask_about_draft)
    callback(revision, Output(ids.NOTICE, "data", allow_duplicate=True), Input(ids.ANSWER, "data"), project,
             prevent_initial_call=True)(act_on_answer)
    clientside_callback(ClientsideFunction("modes", "ask"), Output(ids.QUESTION_SHOWN, "data"),
                        Input(ids.QUESTION, "data"), prevent_initial_call=True)
