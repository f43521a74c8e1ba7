"""Compare: features, reductions and algorithms in one table, scored against the true labels."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import unquote

from dash import Input, Output, State, callback, ctx, dcc, html, no_update, register_page

from pages._ui import access, background, compare_layout, forms, ids, notices, shell, workspaces
from pipeline import comparison_rows, comparison_tables, confusion
from pipeline.runs import telling
from pipeline.text import counted

register_page(__name__, path_template="/compare/<project>",
              title=lambda project="": f"Compare {unquote(project)} · Syllabary")

forms.register(ids.COMPARE)
CHOSEN = (State(ids.COMPARE_FEATURES, "value"), State(ids.COMPARE_VECTORS, "value"),
          State(ids.COMPARE_SCALINGS, "value"), State(ids.COMPARE_REDUCTIONS, "value"),
          State(ids.COMPARE_ALGORITHMS, "value"))
PROJECT = State(ids.COMPARE_PROJECT, "data")


@shell.guarded
def layout(project: str = "", **_variables: str) -> object:
    """The form on the left, the table and what is behind a row on the right."""
    return compare_layout.page(workspaces.open_project(unquote(project)))


@callback(Output(ids.COMPARE_COUNT, "children"), *[Input(state.component_id, "value") for state in CHOSEN])
def count_ways(*chosen: list[str] | None) -> str:
    """How many rows the form asks for."""
    n = 1
    for values in chosen:
        n *= len(values or ())
    return f"{counted(n, 'row')} at most" if n else "Choose at least one of each."


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.RUN_ASKED, "data", allow_duplicate=True),
          Output(ids.COMPARE_TOKEN, "data"), Input(ids.COMPARE_START, "n_clicks"), *CHOSEN,
          State(forms.own_id(ids.COMPARE), "data"), PROJECT, State(ids.COMPARE_TOKEN, "data"),
          prevent_initial_call=True)
def compare(_clicks: int, *given: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Put the comparison into the queue; its rows come in as they are done."""
    *chosen, own, project, token = given
    opened = workspaces.open_project(project)
    values = compare_layout.grid_values(chosen, own or {})
    run = background.submit("compare", {"project": str(opened.path), **values}, token=token or uuid.uuid4().hex)
    told = telling.joined(run, token) or "The comparison is in the queue; its rows appear as they are done."
    return notices.told(told), background.asked(run), uuid.uuid4().hex


@callback(Output(ids.COMPARE_TABLE, "rowData"), Output(ids.COMPARE_REVISION, "data"),
          Output(ids.COMPARE_TOLD, "children"), Output(ids.COMPARE_PUBLISHED, "children"),
          Input(ids.COMPARE_TICK, "n_intervals"), State(ids.COMPARE_REVISION, "data"), PROJECT)
def show_rows(_ticks: int, seen: str, project: str) -> tuple[Any, ...]:
    """The rows, where there are others than the page shows."""
    opened = workspaces.open_project(project)
    revision = str(comparison_rows.revision(opened.path))
    if revision == seen:
        return no_update, no_update, no_update, no_update
    rows = comparison_rows.kept(opened.path)
    told = counted(len(rows), "row") if rows else ""
    return compare_layout.row_data(rows), revision, told, compare_layout.published_lines(opened.path.stem)


@callback(Output(ids.COMPARE_DETAIL, "children"), Input(ids.COMPARE_TABLE, "selectedRows"), PROJECT,
          prevent_initial_call=True)
def show_detail(selected: list[dict[str, Any]] | None, project: str) -> Any:
    """What is behind the chosen row."""
    if not selected:
        return html.P("Click a row to see which labels lie in which clusters.", className="hint")
    opened = workspaces.open_project(project)
    row = comparison_rows.row_of(opened.path, selected[0]["key"])
    segment_ids, label = comparison_rows.found_labels(opened.path, row)
    return compare_layout.detail(row, confusion.of_project(opened.workspace.dataset, segment_ids, label))


@callback(Output(ids.COMPARE_FILE, "data"), Input(ids.COMPARE_CSV, "n_clicks"), Input(ids.COMPARE_MARKDOWN, "n_clicks"),
          PROJECT, prevent_initial_call=True)
def export_table(_csv: int, _markdown: int, project: str) -> dict[str, Any]:
    """All rows as a file, the best first."""
    opened = workspaces.open_project(project)
    rows = comparison_tables.best_first(comparison_rows.kept(opened.path))
    if ctx.triggered_id == ids.COMPARE_CSV:
        return dcc.send_string(comparison_tables.as_csv(rows), f"{opened.path.stem}-comparison.csv")
    return dcc.send_string(comparison_tables.as_markdown(rows), f"{opened.path.stem}-comparison.md")


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Input(ids.COMPARE_CLEAR, "n_clicks"), PROJECT,
          prevent_initial_call=True)
def clear_table(_clicks: int, project: str) -> dict[str, Any]:
    """Take all rows off the table."""
    opened = workspaces.open_project(project)
    access.require("annotator", opened.slug)
    comparison_rows.forget(opened.path)
    return notices.told("The table is empty. Features that were computed stay in the project.")
