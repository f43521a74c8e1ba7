"""The sort order of viewer and grid: one menu, remembered by the browser (``assets/orders.js``)."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc, html

from pages._ui import ids, keys, shell
from pipeline import arranging
from pipeline.dataset import Dataset


def stores() -> list[dcc.Store]:
    """What these callbacks keep in the browser."""
    return [dcc.Store(id=ids.ORDER)]


def chooser(dataset: Dataset) -> html.Div:
    """The menu with its name, which opens it, and the button that sorts again."""
    options = [{"value": value, "label": title} for value, title in arranging.menu(dataset)]
    menu = dbc.Select(id=ids.ORDER_MENU, options=options, value=arranging.USUAL, size="sm")
    text = keys.tooltip(ids.ORDER_OPEN, "Sort order of viewer and rows")
    return html.Div([
        shell.button(ids.ORDER_OPEN, "sort-down", "Sort order of viewer and rows"),
        html.Label([html.Span("Sort order", className="visually-hidden"), menu], title=text),
        shell.button(ids.ORDER_AGAIN, "shuffle", "Sort again: another random order, or by the sound clicked last"),
    ], className="chooser sorting")


def register() -> None:
    """The callback that runs in the browser; once for each app."""
    clientside_callback(
        ClientsideFunction("orders", "choose"),
        Output(ids.ORDER, "data"), Output(ids.VIEW, "data", allow_duplicate=True),
        Input(ids.ORDER_MENU, "value"), Input(ids.ORDER_AGAIN, "n_clicks"), State(ids.ORDER, "data"),
        State(ids.SOUND, "data"), State(ids.VIEW, "data"), prevent_initial_call=True)
