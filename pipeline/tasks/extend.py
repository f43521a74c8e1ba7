"""Further recordings into a project: what ``python -m pipeline extend`` and the list of projects both do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import discover, extend, steps
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.extend import Extension
from pipeline.extending.rebuilding import plan_of
from pipeline.tasks._project import ChangesProject
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Extend(ChangesProject):
    """Add recordings to a project; its sounds, labels and history stay.

    values : a plan's values that win over those that the project was made with, by their flag names with underscores
    labels_file … label_folder : where true labels come from, as for ``preprocess``
    """

    data_dir: str
    values: Mapping[str, Any] = field(default_factory=dict)
    labels_file: str = ""
    label_column: str = "label"
    label_regex: str = ""
    label_folder: bool = False
    recompute_map: bool = False
    workers: int | None = None

    def title(self) -> str:
        """``bird-17 with recordings from /data/bird-17``."""
        return printable(f"{self.path.stem} with recordings from {self.data_dir}")

    def check(self) -> None:
        """Raise ParameterError for what cannot be, before there is any work."""
        try:
            with Dataset.open(self.path) as dataset:
                discover.recordings(_full(self.data_dir))
                plan_of(dataset, _full(self.data_dir), work_dir=self.path.parent, given=self.values)
        except SyllabaryError as error:
            raise ParameterError(str(error)) from error

    def planned(self) -> list[dict[str, str]]:
        """The steps that may have to be done."""
        done = [{"step": name, "title": steps.STEPS[name].title, "unit": "B"} for name in steps.PER_RECORDING]
        return done + [{"step": name, "title": title, "unit": ""} for name, title in extend.STEPS_AFTER.items()]

    def run(self, watcher: Watcher) -> Extension:
        """Add the recordings."""
        labels = {"table": Path(self.labels_file) if self.labels_file else None, "regex": self.label_regex or None,
                  "from_folder": self.label_folder}
        if self.labels_file:
            labels["column"] = self.label_column
        return extend.extend(self.path, _full(self.data_dir), given=self.values, labels=labels, watcher=watcher,
                             workers=self.workers, recompute_map=self.recompute_map)

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Add the recordings; the result says how many sounds they gave."""
        done = self.run(watcher)
        for name, why in done.report.failures:
            watcher.note(f"{name} gave no sounds: {why}")
        return {"project": str(done.project), "summary": summary(done), "n_sounds": done.n_sounds,
                "n_recordings": len(done.report.jobs), "n_known": done.n_known,
                "n_failures": len(done.report.failures)}


def summary(done: Extension) -> str:
    """What was added, in a sentence."""
    n = len(done.report.jobs)
    if not n:
        said = f"Nothing new: all {done.n_known + done.n_changed} recordings are in the project already."
    else:
        where = "the map was made anew" if done.recomputed else "placed on the map there is"
        said = f"{counted(n, 'new recording')} gave {counted(done.n_sounds, 'sound')}, unassigned; {where}."
        return said
    return f"{said} The map was made anew." if done.recomputed else said


def _full(text: str) -> Path:
    return Path(text).expanduser().absolute()
