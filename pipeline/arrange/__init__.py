"""Sounds in an order in which like stands beside like: for a folder of samples, a drum rack, a bank of TidalCycles."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import discover, engines, params, settings
from pipeline.arrange import placing, reading, sources, tree, writing
from pipeline.arrange.how import How
from pipeline.arrange.sources import Sample
from pipeline.errors import AudioError, RunError
from pipeline.shelf import Shelf, fingerprint, stamp
from pipeline.text import counted
from pipeline.watcher import Watcher

STEP, VERSION, WORK = "windows", 1, "arrange.work"
FILES_PER_JOB = 100
MOST_TOLD = 20
OK, SHORT = "arranged", "arranged: shorter than one window, silence put after it"


@dataclass(frozen=True)
class Status:
    """What became of one file: a sentence, and what is known of it."""

    text: str
    n_samples: int = 0
    rate_hz: int = 0
    n_channels: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the file has its place in the order."""
        return self.n_samples > 0


@dataclass(frozen=True, eq=False)
class Arranged:
    """Sounds and their order.

    samples, statuses : of every file, in the order in which they were found
    files, categories, features, points, scaled, cluster : of each sound that could be read, in that order as well;
        features float64 (n, 68 · frames), points (n, d) what the tree was made of, scaled (n, d) the same as z-scores,
        cluster int64 (n,) from 1, all 0 where none were asked for
    linkage : float64 (n − 1, 4)      order : int64 (n,), positions in the above from first to last
    rows : of each place, the position in ``samples``      names : of each place, the name of its copy
    """

    how: How
    samples: list[Sample]
    statuses: list[Status]
    files: list[str]
    categories: list[str]
    features: np.ndarray
    columns: tuple[str, ...]
    points: np.ndarray
    scaled: np.ndarray
    kept_columns: tuple[str, ...]
    linkage: np.ndarray
    order: np.ndarray
    cluster: np.ndarray
    rows: list[int]
    names: list[str]
    notes: list[str]
    folder: Path

    @property
    def runs(self) -> dict[str, int]:
        """Category → in how many stretches of the order it lies; 1 if all of it stands together."""
        return dict(Counter(kind for kind, _sounds in groupby(self.categories[place] for place in self.order)))


def arrange(
    places: Iterable[Path | str], output_dir: Path | str, *, labels: Path | None = None, watcher: Watcher | None = None,
    workers: int | None = None, scheduler: str | None = None, restart: bool = False, **values: Any,
) -> Arranged:
    """Order sounds by what they begin with, and write the order with copies, tables and pictures into a folder.

    places : sound files, and folders that are searched for them      values : parameters of `How`, by name
    labels : a table with the kind of each file

    Finished work is kept in ``output_dir``, so that another order or number of clusters takes a moment. Raises
    ParameterError, TableError for the table, RunError if no file can be read, ExportError if nothing can be written.
    """
    how, began, watcher = params.make(How, values), time.monotonic(), watcher or Watcher()
    output_dir = Path(output_dir).expanduser().absolute()
    samples = sources.find(map(Path, places), leave_out=output_dir)
    kinds = sources.categories(samples, how=how.categories, prefix_length=how.prefix_length, labels=labels,
                               label_column=how.label_column)
    for place in (writing.BANK, writing.CLUSTERS):
        placing.check(output_dir / place)        # before the work
    if restart:
        shutil.rmtree(output_dir / WORK, ignore_errors=True)
    features, statuses = _read(samples, how, Shelf(output_dir / WORK), watcher, workers, scheduler)
    made = _arranged(samples, statuses, features, kinds, how, watcher, output_dir)
    watcher.begin("write", writing.n_steps(made), title="files and pictures")
    made.notes.extend(writing.write(made, output_dir, _about(made, time.monotonic() - began),
                                    advance=lambda n: watcher.advance("write", n)))
    return made


def _arranged(
    samples: list[Sample], statuses: list[Status], features: np.ndarray, kinds: Sequence[str], how: How,
    watcher: Watcher, folder: Path,
) -> Arranged:
    good = [row for row, status in enumerate(statuses) if status.is_good]
    columns = reading.columns(how.frames)
    scaled, varies = tree.scaled(features)
    points = features if how.compat else scaled
    watcher.begin("tree", 1, title="tree and order")
    linkage = tree.ward(points, most_pairwise=how.most_pairwise)
    order = tree.order(points, linkage, how=how.order)
    cluster = tree.cut(linkage, order, how.n_clusters) if how.n_clusters else np.zeros(len(good), np.int64)
    watcher.advance("tree", 1)
    rows = [good[place] for place in order]
    return Arranged(
        how=how, samples=samples, statuses=statuses, files=[discover.name_of(samples[row].path) for row in good],
        categories=[kinds[row] for row in good], features=features, columns=columns, points=points, scaled=scaled,
        kept_columns=tuple(name for name, kept in zip(columns, varies, strict=True) if kept), linkage=linkage,
        order=order, cluster=cluster, rows=rows,
        names=placing.names([samples[row].path for row in rows], parent_dir=how.parent_dir),
        notes=_notes(len(good), how), folder=folder)


def _notes(n: int, how: How) -> list[str]:
    told = []
    if n > how.most_pairwise:
        told.append(f"{n:,} sounds are too many for all their distances: only near neighbours were joined.")
    if how.n_clusters and how.n_clusters > n:
        told.append(f"{how.n_clusters} clusters were asked for, but there are only {n} sounds.")
    return told


@dataclass(frozen=True)
class _Job:
    """Some files, in the order of their rows."""

    key: str
    rows: range
    paths: tuple[Path, ...]


def _read(
    samples: list[Sample], how: How, shelf: Shelf, watcher: Watcher, workers: int | None, scheduler: str | None
) -> tuple[np.ndarray, list[Status]]:
    """Features float64 of those that can be read, and what became of each."""
    jobs = [_job(samples, range(first, min(first + FILES_PER_JOB, len(samples))), how)
            for first in range(0, len(samples), FILES_PER_JOB)]
    watcher.begin(STEP, len(samples), title="features")
    for _key, n in engines.each(_work, jobs, how, shelf, workers=workers or settings.n_cores(), scheduler=scheduler):
        watcher.advance(STEP, n)
    features, statuses = [], []
    for job in jobs:
        arrays, about = shelf.get(STEP, job.key)
        features.append(arrays["features"])
        statuses += [Status(**{**one, "notes": tuple(one["notes"])}) for one in about["statuses"]]
    shelf.sweep((STEP, job.key) for job in jobs)
    if not any(status.is_good for status in statuses):
        raise RunError("\n  ".join([f"None of {counted(len(samples), 'file')} could be used:",
                                    *(status.text for status in statuses[:MOST_TOLD])]))
    return np.concatenate(features), statuses


def _job(samples: Sequence[Sample], rows: range, how: How) -> _Job:
    paths = tuple(samples[row].path for row in rows)
    stamps = [(str(path), stamp(path)) for path in paths]
    return _Job(fingerprint(VERSION, how.frames, how.compat, stamps), rows, paths)


def _work(job: _Job, how: How, shelf: Shelf) -> tuple[str, int]:
    """Put the features of some files on the shelf."""
    if shelf.has(STEP, job.key):
        return job.key, len(job.paths)
    sounds, statuses = [], []
    for path in job.paths:
        try:
            sound = reading.beginning(path, n_frames=how.frames, compat=how.compat)
        except AudioError as error:
            statuses.append(Status(str(error)))
            continue
        sounds.append(sound)
        statuses.append(Status(SHORT if sound.is_padded else OK, sound.n_samples, sound.rate_hz, sound.n_channels,
                               sound.notes))
    features = reading.features(sounds, n_frames=how.frames, compat=how.compat)
    shelf.put(STEP, job.key, {"features": features}, {"statuses": [dataclasses.asdict(status) for status in statuses]})
    return job.key, len(job.paths)


def _about(made: Arranged, seconds: float) -> dict[str, Any]:
    n_good = len(made.files)
    return {"parameters": params.values(made.how), "files": len(made.samples), "arranged": n_good,
            "not_readable": len(made.samples) - n_good,
            "shorter_than_a_window": sum(status.text == SHORT for status in made.statuses),
            "features": list(made.kept_columns), "runs_of_each_category": made.runs, "notes": made.notes,
            "seconds": round(seconds, 2)}
