"""Edited tables of a project come back: which, what they would change, and the two ways to apply that."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import Input, Output, State, callback, ctx, dcc, html

from pages._ui import access, background, chooser, forms, ids, notices, roundtrip_view, workspaces
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import exporting, uploads
from pipeline.errors import ParameterError
from pipeline.roundtrip import looking, telling
from pipeline.roundtrip.difference import How
from pipeline.roundtrip.looking import Look
from pipeline.runs import telling as runs_telling

SPECS = forms.specs_of(How)
ENDINGS = tuple(sorted(uploads.TABLES | uploads.ARCHIVES))
NOTHING = ([], [], None, [], [], True, True, True)   # the parts of the page while there is no difference


def section(opened: OpenProject) -> html.Section:
    """The part of the page Export."""
    return html.Section([
        html.H2("Bring edited tables back"),
        html.P("Tables that were exported here and edited in Raven, Audacity, Praat or a spreadsheet: what they would "
               "change is shown first, and nothing is written before you say so.", className="hint"),
        *(_parts(opened) if access.may("owner") else [_for_others(opened)]),
    ], className="form-section roundtrip")


def _for_others(opened: OpenProject) -> html.P:
    return html.P(["Owners send tables here. At the command line: ",
                   html.Code(f"python -m pipeline import-edits {opened.path.name} TABLES"), "."], className="hint")


def _parts(opened: OpenProject) -> list[Any]:
    label = "The edited tables: a file, a folder of them, or a zip"
    how = html.Details([html.Summary([icon("chevron-right"), html.Span("How the tables are read")]),
                        html.Div(forms.fields(ids.ROUNDTRIP, SPECS), className="roundtrip-how")], className="folded")
    return [
        html.Label(label, htmlFor=ids.ROUNDTRIP_TABLES, className="form-label"),
        chooser.field(ids.ROUNDTRIP_TABLES, kind=chooser.EITHER, files=ENDINGS, label=label),
        html.Div([html.Div([_upload("files", "Upload tables…"), _upload("folder", "Upload a folder…"), _again()],
                           className="upload-buttons"),
                  html.Div(className="upload-told", role="status")], className="upload"),
        how,
        html.Div([html.Span(id=ids.ROUNDTRIP_BUSY, className="hint", role="status"),
                  html.Div(id=ids.ROUNDTRIP_TOLD, className="found-list", role="status")], className="roundtrip-found"),
        html.Div([html.Div(id=ids.ROUNDTRIP_SHOWN, className="roundtrip-tables"), _sounds(), _ways(opened)],
                 id=ids.ROUNDTRIP_DONE, hidden=True),
        dcc.Store(id=ids.ROUNDTRIP_SEEN), dcc.Store(id=ids.ROUNDTRIP_PAGE, data=0), dcc.Store(id=ids.ROUNDTRIP_APPLIED),
        dcc.Store(id=ids.ROUNDTRIP_TOKEN, data=uuid.uuid4().hex), *forms.stores(ids.ROUNDTRIP),
    ]


def _upload(what: str, text: str) -> html.Button:
    return html.Button([icon("upload"), html.Span(text)], type="button", className="control", **{
        "data-upload": what, "data-target": ids.ROUNDTRIP_TABLES, "data-into": "", "data-endings": ",".join(ENDINGS)})


def _again() -> html.Button:
    return html.Button([icon("arrow-repeat"), html.Span("Look again")], id=ids.ROUNDTRIP_AGAIN, type="button",
                       n_clicks=0, className="control", title="Compare the tables with the labels as they are now")


def _sounds() -> html.Div:
    """The kinds of changes, and the sounds of the chosen one."""
    ways = (("chevron-left", ids.ROUNDTRIP_BACK, "The sounds before"),
            ("chevron-right", ids.ROUNDTRIP_ON, "The next sounds"))
    turn = [html.Button(icon(picture), id=id, type="button", n_clicks=0, className="control bare", title=text,
                        **{"aria-label": text}) for picture, id, text in ways]
    return html.Div([
        html.Div([dbc.RadioItems(id=ids.ROUNDTRIP_KIND, options=[], value=None, inline=True, className="chips",
                                 inputClassName="btn-check", labelClassName="chip", labelCheckedClassName="chosen"),
                  html.Span(id=ids.ROUNDTRIP_PAGES, className="hint"), *turn], className="roundtrip-head"),
        html.Div(id=ids.ROUNDTRIP_ROWS, className="roundtrip-rows"),
    ])


def _ways(opened: OpenProject) -> html.Div:
    """Labels as one edit of this project; everything as a new one."""
    apply = html.Button([icon("check2-all"), html.Span("Apply the labels (one edit)")], id=ids.ROUNDTRIP_APPLY,
                        type="button", n_clicks=0, disabled=True, className="control primary",
                        title="Give sounds of this project the labels of the tables; it can be undone in Curate")
    make = html.Button([icon("plus-lg"), html.Span("Make a new project…")], id=ids.ROUNDTRIP_MAKE, type="button",
                       n_clicks=0, disabled=True, className="control primary",
                       title="A copy with the changes; this project stays as it is")
    name = dbc.Input(id=ids.ROUNDTRIP_NAME, type="text", autocomplete="off", value=f"{opened.path.stem}-edited",
                     maxlength=120)
    kinds = dbc.Checklist(id=ids.ROUNDTRIP_KINDS, options=[], value=[], inline=True, className="chips",
                          inputClassName="btn-check", labelClassName="chip", labelCheckedClassName="chosen")
    return html.Div([
        html.Div([html.H3("In this project"), html.P("Changed labels become one edit; it can be undone in Curate, like "
                                                     "any other.", className="hint"), apply]),
        html.Div([html.H3("As a new project"),
                  html.P(f"Beside this one, in {opened.path.parent}. All other sounds keep id, label, vectors and "
                         "place on the map; it begins a history of its own and says where it comes from.",
                         className="hint"),
                  kinds, html.Label("Its name", htmlFor=ids.ROUNDTRIP_NAME, className="form-label"),
                  html.Div([name, make], className="roundtrip-make")]),
    ], className="roundtrip-ways")


def look(tables: str | None, own: Mapping[str, Any] | None, _again: int, _told: Any, project: str) -> tuple[Any, ...]:
    """What the tables would change, and what can be done with it."""
    opened, found = _looked(project, tables, own)
    if found is None or found.difference is None:
        return None, [] if found is None else roundtrip_view.told(found), *NOTHING
    difference = found.difference
    seen = {"tables": tables, "how": forms.checked(SPECS, own or {}), "fingerprint": difference.fingerprint}
    options = roundtrip_view.kinds(difference)
    first = options[0]["value"] if options else None
    every = [option["value"] for option in options]
    possible = [kind for kind in every if not found.blocked or kind not in ("moved", "new")]
    return (seen, roundtrip_view.told(found), roundtrip_view.overview(opened, found), options, first, options, possible,
            not difference.counts["relabelled"], not every, difference.is_empty)


def show_rows(seen: Mapping[str, Any] | None, kind: str | None, _back: int, _on: int, page: int, project: str,
              ) -> tuple[Any, ...]:
    """One page of the sounds of a kind; another kind begins with its first."""
    opened, found = _seen(project, seen)
    if found is None or kind not in telling.KINDS:
        return [], "", 0, True, True
    last = roundtrip_view.n_pages(found.difference, kind) - 1
    step = {ids.ROUNDTRIP_BACK: -1, ids.ROUNDTRIP_ON: 1}.get(ctx.triggered_id)
    page = 0 if step is None else min(max(int(page or 0) + step, 0), last)
    told = [f"page {page + 1} of {last + 1}"] if last else []
    told += ["dashed: where they were"] if kind == "moved" else []
    return roundtrip_view.rows(opened, found, kind, page), " · ".join(told), page, page == 0, page == last


def apply_labels(_clicks: int, seen: Mapping[str, Any] | None, project: str) -> tuple[dict[str, Any], float]:
    """Changed labels as one edit; the difference is then shown anew."""
    opened = workspaces.open_project(project)
    access.require("annotator", opened.slug)
    access.require("owner")                 # who may read what lies on the server
    tables, how, fingerprint = _agreed(seen)
    edit = looking.apply_labels(opened.workspace, tables, how, fingerprint=fingerprint)
    return notices.told(f"{edit.title}. It can be undone in Curate."), edit.revision


def make_project(_clicks: int, seen: Mapping[str, Any] | None, name: str | None, kinds: list[str] | None, project: str,
                 token: str | None) -> tuple[Any, ...]:
    """Put the making of the new project into the queue."""
    opened = workspaces.open_project(project)
    access.require("owner")
    tables, how, fingerprint = _agreed(seen)
    looking.agreed(opened.workspace, tables, how, fingerprint=fingerprint)
    output = exporting.beside(opened.path, name or "", format="hdf5")
    values = {"project": str(opened.path), "tables": [str(tables)], "output": str(output), "how": how,
              "seen": fingerprint, "kinds": list(kinds or ()), "user": access.user()}
    run = background.submit("apply_edits", values, token=token or uuid.uuid4().hex)
    told = runs_telling.joined(run, token) or f"{output.name} is in the queue; it can be opened when it is made."
    return notices.told(told), background.asked(run), uuid.uuid4().hex


def _looked(project: str, tables: Any, own: Any) -> tuple[OpenProject, Look | None]:
    opened = workspaces.open_project(project)
    access.require("owner")
    if not isinstance(tables, str) or not tables.strip():
        return opened, None
    try:
        path, how = chooser.resolve(tables, kind=chooser.EITHER), forms.checked(SPECS, own or {})
    except ParameterError as error:
        return opened, Look(error=str(error))
    return opened, looking.look(opened.workspace, path, how)


def _seen(project: str, seen: Any) -> tuple[OpenProject, Look | None]:
    """What the person looks at, if it is still the same."""
    known = seen if isinstance(seen, Mapping) else {}
    opened, found = _looked(project, known.get("tables"), known.get("how"))
    difference = None if found is None else found.difference
    same = difference is not None and difference.fingerprint == known.get("fingerprint")
    return opened, found if same else None


def _agreed(seen: Mapping[str, Any] | None) -> tuple[Any, dict[str, Any], str]:
    """Tables, how they are read, and fingerprint of what was looked at. Raises ParameterError before that."""
    if not isinstance(seen, Mapping) or not seen.get("tables"):
        raise ParameterError("Choose the edited tables first.")
    return (chooser.resolve(seen["tables"], kind=chooser.EITHER), forms.checked(SPECS, seen.get("how") or {}),
            str(seen.get("fingerprint", "")))


def register() -> None:
    """The callbacks of the part; once for each app."""
    forms.register(ids.ROUNDTRIP)
    project, seen = State(ids.PROJECT, "data"), State(ids.ROUNDTRIP_SEEN, "data")
    told = Output(ids.NOTICE, "data", allow_duplicate=True)
    parts = [Output(ids.ROUNDTRIP_SHOWN, "children"), Output(ids.ROUNDTRIP_KIND, "options"),
             Output(ids.ROUNDTRIP_KIND, "value"), Output(ids.ROUNDTRIP_KINDS, "options"),
             Output(ids.ROUNDTRIP_KINDS, "value"), Output(ids.ROUNDTRIP_APPLY, "disabled"),
             Output(ids.ROUNDTRIP_MAKE, "disabled"), Output(ids.ROUNDTRIP_DONE, "hidden")]
    callback(Output(ids.ROUNDTRIP_SEEN, "data"), Output(ids.ROUNDTRIP_TOLD, "children"), *parts,
             Input(ids.ROUNDTRIP_TABLES, "value"), Input(forms.settled_id(ids.ROUNDTRIP), "data"),
             Input(ids.ROUNDTRIP_AGAIN, "n_clicks"), Input(ids.ROUNDTRIP_APPLIED, "data"), project,
             prevent_initial_call=True,
             running=[(Output(ids.ROUNDTRIP_BUSY, "children"), "Comparing the tables with the project …", "")])(look)
    callback(Output(ids.ROUNDTRIP_ROWS, "children"), Output(ids.ROUNDTRIP_PAGES, "children"),
             Output(ids.ROUNDTRIP_PAGE, "data"), Output(ids.ROUNDTRIP_BACK, "disabled"),
             Output(ids.ROUNDTRIP_ON, "disabled"), Input(ids.ROUNDTRIP_SEEN, "data"),
             Input(ids.ROUNDTRIP_KIND, "value"), Input(ids.ROUNDTRIP_BACK, "n_clicks"),
             Input(ids.ROUNDTRIP_ON, "n_clicks"), State(ids.ROUNDTRIP_PAGE, "data"), project,
             prevent_initial_call=True)(show_rows)
    callback(told, Output(ids.ROUNDTRIP_APPLIED, "data"), Input(ids.ROUNDTRIP_APPLY, "n_clicks"), seen, project,
             prevent_initial_call=True)(apply_labels)
    callback(told, Output(ids.RUN_ASKED, "data", allow_duplicate=True), Output(ids.ROUNDTRIP_TOKEN, "data"),
             Input(ids.ROUNDTRIP_MAKE, "n_clicks"), seen, State(ids.ROUNDTRIP_NAME, "value"),
             State(ids.ROUNDTRIP_KINDS, "value"), project, State(ids.ROUNDTRIP_TOKEN, "data"),
             prevent_initial_call=True)(make_project)
