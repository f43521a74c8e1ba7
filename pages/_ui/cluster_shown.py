"""A labeling as the page Cluster shows it: for the map and the table, in words, and held against something else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import dash
from dash import html

from pages._ui.workspaces import OpenProject
from pipeline import browse, cluster_summary, clustering, labelings, tiles
from pipeline.confusion import Confusion
from pipeline.curation import colours
from pipeline.kept_with import kept_with_dataset
from pipeline.labelings import Agreement, Stored
from pipeline.text import counted

MOST_CELLS = 40
SCORES = (("nmi", "NMI", "normalised mutual information"), ("ari", "ARI", "adjusted Rand index"),
          ("acc", "ACC", "share that is right under the best assignment of clusters to labels"))
MEASURES = (("silhouette", "silhouette", "mean of the sounds in clusters, -1 to 1, higher is better"),
            ("dbcv", "DBCV", "density-based cluster validity, -1 to 1, higher is better"),
            ("davies_bouldin", "Davies-Bouldin", "lower is better"),
            ("calinski_harabasz", "Calinski-Harabasz", "higher is better"),
            ("knn_agreement", "neighbours", "share of the 10 nearest neighbours that have the same cluster"))
NOTHING_YET = "Nothing has been clustered yet: choose on the left, then press Start."
_groups = kept_with_dataset(16)(cluster_summary.groups)


def options(opened: OpenProject) -> list[dict[str, str]]:
    """Every labeling of the project, the newest first, with what it found."""
    return [{"value": one.name, "label": f"{one.name} – {_counts(one)}"}
            for one in labelings.stored(opened.workspace.dataset)]


def newest_change(opened: OpenProject, chosen: str | None, known: Mapping[str, str]) -> str | None:
    """The labeling to show: the newest that was made since ``known``, else the chosen one, else the newest."""
    stored = labelings.stored(opened.workspace.dataset)
    changed = [one.name for one in stored if known and known.get(one.name) != one.fingerprint]
    names = [one.name for one in stored]
    return next(iter([*changed, *([chosen] if chosen in names else []), *names]), None)


def for_browser(opened: OpenProject, stored: Stored) -> dict[str, Any]:
    """What ``assets/cluster.js`` draws: where the sounds' codes are, the clusters with colour and exemplars."""
    dataset = opened.workspace.dataset
    groups = [[one.number, one.n, _short(one.silhouette), _short(one.confidence), list(one.exemplars),
               colours.of(one.number + 1 if one.number >= 0 else -1)] for one in _groups(dataset, stored.name)]
    return {"media": dash.get_relative_path(f"/media/{quote(opened.slug)}"), "version": opened.version,
            "name": stored.name, "fingerprint": stored.fingerprint, "groups": groups, "view": opened.scene.view,
            "pxPerMs": opened.scene.px_per_ms, "tilePx": tiles.ROW_HEIGHT_PX,
            "idsArePositions": browse.are_positions(opened.workspace.labels.segment_ids)}


def about(opened: OpenProject, stored: Stored) -> list[Any]:
    """How a labeling was made, what it found, how well."""
    workspace, names = opened.workspace, {"algorithm", "on"}
    algorithm = clustering.title(stored.algorithm) if stored.algorithm else "Labels from elsewhere"
    on = f" on {stored.parameters['on']}" if stored.parameters.get("on") else ""
    which = "" if stored.only_cluster is None else ", unassigned sounds" if not stored.only_cluster else \
        f", sounds of {workspace.labels.title(stored.only_cluster)} as it was"
    values = ", ".join(f"{name} {value}" for name, value in stored.parameters.items()
                       if name not in names and value not in (None, ""))
    truth = [key for key, _title in labelings.others(workspace.dataset, workspace.labels, stored.name)
             if key == labelings.TRUTH]
    scores = labelings.against(workspace.dataset, workspace.labels, stored.name, labelings.TRUTH).scores \
        if truth else {}
    return [
        html.H3(f"{algorithm}{on}{which}"), html.P(_counts(stored), className="cluster-counts"),
        *_numbers("Against true labels", SCORES, scores), *_numbers("How the clusters lie", MEASURES, stored.measures),
        *[html.P(note, className="hint") for note in stored.notes],
        html.Details([html.Summary("Parameters"), html.P(values or "none known", className="hint")]),
    ]


def agreement(found: Agreement, name: str, other: str) -> list[Any]:
    """Scores and the contingency table of a labeling (columns) and something else (rows), both by name."""
    if not found.table.labels:
        return [html.P("There is no sound that both speak of.", className="hint")]
    left = [html.P(f"{counted(found.n_only, 'sound')} of this labeling left out: the other says nothing of them.",
                   className="hint")] if found.n_only else []
    head = html.H4(f"{other[:1].upper()}{other[1:]} (rows) in the clusters of {name} (columns)")
    return [*_numbers("Agreement", SCORES, found.scores), *left, head, _table(found.table)]


def _counts(stored: Stored) -> str:
    noise = f", {stored.n_noise:,} noise" if stored.n_noise else ""
    return f"{counted(stored.n_clusters, 'cluster')}, {counted(stored.n, 'sound')}{noise}"


def _numbers(title: str, names: tuple[tuple[str, str, str], ...], values: Mapping[str, float]) -> list[Any]:
    known = [(name, told, values[key]) for key, name, told in names if _short(values.get(key)) is not None]
    if not known:
        return []
    return [html.H4(title), html.Dl([html.Div([html.Dt(name), html.Dd(_text(value))], title=told)
                                     for name, told, value in known], className="cluster-numbers")]


def _text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def _short(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)


def _table(table: Confusion) -> html.Div:
    names = ["noise" if number < 0 else str(number) for number in table.clusters[:MOST_CELLS]]
    head = html.Tr([html.Th("", scope="col"), *[html.Th(name, scope="col") for name in names]])
    shown = list(zip(table.labels, table.counts.tolist(), strict=True))[:MOST_CELLS]
    body = [html.Tr([html.Th(label, scope="row"), *[_cell(n, sum(counts)) for n in counts[:MOST_CELLS]]])
            for label, counts in shown]
    cut = max(len(table.labels), len(table.clusters)) > MOST_CELLS
    told = [html.P(f"The first {MOST_CELLS} of each are shown.", className="hint")] if cut else []
    return html.Div([html.Table([html.Thead(head), html.Tbody(body)], className="confusion"), *told],
                    className="cluster-contingency")


def _cell(n: int, total: int) -> html.Td:
    """A count, the darker the more of its row it is."""
    share = n / total if total else 0.0
    return html.Td(str(n) if n else "·", className="strong" if share > 0.5 else "",
                   style={"--share": f"{100 * share:.0f}%"} if n else {})
