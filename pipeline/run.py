"""A run: recordings in, a project file out. What is fresh is not made again; what is stopped goes on where it was."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import filelock

from pipeline import assemble, discover, estimate, passes, project_file, settings, steps
from pipeline.errors import RunError
from pipeline.plan import Plan
from pipeline.shelf import Shelf
from pipeline.steps import Job, Outcome
from pipeline.text import counted
from pipeline.watcher import Watcher

MOST_REASONS = 20


@dataclass
class Report:
    """What a run did.

    outcomes : one for each recording, in the order of their names     segmented : whether sounds were looked for
    seconds : wall-clock time of the recordings' steps together, of the map, of the project file
    """

    jobs: list[Job]
    outcomes: list[Outcome]
    project: Path | None = None
    n_segments: int = 0
    segmented: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def failures(self) -> list[tuple[str, str]]:
        """(name, why) of each recording that gave no segments."""
        return [(job.name, outcome.status) for job, outcome in zip(self.jobs, self.outcomes, strict=True)
                if outcome.status != "ok"]

    @property
    def duration_s(self) -> float:
        """Length of all recordings together."""
        return sum(outcome.duration_s for outcome in self.outcomes)


def run(
    plan: Plan,
    *,
    chosen: Iterable[str] = steps.ALL,
    watcher: Watcher | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    restart: bool = False,
    replace: bool = False,
) -> Report:
    """Carry out the chosen steps of a plan, and those they need.

    ``scheduler`` is the address of a dask scheduler whose workers see the same folders. Raises ParameterError for a
    data folder without recordings or a missing table, ProjectError for a place where no project can be, RunError if no
    recording can be read, no row of a table fits one, or there is no room for the results, LabelsAtRiskError if labels
    would be lost and not ``replace``.
    """
    watcher, wanted = watcher or Watcher(), steps.with_needs(chosen)
    jobs = find_jobs(plan)
    if "segment" in wanted:
        steps.inputs_of(plan.segmenter)
    if "embed" in wanted:
        steps.inputs_of(plan.embedder)    # a checkpoint is fetched once, before the work
    if "export" in wanted:
        project_file.prepare_place(plan.hdf5)
    estimate.check_room(plan, jobs, chosen=wanted)
    with only_run(plan, restart):
        return _run(plan, jobs, wanted, watcher, workers=workers, scheduler=scheduler, replace=replace)


def _run(
    plan: Plan, jobs: list[Job], wanted: tuple[str, ...], watcher: Watcher, *, workers: int | None,
    scheduler: str | None, replace: bool,
) -> Report:
    report, shelf = Report(jobs, [], segmented="segment" in wanted), Shelf(plan.work_dir)
    with _timed(report, "recordings"):
        report.outcomes = process_all(jobs, plan, wanted, shelf, watcher, workers, scheduler)
    refuse_if_nothing_worked(report)
    tables = assemble.collect(plan, jobs, report.outcomes, shelf)
    report.n_segments = len(tables.onset_s)
    if report.segmented and not report.n_segments:
        _refuse_if_no_row_fits(plan, tables)
    _tell(tables.problems, watcher)
    with _timed(report, "map") if "project" in wanted else contextlib.nullcontext():
        assemble.lay_out(plan, tables, shelf, watcher, make="project" in wanted)
    if "export" in wanted:
        with _timed(report, "project file"):
            report.project = project_file.write(plan, tables, shelf, watcher, replace=replace)
    return report


def find_jobs(plan: Plan) -> list[Job]:
    """The recordings of a plan, numbered in the order of their names."""
    return [job_of(recording, file_id) for file_id, recording in enumerate(discover.recordings(plan.data_dir))]


def job_of(recording: discover.Found, file_id: int) -> Job:
    """A recording as it is now, to be worked on."""
    try:
        about = recording.path.stat()
    except OSError:   # gone since it was found: decoding it will say so
        return Job(recording.path, recording.name, file_id, n_bytes=0, mtime_ns=0)
    return Job(recording.path, recording.name, file_id, about.st_size, about.st_mtime_ns)


@contextlib.contextmanager
def only_run(plan: Plan, restart: bool) -> Iterator[None]:
    """Make the work folder, and keep a second run on it away."""
    lock = filelock.FileLock(plan.work_dir / "run.lock", timeout=0)
    try:
        plan.work_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise RunError(f"Another run works in {plan.work_dir}. Wait for it, or choose another --subject.") from None
    except OSError as error:
        raise RunError(f"The output folder {plan.output_dir} cannot be used: {error.strerror}. Choose another "
                       "--output-dir.") from error
    try:
        if restart:
            Shelf(plan.work_dir).sweep(keep=())
        yield
    finally:
        lock.release()


def process_all(
    jobs: list[Job], plan: Plan, wanted: tuple[str, ...], shelf: Shelf, watcher: Watcher, workers: int | None,
    scheduler: str | None,
) -> list[Outcome]:
    """Do the wanted steps for every recording; the outcomes in the order of the jobs, which are numbered from 0."""
    mine = tuple(name for name in steps.PER_RECORDING if name in wanted)
    for name in mine:
        watcher.begin(name, sum(job.n_bytes for job in jobs) or 1, title=steps.STEPS[name].title)
    outcomes = passes.process_all(jobs, plan, mine, shelf, watcher, workers=workers or settings.n_cores(),
                                  scheduler=scheduler)
    return [outcomes[job.file_id] for job in jobs]


def refuse_if_nothing_worked(report: Report) -> None:
    """Raise RunError, with the reasons, if no recording could be read."""
    if report.jobs and not any(outcome.duration_s for outcome in report.outcomes):
        who: dict[str, list[str]] = {}
        for name, why in report.failures:
            who.setdefault(why, []).append(name)
        told = [f"\n  {names[0] if len(names) == 1 else counted(len(names), 'recording')}: {why}"
                for why, names in who.items()]
        more = f"\n  … and {len(told) - MOST_REASONS} more" if len(told) > MOST_REASONS else ""
        n = len(report.jobs)
        none = "The one recording could not" if n == 1 else f"None of the {n} recordings could"
        raise RunError(f"{none} be used:{''.join(told[:MOST_REASONS])}{more}")


def _refuse_if_no_row_fits(plan: Plan, tables: assemble.Tables) -> None:
    problems = plan.segmenter.problems(tables.names) if hasattr(plan.segmenter, "problems") else []
    if problems:
        raise RunError("\n  ".join(["The table gives no sound for any recording, so nothing was written:", *problems]))


@contextlib.contextmanager
def _timed(report: Report, what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    report.seconds[what] = time.perf_counter() - start


def _tell(sentences: Iterable[str], watcher: Watcher) -> None:
    for sentence in sentences:
        watcher.note(sentence)
