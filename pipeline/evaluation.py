"""Holding a project against a table of the truth: were its sounds found, and do its clusters agree with the labels?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline import measures
from pipeline.dataset import Dataset
from pipeline.errors import TableError
from pipeline.importers import ImportedTable
from pipeline.matching import match_names
from pipeline.measures import Counts, Intervals

MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class Truth:
    """The true sounds of the project's recordings.

    rows_of : rows of ``table`` by file_id      label : n texts, "" where a sound has none
    problems : sentences about rows that belong to no recording of the project
    """

    table: ImportedTable
    rows_of: dict[int, np.ndarray]
    label: np.ndarray
    problems: tuple[str, ...]

    def intervals(self, rows: np.ndarray) -> Intervals:
        """The sounds at these rows."""
        return Intervals(self.table.onset_s[rows], self.table.offset_s[rows])


@dataclass(frozen=True)
class Unmatched:
    """A sound that has no partner: ``side`` is ``found`` or ``true``."""

    side: str
    recording: str
    onset_s: float
    offset_s: float
    label: str


@dataclass(frozen=True)
class LabelReport:
    """Scores by name (see `measures.label_scores`) and the sounds that were not scored."""

    scores: dict[str, float | int]
    unmatched: tuple[Unmatched, ...]


def truth_for(dataset: Dataset, table: ImportedTable) -> Truth:
    """Give each row of a table to the recording it names: by path in the data folder, or a base name only one has.

    Raises TableError if there are rows and none of them names a recording of the project.
    """
    names = recording_names(dataset)
    matches = match_names(table.recording, names)
    if len(table) and not matches.by_text:
        text, why = next(iter(matches.unmatched.items()))
        raise TableError(f"No row of {table.path} names a recording of {dataset.path} (for example {text!r}: {why}).")
    file_ids = dict(zip(names, dataset.files.file_id.tolist(), strict=True))
    rows = defaultdict(list)
    for row, text in enumerate(table.recording):
        if text in matches.by_text:
            rows[file_ids[matches.by_text[text]]].append(row)
    return Truth(table, {file_id: np.array(mine) for file_id, mine in rows.items()}, _labels(table),
                 _problems(table, matches.unmatched))


def recording_names(dataset: Dataset) -> list[str]:
    """The recordings' paths relative to the data folder, in row order; base names where a project has no paths."""
    return [path or filename for path, filename in zip(dataset.files.path, dataset.files.filename, strict=True)]


def _labels(table: ImportedTable) -> np.ndarray:
    texts = table.label if table.label is not None else table.cluster
    return np.array(texts if texts is not None else [""] * len(table), object)


def _problems(table: ImportedTable, unmatched: dict[str, str]) -> tuple[str, ...]:
    if not unmatched:
        return ()
    shown = "; ".join(f"{text!r}: {why}" for text, why in list(unmatched.items())[:MOST_NAMED])
    more = f"; and {len(unmatched) - MOST_NAMED} more" if len(unmatched) > MOST_NAMED else ""
    return (f"{len(unmatched)} recordings of {table.path} are not in the project and were left out ({shown}{more}).",)


def segments(
    dataset: Dataset, truth: Truth, *, tolerance_s: float = 0.01, ignore_labels: Collection[str] = ()
) -> tuple[Counts, Counts]:
    """Segment-wise and frame-wise counts, summed over the project's recordings.

    A recording without a row in the truth has no sounds. Rows whose label is ignored count neither as hit nor error.
    """
    by_segment = by_frame = Counts()
    for _, found_rows, true_rows in _recordings(dataset, truth):
        ignored = np.isin(truth.label[true_rows].astype(str), list(ignore_labels))
        found = _found(dataset, found_rows)
        real, noise = truth.intervals(true_rows[~ignored]), truth.intervals(true_rows[ignored])
        by_segment += measures.segment_counts(found, real, tolerance_s=tolerance_s, ignored=noise)
        by_frame += measures.frame_counts(found, real, ignored=noise)
    return by_segment, by_frame


def labels(
    dataset: Dataset, truth: Truth, *, labeling: str | None = None, ignore_labels: Collection[str] = ()
) -> LabelReport:
    """How a labeling of the project (its clusters if none is named) agrees with the true labels.

    Sounds are paired one to one by largest overlap; a true sound without a label, with an ignored one or marked
    ``ignore_for_type`` is left out with its partner. Noise (-1) and unassigned (0) are a cluster each. Raises
    ProjectError if there is no such labeling, TableError if not one pair is left.
    """
    clusters = dataset.cluster_ids() if labeling is None else dataset.labeling(labeling).label
    left_out = _left_out(truth, ignore_labels)
    pairs, unmatched = [], []
    for file_id, found_rows, true_rows in _recordings(dataset, truth):
        mine, theirs = measures.match_by_overlap(_found(dataset, found_rows), truth.intervals(true_rows))
        pairs.append(np.stack([found_rows[mine], true_rows[theirs]]))
        free = np.delete(true_rows, theirs)
        unmatched += _unmatched(dataset, truth, file_id, np.delete(found_rows, mine), free[~left_out[free]])
    found, true = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), np.int64)
    scored = ~left_out[true]
    if not scored.any():
        raise TableError(f"No sound of {dataset.path} lies on a labelled sound of {truth.table.path}: half of what the "
                         "two cover together must be shared. Check names of recordings, times and labels.")
    scores = measures.label_scores(truth.label[true[scored]].astype(str), clusters[found[scored]])
    return LabelReport(scores, tuple(unmatched))


def own_labels(
    dataset: Dataset, *, labeling: str | None = None, ignore_labels: Collection[str] = ()
) -> LabelReport:
    """The same against the true labels that came with the project's sounds; those without one are left out.

    Raises TableError if there are none, ProjectError if there is no such labeling.
    """
    clusters = dataset.cluster_ids() if labeling is None else dataset.labeling(labeling).label
    truth = np.array(dataset.segments.label or [""] * dataset.n_segments, object).astype(str)
    scored = ~np.isin(truth, [*ignore_labels, ""])
    if not scored.any():
        raise TableError(f"The sounds of {dataset.path} came without true labels. Give a table of them with --truth.")
    return LabelReport(measures.label_scores(truth[scored], clusters[scored]), ())


def true_types(dataset: Dataset, truth: Truth, *, ignore_labels: Collection[str] = ()) -> np.ndarray:
    """The true label of each sound that `labels` would score, "" for the others: n texts in row order."""
    types = np.full(dataset.n_segments, "", object)
    left_out = _left_out(truth, ignore_labels)
    for _, found_rows, true_rows in _recordings(dataset, truth):
        mine, theirs = measures.match_by_overlap(_found(dataset, found_rows), truth.intervals(true_rows))
        scored = ~left_out[true_rows[theirs]]
        types[found_rows[mine[scored]]] = truth.label[true_rows[theirs[scored]]]
    return types


def _left_out(truth: Truth, ignore_labels: Collection[str]) -> np.ndarray:
    return truth.table.ignore | np.isin(truth.label.astype(str), [*ignore_labels, ""])


def _recordings(dataset: Dataset, truth: Truth) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(file_id, rows of its sounds in the project, rows of its sounds in the truth) of every recording."""
    order = np.argsort(dataset.segments.file_id, kind="stable")
    sorted_ids = dataset.segments.file_id[order]
    nothing = np.zeros(0, np.int64)
    for file_id in dataset.files.file_id.tolist():
        first, last = np.searchsorted(sorted_ids, [file_id, file_id + 1])
        yield file_id, order[first:last], truth.rows_of.get(file_id, nothing)


def _found(dataset: Dataset, rows: np.ndarray) -> Intervals:
    onset_s = dataset.segments.onset_s[rows]
    return Intervals(onset_s, onset_s + dataset.segments.duration_s[rows])


def _unmatched(
    dataset: Dataset, truth: Truth, file_id: int, found_rows: np.ndarray, true_rows: np.ndarray
) -> Iterator[Unmatched]:
    row = dataset.files.row_of(file_id)
    name = dataset.files.path[row] or dataset.files.filename[row]
    found, true = _found(dataset, found_rows), truth.intervals(true_rows)
    for onset_s, offset_s in zip(found.onset_s.tolist(), found.offset_s.tolist(), strict=True):
        yield Unmatched("found", name, onset_s, offset_s, "")
    labels = truth.label[true_rows]
    for onset_s, offset_s, label in zip(true.onset_s.tolist(), true.offset_s.tolist(), labels, strict=True):
        yield Unmatched("true", name, onset_s, offset_s, str(label))
