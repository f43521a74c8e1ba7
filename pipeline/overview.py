"""What is in a project, in numbers and names."""

from __future__ import annotations

import math
import sqlite3
import urllib.parse
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.curation import journal
from pipeline.dataset import Dataset

OK = "ok"


def of(path: Path | str) -> dict[str, Any]:
    """Everything about a project as JSON values; what is unknown is None. Writes nothing. Raises ProjectError."""
    with Dataset.open(path) as dataset:
        return {
            **_about_file(dataset),
            "recordings": _recordings(dataset),
            "segments": _segments(dataset),
            "clusters": _clusters(dataset),
            "embedding": dataset.embedding_shape(),
            "features": {name: list(dataset.feature(name).columns) for name in dataset.names("features")},
            "projections": dataset.names("projections"),
            "labelings": dataset.names("labelings"),
            "arrangements": dataset.names("arrangements"),
            "parameters": {name: _plain(value) for name, value in sorted(dataset.parameters.items())},
            "steps": {name: _plain(value) for name, value in sorted(dataset.steps.items())},
            "journal": journal_facts(dataset.path),
            "notes": list(dataset.notes),
        }


def _about_file(dataset: Dataset) -> dict[str, Any]:
    keys = ("format", "created", "software")
    return {
        "path": str(dataset.path), "size_bytes": dataset.path.stat().st_size, "format_version": dataset.format_version,
        "project_id": dataset.project_id, **{key: _plain(dataset.attrs.get(key)) for key in keys},
    }


def _recordings(dataset: Dataset) -> dict[str, Any]:
    files = dataset.files
    known_s = files.duration_s[np.isfinite(files.duration_s)]
    return {
        "n": len(files),
        "by_status": dict(Counter(files.status).most_common()),
        "duration_s": float(known_s.sum()),
        "n_of_unknown_duration": len(files) - len(known_s),
        "by_rate_hz": {str(rate): n for rate, n in sorted(Counter(files.sr.tolist()).items())},
        "days": len(set(files.day) - {""}),
        "with_spectrogram": len(dataset.spectrogram_file_ids()),
    }


def _segments(dataset: Dataset) -> dict[str, Any]:
    duration_s = dataset.segments.duration_s
    labels = dataset.segments.label
    return {
        "n": dataset.n_segments,
        "duration_s": float(duration_s.sum()),
        "median_duration_s": float(np.median(duration_s)) if len(duration_s) else None,
        "has_map": dataset.segments.umap is not None,
        "labels": None if labels is None else dict(sorted(Counter(labels).items())),
    }


def _clusters(dataset: Dataset) -> dict[str, Any]:
    """Counts of all clusters in use or described; 0 is told apart."""
    counts = Counter(dataset.cluster_ids().tolist())
    known = {cluster.cluster_id: cluster for cluster in dataset.clusters()}
    ids = sorted((set(counts) | set(known)) - {0})
    rows = [{"cluster_id": k, "name": known[k].name if k in known else "", "n": counts.get(k, 0)} for k in ids]
    return {"n": len(rows), "unassigned": counts.get(0, 0), "rows": rows}


def journal_facts(project: Path) -> dict[str, Any] | None:
    """How many edits the journal beside the project holds, read without touching it; None if there is none."""
    path = journal.path_of(project)
    if not path.is_file():
        return None
    in_use = path.with_name(f"{path.name}-wal").exists()
    how = "mode=ro" if in_use else "mode=ro&immutable=1"     # at rest, merely reading would leave files beside it
    address = f"file:{urllib.parse.quote(str(path.resolve()))}?{how}"
    query = "SELECT count(*), max(time) FROM edits WHERE kind != 'draft'"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            n_edits, latest = connection.execute(query).fetchone()
    except sqlite3.Error as error:
        return {"path": str(path), "edits": None, "latest": None, "trouble": str(error)}
    return {"path": str(path), "edits": n_edits, "latest": latest, "trouble": ""}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, np.ndarray):
        return [_plain(part) for part in value.tolist()]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
