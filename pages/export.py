"""Export: a project's sounds for other programs, figures and a report of it, and edited tables back again."""

from __future__ import annotations

from urllib.parse import unquote

from dash import register_page

from pages._ui import export_figures, export_layout, export_report, roundtrip_dialog, shell, workspaces

register_page(__name__, path_template="/export/<project>",
              title=lambda project="": f"Export {unquote(project)} · Syllabary")


@shell.guarded
def layout(project: str = "", format: str = "", **_variables: str) -> object:
    """The formats with one chosen (``?format=raven``); below them figures, report and round trip."""
    return export_layout.page(workspaces.open_project(unquote(project)), format)


export_figures.register()
export_report.register()
roundtrip_dialog.register()
