"""The history: who did what, when and how, and the way back to any point."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, dcc, html

from pages._ui import ids, shell, workspaces
from pipeline.curation import telling


def dialog() -> dbc.Modal:
    """The list, newest first, and the question before going back."""
    pager = html.Div([shell.button(ids.HISTORY_BACK, "chevron-left", "Newer edits"),
                      shell.button(ids.HISTORY_NEXT, "chevron-right", "Older edits")], className="pager")
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("History of the clusters")),
        dbc.ModalBody(html.Div(id=ids.HISTORY_LIST, className="history", role="list")),
        dbc.ModalFooter([html.Span(id=ids.HISTORY_TEXT, className="hint"), pager]),
    ], id=ids.HISTORY_DIALOG, is_open=False, fade=False, scrollable=True, size="lg")


def stores() -> list[dcc.Store]:
    """One page of the history, as the browser has it."""
    return [dcc.Store(id=ids.HISTORY_PAGE), dcc.Store(id=ids.HISTORY_DRAWN)]


def show_history(_open: int, _newer: int, _older: int, shown: dict[str, Any] | None, project: str) -> tuple:
    """A page of the history: the newest when the dialog opens, else the one before or after."""
    turned = {ids.HISTORY_BACK: -1, ids.HISTORY_NEXT: 1}.get(ctx.triggered_id)
    number = 0 if turned is None or not shown else shown["page"] + turned
    return telling.page(workspaces.open_workspace(project), number), True


def register() -> None:
    """The callbacks of the history; once for each app."""
    buttons = [Input(id, "n_clicks") for id in (ids.HISTORY, ids.HISTORY_BACK, ids.HISTORY_NEXT)]
    callback(Output(ids.HISTORY_PAGE, "data"), Output(ids.HISTORY_DIALOG, "is_open"), *buttons,
             State(ids.HISTORY_PAGE, "data"), State(ids.PROJECT, "data"), prevent_initial_call=True)(show_history)
    clientside_callback(ClientsideFunction("modes", "drawHistory"), Output(ids.HISTORY_DRAWN, "data"),
                        Input(ids.HISTORY_PAGE, "data"), prevent_initial_call=True)
