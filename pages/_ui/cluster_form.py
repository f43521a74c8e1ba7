"""The form of the page Cluster: by what, which sounds, how; and what it says as the values of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from pages._ui import forms, ids
from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline import browse, clustering, labelings, params, project_clustering, registry
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.point_sets import TOGETHER
from pipeline.reduction import Reduction
from pipeline.text import counted

BASIC = ("n_clusters", "min_cluster_size", "min_samples", "eps", "linkage", "m", "radius_px", "threshold", "reduce")
TITLES = {"hdbscan": "HDBSCAN", "kmeans": "k-means", "fcm": "fuzzy c-means", "dbscan": "DBSCAN"}
ALL, CLUSTER, LABELING = "all", "cluster:", "labeling:"
MOST_CLUSTERS = 300


def specs(algorithm: str) -> list[forms.Named]:
    """The parameters of an algorithm and of the reduction before it, each once."""
    own = forms.specs_of(registry.load(clustering.FOLDER, algorithm))
    known = {name for name, _spec in own}
    return [*own, *[named for named in forms.specs_of(Reduction) if named[0] not in known]]


def fields(dataset: Dataset, algorithm: str, on: Sequence[str], own: Mapping[str, Any]) -> list[Any]:
    """A field for each of them, the usual ones first, the others folded."""
    all_specs, base = specs(algorithm), usual(dataset, on)
    basic = [named for named in all_specs if named[0] in BASIC]
    others = [named for named in all_specs if named[0] not in BASIC]
    more = html.Details([html.Summary([icon("chevron-right"), html.Span("More")]),
                         *forms.fields(ids.CLUSTER, others, base=base, own=own)], className="folded")
    return [*forms.fields(ids.CLUSTER, basic, base=base, own=own), more]


def usual(dataset: Dataset, on: Sequence[str]) -> Mapping[str, Any]:
    """What holds on a project unless something else is given: a map is made, but of no map."""
    is_map = len(on) == 1 and project_clustering.bases(dataset).get(on[0]) == 2
    return {} if is_map else clustering.ON_A_PROJECT


def algorithm_options() -> list[dict[str, str]]:
    """Every algorithm by name."""
    return [{"value": name, "label": TITLES.get(name, name)} for name in clustering.algorithms()]


def bases(dataset: Dataset) -> list[dict[str, str]]:
    """What the sounds can be clustered by, with the number of dimensions."""
    found = project_clustering.bases(dataset)
    named = {"umap": "map"}
    return [{"value": name, "label": f"{named.get(name, name)} {width}"} for name, width in found.items()]


def sounds(opened: OpenProject, again: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Which sounds there are to choose from: all, the unassigned, those of one cluster, curated or found."""
    labels, total = opened.workspace.labels, opened.workspace.dataset.n_segments
    found = [{"value": ALL, "label": f"all {counted(total, 'sound')}"}]
    there = [one for one in browse.clusters(labels) if one["count"]]
    if len(there) > 1 or (there and there[0]["cluster"]):
        found += [{"value": f"{CLUSTER}{one['cluster']}", "label": f"{one['title']} ({one['count']:,})"}
                  for one in there[:MOST_CLUSTERS]]
    if again:
        found.append({"value": f"{LABELING}{again['number']}:{again['name']}",
                      "label": f"{again['name']}: {labelings.number_text(again['number'])}"})
    return found


def task_values(
    opened: OpenProject, on: Sequence[str] | None, which: str, algorithm: str, own: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The form as fields of the tasks ``cluster`` and ``estimate_k``. Raises ParameterError for what cannot be."""
    if not on:
        raise ParameterError("Choose what the sounds are clustered by.")
    values = forms.checked(specs(algorithm), own or {})
    return {"project": str(opened.path), "algorithm": algorithm, "values": values, "on": TOGETHER.join(on),
            **_confined(which)}


def checked(cls: type, own: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values of a form whose fields are those of one method, as a task takes them."""
    values = forms.checked(forms.specs_of(cls), own or {})
    params.make(cls, values)
    return values


def _confined(which: str) -> dict[str, Any]:
    """The fields that say which sounds are meant."""
    if which.startswith(CLUSTER):
        return {"only_cluster": int(which.removeprefix(CLUSTER))}
    if which.startswith(LABELING):
        number, _colon, name = which.removeprefix(LABELING).partition(":")
        return {"within": name, "number": int(number)}
    return {}
