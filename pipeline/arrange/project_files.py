"""An arrangement of a project as files: sounds in their order, lists, tables, tree and pictures, as for a folder."""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import params, recordings, store
from pipeline.arrange import Arranged, Status, on_project, placing, sources, tree, writing
from pipeline.arrange.cutting import Cut
from pipeline.arrange.how import How
from pipeline.arrange.sources import Sample
from pipeline.dataset import Dataset
from pipeline.discover import name_of
from pipeline.errors import ExportError, ParameterError
from pipeline.watcher import Watcher

AUTO = "auto"
WHOLE_S = 2e-3                # a sound that leaves no more of its recording out is all of it
SAMPLE_BYTES, TABLE_BYTES = 3, 4_000      # of a sample of one channel; of a sound's lines in all tables
SPARE_BYTES = 20_000_000
ARRANGED, NO_PLACE = "arranged", "not arranged: it came later, or could not be read"


def write(
    dataset: Dataset, folder: Path | str, *, name: str = "", watcher: Watcher | None = None,
    labels: Path | None = None, **values: Any,
) -> Arranged:
    """Write the arrangement of that name, or the newest, into a folder.

    A sound that is all of its recording is copied or linked; of others a WAV file is cut out.
    values : parameters of `How` that concern the files, by name
    labels : a table with the kind of each recording, in place of true labels and folders

    Raises ParameterError for what is not there, ExportError, AudioError for recordings that are missing by now.
    """
    watcher, began, folder = watcher or Watcher(), time.monotonic(), Path(folder).expanduser().absolute()
    one = on_project.find(dataset, name)
    how = params.make(How, {**params.values(on_project.how_of(one)), **values})
    made = _made(dataset, one, how, labels, folder)
    for place in (writing.BANK, writing.CLUSTERS):
        placing.check(folder / place)
    if how.copies != "list":
        _check_room(dataset, folder)
    watcher.begin("files", writing.n_steps(made), title="files and pictures")
    made.notes.extend(writing.write(made, folder, _about(made, one, time.monotonic() - began),
                                    advance=lambda n: watcher.advance("files", n)))
    return made


def pack(dataset: Dataset, path: Path, **how: Any) -> None:
    """The same as a zip at ``path``, whole or not at all. Raises as `write` does."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".arranged-") as made, store.replacing(path) as temporary:
        write(dataset, made, **how)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as packed:     # sounds hardly grow smaller
            for file in sorted(Path(made).rglob("*")):
                if file.is_file() and not file.name.startswith("."):
                    packed.write(file, f"{path.stem}/{file.relative_to(made).as_posix()}")


def n_bytes(dataset: Dataset) -> int:
    """About how much room copies of all sounds take."""
    segments, files = dataset.segments, dataset.files
    rate_hz = np.maximum(files.sr[files.rows_of(segments.file_id)], 1)
    return int((segments.duration_s * rate_hz).sum() * 2 * SAMPLE_BYTES) + TABLE_BYTES * len(segments)


def _check_room(dataset: Dataset, folder: Path) -> None:
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), Path(tempfile.gettempdir()))
    needed, free = n_bytes(dataset) + SPARE_BYTES, shutil.disk_usage(there).free
    if free < needed:
        raise ExportError(f"The disk of {folder} has {free / 1e6:,.0f} MB left, but the sounds may need "
                          f"{needed / 1e6:,.0f} MB. Make room, or write the lists alone (--copies list).")


def _made(dataset: Dataset, one: on_project.Stored, how: How, labels: Path | None, folder: Path) -> Arranged:
    stored = on_project.tree_of(dataset, one.name)
    points = on_project.points_of(dataset, one.source, how)
    place = np.full(dataset.n_segments, -1)
    place[points.rows] = np.arange(len(points.rows))
    if (place[stored.rows] < 0).any():
        raise ParameterError(f"What {one.name!r} was made of is no longer in the project. Arrange the sounds again.")
    own, n = place[stored.rows], len(stored.rows)
    samples, rows = _samples(dataset), stored.rows_in_order.tolist()
    kinds = _kinds(dataset, samples, how, labels)
    cluster = tree.cut(stored.linkage, stored.order, how.n_clusters) if how.n_clusters else np.zeros(n, np.int64)
    notes = [f"{how.n_clusters} clusters were asked for, but there are only {n} sounds."] \
        if how.n_clusters and how.n_clusters > n else []
    return Arranged(
        how=how, samples=samples, statuses=_statuses(dataset, stored.rows),
        files=[samples[row].title for row in stored.rows.tolist()],
        categories=[kinds[row] for row in stored.rows.tolist()], features=points.values[own], columns=points.columns,
        points=points.points[own], scaled=points.scaled[own], kept_columns=points.kept, linkage=stored.linkage,
        order=stored.order, cluster=cluster, rows=rows,
        names=placing.names([samples[row].named_after for row in rows], parent_dir=how.parent_dir),
        notes=[*one.notes, *notes], folder=folder)


def _samples(dataset: Dataset) -> list[Sample]:
    """The sounds in row order."""
    segments, files = dataset.segments, dataset.files
    file_rows = files.rows_of(segments.file_id)
    paths = {number: recordings.path_of(dataset, number).absolute() for number in np.unique(segments.file_id).tolist()}
    begin_s, end_s = segments.onset_s, segments.onset_s + segments.duration_s
    is_whole = (begin_s <= WHOLE_S) & (end_s >= files.duration_s[file_rows] - WHOLE_S)
    found = []
    for row, file_id in enumerate(segments.file_id.tolist()):
        path = paths[file_id]
        cut = None if is_whole[row] else Cut(path, float(begin_s[row]), float(end_s[row]))
        found.append(Sample(path, name_of(Path(files.path[file_rows[row]])), cut))
    return found


def _kinds(dataset: Dataset, samples: list[Sample], how: How, labels: Path | None) -> list[str]:
    """The kind of each sound in row order: by the table, its true label, or as for files."""
    if labels is None and how.categories == AUTO and dataset.segments.label is not None and any(dataset.segments.label):
        return list(dataset.segments.label)
    return sources.categories(samples, how=how.categories, prefix_length=how.prefix_length, labels=labels,
                              label_column=how.label_column)


def _statuses(dataset: Dataset, arranged: np.ndarray) -> list[Status]:
    segments, files = dataset.segments, dataset.files
    rate_hz = files.sr[files.rows_of(segments.file_id)]
    n_samples = np.maximum(1, np.rint(segments.duration_s * rate_hz)).astype(np.int64)
    has_place = np.zeros(len(segments), bool)
    has_place[arranged] = True
    return [Status(ARRANGED if good else NO_PLACE, n if good else 0, rate)
            for good, n, rate in zip(has_place.tolist(), n_samples.tolist(), rate_hz.tolist(), strict=True)]


def _about(made: Arranged, one: on_project.Stored, seconds: float) -> dict[str, Any]:
    n_good = len(made.files)
    return {"arrangement": one.name, "source": one.source, "made": one.made, "parameters": params.values(made.how),
            "sounds": len(made.samples), "arranged": n_good, "without_a_place": len(made.samples) - n_good,
            "features": list(made.kept_columns), "runs_of_each_category": made.runs, "notes": made.notes,
            "seconds": round(seconds, 2)}
