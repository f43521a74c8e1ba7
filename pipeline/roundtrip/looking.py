"""Looking at edited tables before anything is done: for pages, which ask again and again about the same ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.curation.edits import Edit
from pipeline.curation.labels import Labels
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ConflictError, SyllabaryError
from pipeline.kept_with import kept_with_dataset
from pipeline.roundtrip import computing, relabelling
from pipeline.roundtrip.difference import Difference, How, compare
from pipeline.roundtrip.files import found_at

KEPT = 3
OUTDATED = "Labels or tables have changed since this difference was shown. It is shown anew; look at it, then decide."


@dataclass(frozen=True, eq=False)
class Look:
    """What was found, or why nothing could be: ``error`` is a sentence then.

    revision : of the project's labels      blocked : why moved and new sounds cannot be applied, or empty
    """

    revision: int = 0
    labels: Labels | None = None
    difference: Difference | None = None
    error: str = ""
    blocked: str = ""


def look(workspace: Workspace, tables: Path, how: Mapping[str, Any]) -> Look:
    """The difference that tables make to a project as it is now; never raises for what a person can put right."""
    revision, labels, dataset = workspace.revision, workspace.labels, workspace.dataset
    try:
        difference = _kept(dataset, labels, tables, _stamp(tables), json.dumps(dict(how), sort_keys=True))
    except SyllabaryError as error:
        return Look(error=str(error))
    lie_in = np.concatenate([dataset.segments.file_id[dataset.rows_of(difference.moved_ids)], difference.new_file_ids])
    return Look(revision, labels, difference, blocked=computing.problem(dataset, lie_in))


def agreed(workspace: Workspace, tables: Path, how: Mapping[str, Any], *, fingerprint: str) -> Look:
    """The same, if it is still what a person has seen. Raises ConflictError if not."""
    found = look(workspace, tables, how)
    if found.difference is None or found.difference.fingerprint != fingerprint:
        raise ConflictError(found.error or OUTDATED)
    return found


def apply_labels(workspace: Workspace, tables: Path, how: Mapping[str, Any], *, fingerprint: str) -> Edit:
    """Changed labels as one edit. Raises ConflictError if the difference is not the one that was seen."""
    found = agreed(workspace, tables, how, fingerprint=fingerprint)
    return relabelling.apply_labels(workspace, found.difference, seen=found.revision)


@kept_with_dataset(KEPT)
def _kept(dataset: Dataset, labels: Labels, tables: Path, _stamp: tuple, how: str) -> Difference:
    return compare(dataset, labels, [tables], How.of(json.loads(how)))


def _stamp(tables: Path) -> tuple[tuple[str, int, int], ...]:
    """Which tables there are, each with size and time stamp; of what is not there nothing."""
    stats = [(str(path), path.stat()) for path in found_at(tables)]
    return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)
