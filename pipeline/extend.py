"""Further recordings into a project: their sounds come behind the old ones, which stay as they are.

Everything of the project keeps its id, so that labels, history and drafts go on; the file is replaced at once, when
all of the new one is on disk.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import assemble, clip_labels, locks, pitch, project_file, rewriting, run, steps, store
from pipeline.assemble import Tables
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError, RunError
from pipeline.extending import newcomers, placing
from pipeline.extending.newcomers import Newcomers
from pipeline.extending.rebuilding import has_embedding, has_map, map_methods, plan_of
from pipeline.plan import Plan
from pipeline.rewriting import Further, Map
from pipeline.shelf import Shelf
from pipeline.watcher import Watcher

STEPS_AFTER = {"place": "map", "write": "project file"}


@dataclass
class Extension:
    """What was added to a project.

    report : what became of each new recording     known : recordings that it had already      notes : told on the way
    """

    project: Path
    report: run.Report
    n_known: int = 0
    n_changed: int = 0
    n_sounds: int = 0
    recomputed: bool = False
    notes: list[str] = field(default_factory=list)


def extend(
    project: Path,
    data_dir: Path,
    *,
    given: Mapping[str, Any] | None = None,
    labels: Mapping[str, Any] | None = None,
    watcher: Watcher | None = None,
    workers: int | None = None,
    recompute_map: bool = False,
) -> Extension:
    """Add the recordings in ``data_dir`` that the project does not have yet.

    given : values of a plan that win over those that the project was made with     labels : as `clip_labels.read` takes
    recompute_map : lay all sounds out anew, instead of placing the new ones on the map there is

    What is finished is kept beside the project until all is done: the same call goes on after an interruption. Raises
    ParameterError for a folder without recordings, ProjectError for a project that does not say how it was made or
    changed meanwhile, RunError if none of the new recordings can be read.
    """
    watcher, project = watcher or Watcher(), project.expanduser().resolve()
    with Dataset.open(project) as dataset:
        found = newcomers.find(dataset, data_dir)
        true = _labels_of(found, labels or {})
        plan, notes = plan_of(dataset, found.base, work_dir=project.parent, given=given, clip_labels=true.by_name)
        wanted, before = _steps_of(dataset), _sounds(dataset)
    notes = [*found.problems, *notes, *true.problems]
    jobs = [run.job_of(one.found, number) for number, one in enumerate(found.new)]
    done = Extension(project, run.Report(jobs, [], segmented=True), len(found.known), len(found.changed))
    if jobs:
        with run.only_run(plan, restart=False):
            shelf = Shelf(plan.work_dir)
            done.report.outcomes = run.process_all(jobs, plan, wanted, shelf, watcher, workers, None)
            run.refuse_if_nothing_worked(done.report)
            tables = assemble.collect(plan, jobs, done.report.outcomes, shelf)
            done.n_sounds = done.report.n_segments = len(tables.onset_s)
            notes += _problems(plan, tables, before[1])
            notes += _write(project, plan, tables, found, before, shelf, watcher, recompute_map=recompute_map)
        shutil.rmtree(plan.work_dir, ignore_errors=True)
        done.recomputed = recompute_map
    elif recompute_map:
        recompute(project, watcher=watcher)
        done.recomputed = True
    done.notes = notes
    for sentence in notes:
        watcher.note(sentence)
    return done


def recompute(project: Path, *, watcher: Watcher | None = None) -> int:
    """Lay all sounds of a project out anew from its embedding, with its own parameters; returns how many they are.

    Labels, history and drafts stay. Raises ProjectError for a project without an embedding or with too few sounds.
    """
    watcher, project = watcher or Watcher(), project.expanduser().resolve()
    with Dataset.open(project) as dataset:
        if not has_embedding(dataset):
            raise ProjectError(f"{project} has no embedding, from which a map could be made. Compute it with "
                               "'preprocess --compute-embeddings'.")
        methods, before, vectors = map_methods(dataset), _sounds(dataset), dataset.embedding()
    if len(vectors) < assemble.FEWEST_FOR_A_MAP:
        raise ProjectError(f"{project} has {len(vectors)} sounds; a map takes {assemble.FEWEST_FOR_A_MAP}.")
    watcher.begin("place", 1, title=STEPS_AFTER["place"])
    laid_out = rewriting.new_map(vectors, *methods)
    watcher.advance("place", 1)
    for sentence in _replace(project, before, laid_out, {}, watcher):
        watcher.note(sentence)
    return len(vectors)


def _steps_of(dataset: Dataset) -> tuple[str, ...]:
    """What is done for recordings of this project: what was done for those it has."""
    done = {"spectrogram": dataset.spectrogram_file_ids(), "pitch": dataset.pitch_file_ids(), "segment": True,
            "embed": has_embedding(dataset)}
    if not dataset.n_segments:
        return steps.PER_RECORDING
    if not done["embed"] and has_map(dataset):
        raise ProjectError(f"{dataset.path} has a map but no embedding, so there is no place on the map for further "
                           "sounds. Make the project anew with 'preprocess'.")
    return tuple(name for name in steps.PER_RECORDING if done[name])


def _sounds(dataset: Dataset) -> tuple[str, tuple[str, ...], int]:
    """What must still be so when the file is replaced: project, recordings, number of sounds."""
    return dataset.project_id, dataset.files.path, dataset.n_segments


def _labels_of(found: Newcomers, labels: Mapping[str, Any]) -> clip_labels.ClipLabels:
    read = clip_labels.read(found.base, **labels) if any(labels.values()) else clip_labels.ClipLabels()
    names = {one.found.name for one in found.new}
    return clip_labels.ClipLabels({name: label for name, label in read.by_name.items() if name in names}, read.problems)


def _problems(plan: Plan, tables: Tables, old_names: tuple[str, ...]) -> list[str]:
    """As of any run; rows of a table that fit none of the new recordings may be those of the old ones."""
    if not hasattr(plan.segmenter, "problems"):
        return tables.problems
    of_new_alone = set(plan.segmenter.problems(tables.names))
    kept = [sentence for sentence in tables.problems if sentence not in of_new_alone]
    return kept + plan.segmenter.problems([*old_names, *tables.names])


def _write(
    project: Path, plan: Plan, tables: Tables, found: Newcomers, before: tuple, shelf: Shelf, watcher: Watcher, *,
    recompute_map: bool,
) -> list[str]:
    watcher.begin("place", 1, title=STEPS_AFTER["place"])
    with Dataset.open(project) as dataset:
        further = _further(dataset, plan, tables, found, shelf)
        laid_out, notes = _laid_out(dataset, plan, tables, recompute_map=recompute_map)
    watcher.advance("place", 1)
    return notes + _replace(project, before, laid_out, {"further": further, "found": found, "tables": tables,
                                                       "shelf": shelf}, watcher)


def _replace(project: Path, before: tuple, laid_out: Map, added: Mapping[str, Any], watcher: Watcher) -> list[str]:
    """Write the project anew, while nobody else may change the file."""
    further, tables = added.get("further"), added.get("tables")
    with locks.holding(project), Dataset.open(project) as dataset:
        if _sounds(dataset) != before:
            raise RunError(f"{project} was changed meanwhile by another run. Start again: what was computed is kept.")
        watcher.begin("write", len(dataset.files) + (len(tables.jobs) if tables else 0) + 1,
                      title=STEPS_AFTER["write"])
        parameters = rewriting.parameters_of(dataset)
        if tables:
            parameters["data_dir"] = added["found"].home
        with store.create(project, parameters, project_id=dataset.project_id,
                          created=str(dataset.attrs.get("created") or "") or None) as writer:
            notes = rewriting.write(writer, dataset, laid_out, further=further, strict=True,
                                    advance=lambda amount: watcher.advance("write", amount))
            if tables:
                _write_recordings(writer, further, tables, added["shelf"], watcher)
        watcher.advance("write", 1)
    return notes


def _further(dataset: Dataset, plan: Plan, tables: Tables, found: Newcomers, shelf: Shelf) -> Further:
    """The new rows of every table, with the next ids."""
    first_file = int(dataset.files.file_id.max(initial=-1)) + 1
    first_sound = dataset.next_segment_id
    n, m = len(tables.onset_s), len(tables.jobs)
    files = project_file.file_columns(plan, tables) | {
        "file_id": np.arange(first_file, first_file + m, dtype=np.int32),
        "path": [one.path for one in found.new], "data_dir": [one.data_dir for one in found.new],
        "day": [one.path.split("/")[0] if "/" in one.path else "" for one in found.new],
    }
    segments = {
        "segment_id": np.arange(first_sound, first_sound + n, dtype=np.int32),
        "file_id": files["file_id"][tables.file_rows], "onset_sec": tables.onset_s,
        "duration_sec": tables.offset_s - tables.onset_s, "label": tables.labels,
        "cluster_id": np.zeros(n, np.int32),
    }
    _refuse_other_vectors(dataset, tables)
    return Further(files, segments, tables.vectors, _pitch_of(dataset, tables, shelf))


def _refuse_other_vectors(dataset: Dataset, tables: Tables) -> None:
    shape = dataset.embedding_shape()
    if shape is not None and tables.vectors is not None and tables.vectors.shape[1] != shape[1]:
        raise ProjectError(f"The embedder gave {tables.vectors.shape[1]} numbers for each new sound, but the project "
                           f"has {shape[1]}: it was made otherwise than it says. Make the project anew with "
                           "'preprocess'.")


def _laid_out(dataset: Dataset, plan: Plan, tables: Tables, *, recompute_map: bool) -> tuple[Map, list[str]]:
    """The map with the new sounds on it."""
    old, n = rewriting.map_of(dataset), len(tables.onset_s)
    n_all = dataset.n_segments + n
    if tables.vectors is None:
        empty = np.zeros((n_all, 2), np.float32) if old.umap is not None else None
        return Map(empty, None if old.pca is None else np.zeros((n_all, 0), np.float32), np.zeros(n_all, bool)), []
    embedding = dataset.embedding() if dataset.n_segments else np.zeros((0, tables.vectors.shape[1]), np.float32)
    if n_all < assemble.FEWEST_FOR_A_MAP:
        return Map(np.zeros((n_all, 2), np.float32), np.zeros((n_all, 0), np.float32), np.zeros(n_all, bool)), []
    if recompute_map or not has_map(dataset):
        told = [] if recompute_map else ["There was no map to place the new sounds on, so one was made of all sounds."]
        return rewriting.new_map(np.concatenate([embedding, tables.vectors]), plan.pca, plan.umap), told
    return placing.onto(old, plan.pca, embedding, tables.vectors)


def _pitch_of(dataset: Dataset, tables: Tables, shelf: Shelf) -> np.ndarray | None:
    """The pitch of each new sound, if the project has that of the old ones."""
    if "pitch" not in dataset.names("features"):
        return None
    summary = np.full((len(tables.onset_s), len(pitch.COLUMNS)), np.nan, np.float32)
    for row, outcome in enumerate(tables.outcomes):
        key, own = dict(outcome.keys).get("pitch"), tables.file_rows == row
        if key is not None and own.any():
            track = shelf.get("pitch", key)[0]["values"]
            summary[own] = pitch.per_segment(track, tables.onset_s[own], tables.offset_s[own])
    return summary


def _write_recordings(writer: store.Writer, further: Further, tables: Tables, shelf: Shelf, watcher: Watcher) -> None:
    """Spectrograms and pitch of the new recordings."""
    for file_id, outcome in zip(further.files["file_id"].tolist(), tables.outcomes, strict=True):
        project_file.write_recording(writer, file_id, dict(outcome.keys), shelf)
        watcher.advance("write", 1)
