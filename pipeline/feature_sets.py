"""Features of every sound of a project: made from the recordings, kept in the project as ``features/<name>``.

Each recording is decoded once for all features; recordings are worked on in parallel, and what is finished waits on a
shelf beside the project, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pipeline import audio, engines, params, recordings, registry, settings, store, vectors
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ParameterError, RunError
from pipeline.params import param
from pipeline.shelf import Shelf, fingerprint, stamp
from pipeline.text import counted
from pipeline.watcher import Watcher

STEP, VERSION = "features", 2
LOWPASS_ORDER = 8
MOST_TOLD = 20
FILES = ("arrays", "images", "audio")


@dataclass(frozen=True)
class Preparation:
    """What is done to a recording before its features are computed."""

    sr: int = param(22_050, "sample rate at which features are computed", unit="Hz", low=2_000, high=1_000_000)
    lowpass: float = param(0.0, "zero-phase low-pass filter (Butterworth, order 8) before that; 0 is none", unit="Hz",
                           low=0, high=500_000)

    def recording(self, path: Path, *, channel: int | None = None) -> audio.Recording:
        """A recording, mono, filtered and at the rate asked for. Raises AudioError."""
        if not self.lowpass:
            return audio.decode(path, rate_hz=self.sr, channel=channel)
        import soxr

        native = audio.decode(path, rate_hz=None, channel=channel)
        samples = soxr.resample(low_passed(native.samples, native.rate_hz, self.lowpass), native.rate_hz, self.sr)
        return audio.Recording(path, native.name, native.file_id, self.sr, native.native_rate_hz, native.n_channels,
                               samples, float(np.abs(samples).max(initial=0)), native.notes)

    def clip(self, recording: audio.Recording, onset_s: float, offset_s: float) -> np.ndarray | None:
        """A sound's samples, float32; None for one that is to have no features."""
        return recording.clip(onset_s, offset_s)


def low_passed(samples: np.ndarray, rate_hz: int, cutoff_hz: float) -> np.ndarray:
    """``samples`` without what lies above ``cutoff_hz``, not shifted in time; untouched if all lies below."""
    from scipy import signal

    if cutoff_hz >= rate_hz / 2 or not len(samples):
        return samples
    sections = signal.butter(LOWPASS_ORDER, cutoff_hz, fs=rate_hz, output="sos")
    reach = min(len(samples) - 1, 3 * (2 * len(sections) + 1))   # scipy's own, but never longer than the sound
    return signal.sosfiltfilt(sections, samples, padlen=reach).astype(np.float32)


@dataclass(frozen=True)
class Wanted:
    """Which features, as which vectors, and what is to be kept as files besides (some of `FILES`).

    Another folder of features, or other clips, are a subclass with its own ``FOLDER`` and ``preparation``.
    """

    FOLDER: ClassVar[str] = "features"

    features: tuple[str, ...]
    kinds: tuple[str, ...] = ("mean_std",)
    preparation: Preparation = field(default_factory=Preparation)
    files: tuple[str, ...] = ()

    def check(self) -> Wanted:
        """Itself. Raises ParameterError for a feature, a vector or a kind of file that does not exist."""
        for name in self.features:
            self.method(name)
        for kind in self.kinds:
            if kind not in (*vectors.KINDS, vectors.WHOLE):
                raise ParameterError(f"There is no vector named {kind!r}. Known are: {', '.join(vectors.KINDS)}.")
        return self

    def method(self, name: str) -> Any:
        """A feature by its name. Raises ParameterError if there is none of that name."""
        return registry.load(self.FOLDER, name)()

    def about(self, feature: str, kind: str) -> dict[str, Any]:
        """What a set was made with."""
        return {"feature": feature, "vector": kind, **params.values(self.method(feature)),
                **params.values(self.preparation)}

    def set_names(self) -> list[str]:
        """What the sets are called in the project."""
        return [set_name(feature, kind) for feature in self.features for kind in self.kinds]


def set_name(feature: str, kind: str) -> str:
    """``mfcc_mean_std`` …; that of a whole matrix is called like the feature."""
    return feature if kind == vectors.WHOLE else f"{feature}_{kind}"


@dataclass(frozen=True, eq=False)
class _Job:
    """One recording's sounds, in the order of their rows."""

    path: Path
    name: str
    key: str
    rows: np.ndarray
    segment_id: np.ndarray
    onset_s: np.ndarray
    offset_s: np.ndarray


@dataclass
class Made:
    """What became of it: names of the sets that were written, and a sentence for each recording that has none."""

    sets: list[str]
    n_sounds: int
    problems: list[str]
    missing: np.ndarray
    files: dict[int, str] = field(default_factory=dict)


def compute(
    project: Path, wanted: Wanted, *, watcher: Watcher | None = None, workers: int | None = None,
    scheduler: str | None = None, restart: bool = False, output_dir: Path | None = None,
) -> Made:
    """Make the wanted features of every sound and write them into the project.

    output_dir : where arrays, pictures and prepared sounds go, if some are wanted
    Raises ParameterError for what does not exist, RunError if no recording could be read.
    """
    wanted.check()
    watcher, shelf = watcher or Watcher(), Shelf(project.resolve().with_name(f"{project.stem}.{STEP}.work"))
    if restart:
        shutil.rmtree(shelf.folder, ignore_errors=True)
    with Dataset.open(project) as dataset:
        jobs, channel = _jobs(dataset, wanted), dataset.parameters.get("channel")
        segment_ids, n = dataset.segments.segment_id, dataset.n_segments
    made = Made(wanted.set_names(), n, [], np.ones(n, bool))
    done = _work_through(jobs, wanted, channel if channel != "" else None, shelf, watcher, workers, scheduler, made,
                         output_dir)
    _refuse_nothing(jobs, done, made)
    with store.amend(project) as writer:
        for feature in wanted.features:
            for kind in wanted.kinds:
                made.missing |= ~np.isin(segment_ids, _write(writer, feature, kind, wanted, done, shelf))
    shutil.rmtree(shelf.folder, ignore_errors=True)
    return made


def _jobs(dataset: Dataset, wanted: Wanted) -> list[_Job]:
    segments = dataset.segments
    order = np.argsort(segments.file_id, kind="stable")
    ids, starts = np.unique(segments.file_id[order], return_index=True)
    jobs = []
    for file_id, rows in zip(ids.tolist(), np.split(order, starts[1:]), strict=True):
        path, onset_s = recordings.path_of(dataset, file_id), segments.onset_s[rows]
        offset_s = onset_s + segments.duration_s[rows]
        name = dataset.files.path[dataset.files.row_of(file_id)]
        key = fingerprint(VERSION, name, stamp(path), onset_s, offset_s, _about(wanted))
        jobs.append(_Job(path, name, key, rows, segments.segment_id[rows], onset_s, offset_s))
    return jobs


def _about(wanted: Wanted) -> dict[str, Any]:
    methods = {name: params.values(wanted.method(name)) for name in wanted.features}
    return {"methods": methods, "kinds": wanted.kinds, "files": wanted.files, **params.values(wanted.preparation)}


def _work_through(
    jobs: Sequence[_Job], wanted: Wanted, channel: int | None, shelf: Shelf, watcher: Watcher, workers: int | None,
    scheduler: str | None, made: Made, output_dir: Path | None,
) -> list[_Job]:
    """Do what is not done; the jobs whose results are on the shelf."""
    watcher.begin(STEP, len(jobs), title="features")
    done, by_key = [], {job.key: job for job in jobs}
    results = engines.each(_analyse, jobs, wanted, channel, shelf, output_dir, workers=workers or settings.n_cores(),
                           scheduler=scheduler)
    for key, problem, files in results:
        job = by_key[key]
        if problem:
            made.problems.append(f"{job.name}: {problem}")
        else:
            done.append(job)
            made.missing[job.rows] = False
            made.files |= files
        watcher.advance(STEP, 1)
    made.problems.sort()
    return sorted(done, key=lambda job: job.rows[0])


def _analyse(
    job: _Job, wanted: Wanted, channel: int | None, shelf: Shelf, output_dir: Path | None
) -> tuple[str, str, dict[int, str]]:
    """Put the vectors of one recording's sounds on the shelf: (key, why there are none, names of files made)."""
    names = _file_names(job) if wanted.files else {}
    if shelf.has(STEP, job.key) and not wanted.files:
        return job.key, "", names
    try:
        recording = wanted.preparation.recording(job.path, channel=channel)
    except AudioError as error:
        return job.key, str(error), {}
    found: dict[str, list[np.ndarray]] = {}
    for segment_id, onset_s, offset_s in zip(job.segment_id, job.onset_s, job.offset_s, strict=True):
        clip = wanted.preparation.clip(recording, onset_s, offset_s)
        if clip is None:
            for name in wanted.set_names():
                found.setdefault(name, []).append(np.zeros(0, np.float32))
            continue
        for feature in wanted.features:
            matrix = wanted.method(feature).matrix(clip, recording.rate_hz)
            for kind in wanted.kinds:
                found.setdefault(set_name(feature, kind), []).append(vectors.of_matrix(matrix, kind))
            _keep_matrix(matrix, feature, wanted.files, output_dir, names.get(int(segment_id), ""))
        _keep_sound(clip, recording.rate_hz, wanted.files, output_dir, names.get(int(segment_id), ""))
    arrays = {}
    for name, rows in found.items():
        arrays[name], arrays[f"{name}-lengths"] = np.concatenate(rows), np.array([len(row) for row in rows])
    shelf.put(STEP, job.key, arrays)
    return job.key, "", names


def _file_names(job: _Job) -> dict[int, str]:
    """A file name for each sound, without extension: its id, so that no two are the same, and its recording's name."""
    stem = "".join(char if char.isalnum() or char in "-_." else "_" for char in Path(job.name).stem)[:80]
    return {int(segment_id): f"{segment_id:06d}_{stem}" for segment_id in job.segment_id}


def _keep_matrix(matrix: np.ndarray, feature: str, files: Sequence[str], output_dir: Path | None, name: str) -> None:
    if output_dir is None:
        return
    if "arrays" in files:
        np.save(_inside(output_dir, feature, "arrays") / f"{name}.npy", matrix)
    if "images" in files:
        from PIL import Image

        Image.fromarray(vectors.image(matrix)).save(_inside(output_dir, feature, "images") / f"{name}.png")


def _keep_sound(clip: np.ndarray, rate_hz: int, files: Sequence[str], output_dir: Path | None, name: str) -> None:
    if output_dir is not None and "audio" in files:
        import soundfile

        soundfile.write(_inside(output_dir, "audio") / f"{name}.wav", clip, rate_hz, subtype="FLOAT")


def _inside(folder: Path, *parts: str) -> Path:
    inside = folder.joinpath(*parts)
    inside.mkdir(parents=True, exist_ok=True)
    return inside


def _refuse_nothing(jobs: Sequence[_Job], done: Sequence[_Job], made: Made) -> None:
    if jobs and not done:
        more = [f"… and {len(made.problems) - MOST_TOLD} more"] if len(made.problems) > MOST_TOLD else []
        raise RunError("\n  ".join([f"None of {counted(len(jobs), 'recording')} could be used:",
                                    *made.problems[:MOST_TOLD], *more]))


def _write(
    writer: store.Writer, feature: str, kind: str, wanted: Wanted, done: Iterable[_Job], shelf: Shelf,
) -> np.ndarray:
    """One set, joined by id; returns the ids that have a row: not those of recordings that could not be read."""
    name, rows, ids = set_name(feature, kind), [], [np.zeros(0, np.int32)]
    for job in done:
        arrays, _about = shelf.get(STEP, job.key)
        lengths = arrays[f"{name}-lengths"]
        rows += [row for row in np.split(arrays[name], np.cumsum(lengths)[:-1]) if len(row)]
        ids.append(job.segment_id[lengths > 0])
    found = np.concatenate(ids)
    writer.feature(name, found, vectors.table(rows), attrs=wanted.about(feature, kind),
                   columns=vectors.columns(wanted.method(feature).rows(), kind))
    return found
