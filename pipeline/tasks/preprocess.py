"""Recordings in, a project file out: what ``python -m pipeline preprocess`` and the page Prepare both do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import clip_labels, estimate, settling, steps
from pipeline.errors import ParameterError
from pipeline.options import without_effect
from pipeline.plan import Plan, make_plan
from pipeline.run import Report, find_jobs, run
from pipeline.text import counted, printable
from pipeline.watcher import Watcher

MOST_TOLD = 200      # recordings without sounds that the log names


@dataclass(frozen=True)
class Preprocess:
    """Find the sounds in a folder of recordings and map them.

    values : a plan's values by their flag names with underscores, ``segmenter`` and ``embedder`` among them; they win
        over the preset's. Those of None are not given
    steps : names of the steps to do (`steps.STEPS`), all if none; the others are named as on the command line
    """

    data_dir: str
    output_dir: str
    subject: str = ""
    hdf5_output: str = ""
    preset: str = ""
    segmenter: str = ""
    embedder: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    labels_file: str = ""
    label_column: str = "label"
    label_regex: str = ""
    label_folder: bool = False
    time_format: str = ""
    workers: int | None = None
    scheduler: str = ""
    restart: bool = False
    replace: bool = False

    def title(self) -> str:
        """``bird-17 from /data/bird-17``."""
        return printable(f"{self.name} from {self.data_dir}")

    @property
    def name(self) -> str:
        """The subject: as given, else the data folder's name."""
        return self.subject or _full(self.data_dir).name

    def check(self) -> None:
        """Refuse what cannot be before there is any work.

        Raises ParameterError for values that cannot be or a folder without recordings, RunError for too full a disk.
        """
        unknown = set(self.steps) - set(steps.ALL)
        if unknown:
            raise ParameterError(f"There is no step {sorted(unknown)[0]!r}. Known are: {', '.join(steps.ALL)}.")
        plan, _problems = self.plan()
        estimate.check_room(plan, find_jobs(plan), chosen=self.steps or steps.ALL)

    def writes(self) -> str:
        """The folder that two runs cannot share."""
        return str((_full(self.output_dir) / f"{self.name}.work").resolve())

    def planned(self) -> list[dict[str, str]]:
        """The steps that will be done."""
        return [{"step": name, "title": steps.STEPS[name].title, "unit": "B" if name in steps.PER_RECORDING else ""}
                for name in steps.with_needs(self.steps or steps.ALL)]

    def resumed(self) -> Preprocess:
        """A run that goes on does not begin anew, even if it once was told to."""
        return dataclasses.replace(self, restart=False)

    def plan(self) -> tuple[Plan, list[str]]:
        """The plan, and sentences about what in it will not do what one may think. Raises ParameterError."""
        given = self._given()
        data_dir = _full(self.data_dir)
        labels = clip_labels.read(
            data_dir, table=Path(self.labels_file) if self.labels_file else None, column=self.label_column,
            regex=self.label_regex or None, from_folder=self.label_folder,
        )
        values, of_checkpoint = settling.settle(given, preset=self.preset)
        plan = make_plan(
            data_dir, _full(self.output_dir), subject=self.name, time_format=self.time_format or None,
            values=values, clip_labels=labels.by_name,
            hdf5=_full(self.hdf5_output) if self.hdf5_output else None,
        )
        return plan, [*labels.problems, *of_checkpoint, *without_effect(plan, given)]

    def _given(self) -> dict[str, Any]:
        named = {"segmenter": self.segmenter, "embedder": self.embedder}
        given = {name: value for name, value in self.values.items() if value is not None}
        return given | {name: value for name, value in named.items() if value}

    def run(self, plan: Plan, watcher: Watcher) -> Report:
        """Carry out the plan."""
        return run(plan, chosen=self.steps or steps.ALL, watcher=watcher, workers=self.workers,
                   scheduler=self.scheduler or None, restart=self.restart, replace=self.replace)

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Make the project; the result says how many recordings gave sounds, and how many sounds."""
        plan, problems = self.plan()
        for sentence in problems:
            watcher.note(sentence)
        report = self.run(plan, watcher)
        for name, why in report.failures[:MOST_TOLD]:
            watcher.note(f"{name} gave no sounds: {why}")
        if len(report.failures) > MOST_TOLD:
            n_more = len(report.failures) - MOST_TOLD
            watcher.note(f"{n_more} more gave no sounds; why is in the project's table of files.")
        return {"project": str(report.project or ""), "summary": summary(report), "n_sounds": report.n_segments,
                "n_failures": len(report.failures)}


def summary(report: Report) -> str:
    """What a run has done, in a sentence."""
    n_good, n = len(report.jobs) - len(report.failures), counted(len(report.jobs), "recording")
    did = f"gave {counted(report.n_segments, 'sound')}" if report.segmented else "were worked on, not yet for sounds"
    return f"{n_good} of {n} {did} ({_length(report.duration_s)} of audio)."


def _length(duration_s: float) -> str:
    return f"{duration_s:.1f} s" if duration_s < 60 else f"{duration_s / 60:,.1f} min"


def _full(text: str) -> Path:
    return Path(text).expanduser().absolute()
