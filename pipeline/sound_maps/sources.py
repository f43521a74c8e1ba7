"""What maps are made of: features of how sounds begin, made where the project has not got them, and other vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pipeline import audio, feature_sets, point_sets, recordings, vectors
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ParameterError
from pipeline.feature_sets import Wanted
from pipeline.shelf import fingerprint
from pipeline.sound_maps.clips import Clips
from pipeline.sound_maps.grid import FOLDER, clip_features, parts_of
from pipeline.text import listed
from pipeline.watcher import Watcher

LONG, SILENT, UNREADABLE = "too long", "silent at first", "cannot be read"
REASONS = (LONG, SILENT, UNREADABLE)


@dataclass(frozen=True)
class ClipSets(Wanted):
    """Features of clips, one vector for each: the whole matrix. ``sounds`` is a fingerprint of those that it is of."""

    FOLDER: ClassVar[str] = FOLDER
    kinds: tuple[str, ...] = (vectors.WHOLE,)
    preparation: Clips = field(default_factory=Clips)
    sounds: str = ""

    def about(self, feature: str, kind: str) -> dict[str, Any]:
        """What a set was made with."""
        return {**super().about(feature, kind), "sounds": self.sounds}


@dataclass(frozen=True)
class LeftOut:
    """A sound that has no clip: its id, recording and onset in it, one of `REASONS`, and more about that."""

    segment_id: int
    name: str
    onset_s: float
    reason: str
    detail: str = ""


def prepare(
    project: Path, features: Sequence[str], clips: Clips, *, watcher: Watcher, workers: int | None = None,
    scheduler: str | None = None, restart: bool = False,
) -> None:
    """Make the features of clips that the project has not got; each recording is read once for all of them.

    Raises ParameterError for features that are neither made here nor there, RunError if no recording can be read.
    """
    names = list(dict.fromkeys(part for whole in features for part in parts_of(whole)))
    with Dataset.open(project) as dataset:
        _refuse_unknown(dataset, names)
        own = [name for name in names if name in clip_features()]
        wanted = ClipSets(tuple(own), preparation=clips, sounds=_sounds(dataset))
        missing = tuple(name for name in own if restart or not _is_there(dataset, name, wanted))
    if missing:
        wanted = ClipSets(missing, preparation=clips, sounds=wanted.sounds)
        made = feature_sets.compute(project, wanted, watcher=watcher, workers=workers, scheduler=scheduler,
                                    restart=restart)
        for sentence in made.problems:
            watcher.note(sentence)


def left_out(dataset: Dataset, clips: Clips, features: str) -> list[LeftOut]:
    """The sounds without features of clips, in row order; only those that are not too long are looked at again."""
    segments, files = dataset.segments, dataset.files
    missing = np.flatnonzero(~np.isfinite(dataset.feature(features).values).all(axis=1))
    names = [files.path[row] for row in files.rows_of(segments.file_id[missing])]
    return [LeftOut(int(segments.segment_id[row]), name, float(segments.onset_s[row]), *_why(dataset, int(row), clips))
            for row, name in zip(missing, names, strict=True)]


def _why(dataset: Dataset, row: int, clips: Clips) -> tuple[str, str]:
    segments = dataset.segments
    onset_s, duration_s = float(segments.onset_s[row]), float(segments.duration_s[row])
    if clips.is_long(duration_s):
        return LONG, f"{duration_s:.2f} s"
    path = recordings.path_of(dataset, int(segments.file_id[row]))
    try:
        audio.read_part(path, onset_s, onset_s + clips.length_s)
    except AudioError as error:
        return UNREADABLE, str(error)
    return SILENT, ""


def _refuse_unknown(dataset: Dataset, names: Sequence[str]) -> None:
    known = list(dict.fromkeys([*clip_features(), *point_sets.names(dataset)]))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ParameterError(f"There are no features named {unknown[0]!r} to make a map of. There are: {listed(known)}."
                             " Others are made by 'python -m pipeline features'.")


def _sounds(dataset: Dataset) -> str:
    segments = dataset.segments
    return fingerprint(segments.segment_id, segments.file_id, segments.onset_s, segments.duration_s)


def _is_there(dataset: Dataset, name: str, wanted: ClipSets) -> bool:
    """Whether the project has these features, of the same sounds and made in the same way."""
    if name not in dataset.names("features"):
        return False
    stored = dataset.attrs_of(f"features/{name}")
    return all(stored.get(key) == value for key, value in wanted.about(name, vectors.WHOLE).items())
