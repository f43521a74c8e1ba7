"""Where the work on many recordings is done: in this process, on this machine's cores, or on a dask cluster."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from pipeline.errors import RunError

Job, Result = TypeVar("Job"), TypeVar("Result")
ANSWER_WITHIN = "20s"


def each(
    work: Callable[..., Result], jobs: Sequence[Job], *arguments: object, workers: int, scheduler: str | None = None
) -> Iterator[Result]:
    """``work(job, *arguments)`` for every job, the results as they come.

    workers : processes on this machine     scheduler : address of a dask scheduler, whose workers are taken instead

    Raises RunError if no scheduler answers, or if a worker is ended from outside.
    """
    if scheduler:
        return _on_cluster(work, jobs, *arguments, scheduler=scheduler)
    if min(workers, len(jobs)) <= 1:
        return _here(work, jobs, *arguments)
    return _on_cores(work, jobs, *arguments, workers=min(workers, len(jobs)))


def _here(work: Callable[..., Result], jobs: Sequence[Job], *arguments: object) -> Iterator[Result]:
    import threadpoolctl

    with threadpoolctl.threadpool_limits(1):   # as in workers: with more, the threads of small products wait in turns
        yield from (work(job, *arguments) for job in jobs)


def _on_cores(work: Callable[..., Result], jobs: Sequence[Job], *arguments: object, workers: int) -> Iterator[Result]:
    import joblib
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    pool = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", initializer=_leave_interrupts_to_the_parent)
    try:
        yield from pool(joblib.delayed(work)(job, *arguments) for job in jobs)
    except TerminatedWorkerError as error:
        raise RunError("A worker process was ended from outside, most likely because memory ran out. What was "
                       "finished is kept: run the same command again, with fewer --workers.") from error


def _on_cluster(
    work: Callable[..., Result], jobs: Sequence[Job], *arguments: object, scheduler: str
) -> Iterator[Result]:
    import joblib

    try:
        from distributed import Client
    except ImportError as error:
        raise RunError("--scheduler needs dask: pip install -r requirements-dask.txt.") from error
    try:
        client = Client(scheduler, timeout=ANSWER_WITHIN)
    except (OSError, ValueError) as error:
        raise RunError(f"No dask scheduler answers at {scheduler} ({error}).") from error
    with client, joblib.parallel_config(backend="dask"):
        pool = joblib.Parallel(n_jobs=-1, return_as="generator_unordered")
        yield from pool(joblib.delayed(work)(job, *arguments) for job in jobs)


def _leave_interrupts_to_the_parent() -> None:
    """On Ctrl-C the run's own process ends its workers, without a word from each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
