"""Cluster: algorithms group a project's sounds; what they found is looked at, and becomes the start of curation."""

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
    ctx,
    html,
    no_update,
    register_page,
)
from dash.exceptions import PreventUpdate

from pages._ui import (
    access,
    background,
    cluster_adopt,
    cluster_form,
    cluster_layout,
    cluster_shown,
    cluster_watch,
    forms,
    ids,
    notices,
    project_nav,
    shell,
    workspaces,
)
from pipeline import labelings
from pipeline.autoencoder.training import Training
from pipeline.feature_sets import Preparation
from pipeline.runs import telling

register_page(__name__, path_template="/cluster/<project>",
              title=lambda project="": f"Cluster {unquote(project)} · Syllabary")

for _form in (ids.CLUSTER, ids.CLUSTER_FEATURE_FORM, ids.CLUSTER_TRAINING):
    forms.register(_form)
PROJECT, TOKEN = State(ids.CLUSTER_PROJECT, "data"), State(ids.CLUSTER_TOKEN, "data")
OWN = State(forms.own_id(ids.CLUSTER), "data")
SETUP = (State(ids.CLUSTER_ON, "value"), State(ids.CLUSTER_SOUNDS, "value"), State(ids.CLUSTER_ALGORITHM, "value"), OWN)
STARTED = (Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.RUN_ASKED, "data", allow_duplicate=True),
           Output(ids.CLUSTER_TOKEN, "data", allow_duplicate=True))
ACTS = {ids.CLUSTER_CURATE: cluster_adopt.CURATE, ids.CLUSTER_ADOPT: cluster_adopt.ADOPT,
        ids.CLUSTER_SPLIT: cluster_adopt.SPLIT, ids.CLUSTER_DELETE: cluster_adopt.DELETE}


@shell.guarded
def layout(project: str = "", **_variables: str) -> object:
    """The form on the left, the chosen labeling on the right."""
    return cluster_layout.page(workspaces.open_project(unquote(project)))


# ---- the form --------------------------------------------------------------------------------------------------------

@callback(Output(ids.CLUSTER_FIELDS, "children"), Output(ids.CLUSTER_ALGORITHM, "value"),
          Input(ids.CLUSTER_ALGORITHM, "value"), Input(ids.CLUSTER_ON, "value"), Input(ids.CLUSTER_USE_K, "data"), OWN,
          PROJECT, prevent_initial_call=True)
def show_fields(algorithm: str, on: list[str] | None, taken: dict[str, Any] | None, own: dict[str, Any] | None,
                project: str) -> tuple[Any, Any]:
    """The parameters of the chosen algorithm; a number of clusters that was taken from the curves is filled in."""
    opened, own = workspaces.open_project(project), dict(own or {})
    if ctx.triggered_id == ids.CLUSTER_USE_K and taken:
        own["n_clusters"] = str(int(taken["k"]))
        algorithm = algorithm if "n_clusters" in dict(cluster_form.specs(algorithm)) else "kmeans"
    return cluster_form.fields(opened.workspace.dataset, algorithm, on or [], own), algorithm


@callback(Output(ids.CLUSTER_SOUNDS, "options"), Output(ids.CLUSTER_SOUNDS, "value"), Input(ids.CLUSTER_AGAIN, "data"),
          Input(ids.CLUSTER_KNOWN, "data"), State(ids.CLUSTER_SOUNDS, "value"), PROJECT, prevent_initial_call=True)
def show_sounds(again: dict[str, Any] | None, _known: Any, which: str, project: str) -> tuple[Any, Any]:
    """Which sounds there are to choose from; the cluster that is to be clustered again is chosen."""
    options = cluster_form.sounds(workspaces.open_project(project), again)
    values = [option["value"] for option in options]
    if ctx.triggered_id == ids.CLUSTER_AGAIN and again:
        return options, values[-1]
    return options, which if which in values else cluster_form.ALL


@callback(*STARTED, Input(ids.CLUSTER_START, "n_clicks"), Input(ids.CLUSTER_ESTIMATE, "n_clicks"), *SETUP,
          State(ids.CLUSTER_NAME, "value"), PROJECT, TOKEN, prevent_initial_call=True)
def cluster(_start: int, _estimate: int, *given: Any) -> tuple[Any, ...]:
    """Put a clustering, or the curves over k, into the queue."""
    *setup, name, project, token = given
    values = cluster_form.task_values(workspaces.open_project(project), *setup)
    if ctx.triggered_id == ids.CLUSTER_ESTIMATE:
        return _started("estimate_k", values, token, "The curves are in the queue.")
    return _started("cluster", values | {"name": (name or "").strip()}, token,
                    "The clustering is in the queue; it is shown when it is done.")


@callback(*STARTED, Input(ids.CLUSTER_COMPUTE, "n_clicks"), State(ids.CLUSTER_FEATURES, "value"),
          State(ids.CLUSTER_VECTORS, "value"), State(forms.own_id(ids.CLUSTER_FEATURE_FORM), "data"), PROJECT, TOKEN,
          prevent_initial_call=True)
def compute_features(_clicks: int, features: list[str], kinds: list[str], own: dict[str, Any] | None, project: str,
                     token: str) -> tuple[Any, ...]:
    """Put features into the queue; afterwards sounds can be clustered by them."""
    values = {"project": str(workspaces.open_project(project).path), "features": features or [],
              "vectors": kinds or [], "values": cluster_form.checked(Preparation, own)}
    return _started("features", values, token, "The features are in the queue.")


@callback(*STARTED, Input(ids.CLUSTER_TRAIN, "n_clicks"), State(ids.CLUSTER_PICTURES, "value"),
          State(forms.own_id(ids.CLUSTER_TRAINING), "data"), PROJECT, TOKEN, prevent_initial_call=True)
def train(_clicks: int, feature: str, own: dict[str, Any] | None, project: str, token: str) -> tuple[Any, ...]:
    """Put the training of an autoencoder into the queue."""
    values = {"project": str(workspaces.open_project(project).path), "feature": feature,
              "values": cluster_form.checked(Training, own)}
    return _started("train_autoencoder", values, token, "The training is in the queue; its losses appear below.")


def _started(kind: str, values: dict[str, Any], token: str, told: str) -> tuple[Any, ...]:
    run = background.submit(kind, values, token=token or uuid.uuid4().hex)
    return notices.told(telling.joined(run, token) or told), background.asked(run), uuid.uuid4().hex


# ---- what there is ---------------------------------------------------------------------------------------------------

@callback(Output(ids.CLUSTER_KNOWN, "data"), Output(ids.CLUSTER_ON, "options"), Output(ids.CLUSTER_CHOSEN, "options"),
          Output(ids.CLUSTER_CHOSEN, "value"), Input(ids.CLUSTER_TICK, "n_intervals"), State(ids.CLUSTER_KNOWN, "data"),
          State(ids.CLUSTER_CHOSEN, "value"), PROJECT)
def look(_ticks: int, known: dict[str, Any], chosen: str | None, project: str) -> tuple[Any, ...]:
    """Labelings, vectors and clusters, where there are others than the page knows of."""
    opened = workspaces.open_project(project)
    bases = cluster_form.bases(opened.workspace.dataset)
    now = {"labelings": {one.name: one.fingerprint for one in labelings.stored(opened.workspace.dataset)},
           "bases": [base["value"] for base in bases], "revision": opened.workspace.revision}
    if now == known:
        raise PreventUpdate
    shown = cluster_shown.newest_change(opened, chosen, (known or {}).get("labelings", {}))
    return now, bases, cluster_shown.options(opened), shown


@callback(Output(ids.CLUSTER_WATCHED, "data"), Input(ids.CLUSTER_TICK, "n_intervals"),
          State(ids.CLUSTER_WATCHED, "data"), PROJECT)
def watch(_ticks: int, before: dict[str, Any] | None, project: str) -> dict[str, Any]:
    """Losses, sample pictures and curves of runs, where they are other than before."""
    now = cluster_watch.watched(workspaces.open_project(project))
    if cluster_watch.as_sent(now) == before:
        raise PreventUpdate
    return now


@callback(Output(ids.CLUSTER_SHOWN, "data"), Output(ids.CLUSTER_AGAINST, "options"),
          Output(ids.CLUSTER_AGAINST, "value"), Output(ids.CLUSTER_SPLIT, "hidden"),
          Output(ids.CLUSTER_SPLIT, "children"),
          Input(ids.CLUSTER_CHOSEN, "value"), Input(ids.CLUSTER_KNOWN, "data"), State(ids.CLUSTER_AGAINST, "value"),
          PROJECT, prevent_initial_call=True)
def show(name: str | None, _known: Any, against: str | None, project: str) -> tuple[Any, ...]:
    """The chosen labeling: map, table, and what it can be held against."""
    opened = workspaces.open_project(project)
    workspace = opened.workspace
    if not name or name not in [one.name for one in labelings.stored(workspace.dataset)]:
        return None, [], None, True, no_update
    stored = labelings.find(workspace.dataset, name)
    others = [{"value": key, "label": title} for key, title in labelings.others(workspace.dataset, workspace.labels,
                                                                                name)]
    values = [other["value"] for other in others]
    cluster = workspace.labels.title(stored.only_cluster) if stored.only_cluster else ""
    against = against if against in values else next(iter(values), None)
    return (cluster_shown.for_browser(opened, stored), others, against, not cluster,
            cluster_layout.split_label(cluster))


@callback(Output(ids.CLUSTER_ABOUT, "children"), Input(ids.CLUSTER_SHOWN, "data"), PROJECT, prevent_initial_call=True)
def describe(shown: dict[str, Any] | None, project: str) -> list[Any]:
    """How the chosen labeling was made and how good it is; the measures may take a while, so the map comes first."""
    if not shown:
        return [html.P("measuring…", className="hint")]
    opened = workspaces.open_project(project)
    return cluster_shown.about(opened, labelings.find(opened.workspace.dataset, shown["name"]))


@callback(Output(ids.CLUSTER_AGREEMENT, "children"), Input(ids.CLUSTER_AGAINST, "value"),
          Input(ids.CLUSTER_SHOWN, "data"), PROJECT, prevent_initial_call=True)
def hold_against(other: str | None, shown: dict[str, Any] | None, project: str) -> Any:
    """How the chosen labeling agrees with something else."""
    if not other or not shown:
        return html.P("There is nothing to hold it against: no true labels, no clusters, no other labeling.",
                      className="hint")
    workspace = workspaces.open_project(project).workspace
    found = labelings.against(workspace.dataset, workspace.labels, shown["name"], other)
    titles = dict(labelings.others(workspace.dataset, workspace.labels, shown["name"]))
    return cluster_shown.agreement(found, shown["name"], titles.get(other, other))


# ---- what can be done with it ----------------------------------------------------------------------------------------

@callback(Output(ids.CLUSTER_ASKED, "data"), Output(ids.CLUSTER_DIALOG, "is_open"),
          Output(ids.CLUSTER_ASK_TITLE, "children"), Output(ids.CLUSTER_ASK_TEXT, "children"),
          Output(ids.CLUSTER_YES, "children"), *[Input(id, "n_clicks") for id in ACTS],
          State(ids.CLUSTER_CHOSEN, "value"), PROJECT, prevent_initial_call=True)
def ask(*clicks_then_name_and_project: Any) -> tuple[Any, ...]:
    """Ask before something is done with the chosen labeling."""
    name, project = clicks_then_name_and_project[-2:]
    if not name:
        raise PreventUpdate
    asked = cluster_adopt.question(workspaces.open_project(project), ACTS[ctx.triggered_id], name)
    return asked, not asked["sure"], asked["title"], asked["text"], asked["yes"]


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.CLUSTER_DIALOG, "is_open", allow_duplicate=True),
          Output(ids.CLUSTER_GO, "href"), Input(ids.CLUSTER_YES, "n_clicks"), Input(ids.CLUSTER_NO, "n_clicks"),
          Input(ids.CLUSTER_ASKED, "data"), PROJECT, TOKEN, prevent_initial_call=True)
def act(_yes: int, _no: int, asked: dict[str, Any], project: str, token: str) -> tuple[Any, ...]:
    """Do what was agreed to; a draft is gone on with on the page Curate."""
    if ctx.triggered_id == ids.CLUSTER_NO:
        return no_update, False, no_update
    if ctx.triggered_id == ids.CLUSTER_ASKED and not asked["sure"]:
        raise PreventUpdate
    opened = workspaces.open_project(project)
    if asked["do"] == cluster_adopt.DELETE:
        access.require("owner")
        background.start("remove_labeling", {"project": str(opened.path), "name": asked["name"]},
                         token=f"{token}-{asked['at']}")
        return notices.told(f"The labeling {asked['name']} is being removed."), False, no_update
    told = cluster_adopt.answered(opened, asked)
    there = project_nav.address("curate", opened.slug) if asked["do"] == cluster_adopt.CURATE else no_update
    return notices.told(told), False, there


clientside_callback(ClientsideFunction("cluster", "show"), Output(ids.CLUSTER_DRAWN, "data"),
                    Input(ids.CLUSTER_SHOWN, "data"))
clientside_callback(ClientsideFunction("cluster", "chart"), Output(ids.CLUSTER_CHARTED, "data"),
                    Input(ids.CLUSTER_WATCHED, "data"))
