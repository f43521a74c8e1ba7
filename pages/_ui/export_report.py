"""The repertoire report of a project: its form, the run that makes it, and the report that there is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import dash
from dash import Input, Output, State, callback, dcc, html
from dash.exceptions import PreventUpdate

from pages._ui import access, background, forms, ids, notices, workspaces
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import overview
from pipeline.browse import THIN
from pipeline.report import words, writing
from pipeline.report.options import Options
from pipeline.runs import telling
from pipeline.text import size_text

SPECS = forms.specs_of(Options)
USUAL = ("exemplars", "max_gap", "sounds")
LOOK_EVERY_MS = 3000


def section(opened: OpenProject) -> html.Section:
    """The part of the page Export."""
    return html.Section([
        html.H2("Repertoire report"),
        html.P("One page with exemplars of each cluster to look at and to hear, counts, durations, pitch, transitions, "
               "activity over time, parameters, history and a paragraph on methods. It is one file that needs nothing "
               "else: to be kept, sent, printed.", className="hint"),
        html.Div(_made(opened), id=ids.REPORT_MADE, className="report-made", role="status"),
        *(_form() if access.may("owner") else []),
        dcc.Store(id=ids.REPORT_KNOWN, data=_known(opened)), dcc.Store(id=ids.REPORT_TOKEN, data=uuid.uuid4().hex),
        dcc.Interval(id=ids.REPORT_TICK, interval=LOOK_EVERY_MS), *forms.stores(ids.REPORT),
    ], className="form-section report")


def _form() -> list[Any]:
    """What can be chosen, the usual first, and the button."""
    usual = [named for named in SPECS if named[0] in USUAL]
    others = [named for named in SPECS if named[0] not in USUAL]
    more = html.Details([html.Summary([icon("chevron-right"), html.Span("More")]),
                         *forms.fields(ids.REPORT, others)], className="folded")
    start = html.Button([icon("play-fill"), html.Span("Make the report")], id=ids.REPORT_START, type="button",
                        n_clicks=0, className="control primary")
    return [html.Div([*forms.fields(ids.REPORT, usual), more], className="report-fields"),
            html.Div(start, className="form-end")]


def _known(opened: OpenProject) -> dict[str, Any]:
    """What the page can tell apart: another report, other labels."""
    path = writing.beside(opened.path)
    made = path.stat() if writing.is_report(path) else None
    return {"made": made and made.st_mtime, "n_bytes": made and made.st_size, "revision": opened.workspace.revision}


def _made(opened: OpenProject) -> list[Any]:
    """The report that there is, with the ways to it."""
    known = _known(opened)
    if known["made"] is None:
        return [html.P("There is no report of this project yet.", className="hint")]
    address = dash.get_relative_path(f"/media/{quote(opened.slug)}/report.html")
    journal = overview.journal_facts(opened.path) or {}
    old = " Labels were edited since." if (journal.get("latest") or 0.0) > known["made"] else ""
    told = f"Made {words.minute(known['made'])}{THIN}UTC, {size_text(known['n_bytes'])}.{old}"
    name = writing.beside(opened.path).name
    return [
        html.A([icon("arrow-right-square"), html.Span("Open")], href=address, target="_blank", rel="noopener",
               className="control", title=f"Look at {name} in a tab of its own"),
        html.A([icon("download"), html.Span("Download")], href=f"{address}?download=1", className="control",
               title=f"Take {name} away"),
        html.Span(told, className="hint"),
    ]


def make(_clicks: int, own: Mapping[str, Any] | None, project: str, token: str) -> tuple[Any, ...]:
    """Put a report into the queue."""
    opened = workspaces.open_project(project)
    values = {"project": str(opened.path), "values": forms.checked(SPECS, own if isinstance(own, Mapping) else {})}
    run = background.submit("report", values, token=token or uuid.uuid4().hex)
    told = telling.joined(run, token) or "The report is in the queue; it can be opened when it is made."
    return notices.told(told), background.asked(run), uuid.uuid4().hex


def look(_ticks: int, known: Mapping[str, Any], project: str) -> tuple[Any, ...]:
    """The report, where it is another than the page shows, or older than the labels by now."""
    opened = workspaces.open_project(access.plain(project))
    opened.workspace.refresh()
    now = _known(opened)
    if now == known:
        raise PreventUpdate
    return _made(opened), now


def register() -> None:
    """The callbacks of the part; once for each app."""
    forms.register(ids.REPORT)
    project = State(ids.PROJECT, "data")
    callback(Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.RUN_ASKED, "data", allow_duplicate=True),
             Output(ids.REPORT_TOKEN, "data"), Input(ids.REPORT_START, "n_clicks"),
             State(forms.own_id(ids.REPORT), "data"), project, State(ids.REPORT_TOKEN, "data"),
             prevent_initial_call=True)(make)
    callback(Output(ids.REPORT_MADE, "children"), Output(ids.REPORT_KNOWN, "data"),
             Input(ids.REPORT_TICK, "n_intervals"), State(ids.REPORT_KNOWN, "data"), project,
             prevent_initial_call=True)(look)
