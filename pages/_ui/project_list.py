"""The lists of projects, as tables."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dash
from dash import dcc, html

from pages._ui import access, ids, import_dialog, runs_panel, shell
from pages._ui.icons import icon
from pipeline.browse import thousands
from pipeline.catalogue import Card
from pipeline.text import size_text

HEADINGS = ("Project", "Sounds", "Clusters", "Size", "Last edit", "")
COMMANDS = (
    ("Or at the command line", "python -m pipeline preprocess --data-dir SOUNDS --output-dir OUT --all"),
    ("Or try the demo", "python -m pipeline demo"),
    ("Then open it", "python app.py OUT"),
)


def page(listed: Sequence[Any]) -> html.Div:
    """The page with its lists, and for owners the runs below them."""
    runs = [runs_panel.panel()] if access.may("owner") else []
    return html.Div([shell.bar(shell.places("Projects")), html.Main([
        html.Div([html.H1("Projects"), html.Div(_make(), className="page-tools")], className="page-head"),
        html.Div(listed, id=ids.PROJECT_TABLES), *import_dialog.menus(), *runs,
    ], className="page", id=ids.PROJECTS_LIST)])


def tables(*, recent: Sequence[Card], found: Sequence[Card], folder: Path | None) -> list[html.Section]:
    """Both lists; if there is nothing in either, what comes next."""
    elsewhere = [card for card in recent if card.path not in {card.path for card in found}]
    lists = [table(f"In {folder}", found)] if folder is not None and found else []
    if elsewhere:
        lists.append(table("Opened elsewhere" if found else "Opened lately", elsewhere))
    return lists or [empty(folder)]


def empty(folder: Path | None) -> html.Section:
    """What to do when there is no project."""
    where = f"There is no project (.h5) in {folder} yet." if folder else "No project has been opened here yet."
    steps = [html.Li([html.Div(text), _command(command)]) for text, command in COMMANDS]
    made = "Make a project from your recordings, or import what you have, with the buttons above"
    first = [html.Li(html.Div(made))] if access.may("owner") else []
    return html.Section([html.P(where), html.Ol([*first, *steps])], className="empty")


def _make() -> list[Any]:
    """The ways to a new project, for those who may make one."""
    if not access.may("owner"):
        return []
    return [dcc.Link([icon("plus-lg"), html.Span("Make a project from recordings")], className="control",
                     href=dash.get_relative_path("/prepare")),
            shell.button(ids.IMPORT_OPEN, "box-arrow-in-down", "Import a project, arrays, a table or clips",
                         label="Import…")]


def _command(command: str) -> html.Div:
    copy = dcc.Clipboard(content=command, title="Copy", className="copy")
    return html.Div([html.Code(command), copy], className="command")


def table(heading: str, cards: Sequence[Card]) -> html.Section:
    """One row for each project."""
    head = html.Thead(html.Tr([html.Th(text, scope="col", className=_alignment(text)) for text in HEADINGS]))
    rows = [error_row(card) if card.error else row(card) for card in cards]
    return html.Section([html.H2(heading), html.Table([head, html.Tbody(rows)], className="projects")])


def row(card: Card) -> html.Tr:
    """A project that can be opened."""
    address = dash.get_relative_path(f"/curate/{quote(card.slug)}")
    name = [dcc.Link(card.path.stem, href=address, className="name"), html.Div(str(card.path), className="path")]
    numbers = (thousands(card.n_sounds), thousands(card.n_clusters), size_text(card.size_bytes), day(card.edited_at))
    open_it = dcc.Link([icon("folder2-open"), html.Span("Open")], href=address, className="control primary",
                       title=f"Open {card.path.stem}")
    tools = html.Div([open_it, import_dialog.menu(card.slug, may_change=access.may("owner", card.slug))],
                     className="row-tools")
    return html.Tr([html.Td(name), *[html.Td(text, className="number") for text in numbers], html.Td(tools)])


def error_row(card: Card) -> html.Tr:
    """A file that cannot be opened, and why."""
    name = [html.Div(card.path.stem, className="name"), html.Div(str(card.path), className="path")]
    why = html.Td([icon("exclamation-triangle"), html.Span(card.error)], colSpan=4, className="why")
    tools = html.Div(import_dialog.menu(card.slug, may_change=False), className="row-tools")
    return html.Tr([html.Td(name), why, html.Td(tools)], className="broken")


def _alignment(heading: str) -> str:
    return "number" if heading in HEADINGS[1:5] else ""


def day(time_s: float) -> str:
    """A time as ``2026-03-14 15:09``, in this machine's time zone; ``–`` for never."""
    if not time_s:
        return "–"
    return datetime.datetime.fromtimestamp(time_s).astimezone().strftime("%Y-%m-%d %H:%M")
