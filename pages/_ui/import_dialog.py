"""The dialogs of the list of projects: import something, extend a project. Both look before a run is started."""

from __future__ import annotations

import uuid
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import chooser, ids
from pages._ui.icons import icon
from pipeline.importing import looking
from pipeline.importing.looking import ARRAYS, CLIPS, PROJECT, TABLE, Look
from pipeline.segmenters.table import CLUSTERS, TRUTH

SOURCES = {
    PROJECT: ("The file", chooser.FILE, (".h5", ".hdf5", ".hdf")),
    ARRAYS: ("The folder of arrays", chooser.FOLDER, (".npy",)),
    TABLE: ("The table, or a folder with one table for each recording", chooser.EITHER,
            (".csv", ".tsv", ".txt", ".json", ".textgrid", ".mat")),
    CLIPS: ("The folder of clips", chooser.FOLDER, ()),
}
AUDIO = {TABLE: "The folder of its recordings", ARRAYS: "The folder of recordings, if there are any"}
MOST_TOLD = 8


def import_dialog() -> dbc.Modal:
    """What it is, where it lies, what was found in it, where the project goes."""
    kinds = dbc.RadioItems(id=ids.IMPORT_KIND, name=ids.IMPORT_KIND, value=PROJECT, className="import-kinds",
                           options=[{"label": title, "value": kind} for kind, title in looking.TITLES.items()])
    output = html.Div([
        _labelled("Into the folder", ids.IMPORT_FOLDER, chooser.field(ids.IMPORT_FOLDER, kind=chooser.PLACE)),
        _labelled("The project's name", ids.IMPORT_NAME, dbc.Input(
            id=ids.IMPORT_NAME, type="text", debounce=True, autocomplete="off", maxLength=200)),
    ], className="import-output")
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("Import")),
        dbc.ModalBody([
            kinds, html.Div(fields(PROJECT), id=ids.IMPORT_FIELDS),
            _told(ids.IMPORT_FOUND, ids.IMPORT_BUSY), output,
            _end(ids.IMPORT_START, "Import", "What is imported stays as it is. The import goes on without this page."),
            dcc.Store(id=ids.IMPORT_READY), dcc.Store(id=ids.IMPORT_TOKEN, data=uuid.uuid4().hex),
        ]),
    ], id=ids.IMPORT_DIALOG, is_open=False, fade=False, size="lg", enforceFocus=False, className="import-dialog")


def fields(kind: str) -> list[html.Div]:
    """Where it lies, as the kind asks for it; what a kind does not ask for is there, but not shown."""
    label, chosen, endings = SOURCES[kind]
    as_truth = [{"label": "true labels, for evaluation", "value": TRUTH},
                {"label": "clusters, to go on from", "value": CLUSTERS}]
    return [
        _labelled(label, ids.IMPORT_SOURCE, chooser.field(ids.IMPORT_SOURCE, kind=chosen, files=endings, label=label)),
        _labelled(AUDIO.get(kind, ""), ids.IMPORT_AUDIO, chooser.field(ids.IMPORT_AUDIO), hidden=kind not in AUDIO),
        _labelled("Its labels are", ids.IMPORT_LABELS_AS, dbc.RadioItems(
            id=ids.IMPORT_LABELS_AS, name=ids.IMPORT_LABELS_AS, options=as_truth, value=TRUTH, inline=True),
            hidden=kind != TABLE),
        html.Div(dbc.Checkbox(id=ids.IMPORT_LABEL_FOLDER, label="The sub-folder of an array is its true label",
                              value=False), hidden=kind != ARRAYS, className="import-field"),
    ]


def extend_dialog() -> dbc.Modal:
    """Which recordings a project is to get."""
    recompute = dbc.Checkbox(id=ids.EXTEND_RECOMPUTE, value=False, label=(
        "Lay all sounds out anew. Otherwise the map stays, and new sounds are placed among those they are most alike."))
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle(id=ids.EXTEND_TITLE)),
        dbc.ModalBody([
            _labelled("The folder with the new recordings; others in it are passed over", ids.EXTEND_FOLDER,
                      chooser.field(ids.EXTEND_FOLDER)),
            _told(ids.EXTEND_FOUND, ids.EXTEND_BUSY), recompute,
            _end(ids.EXTEND_START, "Extend", "Old sounds keep labels and history; new ones are unassigned."),
            dcc.Store(id=ids.EXTEND_PROJECT), dcc.Store(id=ids.EXTEND_TOKEN, data=uuid.uuid4().hex),
        ]),
    ], id=ids.EXTEND_DIALOG, is_open=False, fade=False, size="lg", enforceFocus=False, className="import-dialog")


def shown(found: Look) -> list[html.P]:
    """What a look told: why not, or what is there and what one should know."""
    if found.error:
        return [_line("exclamation-triangle", found.error, "trouble")]
    more = len(found.problems) - MOST_TOLD
    rest = [f"… and {more} more."] if more > 0 else []
    return [*[_line("check-circle", text, "fact") for text in found.facts],
            *[_line("info-circle", text, "remark") for text in [*found.problems[:MOST_TOLD], *rest]]]


def refused(text: str) -> list[html.P]:
    """Why something cannot be looked at."""
    return [_line("exclamation-triangle", text, "trouble")]


def _line(picture: str, text: str, kind: str) -> html.P:
    return html.P([icon(picture), html.Span(text)], className=f"found {kind}")


def _labelled(text: str, target: str, field: Any, *, hidden: bool = False) -> html.Div:
    label = html.Label(text, htmlFor=target, className="import-label")
    return html.Div([label, field], hidden=hidden, className="import-field")


def _told(found: str, busy: str) -> html.Div:
    return html.Div([html.Span(id=busy, className="hint", role="status"),
                     html.Div(id=found, className="found-list", role="status")], className="import-found")


def _end(start: str, text: str, hint: str) -> html.Div:
    button = html.Button([icon("box-arrow-in-down"), html.Span(text)], id=start, type="button", n_clicks=0,
                         disabled=True, className="control primary filled")
    return html.Div([html.Span(hint, className="hint"), button], className="dialog-end")


def menu(slug: str, *, may_change: bool) -> html.Details:
    """What can be done with a project besides opening it; filled from `menus` when it is opened."""
    summary = html.Summary(icon("three-dots"), className="control bare", title="More", **{"aria-label": "More"})
    about = {"data-slug": slug, "data-menu": ids.PROJECT_MENU_OWNER if may_change else ids.PROJECT_MENU}
    return html.Details([summary, html.Div(className="menu-panel project-menu")], className="menu", **about)


def menus() -> list[html.Div]:
    """What every project's menu has, once for all of them; ``assets/projects.js`` sends what is pressed."""
    everyone = [_item("copy", "clipboard", "Copy its path"), _item("forget", "x-lg", "Remove from the list")]
    owner = [_item("extend", "plus-lg", "Extend with new recordings…"),
             _item("map", "arrow-repeat", "Recompute the map"),
             _item("check", "check-circle", "Check that it holds together")]
    return [html.Div(everyone, id=ids.PROJECT_MENU, hidden=True),
            html.Div([*owner, *everyone], id=ids.PROJECT_MENU_OWNER, hidden=True)]


def _item(act: str, picture: str, text: str) -> html.Button:
    return html.Button([icon(picture), html.Span(text)], type="button", className="control", **{"data-do": act})
