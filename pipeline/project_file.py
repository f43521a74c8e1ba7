"""The last step: everything that is known about the sounds, written as one project file."""

from __future__ import annotations

import importlib.metadata
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from pipeline import first_labels, params, pitch, store, timestamps
from pipeline.assemble import Tables
from pipeline.curation import agreement
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError
from pipeline.plan import Plan, parameters
from pipeline.shelf import Shelf, fingerprint
from pipeline.steps import STEPS
from pipeline.watcher import Watcher

LIBRARIES = {
    "spectrogram": ("numpy", "scipy", "soundfile", "soxr"),
    "pitch": ("praat-parselmouth",),
    "segment": ("numpy", "scipy"),
    "embed": ("numpy", "librosa"),
    "project": ("scikit-learn", "umap-learn", "pynndescent", "numba"),
}


def prepare_place(path: Path) -> None:
    """Make the project file's folder, and refuse a place where none can be written, before there is any work to lose.

    Raises ProjectError; for a file that stands there and is no project, too: it is not written over.
    """
    try:
        if path.exists():
            Dataset.open(path).close()
        folder = path.resolve().parent
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError) as error:   # RuntimeError: links in a circle
        in_a_file = isinstance(error, FileExistsError | NotADirectoryError)
        why = "a part of this path is a file, not a folder" if in_a_file else getattr(error, "strerror", None) or error
        raise ProjectError(f"No project file can be written at {path}: {why}. Choose another --hdf5-output.") from error


def write(plan: Plan, tables: Tables, shelf: Shelf, watcher: Watcher, *, replace: bool) -> Path:
    """Write the project file, with the labels of the one that stands there carried over."""
    watcher.begin("export", len(tables.jobs) + 1, title=STEPS["export"].title)
    columns = _segment_columns(tables)
    segment_id = columns["segment_id"]
    with first_labels.chosen(plan, tables, columns, replace=replace) as labels, store.create(
            plan.hdf5, parameters=_parameters(plan, tables), project_id=labels.project_id) as writer:
        writer.files(**file_columns(plan, tables))
        writer.segments(**columns, cluster_id=labels.cluster_ids)
        labels.write_clusters(writer)
        _write_vectors(writer, plan, tables, segment_id)
        _write_recordings(writer, tables, segment_id, shelf, watcher)
        _write_steps(writer, tables)
    if labels.project_id is None:
        agreement.retire_journal(plan.hdf5)
    watcher.advance("export", 1)
    shelf.sweep(_on_the_shelf(tables))
    return plan.hdf5


def _segment_columns(tables: Tables) -> dict[str, Any]:
    n = len(tables.onset_s)
    return {
        "segment_id": np.arange(n, dtype=np.int32),
        "file_id": np.array([tables.jobs[row].file_id for row in tables.file_rows], np.int32),
        "onset_sec": tables.onset_s, "duration_sec": tables.offset_s - tables.onset_s, "label": tables.labels,
        "umap": tables.umap if tables.umap is not None else np.zeros((n, 2), np.float32),
        "pca": tables.pca.scores if tables.pca is not None else np.zeros((n, 0), np.float32),
    }


def file_columns(plan: Plan, tables: Tables) -> dict[str, Any]:
    """The table of recordings, one row for each job."""
    names = [PurePosixPath(name) for name in tables.names]
    times = [timestamps.recorded_at(job.name, job.path, time_format=plan.time_format) for job in tables.jobs]
    outcomes = tables.outcomes
    return {
        "file_id": np.array([job.file_id for job in tables.jobs], np.int32),
        "filename": [name.name for name in names],
        "path": tables.names,
        "sr": np.array([outcome.native_rate_hz for outcome in outcomes], np.int32),
        "duration_sec": np.array([outcome.duration_s for outcome in outcomes], np.float64),
        "recorded_at": np.array(times, np.float64),
        "status": [outcome.status for outcome in outcomes],
        "day": [name.parts[0] if len(name.parts) > 1 else "" for name in names],
        "note": ["; ".join(outcome.notes) for outcome in outcomes],
    }


def _parameters(plan: Plan, tables: Tables) -> dict[str, Any]:
    rates = [outcome.native_rate_hz for outcome in tables.outcomes if outcome.native_rate_hz]
    most_frequent = max(set(rates), key=rates.count) if rates else plan.audio.sr
    return parameters(plan) | {"sr_original": most_frequent}


def _write_vectors(writer: store.Writer, plan: Plan, tables: Tables, segment_id: np.ndarray) -> None:
    if tables.vectors is not None:
        about = {"method": plan.embedder_name, **params.values(plan.embedder)}
        writer.embeddings(segment_id, tables.vectors, about)
    if tables.pca is not None:
        kept = {"mean": tables.pca.mean, "components": tables.pca.components, "explained": tables.pca.explained}
        place = _two_columns(tables.pca.scores)
        writer.projection("pca", segment_id, place, attrs=params.values(plan.pca), extra=kept)
    if tables.umap is not None:
        writer.projection("umap", segment_id, tables.umap, attrs=params.values(plan.umap))


def _two_columns(scores: np.ndarray) -> np.ndarray:
    return np.pad(scores, ((0, 0), (0, max(0, 2 - scores.shape[1]))))[:, :2]


def _write_recordings(
    writer: store.Writer, tables: Tables, segment_id: np.ndarray, shelf: Shelf, watcher: Watcher,
) -> None:
    """Spectrograms and pitch, one recording at a time, and each sound's pitch."""
    summary = np.full((len(segment_id), len(pitch.COLUMNS)), np.nan, np.float32)
    bounds = np.searchsorted(tables.file_rows, np.arange(len(tables.jobs) + 1))
    has_pitch = False
    for row, (job, outcome) in enumerate(zip(tables.jobs, tables.outcomes, strict=True)):
        keys, rows = dict(outcome.keys), slice(bounds[row], bounds[row + 1])
        track = write_recording(writer, job.file_id, keys, shelf)
        if track is not None:
            has_pitch = True
            summary[rows] = pitch.per_segment(track, tables.onset_s[rows], tables.offset_s[rows])
        watcher.advance("export", 1)
    if has_pitch:
        writer.feature("pitch", segment_id, summary, columns=pitch.COLUMNS)


def write_recording(writer: store.Writer, file_id: int, keys: dict[str, str], shelf: Shelf) -> np.ndarray | None:
    """The spectrogram and pitch of one recording, as far as they were made; returns the pitch (2, n_frames)."""
    if "spectrogram" in keys:
        arrays, about = shelf.get("spectrogram", keys["spectrogram"])
        writer.spectrogram(file_id, arrays["values"], db_per_step=about["db_per_step"],
                           freq_hz=tuple(about["freq_hz"]), hop_s=about["hop_s"])
    if "pitch" not in keys:
        return None
    track = shelf.get("pitch", keys["pitch"])[0]["values"]
    writer.pitch(file_id, track)
    return track


def _write_steps(writer: store.Writer, tables: Tables) -> None:
    """What each step was made from: a fingerprint of all its results' fingerprints, and the libraries."""
    for name, libraries in LIBRARIES.items():
        keys = sorted(key for outcome in tables.outcomes for step, key in outcome.keys if step == name)
        if keys or (name == "project" and tables.umap is not None):
            made_from = keys or [tables.map_key]
            versions = {library: importlib.metadata.version(library) for library in libraries}
            writer.step(name, fingerprint=fingerprint(STEPS[name].version, made_from), versions=versions)


def _on_the_shelf(tables: Tables) -> list[tuple[str, str]]:
    """What the next run can use."""
    return [pair for outcome in tables.outcomes for pair in outcome.keys] + [("project", tables.map_key)]
