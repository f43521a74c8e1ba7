"""Export: a project's sounds for other programs, figures and a report of it, and edited tables back again."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, register_page

from pages._ui import (
    access,
    export_figures,
    export_form,
    export_layout,
    export_report,
    forms,
    ids,
    notices,
    readonly,
    roundtrip_dialog,
    shell,
    workspaces,
)
from pipeline import exporting

register_page(__name__, path_template="/export/<project>",
              title=lambda project="": f"Export {unquote(project)} · Syllabary")

forms.register(ids.EXPORTS)
export_figures.register()
export_report.register()
roundtrip_dialog.register()


@shell.guarded
def layout(project: str = "", format: str = "", **_variables: str) -> object:
    """The formats with one chosen (``?format=raven``); below them figures, report and round trip."""
    opened = workspaces.open_project(unquote(project))
    return readonly.for_person(export_layout.page(opened, format), opened.slug)


@callback(Output(ids.EXPORTS_HEAD, "children"), Output(ids.EXPORTS_FIELDS, "children"),
          Input(ids.EXPORTS_FORMAT, "value"), State(forms.own_id(ids.EXPORTS), "data"), State(ids.PROJECT, "data"),
          prevent_initial_call=True)
def show_format(format: str, own: dict[str, Any] | None, project: str) -> tuple[Any, Any]:
    """What the format is, and its options."""
    dataset = workspaces.open_workspace(project).dataset
    return export_layout.head(format), export_form.fields(format, dataset, own)


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Input(ids.EXPORTS_SAVE, "n_clicks"),
          State(ids.EXPORTS_ASKED, "data"), State(ids.EXPORTS_NAME, "value"), State(ids.PROJECT, "data"),
          prevent_initial_call=True, running=[(Output(ids.EXPORTS_SAVE, "disabled"), True, False)])
def save_beside(_clicks: int, asked: dict[str, Any] | None, name: str | None, project: str) -> dict[str, Any]:
    """Write the file into the project's own folder."""
    access.require("annotator", project)
    workspace = workspaces.open_workspace(project)
    asked = asked if isinstance(asked, dict) else {}     # what a browser sends may be anything
    path, notes = exporting.save_beside(workspace.dataset, workspace.labels, name or "", format=asked.get("format", ""),
                                        values=exporting.plain_values(asked.get("options")))
    return notices.told(" ".join([f"Saved {path.name} beside the project.", *notes]))


def _browser(function: str, output: Output, *inputs: Input | State, initial: bool = False) -> None:
    clientside_callback(ClientsideFunction("exportpage", function), output, *inputs, prevent_initial_call=not initial)


_browser("ask", Output(ids.EXPORTS_ASKED, "data"), Input(ids.EXPORTS_FORMAT, "value"),
         Input(forms.own_id(ids.EXPORTS), "data"), Input(ids.EXPORTS_CLUSTERS, "data"),
         State(ids.EXPORTS_SETUP, "data"), initial=True)
_browser("fetch", Output(ids.EXPORTS_FETCHED, "data"), Input(ids.EXPORTS_FETCH, "n_clicks"),
         State(ids.EXPORTS_ASKED, "data"), State(ids.EXPORTS_SETUP, "data"))
