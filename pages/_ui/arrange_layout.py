"""What the page Arrange is made of: the form of an arrangement; tree, list and map of the one that is shown."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import access, arrange_routes, forms, ids, keys, project_nav, readonly, runs_panel, shell
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import browse, colouring, project_clustering
from pipeline.arrange import for_pages, on_project
from pipeline.arrange.how import How
from pipeline.curation import colours
from pipeline.dataset import Dataset
from pipeline.tasks.arrange_files import ENDING
from pipeline.text import size_text

FIELDS = ("frames", "compat", "order", "n_clusters")
N_COLOURS = 240
KEYS = tuple(keys.Key(combinations, ids.ARRANGE_TREE, does) for combinations, does in (
    (("ArrowUp",), "tree: previous leaf"), (("ArrowDown",), "tree: next leaf"),
    (("ArrowLeft",), "tree: fewer clusters"), (("ArrowRight",), "tree: more clusters"),
    (("PageUp",), "tree: move up"), (("PageDown",), "tree: move down"), (("+",), "tree: zoom in"),
    (("-",), "tree: zoom out"), (("0",), "tree: show all of it"), ((" ",), "tree: hear the chosen leaf again"),
))
MOUSE = ("In the tree: the wheel zooms, with shift it stretches the heights; drag moves; drag the dashed line to "
         "choose the number of clusters. Pointing at a leaf, a line of the list or a point of the map shows it in all "
         "three, and plays it; a click plays it again.")
NOTHING_YET = ("These sounds have not been arranged yet. Arranging joins them to a tree by what they begin with, and "
               "finds the order in which like stands beside like: kicks beside kicks, each syllable beside its like.")
HOW_LONG = ("Press Arrange in the form; it takes seconds for hundreds of sounds, and minutes for tens of thousands. It "
            "goes on when this page is closed.")
FOR_OWNERS = "An owner of this project can start it here."
FILES = ("Files numbered in the order of the tree, which are a bank for TidalCycles with an index; the clusters of the "
         "cut in folders; original_filenames.txt, features.csv, linkage.npz, tree and clustered heat map as PNG "
         "and SVG.")
TREE = "Tree of the sounds: up and down go from leaf to leaf, left and right change the number of clusters"
SOURCES = {on_project.WINDOWS: "first windows", "umap": "map"}


def page(opened: OpenProject) -> html.Div:
    """The whole page."""
    crumbs = (html.Span(opened.path.stem, className="here", title=str(opened.path)),
              project_nav.menu(opened.slug, "Arrange"))
    has_any = bool(on_project.stored(opened.workspace.dataset))
    return html.Div([
        shell.bar(*crumbs, middle=readonly.note(opened.slug), help=shell.help_dialog(KEYS, MOUSE)),
        *_stores(opened), _files(opened),
        html.Main([_side(opened), html.Div([_tools(opened), _empty(), _views()], className="arrange-right")],
                  id=ids.ARRANGE_PAGE, className="arrange",
                  **{"data-empty": "false" if has_any else "true", "data-side": "false" if has_any else "true"}),
    ], className="arrange-frame")


def _stores(opened: OpenProject) -> list[Any]:
    known = {ids.ARRANGE_PROJECT: opened.slug, ids.ARRANGE_TOKEN: uuid.uuid4().hex, ids.ARRANGE_KNOWN: None}
    empty = (ids.ARRANGE_SHOWN, ids.ARRANGE_DRAWN, ids.RUN_AGAIN)
    return [*[dcc.Store(id=id, data=data) for id, data in known.items()], *[dcc.Store(id=id) for id in empty],
            *forms.stores(ids.ARRANGE), dcc.Interval(id=ids.ARRANGE_TICK, interval=2500)]


def _side(opened: OpenProject) -> html.Aside:
    """The form, and the runs. For who may not run anything the form is there, unseen: callbacks speak to its parts."""
    form = _form(opened.workspace.dataset)
    if access.may("owner"):
        return html.Aside([html.H1("Arrange"), form, runs_panel.panel()], className="arrange-side")
    return html.Aside([
        html.H1("Arrange"), html.P(access.refusal(access.role(opened.slug)), className="hint"),
        html.Div([form, dcc.Store(id=ids.RUN_ASKED)], hidden=True),
    ], className="arrange-side")


def _form(dataset: Dataset) -> html.Section:
    specs = dict(forms.specs_of(How))
    name = dbc.Input(id=ids.ARRANGE_NAME, type="text", autocomplete="off", maxLength=project_clustering.LONGEST_NAME,
                     placeholder="after source and frames")
    start = html.Button([icon("play-fill"), html.Span("Arrange")], id=ids.ARRANGE_START, type="button", n_clicks=0,
                        className="control primary filled")
    return html.Section([
        _menu(ids.ARRANGE_SOURCE, "By", sources(dataset), on_project.WINDOWS),
        html.Div(forms.fields(ids.ARRANGE, [(one, specs[one]) for one in FIELDS]), className="arrange-fields"),
        html.Label([html.Span("Name", className="form-label"), name], className="arrange-menu"),
        html.Div(start, className="form-end"),
    ], className="form-section")


def _tools(opened: OpenProject) -> html.Div:
    """Which arrangement, what colours it, the cut, and what can be done with it."""
    dataset, slug = opened.workspace.dataset, opened.slug
    number = dbc.Input(id=ids.ARRANGE_K, type="number", min=1, step=1, value=1, debounce=False, autocomplete="off")
    name = dbc.Input(id=ids.ARRANGE_LABELING, type="text", autocomplete="off", placeholder="arranged-…",
                     maxLength=project_clustering.LONGEST_NAME)
    may_label = access.may("annotator", slug)
    label = html.Button([icon("save"), html.Span("Keep as labeling")], id=ids.ARRANGE_LABEL, type="button", n_clicks=0,
                        className="control", disabled=not may_label,
                        title="Store these clusters as a labeling, which can become the clusters of Curate"
                        if may_label else access.refusal(access.role(slug)))
    return html.Div([
        shell.button(ids.ARRANGE_AGAIN, "sliders", "Show or hide the form and the runs", label="Form"),
        html.Label([html.Span("Arrangement"), dbc.Select(id=ids.ARRANGE_CHOSEN, options=[], size="sm")],
                   className="chooser arrange-chosen"),
        html.Label([html.Span("Category"), dbc.Select(id=ids.ARRANGE_BY, options=categories(dataset),
                                                      value=categories(dataset)[0]["value"], size="sm")],
                   className="chooser"),
        html.Div([html.Label("Clusters", htmlFor=ids.ARRANGE_K), number, name, label, _adopt(slug)],
                 className="chooser arrange-cut"),
        html.A([icon("arrow-right-square"), html.Span("Open in Curate")], id=ids.ARRANGE_CURATE, className="control",
               href=project_nav.address("curate", slug), title="Curate, with the sounds in this order"),
        shell.button(ids.ARRANGE_FILES_OPEN, "download", "Sorted sounds, lists and pictures as files", label="Files…"),
    ], className="arrange-tools")


def _adopt(slug: str) -> html.A:
    """The way to where labelings become clusters."""
    text = "To the page Cluster, which makes clusters or a draft of a labeling"
    return html.A(icon("check-circle"), href=project_nav.address("cluster", slug), className="control bare", title=text,
                  **{"aria-label": text})


def _empty() -> html.Div:
    """What is said before anything is arranged."""
    return html.Div([html.P(NOTHING_YET), html.P(HOW_LONG if access.may("owner") else FOR_OWNERS)],
                    className="arrange-nothing empty")


def _views() -> html.Div:
    """Tree, list and map; the scripts assets/tree*.js fill them."""
    tree = html.Canvas(id=ids.ARRANGE_TREE, tabIndex=0, role="application", **{"aria-label": TREE})
    points = html.Canvas(id=ids.ARRANGE_MAP, tabIndex=-1, **{"aria-label": "Map of the sounds, coloured by cluster"})
    hover = html.Button([icon("soundwave"), html.Span("Hover plays")], id=ids.ARRANGE_HOVER, type="button", n_clicks=0,
                        className="control", title="Hear what the pointer rests on; a click plays in any case",
                        **{"aria-pressed": "true"})
    return html.Div([
        html.Section([
            html.Div([html.Span(id=ids.ARRANGE_TOLD, className="hint", role="status"), hover,
                      shell.button(ids.ARRANGE_FIT, "arrows-fullscreen", "Show the whole tree (0)")],
                     className="panel-bar"),
            html.Div([tree, html.Div(id=ids.ARRANGE_TIP, className="preview", hidden=True)],
                     className="arrange-canvas"),
        ], className="panel arrange-tree", **{"aria-label": "Tree"}),
        html.Section([
            html.Div([html.H2("Leaves"), html.Span(id=ids.ARRANGE_COUNT, className="count")], className="panel-bar"),
            html.Div(html.Div(className="arrange-lines"), id=ids.ARRANGE_LIST, className="arrange-list", tabIndex=0,
                     role="listbox", **{"aria-label": "Sounds in their order"}),
        ], className="panel arrange-leaves", **{"aria-label": "Sounds in their order"}),
        html.Section([
            html.Div([html.H2("Map"), html.Span(id=ids.ARRANGE_LEGEND, className="hint")], className="panel-bar"),
            html.Div(points, className="arrange-canvas"),
        ], className="panel arrange-map", **{"aria-label": "Map"}),
    ], className="arrange-views")


def _files(opened: OpenProject) -> dbc.Modal:
    """Download, or save beside the project."""
    needed = for_pages.project_files.n_bytes(opened.workspace.dataset)
    is_small, folder = needed <= arrange_routes.MOST_BYTES, opened.path.stem + ENDING
    copies = [{"value": "copy", "label": f"sounds, lists, tables and pictures (up to {size_text(needed)})"},
              {"value": "list", "label": "lists, tables and pictures alone"}]
    save = [{"value": "copy", "label": "sounds as files"}, {"value": "link", "label": "hard links to whole recordings"},
            {"value": "list", "label": "lists alone"}]
    may_save = access.may("owner")
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle("Sorted sounds")),
        dbc.ModalBody([
            html.P(FILES),
            html.Div([html.Label("Download a zip of", htmlFor=ids.ARRANGE_WHAT),
                      dbc.Select(id=ids.ARRANGE_WHAT, options=copies if is_small else copies[1:],
                                 value="copy" if is_small else "list")], className="field"),
            shell.button(ids.ARRANGE_DOWNLOAD, "download", "Download the zip", label="Download"),
            html.Hr(),
            html.Div([html.Label(f"Or save on the server as {folder}, beside the project,", htmlFor=ids.ARRANGE_COPIES),
                      dbc.Select(id=ids.ARRANGE_COPIES, options=save, value="copy")], className="field"),
            html.Button([icon("save"), html.Span("Save")], id=ids.ARRANGE_SAVE, type="button", n_clicks=0,
                        className="control", disabled=not may_save,
                        title="A run; what an earlier one saved there is replaced, files of others never"
                        if may_save else access.refusal(access.role(opened.slug))),
        ]),
    ], id=ids.ARRANGE_FILES, is_open=False, fade=False)


def sources(dataset: Dataset) -> list[dict[str, str]]:
    """What the sounds can be arranged by."""
    return [{"value": name, "label": SOURCES.get(name, name)} for name in on_project.sources(dataset)]


def categories(dataset: Dataset) -> list[dict[str, str]]:
    """What the bar beside the tree can show."""
    return [{"value": key, "label": title} for key, title in colouring.choices(dataset)]


def for_browser(opened: OpenProject, name: str) -> dict[str, Any]:
    """What ``assets/treepage.js`` has to know of an arrangement."""
    dataset, labels = opened.workspace.dataset, opened.workspace.labels
    return {"media": dash.get_relative_path(f"/media/{quote(opened.slug)}"), "version": opened.version,
            "view": opened.scene.view, "pxPerMs": opened.scene.px_per_ms, "count": dataset.n_segments,
            "idsArePositions": browse.are_positions(labels.segment_ids), **for_pages.facts(dataset, name),
            "colours": [colours.of(number) for number in range(1, N_COLOURS + 1)]}


def _menu(id: str, label: str, options: Sequence[dict[str, str]], value: str) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), dbc.Select(id=id, options=list(options), value=value)],
                      className="arrange-menu")
