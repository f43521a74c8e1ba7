"""The recordings' steps, shared out: over all cores, but what needs a model is done here, by one model for all.

Each of many processes with a model of its own would need its memory, and a GPU has room for few. On a dask cluster each
worker loads one, as it may have a GPU of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from pipeline import engines, steps
from pipeline.plan import Plan
from pipeline.shelf import Shelf
from pipeline.steps import Job, Outcome
from pipeline.watcher import Watcher


def has_model(method: Any) -> bool:
    """Whether a method runs a neural model: then it knows of a device."""
    return any(field.name == "device" for field in dataclasses.fields(method))


def process_all(
    jobs: Sequence[Job], plan: Plan, wanted: tuple[str, ...], shelf: Shelf, watcher: Watcher, *, workers: int,
    scheduler: str | None = None,
) -> dict[int, Outcome]:
    """Do the wanted steps (of `steps.PER_RECORDING`) for every recording: the outcomes by file_id."""
    models = () if scheduler else _with_model(plan, wanted)
    segmented = _segment(jobs, plan, shelf, watcher) if "segment" in models else set()
    apart = tuple(name for name in wanted if name != "embed" or "embed" not in models)
    told = [name for name in apart if name != "segment" or "segment" not in models]
    n_bytes, outcomes = {job.file_id: job.n_bytes for job in jobs}, {}
    sent = dataclasses.replace(plan, clip_labels={})   # it goes along with every job, and 10,000 labels would with it
    for outcome in engines.each(steps.process, jobs, sent, apart, shelf, workers=workers, scheduler=scheduler):
        outcomes[outcome.file_id] = _also(outcome, ("segment",) if outcome.file_id in segmented else ())
        for name in told:
            watcher.advance(name, n_bytes[outcome.file_id])
    return _embed(jobs, plan, wanted, shelf, watcher, outcomes) if "embed" in models else outcomes


def _with_model(plan: Plan, wanted: tuple[str, ...]) -> tuple[str, ...]:
    methods = {"segment": plan.segmenter, "embed": plan.embedder}
    return tuple(name for name, method in methods.items() if name in wanted and has_model(method))


def _segment(jobs: Sequence[Job], plan: Plan, shelf: Shelf, watcher: Watcher) -> set[int]:
    """The recordings that were stale; their progress is told clip by clip."""
    n_bytes, seen = {job.file_id: job.n_bytes for job in jobs}, dict.fromkeys((job.file_id for job in jobs), 0.0)

    def told(file_id: int, share: float) -> None:
        watcher.advance("segment", (share - seen[file_id]) * n_bytes[file_id])
        seen[file_id] = share

    segmented = set(steps.segment_together(jobs, plan, shelf, told=told))
    for file_id in seen:
        told(file_id, 1.0)
    return segmented


def _embed(
    jobs: Sequence[Job], plan: Plan, wanted: tuple[str, ...], shelf: Shelf, watcher: Watcher,
    outcomes: dict[int, Outcome],
) -> dict[int, Outcome]:
    """Embed the sounds of all recordings that gave any; the outcomes with that in them."""
    n_bytes, embedded = {job.file_id: job.n_bytes for job in jobs}, set()
    for file_id in steps.embed_together(jobs, plan, shelf):
        embedded.add(file_id)
        watcher.advance("embed", n_bytes[file_id])
    done = {}
    for job in jobs:
        before = outcomes[job.file_id]
        together = ("embed",) if job.file_id in embedded else ()
        if "segment" in dict(before.keys):
            before = _also(steps.process(job, plan, wanted, shelf), (*before.computed, *together))
        done[job.file_id] = before
        if not together:
            watcher.advance("embed", job.n_bytes)
    return done


def _also(outcome: Outcome, computed: tuple[str, ...]) -> Outcome:
    return dataclasses.replace(outcome, computed=tuple(dict.fromkeys((*computed, *outcome.computed))))
