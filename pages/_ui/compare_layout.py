"""What the page Compare is made of: the form of a grid, the table, what is behind a row."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import forms, ids, project_nav, runs_panel, shell
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import clustering, comparing, comparison_tables, params, point_sets, published, registry, vectors
from pipeline.comparing import AUTO, LINKAGES, Grid
from pipeline.comparison_rows import Row
from pipeline.confusion import Confusion
from pipeline.feature_sets import Preparation
from pipeline.reduction import METHODS, SCALES

NUMBERS = [*forms.specs_of(Grid), *forms.specs_of(Preparation)]
THREE, ONE = {"function": "d3.format('.3f')(params.value)"}, {"function": "d3.format('.1f')(params.value)"}
TEXTS = (("feature", "feature", 170), ("reduction", "reduction", 108), ("algorithm", "algorithm", 110))
LAST_TEXTS = (("vector", "vector", 100), ("scaling", "scaling", 100))
SCORES = (
    ("nmi", "NMI", "normalised mutual information with the true labels"),
    ("acc", "ACC", "share that is right under the best assignment of clusters to labels"),
    ("acc_purity_assignment", "ACC maj.", "the same of each cluster's majority alone, as some published tables count"),
    ("ari", "ARI", "adjusted Rand index"), ("ami", "AMI", "adjusted mutual information"),
    ("homogeneity", "homog.", "each cluster holds one label"),
    ("completeness", "compl.", "each label lies in one cluster"), ("v", "V", "harmonic mean of the two"),
    ("purity", "purity", "share of each cluster's majority"),
    ("silhouette", "silh.", "mean silhouette of the points that were clustered"),
    ("calinski_harabasz", "C-H", "Calinski-Harabasz index, higher is better"),
    ("davies_bouldin", "D-B", "Davies-Bouldin index, lower is better"),
    ("dbcv", "DBCV", "density-based cluster validity"),
    ("knn_agreement", "kNN", "share of the 10 nearest neighbours that have the same cluster"),
)
MOST_CELLS = 40
NOTHING_YET = "Nothing has been compared yet: choose on the left, then press Compare."


def page(opened: OpenProject) -> html.Div:
    """The whole page."""
    crumbs = (html.Span(opened.path.stem, className="here", title=str(opened.path)),
              project_nav.menu(opened.slug, "Compare"))
    return html.Div([
        shell.bar(*crumbs), *_stores(opened),
        html.Main([
            html.Div([html.H1("Compare"), _form(opened), runs_panel.panel()], className="compare-left"),
            html.Div([_table(), html.Div(id=ids.COMPARE_PUBLISHED), html.Div(id=ids.COMPARE_DETAIL)],
                     className="compare-right"),
        ], className="compare"),
    ])


def _stores(opened: OpenProject) -> list[Any]:
    return [
        dcc.Store(id=ids.COMPARE_PROJECT, data=opened.slug), dcc.Store(id=ids.COMPARE_TOKEN, data=uuid.uuid4().hex),
        dcc.Store(id=ids.COMPARE_REVISION, data=""), dcc.Store(id=ids.RUN_AGAIN),
        dcc.Interval(id=ids.COMPARE_TICK, interval=2500), dcc.Download(id=ids.COMPARE_FILE), *forms.stores(ids.COMPARE),
    ]


def _form(opened: OpenProject) -> html.Section:
    """What is compared with what."""
    there = [name for name in point_sets.names(opened.workspace.dataset) if not _is_computed(name)]
    features = [*there, *registry.names("features"), *_together(there)]
    start = html.Button([icon("play-fill"), html.Span("Compare")], id=ids.COMPARE_START, type="button", n_clicks=0,
                        className="control primary filled")
    more = html.Details([html.Summary([icon("chevron-right"), html.Span("More")]), *forms.fields(ids.COMPARE, NUMBERS)],
                        className="folded")
    return html.Section([
        _choice(ids.COMPARE_FEATURES, "Features", features, [name for name in Grid.features if name in features],
                "What is not there yet is computed first. a+b puts sets together, balanced."),
        _choice(ids.COMPARE_VECTORS, "How frames become one vector", vectors.KINDS, Grid.vectors),
        _choice(ids.COMPARE_SCALINGS, "Scaling of columns", (AUTO, *SCALES), Grid.scalings),
        _choice(ids.COMPARE_REDUCTIONS, "Reduction", METHODS, Grid.reductions),
        _choice(ids.COMPARE_ALGORITHMS, "Algorithms", (*LINKAGES, *_but_agglomerative()), Grid.algorithms),
        more,
        html.Div([start, html.Span(id=ids.COMPARE_COUNT, className="hint", role="status")], className="form-end"),
    ], className="form-section")


def _is_computed(name: str) -> bool:
    """Whether a stored set is one that its feature's own name stands for."""
    return any(name == f"{feature}_{kind}" for feature in registry.names("features") for kind in vectors.KINDS)


def _together(there: Sequence[str]) -> list[str]:
    return ["mfcc+embedding", "mfcc+mel+embedding"] if point_sets.EMBEDDING in there else ["mfcc+mel"]


def _but_agglomerative() -> list[str]:
    return [name for name in clustering.algorithms() if name not in ("agglomerative", "blobs")]


def _choice(id: str, label: str, options: Sequence[str], value: Sequence[str], hint: str = "") -> html.Div:
    """Several of a list."""
    control = dbc.Checklist(id=id, options=list(options), value=list(value), inline=True, className="chips",
                            inputClassName="btn-check", labelClassName="chip", labelCheckedClassName="chip chosen")
    told = [html.Div(hint, className="hint")] if hint else []
    return html.Div([html.Div(label, className="form-label"), control, *told], className="compare-choice", role="group",
                    **{"aria-label": label})


def _table() -> html.Section:
    """The rows: sortable, filtered by typing; a click opens what is behind one."""
    grid = dag.AgGrid(
        id=ids.COMPARE_TABLE, columnDefs=_columns(), rowData=[], className="rows", getRowId="params.data.key",
        style={"height": None},
        defaultColDef={"sortable": True, "resizable": True, "filter": True, "width": 78},
        dashGridOptions={"rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
                         "domLayout": "normal", "animateRows": False, "rowHeight": 28, "headerHeight": 30,
                         "tooltipShowDelay": 300, "suppressDragLeaveHidesColumns": True,
                         "theme": {"function": "themeBalham"}, "localeText": {"noRowsToShow": NOTHING_YET}},
    )
    buttons = [
        html.Button([icon("download"), html.Span(label)], id=id, type="button", n_clicks=0, className="control",
                    title=title)
        for id, label, title in ((ids.COMPARE_CSV, "CSV", "All columns as a table"),
                                 (ids.COMPARE_MARKDOWN, "Markdown", "The main columns, for a text"))]
    clear = html.Button([icon("trash"), html.Span("Clear")], id=ids.COMPARE_CLEAR, type="button", n_clicks=0,
                        className="control", title="Take all rows off the table; features stay")
    head = html.Div([html.H2("Results"), html.Span(id=ids.COMPARE_TOLD, className="hint", role="status"),
                     html.Div([*buttons, clear], className="head-end")], className="section-head")
    return html.Section([head, grid], className="compare-table")


def _columns() -> list[dict[str, Any]]:
    texts, last = ([{"field": field, "headerName": name, "width": width, "pinned": "left" if not number else None}
                    for number, (field, name, width) in enumerate(named, start)]
                   for start, named in ((0, TEXTS), (1, LAST_TEXTS)))
    scores = [{"field": field, "headerName": name, "headerTooltip": about, "valueFormatter": THREE, "width": 92,
               "type": "rightAligned", "tooltipField": f"{field}_told", "filter": False}
              for field, name, about in SCORES]
    counts = [{"field": "n_clusters", "headerName": "clusters", "type": "rightAligned", "width": 84, "filter": False},
              {"field": "n_noise", "headerName": "noise", "type": "rightAligned", "filter": False},
              {"field": "seconds", "headerName": "s", "headerTooltip": "seconds of one seed's work",
               "valueFormatter": ONE, "type": "rightAligned", "filter": False, "width": 70}]
    scores[0] |= {"sort": "desc"}
    return [*texts, counts[0], *scores, *counts[1:], *last]


def row_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as the table takes them; a score tells its deviation over seeds when pointed at."""
    return [{**comparison_tables.plain(row), "key": row.key,
             **{f"{name}_told": f"± {value:.3f} over {row.n_seeds} seeds" for name, value in row.spread.items()}}
            for row in rows]


def published_lines(stem: str) -> Any:
    """What others have published on a set of that name, if any."""
    lines = published.on(stem)
    if not lines:
        return []
    head = html.Tr([html.Th(text, scope="col") for text in ("Published", "classes", "NMI", "ACC maj.")])
    rows = [html.Tr([html.Td(f"{line.data_set}: {line.way}"), html.Td(line.n_classes, className="number"),
                     html.Td(f"{line.nmi:.2f}", className="number"),
                     html.Td("–" if line.acc is None else f"{line.acc:.2f}", className="number")]) for line in lines]
    return html.Table([html.Thead(head), html.Tbody(rows)], className="published")


def detail(row: Row, table: Confusion) -> html.Section:
    """A row's parameters, the confusion of labels and clusters, how each label fares."""
    title = ", ".join(text for text in (row.feature, row.vector, row.reduction, row.algorithm) if text)
    about = ", ".join(f"{name} {value}" for name, value in row.parameters.items() if value not in (None, ""))
    parts = [html.H2(title), html.P(about, className="hint"), *[html.P(note, className="hint") for note in row.notes]]
    if not table.labels:
        parts.append(html.P("The sounds have no true labels, so there is nothing to hold the clusters against."))
    else:
        parts.append(html.Div([_confusion(table), _per_label(table)], className="compare-tables"))
    return html.Section(parts, className="compare-detail")


def _confusion(table: Confusion) -> html.Div:
    clusters = table.clusters[:MOST_CELLS]
    names = ["noise" if cluster < 0 else str(cluster) for cluster in clusters]
    head = html.Tr([html.Th("label", scope="col"), *[html.Th(name, scope="col") for name in names]])
    shown = list(zip(table.labels, table.shares, table.rows, strict=True))[:MOST_CELLS]
    body = [html.Tr([html.Th(label, scope="row"), *[_cell(n, share) for n, share in
                                                     list(zip(counts, shares, strict=True))[:MOST_CELLS]]])
            for label, shares, counts in shown]
    cut = max(len(table.labels), len(table.clusters)) > MOST_CELLS
    told = [html.P(f"The first {MOST_CELLS} labels and clusters are shown; the export has all.", className="hint")]
    return html.Div([html.H3("True labels (rows) in clusters (columns)"),
                     html.Table([html.Thead(head), html.Tbody(body)], className="confusion"), *(told if cut else [])])


def _cell(n: int, share: float) -> html.Td:
    """A count, the darker the more of its label it is."""
    shade = {"--share": f"{100 * share:.0f}%"} if n else {}
    return html.Td(str(n) if n else "·", className="strong" if share > 0.5 else "", style=shade)


def _per_label(table: Confusion) -> html.Div:
    head = html.Tr([html.Th(text, scope="col") for text in ("label", "n", "cluster", "precision", "recall", "F1")])
    rows = [html.Tr([html.Th(line.label, scope="row"), html.Td(line.n),
                     html.Td("–" if line.cluster is None else "noise" if line.cluster < 0 else line.cluster),
                     *[html.Td(f"{value:.3f}") for value in (line.precision, line.recall, line.f1)]])
            for line in table.per_label]
    return html.Div([html.H3("Each label"), html.Table([html.Thead(head), html.Tbody(rows)], className="per-label")])


def grid_values(chosen: Sequence[Sequence[str] | None], own: dict[str, Any]) -> dict[str, Any]:
    """The form as values of the task ``compare``. Raises ParameterError for what cannot be."""
    names = ("features", "vectors", "scalings", "reductions", "algorithms")
    lists = {name: tuple(values or ()) for name, values in zip(names, chosen, strict=True)}
    values = forms.checked(NUMBERS, own)
    comparing.Grid(**lists, **params.values(params.make(Grid, values))).check()
    return {**lists, "values": values}
