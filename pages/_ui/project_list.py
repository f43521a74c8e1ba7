"""The lists of projects, as tables."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import dash
from dash import dcc, html

from pages._ui import access, ids, shell
from pages._ui.icons import icon
from pipeline.browse import THIN, thousands
from pipeline.catalogue import Card

HEADINGS = ("Project", "Sounds", "Clusters", "Size", "Last edit", "")
COMMANDS = (
    ("Or at the command line", "python -m pipeline preprocess --data-dir SOUNDS --output-dir OUT --all"),
    ("Or try the demo", "python -m pipeline demo"),
    ("Then open it", "python app.py OUT"),
)


def page(*, recent: Sequence[Card], found: Sequence[Card], folder: Path | None) -> html.Div:
    """The page with both lists; one that is empty says what comes next."""
    is_empty = not recent and not found
    parts = [html.Div([html.H1("Projects"), *([] if is_empty else _make())], className="page-head")]
    if is_empty:
        parts.append(empty(folder))
    if folder is not None and found:
        parts.append(table(f"In {folder}", found))
    elsewhere = [card for card in recent if card.path not in {card.path for card in found}]
    if elsewhere:
        parts.append(table("Opened elsewhere" if found else "Opened lately", elsewhere))
    return html.Div([shell.bar(shell.places("Projects")),
                     html.Main(parts, className="page", id=ids.PROJECTS_LIST)])


def empty(folder: Path | None) -> html.Section:
    """What to do when there is no project."""
    where = f"There is no project (.h5) in {folder} yet." if folder else "No project has been opened here yet."
    steps = [html.Li([html.Div(text), _command(command)]) for text, command in COMMANDS]
    made = [html.Li([html.Div("Make a project from your recordings"), *_make()])] if _make() else []
    return html.Section([html.P(where), html.Ol([*made, *steps])], className="empty")


def _make() -> list[dcc.Link]:
    """The way to a new project, for those who may make one."""
    if not access.may("owner"):
        return []
    return [dcc.Link([icon("plus-lg"), html.Span("Make a project from recordings")], className="control",
                     href=dash.get_relative_path("/prepare"))]


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
    return html.Tr([html.Td(name), *[html.Td(text, className="number") for text in numbers], html.Td(open_it)])


def error_row(card: Card) -> html.Tr:
    """A file that cannot be opened, and why."""
    name = [html.Div(card.path.stem, className="name"), html.Div(str(card.path), className="path")]
    return html.Tr([html.Td(name), html.Td([icon("exclamation-triangle"), html.Span(card.error)], colSpan=5,
                                           className="why")], className="broken")


def _alignment(heading: str) -> str:
    return "number" if heading in HEADINGS[1:5] else ""


def size_text(n_bytes: int) -> str:
    """``840 kB``, ``12.3 MB``, ``1.2 GB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f}{THIN}{unit}"
    return f"{n_bytes / 1e3:.0f}{THIN}kB"


def day(time_s: float) -> str:
    """A time as ``2026-03-14 15:09``, in this machine's time zone; ``–`` for never."""
    if not time_s:
        return "–"
    return datetime.datetime.fromtimestamp(time_s).astimezone().strftime("%Y-%m-%d %H:%M")
