"""A stored tree as a page draws it: leaves in their order, where they are joined and how high, features as colours.

In the order of its leaves a tree is a list of gaps between neighbours, each with the join that closes it; clusters are
what lies between the gaps that the last joins close.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pipeline import vectors
from pipeline.arrange import on_project, project_files, tree
from pipeline.browse import duration_text
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.kept_with import kept_with_dataset

MOST_ENTRIES = 200            # of the list at a time
MOST_LINES = 600              # of the table of features at a time
MOST_COLUMNS = 400
MOST_DEVIATIONS = 2.5
NO_VALUE, STEPS = 0, 120      # a colour is a number from -STEPS to STEPS
SAMPLED = 2_000               # sounds that the order of the columns is found from
USUAL_CLUSTERS = 8


def leaves_bytes(dataset: Dataset, name: str) -> bytes:
    """The row in the project of each leaf from first to last, int32."""
    return on_project.tree_of(dataset, name).rows_in_order.astype("<i4").tobytes()


def gaps_bytes(dataset: Dataset, name: str) -> bytes:
    """For each pair of neighbours in the order, which join unites them: its row in the linkage, int32 (r − 1,)."""
    return gaps(dataset, name).astype("<i4").tobytes()


def heights_bytes(dataset: Dataset, name: str) -> bytes:
    """How high each join is drawn, float32 (r − 1,)."""
    return tree.heights(on_project.tree_of(dataset, name).linkage).astype("<f4").tobytes()


@kept_with_dataset(4)
def gaps(dataset: Dataset, name: str) -> np.ndarray:
    """The row of the join that unites leaf i and leaf i + 1 of the order, int64 (r − 1,)."""
    made = on_project.tree_of(dataset, name)
    n = len(made.rows)
    first, last, found = [0] * (2 * n - 1), [0] * (2 * n - 1), np.zeros(max(n - 1, 0), np.int64)
    for place, leaf in enumerate(made.order.tolist()):
        first[leaf] = last[leaf] = place
    for row, (a, b) in enumerate(made.linkage[:, :2].astype(np.int64).tolist()):
        a, b = (a, b) if first[a] < first[b] else (b, a)
        first[n + row], last[n + row] = first[a], last[b]
        found[last[a]] = row
    return found


def entries(dataset: Dataset, name: str, first: int, count: int) -> list[list[Any]]:
    """Of some leaves from ``first`` on: id, name and how long it lasts, for the list."""
    rows = on_project.tree_of(dataset, name).rows_in_order
    if not (first >= 0 and 0 < count <= MOST_ENTRIES):
        raise ParameterError(f"The list is read {MOST_ENTRIES} sounds at a time.")
    segments, files = dataset.segments, dataset.files
    shown = rows[first:first + count]
    file_rows = files.rows_of(segments.file_id[shown])
    return [[int(segments.segment_id[row]), files.filename[at] or files.path[at],
             round(float(segments.onset_s[row]), 3), duration_text(float(segments.duration_s[row]))]
            for row, at in zip(shown.tolist(), file_rows.tolist(), strict=True)]


def facts(dataset: Dataset, name: str) -> dict[str, Any]:
    """How many leaves, how many clusters are shown at first, how many columns its features have; what to tell."""
    one, made = on_project.find(dataset, name), on_project.tree_of(dataset, name)
    n = len(made.rows)
    kinds = len(set(dataset.segments.label or ()) - {""})
    wanted = int(one.parameters.get("n_clusters") or kinds or USUAL_CLUSTERS)
    return {"name": one.name, "fingerprint": one.fingerprint, "n": n, "rest": dataset.n_segments - n,
            "k": min(max(1, wanted), n), "source": one.source, "notes": list(one.notes),
            "bytes": project_files.n_bytes(dataset)}


# ---- features as colours ---------------------------------------------------------------------------------------------

@kept_with_dataset(1)
def _scaled(dataset: Dataset, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """z-scores of the leaves in their order, float32 (r, d), columns by their own tree; and their names.

    Of many columns those are taken that vary most.
    """
    one = on_project.find(dataset, name)
    values, columns, rows = on_project.values_of(dataset, one.source, on_project.how_of(one))
    leaves = on_project.tree_of(dataset, name).rows_in_order
    if not np.isin(leaves, rows).all():
        raise ParameterError(f"What {one.name!r} was made of is no longer in the project. Arrange the sounds again.")
    sample = vectors.filled(values[leaves[::max(1, len(leaves) // SAMPLED)]])
    chosen = np.sort(np.argsort(-sample.std(axis=0), kind="stable")[:MOST_COLUMNS])
    scaled, varies = tree.scaled(vectors.filled(values[np.ix_(leaves, chosen)]).astype(np.float64))
    named = [columns[column] for column in chosen[varies].tolist()]
    if len(named) < 2:
        return scaled.astype(np.float32), tuple(named)
    turned = np.ascontiguousarray(scaled[::max(1, len(scaled) // SAMPLED)].T)
    order = tree.order(turned, tree.ward(turned))
    return np.ascontiguousarray(scaled[:, order], np.float32), tuple(named[column] for column in order.tolist())


def columns_json(dataset: Dataset, name: str) -> str:
    """The names of the columns of `heat_bytes`."""
    return json.dumps(_scaled(dataset, name)[1])


def heat_bytes(dataset: Dataset, name: str, first: int, last: int) -> tuple[bytes, int]:
    """The features of the leaves ``first`` … ``last`` − 1 as int8, and how many lines: neighbours may share one."""
    values, _columns = _scaled(dataset, name)
    if not 0 <= first < last <= len(values):
        raise ParameterError(f"The leaves are numbered 0 to {len(values):,}.")
    n_lines = min(last - first, MOST_LINES)
    edges = first + np.arange(n_lines + 1) * (last - first) // n_lines
    means = np.add.reduceat(values[first:last], edges[:-1] - first, axis=0) / np.diff(edges)[:, None]
    steps = np.rint(np.clip(means / MOST_DEVIATIONS, -1, 1) * STEPS)
    return steps.astype(np.int8).tobytes(), n_lines
