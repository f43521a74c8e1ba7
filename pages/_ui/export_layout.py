"""What the page Export is made of: formats, options, clusters, a preview; figures, report and round trip below."""

from __future__ import annotations

from dash import dcc, html

from pages._ui import export_figures, export_report, ids, project_nav, readonly, roundtrip_dialog, runs_panel, shell
from pages._ui.workspaces import OpenProject
from pipeline import exporting, registry


def page(opened: OpenProject, format: str) -> html.Div:
    """The whole page."""
    crumbs = (html.Span(opened.path.stem, className="here", title=str(opened.path)),
              project_nav.menu(opened.slug, "Export"))
    return html.Div([
        shell.bar(*crumbs, middle=readonly.note(opened.slug)),
        dcc.Store(id=ids.PROJECT, data=opened.name), dcc.Store(id=ids.RUN_AGAIN),
        html.Main([
            html.H1("Export"), _formats(),
            html.Div(export_figures.section(opened), id=ids.EXPORT_FIGURES),
            html.Div(export_report.section(opened), id=ids.EXPORT_REPORT),
            html.Div(roundtrip_dialog.section(opened), id=ids.EXPORT_ROUNDTRIP),
            runs_panel.panel(),
        ], className="page export"),
    ])


def _formats() -> html.Section:
    """What can be written."""
    rows = [html.Li([html.Strong(exporting.title(name)), f" ({exporting.suffix(name)}): ",
                     registry.describe(exporting.FOLDER, name).replace("`", "")]) for name in exporting.formats()]
    return html.Section([html.H2("For other programs"), html.Ul(rows)], className="form-section")
