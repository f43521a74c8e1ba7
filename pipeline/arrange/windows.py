"""The first windows of every sound of a project, as the numbers that sounds are arranged by; kept in the project.

Recordings are worked on in parallel, and what is finished waits on a shelf beside the project, so that an interrupted
run goes on where it was. Sounds that have their numbers are not read again.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import engines, recordings, settings
from pipeline.arrange import reading
from pipeline.arrange.how import How
from pipeline.audio_sources import open_source
from pipeline.dataset import Dataset
from pipeline.errors import AudioError
from pipeline.shelf import Shelf, fingerprint, stamp
from pipeline.watcher import Watcher

STEP, VERSION = "windows", 1
SOUNDS_PER_JOB = 200      # at least, unless the recording has fewer and is the last


@dataclass(eq=False)
class Windows:
    """values float32 (n, 68 · frames) in row order, NaN where a sound could not be read; problems : one a recording.

    n_new : sounds that were read for this; 0 if all is in the project already
    """

    values: np.ndarray
    problems: list[str]
    n_new: int


@dataclass(frozen=True, eq=False)
class _Recording:
    """Some sounds of one recording."""

    path: Path
    rows: np.ndarray
    onset_s: np.ndarray
    offset_s: np.ndarray


@dataclass(frozen=True, eq=False)
class _Job:
    key: str
    recordings: tuple[_Recording, ...]


def set_name(how: How) -> str:
    """What the numbers are called among the project's features: ``windows_2``, ``windows_2_compat``."""
    return f"windows_{how.frames}{'_compat' if how.compat else ''}"


def shelf_of(project: Path) -> Shelf:
    """Where finished work waits."""
    return Shelf(project.resolve().with_name(f"{project.stem}.arrange.work"))


def done_with(project: Path) -> None:
    """Take away what waited."""
    shutil.rmtree(shelf_of(project).folder, ignore_errors=True)


def of_project(dataset: Dataset, how: How, *, watcher: Watcher | None = None, workers: int | None = None,
               scheduler: str | None = None) -> Windows:
    """The numbers of all sounds: those the project has, and those of the others, which are read now."""
    watcher, shelf, name = watcher or Watcher(), shelf_of(dataset.path), set_name(how)
    values = np.full((dataset.n_segments, reading.N_FEATURES * how.frames), np.nan, np.float32)
    if name in dataset.names("features") and dataset.feature_width(name) == values.shape[1]:
        values = np.array(dataset.feature(name).values)
    missing = np.flatnonzero(~np.isfinite(values).all(axis=1))
    watcher.begin(STEP, dataset.n_segments, title="features")
    watcher.advance(STEP, dataset.n_segments - len(missing))
    stored = dataset.parameters.get("channel")
    channel = None if stored in (None, "") else int(stored)
    jobs, problems = list(_jobs(dataset, missing, how, channel)), []
    by_key = {job.key: job for job in jobs}
    for key, n in engines.each(_work, jobs, how, channel, shelf, workers=workers or settings.n_cores(),
                               scheduler=scheduler):
        arrays, about = shelf.get(STEP, key)
        values[np.concatenate([one.rows for one in by_key[key].recordings])] = arrays["values"]
        problems += about["problems"]
        watcher.advance(STEP, n)
    return Windows(values, sorted(problems), int(np.isfinite(values[missing]).all(axis=1).sum()))


def _jobs(dataset: Dataset, rows: np.ndarray, how: How, channel: int | None) -> Iterator[_Job]:
    """Recordings with at least `SOUNDS_PER_JOB` sounds together."""
    if not len(rows):
        return
    segments, gathered, n = dataset.segments, [], 0
    rows = rows[np.argsort(segments.file_id[rows], kind="stable")]
    ids, starts = np.unique(segments.file_id[rows], return_index=True)
    for file_id, own in zip(ids.tolist(), np.split(rows, starts[1:]), strict=True):
        onset_s = segments.onset_s[own]
        gathered.append(_Recording(recordings.path_of(dataset, file_id), own, onset_s,
                                   onset_s + segments.duration_s[own]))
        n += len(own)
        if n >= SOUNDS_PER_JOB:
            yield _job(gathered, how, channel)
            gathered, n = [], 0
    if gathered:
        yield _job(gathered, how, channel)


def _job(gathered: Sequence[_Recording], how: How, channel: int | None) -> _Job:
    about = [(str(one.path), stamp(one.path)) for one in gathered]
    times = [(one.rows, one.onset_s, one.offset_s) for one in gathered]
    return _Job(fingerprint(VERSION, how.frames, how.compat, channel, about, *itertools.chain(*times)), tuple(gathered))


def _work(job: _Job, how: How, channel: int | None, shelf: Shelf) -> tuple[str, int]:
    """Put the numbers of some recordings' sounds on the shelf: (key, how many sounds)."""
    n = sum(len(one.rows) for one in job.recordings)
    if not shelf.has(STEP, job.key):
        found = [_of_recording(one, how, channel) for one in job.recordings]
        shelf.put(STEP, job.key, {"values": np.concatenate([values for values, _problem in found])},
                  {"problems": [problem for _values, problem in found if problem]})
    return job.key, n


def _of_recording(one: _Recording, how: How, channel: int | None) -> tuple[np.ndarray, str]:
    """float32 (sounds, 68 · frames), NaN for those that cannot be read, and why; the recording is opened once."""
    values = np.full((len(one.rows), reading.N_FEATURES * how.frames), np.nan, np.float32)
    sounds, places, problem = [], [], ""
    try:
        with open_source(one.path) as source:
            for place, (from_s, to_s) in enumerate(zip(one.onset_s.tolist(), one.offset_s.tolist(), strict=True)):
                try:
                    sounds.append(reading.of_source(source, one.path, n_frames=how.frames, compat=how.compat,
                                                    from_s=from_s, to_s=to_s, channel=channel))
                    places.append(place)
                except AudioError as error:
                    problem = problem or str(error)
    except AudioError as error:
        problem = str(error)
    if sounds:
        values[places] = reading.features(sounds, n_frames=how.frames, compat=how.compat)
    return values, problem
