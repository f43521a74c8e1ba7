"""Arrange: the sounds of a project as a tree, its leaves in the order in which like stands beside like."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import unquote

from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    register_page,
)
from dash.exceptions import PreventUpdate

from pages._ui import access, arrange_layout, background, cluster_form, forms, ids, notices, shell, workspaces
from pipeline import labelings, runs
from pipeline.arrange import on_project
from pipeline.arrange.how import How
from pipeline.errors import ParameterError
from pipeline.runs import telling

register_page(__name__, path_template="/arrange/<project>",
              title=lambda project="": f"Arrange {unquote(project)} · Syllabary")

forms.register(ids.ARRANGE)
PROJECT, TOKEN = State(ids.ARRANGE_PROJECT, "data"), State(ids.ARRANGE_TOKEN, "data")
NOTICE = Output(ids.NOTICE, "data", allow_duplicate=True)
STARTED = (NOTICE, Output(ids.RUN_ASKED, "data", allow_duplicate=True),
           Output(ids.ARRANGE_TOKEN, "data", allow_duplicate=True))


@shell.guarded
def layout(project: str = "", **_variables: str) -> object:
    """The form on the left, tree, list and map of the chosen arrangement on the right."""
    return arrange_layout.page(workspaces.open_project(unquote(project)))


@callback(*STARTED, Input(ids.ARRANGE_START, "n_clicks"), State(ids.ARRANGE_SOURCE, "value"),
          State(forms.own_id(ids.ARRANGE), "data"), State(ids.ARRANGE_NAME, "value"), PROJECT, TOKEN,
          prevent_initial_call=True)
def arrange(_clicks: int, source: str, own: dict[str, Any] | None, name: str | None, project: str, token: str
            ) -> tuple[Any, ...]:
    """Put an arrangement into the queue."""
    values = {"project": str(workspaces.open_project(project).path), "source": source, "name": (name or "").strip(),
              "values": cluster_form.checked(How, own)}
    return _started("arrange", values, token, "The arrangement is in the queue; it is shown when it is done.")


@callback(*STARTED, Input(ids.ARRANGE_SAVE, "n_clicks"), State(ids.ARRANGE_COPIES, "value"),
          State(ids.ARRANGE_K, "value"), State(ids.ARRANGE_CHOSEN, "value"), PROJECT, TOKEN, prevent_initial_call=True,
          running=[(Output(ids.ARRANGE_SAVE, "disabled"), True, False)])
def save_files(_clicks: int, copies: str, n_clusters: int | None, name: str, project: str, token: str
               ) -> tuple[Any, ...]:
    """Write sorted sounds beside the project."""
    values = {"project": str(workspaces.open_project(project).path), "name": name or "",
              "values": {"copies": copies, "n_clusters": n_clusters}}
    return _started("arrange_files", values, token, "The files are being written beside the project.")


def _started(kind: str, values: dict[str, Any], token: str, told: str) -> tuple[Any, ...]:
    run = background.submit(kind, values, token=token or uuid.uuid4().hex)
    return notices.told(telling.joined(run, token) or told), background.asked(run), uuid.uuid4().hex


@callback(NOTICE, Output(ids.ARRANGE_TOKEN, "data", allow_duplicate=True), Input(ids.ARRANGE_LABEL, "n_clicks"),
          State(ids.ARRANGE_K, "value"), State(ids.ARRANGE_LABELING, "value"), State(ids.ARRANGE_CHOSEN, "value"),
          PROJECT, TOKEN, prevent_initial_call=True)
def keep_as_labeling(_clicks: int, n_clusters: int | None, labeling: str | None, name: str, project: str, token: str
                     ) -> tuple[Any, ...]:
    """Cut the tree as shown and store the clusters. Annotators may: it changes no label of anybody."""
    opened = workspaces.open_project(project)
    access.require("annotator", opened.slug)
    if not isinstance(n_clusters, int):
        raise ParameterError("Say into how many clusters the tree is cut.")
    labeling = (labeling or "").strip() or f"{on_project.ALGORITHM}-{n_clusters}"
    replaced = labeling in [one.name for one in labelings.stored(opened.workspace.dataset)]
    values = {"project": str(opened.path), "n_clusters": n_clusters, "name": name or "", "labeling": labeling}
    runs.submit("label_arrangement", values, user=access.user(), token=token or uuid.uuid4().hex, begin=False)
    background.look()
    made = "takes the place of the one of that name" if replaced else "is being stored"
    return notices.told(f"The labeling {labeling} {made}; the page Cluster makes clusters of it."), uuid.uuid4().hex


@callback(Output(ids.ARRANGE_KNOWN, "data"), Output(ids.ARRANGE_SOURCE, "options"),
          Output(ids.ARRANGE_CHOSEN, "options"), Output(ids.ARRANGE_CHOSEN, "value"),
          Output(ids.ARRANGE_BY, "options"), Input(ids.ARRANGE_TICK, "n_intervals"), State(ids.ARRANGE_KNOWN, "data"),
          State(ids.ARRANGE_CHOSEN, "value"), PROJECT)
def look(_ticks: int, known: dict[str, Any] | None, chosen: str | None, project: str) -> tuple[Any, ...]:
    """Arrangements, sources and categories, where there are others than the page knows of."""
    dataset = workspaces.open_project(project).workspace.dataset
    stored, categories = on_project.stored(dataset), arrange_layout.categories(dataset)
    now = {"arrangements": {one.name: one.fingerprint for one in stored},
           "categories": [one["value"] for one in categories], "sources": on_project.sources(dataset)}
    if now == known:
        raise PreventUpdate
    before = (known or {}).get("arrangements", {})
    changed = [one.name for one in stored if known and before.get(one.name) != one.fingerprint]
    names = [one.name for one in stored]
    shown = next(iter([*changed, *([chosen] if chosen in names else []), *names]), None)
    return (now, arrange_layout.sources(dataset), [{"value": name, "label": name} for name in names], shown, categories)


@callback(Output(ids.ARRANGE_SHOWN, "data"), Input(ids.ARRANGE_CHOSEN, "value"), Input(ids.ARRANGE_KNOWN, "data"),
          State(ids.ARRANGE_SHOWN, "data"), PROJECT, prevent_initial_call=True)
def show(name: str | None, _known: Any, before: dict[str, Any] | None, project: str) -> dict[str, Any] | None:
    """The chosen arrangement; nothing where there is none."""
    opened = workspaces.open_project(project)
    stored = {one.name: one.fingerprint for one in on_project.stored(opened.workspace.dataset)}
    if name not in stored:
        return None
    if before and (before["name"], before["fingerprint"]) == (name, stored[name]):
        raise PreventUpdate
    return arrange_layout.for_browser(opened, name)


clientside_callback(ClientsideFunction("arrange", "show"), Output(ids.ARRANGE_DRAWN, "data"),
                    Input(ids.ARRANGE_SHOWN, "data"))
