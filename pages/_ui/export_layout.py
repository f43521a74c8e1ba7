"""What the page Export is made of: formats, options, clusters, a preview; figures, report and round trip below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import (
    access,
    export_figures,
    export_form,
    export_report,
    forms,
    ids,
    project_nav,
    readonly,
    roundtrip_dialog,
    runs_panel,
    shell,
)
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import browse, exporting
from pipeline.browse import thousands

FIRST = "csv"
ORDER = ("csv", "raven", "audacity", "textgrid", "generic_seq", "simple_seq", "json_hard", "json_soft", "npy",
         "copies", "whisperseg", "hdf5")


def page(opened: OpenProject, format: str) -> html.Div:
    """The whole page; a format that there is not is passed over."""
    format = format if format in exporting.formats() else FIRST
    crumbs = (html.Span(opened.path.stem, className="here", title=str(opened.path)),
              project_nav.menu(opened.slug, "Export"))
    return html.Div([
        shell.bar(*crumbs, middle=readonly.note(opened.slug)), *_stores(opened),
        html.Main([
            html.Div([html.H1("Export"), html.P(_sounds(opened), className="hint")], className="export-top"),
            html.Div([_formats(format), _chosen(opened, format), _preview(opened)], className="export-formats"),
            html.Div([
                html.Div(export_figures.section(opened), id=ids.EXPORT_FIGURES),
                html.Div(export_report.section(opened), id=ids.EXPORT_REPORT),
                html.Div(roundtrip_dialog.section(opened), id=ids.EXPORT_ROUNDTRIP),
                runs_panel.panel(),
            ], className="export-more"),
        ], className="export"),
    ])


def head(format: str) -> list[Any]:
    """What the chosen format is."""
    return [html.H2(exporting.title(format)), html.P(exporting.describe(format)),
            html.P(["For ", exporting.read_by(format), ". At the command line: ", html.Code(f"--format {format}")],
                   className="hint")]


def _stores(opened: OpenProject) -> list[dcc.Store]:
    labels = opened.workspace.labels
    setup: Mapping[str, Any] = {
        "media": dash.get_relative_path(f"/media/{quote(opened.slug)}"),
        "clusters": [[one["cluster"], one["title"], one["colour"], one["count"]] for one in browse.clusters(labels)
                     if one["count"]],
        "takes": [name for name in exporting.formats() if export_form.takes_clusters(name)],
        "may_save": access.may("annotator", opened.slug),
        "curate": project_nav.address("curate", opened.slug), "cluster": project_nav.address("cluster", opened.slug),
    }
    return [dcc.Store(id=ids.PROJECT, data=opened.name), dcc.Store(id=ids.RUN_AGAIN),
            dcc.Store(id=ids.EXPORTS_SETUP, data=setup), dcc.Store(id=ids.EXPORTS_CLUSTERS, data=""),
            dcc.Store(id=ids.EXPORTS_ASKED), dcc.Store(id=ids.EXPORTS_FETCHED), *forms.stores(ids.EXPORTS)]


def _sounds(opened: OpenProject) -> str:
    n_sounds = thousands(opened.workspace.dataset.n_segments)
    return (f"{n_sounds} sounds in {thousands(len(opened.workspace.dataset.files))} recordings, with the clusters as "
            "they are now; a draft that is not finalised stays in Curate.")


def _formats(format: str) -> html.Section:
    """What can be written, one of it chosen."""
    names = sorted(exporting.formats(), key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    options = [{"value": name, "label": html.Span([
        html.Strong(exporting.title(name)), html.Span(exporting.suffix(name), className="ending"),
        html.Span(exporting.read_by(name), className="for"),
    ], className="format", title=exporting.describe(name))} for name in names]
    return html.Section([
        html.H2("For other programs", id=f"{ids.EXPORTS_FORMAT}-title"),
        dbc.RadioItems(id=ids.EXPORTS_FORMAT, options=options, value=format, name="format", className="format-list"),
    ], className="form-section formats", **{"aria-labelledby": f"{ids.EXPORTS_FORMAT}-title"})


def _chosen(opened: OpenProject, format: str) -> html.Section:
    """The chosen format, its options, the clusters."""
    dataset = opened.workspace.dataset
    return html.Section([
        html.Div(head(format), id=ids.EXPORTS_HEAD, className="format-head"),
        html.Div(export_form.fields(format, dataset), id=ids.EXPORTS_FIELDS),
        html.Div(id=ids.EXPORTS_PICKER, className="picker", role="group", **{"aria-label": "Clusters"}),
    ], className="form-section chosen-format")


def _preview(opened: OpenProject) -> html.Section:
    """What would be written, and the two ways to get it."""
    fetch = html.Button([icon("download"), html.Span("Download")], id=ids.EXPORTS_FETCH, type="button", n_clicks=0,
                        className="control primary filled", disabled=True)
    stop = html.Button([icon("x-lg"), html.Span("Stop")], id=ids.EXPORTS_STOP, type="button", n_clicks=0,
                       className="control", hidden=True)
    name = dbc.Input(id=ids.EXPORTS_NAME, type="text", autocomplete="off", value=f"{opened.path.stem}-export",
                     maxlength=120)
    save = html.Button([icon("save"), html.Span("Save")], id=ids.EXPORTS_SAVE, type="button", n_clicks=0,
                       className="control", title="Save it on the server beside the project")
    return html.Section([
        html.H2("Preview"),
        html.Div(id=ids.EXPORTS_PREVIEW, className="export-preview", role="status", **{"aria-live": "polite"}),
        html.Div([fetch, html.Span(id=ids.EXPORTS_SHARE, className="share", role="status"), stop],
                 className="export-fetch"),
        html.Div([html.Label("Or save on the server, beside the project, as", htmlFor=ids.EXPORTS_NAME),
                  html.Div([name, save])], className="export-save"),
    ], className="form-section previewed")
