"""A difference in words and plain values: for the command line, for pages, for other programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.roundtrip.difference import Difference
from pipeline.text import counted, listed

KINDS = ("relabelled", "moved", "new", "deleted")
VERBS = {"relabelled": "with another label", "moved": "with other bounds", "new": "new", "deleted": "deleted"}


def summary(difference: Difference) -> str:
    """All counts in a sentence."""
    counts = difference.counts
    if difference.is_empty:
        return f"Nothing changes: {counted(counts['unchanged'], 'sound')} as in the project."
    told = [f"{counts[kind]:,} {VERBS[kind]}" for kind in KINDS if counts[kind]]
    return f"{listed(told)}; {counts['unchanged']:,} as they were."


def title(labels: Labels, difference: Difference, target: int) -> str:
    """What a target is called: ``C4 “trill”``, ``unassigned``, ``new cluster “x”``."""
    if target < 0:
        return f"new cluster “{difference.new_names[-1 - target]}”"
    if target == UNASSIGNED:
        return "unassigned"
    return labels.title(target) if target in labels.clusters else f"new cluster C{target}"


def pairs(labels: Labels, difference: Difference) -> list[dict[str, Any]]:
    """Changed labels: ``from``, ``to`` and ``n`` sounds, the most first."""
    counts = Counter(zip(difference.relabelled_before.tolist(), difference.relabelled_to.tolist(), strict=True))
    return [{"from": title(labels, difference, before), "to": title(labels, difference, to), "n": n}
            for (before, to), n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def by_recording(dataset: Dataset, difference: Difference) -> list[dict[str, Any]]:
    """For each recording with changes: ``path`` and how many sounds of each kind, the most changed first."""
    files = dataset.files
    columns = {kind: np.zeros(len(files), np.int64) for kind in KINDS}
    for kind, ids in (("relabelled", difference.relabelled_ids), ("moved", difference.moved_ids),
                      ("deleted", difference.deleted_ids)):
        rows = files.rows_of(dataset.segments.file_id[dataset.rows_of(ids)])
        columns[kind] += np.bincount(rows, minlength=len(files))
    columns["new"] += np.bincount(files.rows_of(difference.new_file_ids), minlength=len(files))
    total = sum(columns.values())
    order = [row for row in np.argsort(-total, kind="stable").tolist() if total[row]]
    return [{"path": files.path[row], **{kind: int(column[row]) for kind, column in columns.items()}} for row in order]


def rows(dataset: Dataset, labels: Labels, difference: Difference, kind: str, *, first: int = 0,
         most: int | None = None) -> list[dict[str, Any]]:
    """The sounds of a kind: ``segment_id`` (None for a new one), ``path``, ``file_id``, bounds, labels, new bounds."""
    part = slice(first, None if most is None else first + most)
    if kind == "new":
        columns = (difference.new_file_ids[part].tolist(), difference.new_onset_s[part].tolist(),
                   difference.new_offset_s[part].tolist(), difference.new_to[part].tolist())
        return [{"segment_id": None, "file_id": file_id, "path": dataset.files.path[dataset.files.row_of(file_id)],
                 "onset_s": onset_s, "offset_s": offset_s, "to": title(labels, difference, to)}
                for file_id, onset_s, offset_s, to in zip(*columns, strict=True)]
    ids = getattr(difference, f"{kind}_ids")[part]
    told = [_sound(dataset, labels, int(row)) for row in dataset.rows_of(ids).tolist()]
    if kind == "relabelled":
        for one, to in zip(told, difference.relabelled_to[part].tolist(), strict=True):
            one["to"] = title(labels, difference, to)
    if kind == "moved":
        bounds = zip(difference.moved_onset_s[part].tolist(), difference.moved_offset_s[part].tolist(), strict=True)
        for one, (onset_s, offset_s) in zip(told, bounds, strict=True):
            one |= {"new_onset_s": onset_s, "new_offset_s": offset_s}
    return told


def _sound(dataset: Dataset, labels: Labels, row: int) -> dict[str, Any]:
    segments, files = dataset.segments, dataset.files
    file_id, onset_s = int(segments.file_id[row]), float(segments.onset_s[row])
    number = int(labels.ids[row])
    return {"segment_id": int(segments.segment_id[row]), "file_id": file_id, "path": files.path[files.row_of(file_id)],
            "onset_s": onset_s, "offset_s": onset_s + float(segments.duration_s[row]),
            "from": "unassigned" if number == UNASSIGNED else labels.title(number)}


def as_plain(dataset: Dataset, labels: Labels, difference: Difference) -> dict[str, Any]:
    """Everything, as JSON values."""
    return {
        "project": str(dataset.path), "project_id": dataset.project_id, "format": difference.format,
        "tables": list(difference.names), "rows": difference.n_rows, "fingerprint": difference.fingerprint,
        "counts": difference.counts, "new_clusters": list(difference.new_names), "problems": list(difference.problems),
        "notes": list(difference.notes), "labels": pairs(labels, difference),
        "recordings": by_recording(dataset, difference),
        **{kind: rows(dataset, labels, difference, kind) for kind in KINDS},
    }
