"""What the page Cluster is made of: the form of a clustering, and the result with map, clusters and measures."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import access, cluster_form, forms, ids, project_nav, readonly, runs_panel, shell
from pages._ui.cluster_shown import NOTHING_YET
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import project_clustering, registry, vectors
from pipeline.autoencoder.training import Training
from pipeline.feature_sets import Preparation

USUAL_TRAINING = ("latent", "epochs", "patience")
FIRST = "hdbscan"


def page(opened: OpenProject) -> html.Div:
    """The whole page."""
    crumbs = (html.Span(opened.path.stem, className="here", title=str(opened.path)),
              project_nav.menu(opened.slug, "Cluster"))
    left = [_form(opened), _features(), _autoencoder(opened), runs_panel.panel()] if access.may("owner") \
        else [html.P(access.refusal(access.role(opened.slug)), className="hint"), _trained(opened),
              html.Div(chips(ids.CLUSTER_ON, "By", [], []), hidden=True)]     # filled together with the labelings
    return html.Div([
        shell.bar(*crumbs, middle=readonly.note(opened.slug)), *_stores(opened), _dialog(),
        html.Main([
            html.Div([html.H1("Cluster"), *left], className="cluster-left"),
            _result(opened),
        ], className="cluster"),
    ])


def _stores(opened: OpenProject) -> list[Any]:
    known = {ids.CLUSTER_PROJECT: opened.slug, ids.CLUSTER_TOKEN: uuid.uuid4().hex, ids.CLUSTER_KNOWN: {}}
    empty = (ids.CLUSTER_WATCHED, ids.CLUSTER_SHOWN, ids.CLUSTER_DRAWN, ids.CLUSTER_CHARTED, ids.CLUSTER_USE_K,
             ids.CLUSTER_AGAIN, ids.CLUSTER_ASKED, ids.RUN_AGAIN)
    form_stores = [store for form in (ids.CLUSTER, ids.CLUSTER_FEATURE_FORM, ids.CLUSTER_TRAINING)
                   for store in forms.stores(form)]
    return [*[dcc.Store(id=id, data=data) for id, data in known.items()], *[dcc.Store(id=id) for id in empty],
            *form_stores, dcc.Interval(id=ids.CLUSTER_TICK, interval=2500),
            dcc.Location(id=ids.CLUSTER_GO, refresh=True)]


def _form(opened: OpenProject) -> html.Section:
    """By what, which sounds, how."""
    dataset = opened.workspace.dataset
    on = list(project_clustering.bases(dataset))[:1]
    name = dbc.Input(id=ids.CLUSTER_NAME, type="text", autocomplete="off", maxLength=project_clustering.LONGEST_NAME,
                     placeholder="the algorithm's")
    estimate = html.Button([icon("question-circle"), html.Span("How many clusters?")], id=ids.CLUSTER_ESTIMATE,
                           type="button", n_clicks=0, className="control",
                           title="Try k-means with 2 to 15 clusters and draw four curves")
    return html.Section([
        chips(ids.CLUSTER_ON, "By", cluster_form.bases(dataset), on, "Several together are balanced (a+b)."),
        menu(ids.CLUSTER_SOUNDS, "Sounds", cluster_form.sounds(opened, None), cluster_form.ALL),
        menu(ids.CLUSTER_ALGORITHM, "Algorithm", cluster_form.algorithm_options(), FIRST),
        html.Div(cluster_form.fields(dataset, FIRST, on, {}), id=ids.CLUSTER_FIELDS, className="cluster-fields"),
        html.Label([html.Span("Name of the result", className="form-label"), name], className="cluster-menu"),
        html.Div([_start(ids.CLUSTER_START, "Start"), estimate], className="form-end"),
        html.Div(id=ids.CLUSTER_CURVES, className="cluster-curves", hidden=True),
    ], className="form-section")


def _features() -> html.Details:
    """Features that are not there yet."""
    return _folded("Features…", [
        chips(ids.CLUSTER_FEATURES, "Features", registry.names("features"), ["mfcc"]),
        chips(ids.CLUSTER_VECTORS, "How frames become one vector", vectors.KINDS, ["mean_std"]),
        *forms.fields(ids.CLUSTER_FEATURE_FORM, forms.specs_of(Preparation)),
        html.Div(_start(ids.CLUSTER_COMPUTE, "Compute"), className="form-end"),
    ])


def _autoencoder(opened: OpenProject) -> html.Details:
    """An embedding that is learnt from this project's sounds, and how well that goes."""
    all_specs = forms.specs_of(Training)
    usual = [named for named in all_specs if named[0] in USUAL_TRAINING]
    others = [named for named in all_specs if named[0] not in USUAL_TRAINING]
    pictures = [{"value": name, "label": name} for name in registry.names("features")]
    more = html.Details([html.Summary([icon("chevron-right"), html.Span("More")]),
                         *forms.fields(ids.CLUSTER_TRAINING, others)], className="folded")
    return _folded("Autoencoder…", [
        menu(ids.CLUSTER_PICTURES, "Pictures of", pictures, "mel"),
        *forms.fields(ids.CLUSTER_TRAINING, usual), more,
        html.Div(_start(ids.CLUSTER_TRAIN, "Train"), className="form-end"), _trained(opened),
    ])


def _trained(opened: OpenProject) -> html.Div:
    """Losses and sample pictures; assets/clustercharts.js fills it."""
    media = dash.get_relative_path(f"/media/{quote(opened.slug)}")
    return html.Div(id=ids.CLUSTER_TRAINED, className="cluster-trained", **{"data-media": media})


def _result(opened: OpenProject) -> html.Div:
    """The labeling that is shown, and what can be done with it."""
    chosen = html.Label([html.Span("Labeling", className="visually-hidden"),
                         dbc.Select(id=ids.CLUSTER_CHOSEN, options=[])], className="cluster-chosen")
    may_edit, may_delete = access.may("annotator", opened.slug), access.may("owner")
    buttons = [
        _act(ids.CLUSTER_CURATE, "pencil", "Start curating from this", "Begin a draft in PROOFREADING", may_edit),
        _act(ids.CLUSTER_ADOPT, "check-circle", "Make these the clusters…", "One edit, which can be undone", may_edit),
        _act(ids.CLUSTER_SPLIT, "scissors", "Split…", "Split the curated cluster that this was made of", may_edit,
             hidden=True),
        _act(ids.CLUSTER_DELETE, "trash", "Delete…", "Take this labeling out of the project", may_delete),
    ]
    return html.Div([
        html.Div([html.H2("Result"), chosen, html.Div(buttons, className="head-end")], className="section-head"),
        html.P(NOTHING_YET, className="cluster-nothing"),
        html.Div([_map(), html.Section(html.P("measuring…", className="hint"), id=ids.CLUSTER_ABOUT,
                                         className="cluster-about")], className="cluster-middle"),
        html.Section(id=ids.CLUSTER_TABLE, className="cluster-table", **{"aria-label": "Clusters"}),
        html.Section([
            html.Div([html.H2("Compare with"), menu(ids.CLUSTER_AGAINST, "", [], None)], className="section-head"),
            html.Div(id=ids.CLUSTER_AGREEMENT),
        ], className="cluster-compare"),
    ], className="cluster-right", **{"data-empty": "false" if opened.workspace.dataset.names("labelings") else "true"})


def _map() -> html.Section:
    """The canvas that assets/cluster.js draws on."""
    canvas = html.Canvas(id=ids.CLUSTER_MAP, tabIndex=0, **{"aria-label": "Map of all sounds, coloured by cluster"})
    return html.Section([
        html.Div([html.Span(id=ids.CLUSTER_MAP_TOLD, className="hint", role="status"),
                  shell.button(ids.CLUSTER_FIT, "arrows-fullscreen", "Show the whole map")], className="panel-bar"),
        html.Div([canvas, html.Div(id=ids.CLUSTER_PREVIEW, className="preview", hidden=True)],
                 className="cluster-canvas"),
    ], className="cluster-map", **{"aria-label": "Map"})


def _dialog() -> dbc.Modal:
    """A question before something is done with a labeling."""
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle(id=ids.CLUSTER_ASK_TITLE)),
        dbc.ModalBody([html.P(id=ids.CLUSTER_ASK_TEXT), html.Div([
            html.Button(id=ids.CLUSTER_YES, type="button", n_clicks=0, className="control primary"),
            html.Button("Cancel", id=ids.CLUSTER_NO, type="button", n_clicks=0, className="control"),
        ], className="answers")]),
    ], id=ids.CLUSTER_DIALOG, is_open=False, fade=False)


def split_label(cluster: str) -> list[Any]:
    """What the button that splits a curated cluster says."""
    return [icon("scissors"), html.Span(f"Split {cluster}…")]


def menu(id: str, label: str, options: Sequence[dict[str, str]], value: str | None) -> html.Label:
    """One of a list."""
    return html.Label([html.Span(label or "Compare with", className="form-label" if label else "visually-hidden"),
                       dbc.Select(id=id, options=list(options), value=value)], className="cluster-menu")


def chips(id: str, label: str, options: Sequence[Any], value: Sequence[str], hint: str = "") -> html.Div:
    """Several of a list."""
    control = dbc.Checklist(id=id, options=list(options), value=list(value), inline=True, className="chips",
                            inputClassName="btn-check", labelClassName="chip", labelCheckedClassName="chip chosen")
    told = [html.Div(hint, className="hint")] if hint else []
    return html.Div([html.Div(label, className="form-label"), control, *told], className="cluster-choice", role="group",
                    **{"aria-label": label})


def _folded(title: str, parts: Sequence[Any]) -> html.Details:
    return html.Details([html.Summary([icon("chevron-right"), html.H2(title)]), *parts],
                        className="form-section folded-section")


def _start(id: str, label: str) -> html.Button:
    return html.Button([icon("play-fill"), html.Span(label)], id=id, type="button", n_clicks=0,
                       className="control primary filled")


def _act(id: str, picture: str, label: str, title: str, may: bool, *, hidden: bool = False) -> html.Button:
    return html.Button([icon(picture), html.Span(label)], id=id, type="button", n_clicks=0, className="control",
                       title=title if may else access.refusal(access.role()), disabled=not may, hidden=hidden)
