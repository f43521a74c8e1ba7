"""What the sounds of a map can be coloured by besides their clusters: labels, recordings, days, times, measures."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline import tiles
from pipeline.curation import colours
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.kept_with import kept_with_dataset

MOST_CLASSES = 240            # of which each has an entry in the legend; the smallest share one
LONGEST_TITLE = 60
N_STEPS = 64                  # of a scale from low to high
CENTRAL_PERCENT = (1, 99)     # what a scale spans; values beyond have the colours of its ends
OTHERS = "all others"


@dataclass(frozen=True, eq=False)
class Colouring:
    """A class for each sound, and what the classes are.

    codes : uint8 (n,), the row of ``classes`` for each sound, in row order
    classes : each with title, colour and count; the steps of a scale have no titles and may have no sounds
    scale : the texts at both ends where ``classes`` are steps from low to high; empty for kinds
    """

    codes: np.ndarray
    classes: list[dict[str, Any]]
    scale: tuple[str, ...] = ()


def choices(dataset: Dataset) -> list[tuple[str, str]]:
    """What this project's sounds can be coloured by: (key, title)."""
    files = dataset.files
    known = [("label", "True label", dataset.segments.label is not None), ("recording", "Recording", True),
             ("day", "Day", any(files.day)), ("time", "Time", bool(np.isfinite(files.recorded_at).any())),
             ("duration", "Duration", True), ("pitch", "Pitch", "pitch" in dataset.names("features")),
             ("placed", "Placed on the map later", bool(dataset.placed().any()))]
    found = [(key, title) for key, title, is_there in known if is_there]
    for name in dataset.names("labelings"):
        found.append((f"labeling:{name}", f"Labels: {name}"))
        if dataset.labeling(name).probability is not None:
            found.append((f"confidence:{name}", f"Confidence: {name}"))
    return found


@kept_with_dataset(16)
def colouring(dataset: Dataset, by: str) -> Colouring:
    """The classes of all sounds. Raises ParameterError for what the project does not have."""
    if by not in dict(choices(dataset)):
        raise ParameterError(f"The sounds of this project cannot be coloured by {by!r}. Choose from the menu.")
    kind, _, name = by.partition(":")
    if kind == "labeling":
        return _kinds([str(label) for label in dataset.labeling(name).label.tolist()])
    if kind == "confidence":
        labeling = dataset.labeling(name)
        has_noise = bool(labeling.attrs.get("noise_column"))      # whose values say how unsure it is
        return _by_confidence(labeling.probability[:, :-1] if has_noise else labeling.probability)
    return _BY[by](dataset)


def _by_confidence(probability: np.ndarray) -> Colouring:
    """How sure the labeling is of the likeliest of its clusters; probability : float32 (n, k)."""
    known = np.isfinite(probability).any(axis=1)
    highest = np.where(known, np.nan_to_num(probability).max(axis=1, initial=0), np.nan)
    return _scaled(highest, lambda value: f"{100 * value:.0f} %")


def _by_label(dataset: Dataset) -> Colouring:
    return _kinds(dataset.segments.label)


def _by_recording(dataset: Dataset) -> Colouring:
    return _kinds([dataset.files.path[row] for row in _file_rows(dataset)], by_name=True)


def _by_day(dataset: Dataset) -> Colouring:
    return _kinds([dataset.files.day[row] or "no day" for row in _file_rows(dataset)], by_name=True)


def _by_time(dataset: Dataset) -> Colouring:
    recorded = np.asarray(dataset.files.recorded_at, np.float64)[_file_rows(dataset)] + dataset.segments.onset_s
    return _scaled(recorded, _time_text)


def _by_duration(dataset: Dataset) -> Colouring:
    duration_s = np.maximum(dataset.segments.duration_s, 1e-4)
    return _scaled(np.log(duration_s), lambda value: f"{1000 * np.exp(value):.0f} ms")


def _by_pitch(dataset: Dataset) -> Colouring:
    feature = dataset.feature("pitch")
    column = list(feature.columns).index("median_f0_hz") if "median_f0_hz" in (feature.columns or ()) else 0
    values = np.asarray(feature.values[:, column], np.float64)
    return _scaled(np.log(np.where(values > 0, values, np.nan)), lambda value: f"{np.exp(value) / 1000:.2f} kHz")


def _by_placed(dataset: Dataset) -> Colouring:
    """Sounds that came with later recordings lie where their neighbours are, not where the map would have put them."""
    return _kinds(np.where(dataset.placed(), "placed later", "in the map from the first").tolist(), by_name=True)


_BY: dict[str, Callable[[Dataset], Colouring]] = {
    "label": _by_label, "recording": _by_recording, "day": _by_day, "time": _by_time, "duration": _by_duration,
    "pitch": _by_pitch, "placed": _by_placed,
}


def _file_rows(dataset: Dataset) -> list[int]:
    return dataset.files.rows_of(dataset.segments.file_id).tolist()


def _kinds(names: Sequence[str], *, by_name: bool = False) -> Colouring:
    """One class for each name, the most frequent first or, ``by_name``, in alphabetical order."""
    found, which, counts = np.unique(np.asarray(names, object).astype(str), return_inverse=True, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    shown = np.sort(frequent) if by_name else frequent
    place = np.full(len(found), len(shown))
    place[shown] = np.arange(len(shown))
    classes = [_class(str(found[row]) or "no label", colours.of(rank + 1), int(counts[row]))
               for rank, row in enumerate(shown)]
    if len(shown) < len(found):
        classes.append(_class(OTHERS, colours.UNASSIGNED, int(counts.sum() - counts[shown].sum())))
    return Colouring(place[which].astype(np.uint8), classes)


def _scaled(values: np.ndarray, text: Callable[[float], str]) -> Colouring:
    """Steps from low to high, and one class more for sounds without a value."""
    known = np.isfinite(values)
    low, high = np.percentile(values[known], CENTRAL_PERCENT) if known.any() else (0.0, 1.0)
    steps = np.floor((np.where(known, values, low) - low) / max(high - low, 1e-9) * N_STEPS)
    codes = np.where(known, np.clip(steps, 0, N_STEPS - 1), N_STEPS).astype(np.uint8)
    counts = np.bincount(codes, minlength=N_STEPS + 1).tolist()
    classes = [_class("", colour, n) for colour, n in zip(_ramp(), counts, strict=False)]
    classes.append(_class("no value", colours.UNASSIGNED, counts[N_STEPS]))
    return Colouring(codes, classes, (text(low), text(high)))


def _ramp() -> list[str]:
    """The colours of the steps, dark for low to bright for high."""
    anchors = np.array([[int(colour[i:i + 2], 16) for i in (1, 3, 5)] for colour in tiles.MAPS["viridis"]], float)
    at = np.linspace(0, len(anchors) - 1, N_STEPS)
    channels = [np.interp(at, range(len(anchors)), channel) for channel in anchors.T]
    return [f"#{round(red):02x}{round(green):02x}{round(blue):02x}" for red, green, blue in zip(*channels, strict=True)]


def _class(title: str, colour: str, count: int) -> dict[str, Any]:
    title = title if len(title) <= LONGEST_TITLE else "…" + title[1 - LONGEST_TITLE:]
    return {"title": title, "colour": colour, "count": count}


def _time_text(value: float) -> str:
    return datetime.datetime.fromtimestamp(value, datetime.UTC).strftime("%Y-%m-%d %H:%M")
