"""From the results of single recordings to one table of sounds, and their map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline import params, presets
from pipeline.plan import Plan
from pipeline.projectors.pca import Components, Pca
from pipeline.projectors.umap import Umap
from pipeline.shelf import Shelf, fingerprint
from pipeline.steps import STEPS, Job, Outcome, load_segments
from pipeline.watcher import Watcher

FEWEST_FOR_A_MAP = 3
UMAP_INPUTS = 50           # the map is made from the first so many principal components
RATE_RATIO_WORTH_A_WARNING = 2


@dataclass(eq=False)
class Tables:
    """Everything a project holds, row by row: files by name, segments by file and onset.

    file_rows : int (n,), the row of each segment's file      vectors : float32 (n, d) or None if not embedded
    """

    jobs: list[Job]
    outcomes: list[Outcome]
    file_rows: np.ndarray
    onset_s: np.ndarray
    offset_s: np.ndarray
    labels: list[str] | None
    clusters: list[str] | None
    vectors: np.ndarray | None = None
    pca: Components | None = None
    umap: np.ndarray | None = None
    map_key: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The recordings' names."""
        return [job.name for job in self.jobs]


def collect(plan: Plan, jobs: list[Job], outcomes: list[Outcome], shelf: Shelf) -> Tables:
    """Put the recordings' results together."""
    keys = [dict(outcome.keys) for outcome in outcomes]
    found = [load_segments(shelf, key["segment"]) if "segment" in key else None for key in keys]
    rows = [row for row, table in enumerate(found) if table is not None and len(table)]
    counts = [len(found[row]) for row in rows]
    tables = Tables(
        jobs=jobs, outcomes=outcomes, file_rows=np.repeat(np.array(rows, np.int32), counts),
        onset_s=_join([found[row].onset_s for row in rows]), offset_s=_join([found[row].offset_s for row in rows]),
        labels=_texts([found[row].label for row in rows], counts),
        clusters=_texts([found[row].cluster for row in rows], counts),
    )
    if rows and all("embed" in keys[row] for row in rows):
        tables.vectors = np.concatenate([shelf.get("embed", keys[row]["embed"])[0]["vectors"] for row in rows])
    if plan.clip_labels:
        tables.labels = [plan.clip_labels.get(jobs[row].name, "") for row in tables.file_rows]
    tables.problems = _problems(plan, tables)
    return tables


def _join(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0)


def _texts(columns: Sequence[tuple[str, ...] | None], counts: Sequence[int]) -> list[str] | None:
    if all(column is None for column in columns):
        return None
    return [text for column, n in zip(columns, counts, strict=True) for text in column or ("",) * n]


def _problems(plan: Plan, tables: Tables) -> list[str]:
    """What a person should know about the recordings that did work."""
    pairs = list(zip(tables.jobs, tables.outcomes, strict=True))
    notes = [f"{job.name}: {note}." for job, outcome in pairs for note in outcome.notes]
    if hasattr(plan.segmenter, "problems"):
        notes += plan.segmenter.problems(tables.names)
    return notes + _rate_warnings(plan, tables.outcomes) + _cut(plan, tables)


def _cut(plan: Plan, tables: Tables) -> list[str]:
    """Whether the embedder (its ``longest_s``) sees all of every sound."""
    longest_s = getattr(plan.embedder, "longest_s", None)
    if longest_s is None or tables.vectors is None:
        return []
    n_longer = int((tables.offset_s - tables.onset_s > longest_s + 0.5e-3).sum())
    are = "sound is" if n_longer == 1 else "sounds are"
    return [f"{n_longer} {are} longer than {longest_s:g} s: the embedder {plan.embedder_name} was given only the "
            "beginning."] if n_longer else []


def _rate_warnings(plan: Plan, outcomes: list[Outcome]) -> list[str]:
    rates = {outcome.native_rate_hz for outcome in outcomes}
    high = sorted(rate for rate in rates if rate > RATE_RATIO_WORTH_A_WARNING * plan.audio.sr)
    if not high:
        return []
    fitting = presets.for_rate(high[-1])
    n_files = sum(outcome.native_rate_hz in high for outcome in outcomes)
    advice = f"; --preset {fitting} would keep it" if fitting else ""
    have = "recording has a sample rate of" if n_files == 1 else "recordings have sample rates up to"
    return [f"{n_files} {have} {high[-1]} Hz, but everything above {plan.audio.sr // 2} Hz "
            f"is lost at --sr {plan.audio.sr}{advice}."]


def lay_out(plan: Plan, tables: Tables, shelf: Shelf, watcher: Watcher, *, make: bool = True) -> None:
    """Principal components and the map of all sounds; if not ``make``, only what an earlier run has made."""
    made_from = [key for outcome in tables.outcomes for step, key in outcome.keys if step == "embed"]
    key = fingerprint(STEPS["project"].version, made_from, params.values(plan.pca), params.values(plan.umap))
    if make:
        watcher.begin("project", 1, title=STEPS["project"].title)
        if tables.vectors is None or len(tables.vectors) < FEWEST_FOR_A_MAP:
            watcher.note(f"There are too few sounds for a map ({len(tables.onset_s)}; it takes {FEWEST_FOR_A_MAP}); "
                         "they all lie at its centre.")
        elif not shelf.has("project", key):
            components, umap = map_of(tables.vectors, plan.pca, plan.umap)
            shelf.put("project", key, {**vars(components), "umap": umap})
        watcher.advance("project", 1)
    if shelf.has("project", key):
        arrays, _about = shelf.get("project", key)
        tables.map_key, tables.umap = key, arrays.pop("umap")
        tables.pca = Components(**arrays)


def map_of(vectors: np.ndarray, pca: Pca, umap: Umap) -> tuple[Components, np.ndarray]:
    """The principal components of all vectors (n, d), and the map made from the first of them, float32 (n, 2)."""
    components = pca.fit(vectors)
    return components, umap.project(components.scores[:, :UMAP_INPUTS])
