"""A folder of clips as a project: every file is one sound, its label the sub-folder it lies in, or from a table."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pipeline import audio, clip_labels, discover, presets
from pipeline.errors import AudioError, ParameterError
from pipeline.plan import Plan, make_plan
from pipeline.run import run
from pipeline.watcher import Watcher

MOST_PROBED = 200
PRESET = "one-shot"


def as_project(
    place: Path, *, output_dir: Path | None = None, labels: Path | None = None, label_column: str = "label",
    watcher: Watcher | None = None, workers: int | None = None, scheduler: str | None = None,
) -> Path:
    """The project to work on: ``place`` itself if it is a file, else the one made of the clips in that folder.

    output_dir : where the project of a folder goes; it is made again only where something has changed
    labels : a table with the label of each file, by its columns of names and ``label_column``; without one, the
        sub-folders name the labels
    Raises ParameterError for a folder without an output folder.
    """
    place = place.expanduser().absolute()
    if not place.exists():
        raise ParameterError(f"{place} does not exist. Give a project file (.h5), or a folder of sounds.")
    if place.is_file():
        return place
    if output_dir is None:
        raise ParameterError(f"{place} is a folder, which first becomes a project: say where with --output-dir.")
    plan = plan_for(place, output_dir.expanduser().absolute(), labels=labels, label_column=label_column)
    return run(plan, watcher=watcher, workers=workers, scheduler=scheduler).project


def usual_folder(place: Path) -> Path | None:
    """Where the project of a folder goes unless said otherwise: ``syllabary/NAME`` here; None for a project."""
    return Path("syllabary") / place.expanduser().absolute().name if place.expanduser().is_dir() else None


def plan_for(folder: Path, output_dir: Path, *, labels: Path | None = None, label_column: str = "label") -> Plan:
    """How a folder of clips becomes a project: at the rate that most of them have."""
    found = discover.recordings(folder)
    in_folders = labels is None and any("/" in recording.name for recording in found)
    known = clip_labels.read(folder, table=labels, column=label_column, from_folder=in_folders)
    rate_hz = _usual_rate_hz([recording.path for recording in found])
    values = presets.get(PRESET) | {"sr": rate_hz, "spec_max_freq": min(presets.get(PRESET)["spec_max_freq"],
                                                                        rate_hz / 2)}
    return make_plan(folder, output_dir, subject=folder.name, values=values, clip_labels=known.by_name)


def _usual_rate_hz(paths: list[Path]) -> int:
    """The most frequent sample rate of some files, evenly chosen; the preset's if none can be read."""
    rates: Counter[int] = Counter()
    for path in paths[::max(1, len(paths) // MOST_PROBED)]:
        try:
            rates[audio.probe(path).rate_hz] += 1
        except AudioError:    # the run tells of it
            continue
    return rates.most_common(1)[0][0] if rates else presets.get(PRESET)["sr"]
