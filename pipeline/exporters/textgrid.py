"""The TextGrids of Praat, in the long format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import BLOCK, Labelled, Sounds, seconds
from pipeline.exporters._files import Files
from pipeline.exporters._tables import each
from pipeline.text import counted

TIER = "sounds"
UNKNOWN_S = 1.0              # of a recording that has neither a length nor a sound: Praat wants more than nothing
Interval = tuple[str, str, str]


@dataclass(frozen=True)
class Textgrid(Labelled):
    """Praat TextGrids, one for each recording: a tier of intervals, with empty ones between the sounds.

    Sounds that overlap go to a second tier, and a third. A sound without length has no place in a TextGrid.
    """

    FOR: ClassVar[str] = "Praat, parselmouth"
    PIECES: ClassVar[tuple[float, float]] = (4, 6)

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """A TextGrid for each recording. Raises ExportError or ParameterError."""
        return each(dataset, self.sounds(dataset, labels), ending=".TextGrid",
                    lines=lambda part, row: _lines(part, float(dataset.files.duration_s[row])))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        sounds = self.sounds(dataset, labels)
        n_points = int((~_has_length(sounds)).sum())
        told = [f"{counted(n_points, 'sound')} without length left out."] if n_points else []
        return [*super().notes(dataset, labels), *told]


def _has_length(sounds: Sounds) -> np.ndarray:
    """bool (k,), told by the times as they are written."""
    return sounds.offset_s.round(9) > sounds.onset_s.round(9)


def _lines(sounds: Sounds, duration_s: float) -> Iterator[str]:
    longest = max(np.nan_to_num(duration_s), sounds.offset_s.max(initial=0.0)) or UNKNOWN_S
    end = seconds(np.array([longest]))[0]
    tiers = _tiers(sounds)
    yield 'File type = "ooTextFile"'
    yield 'Object class = "TextGrid"'
    yield ""
    yield f"xmin = 0\nxmax = {end}\ntiers? <exists>\nsize = {len(tiers)}\nitem []:"
    for number, rows in enumerate(tiers, 1):
        yield from _tier(sounds, rows, number, end)


def _tiers(sounds: Sounds) -> list[np.ndarray]:
    """The sounds of each tier, every one on the first where there is room; at least one tier."""
    rows = np.flatnonzero(_has_length(sounds))
    onset_s, offset_s = sounds.onset_s.round(9), sounds.offset_s.round(9)
    if (onset_s[rows[1:]] >= offset_s[rows[:-1]]).all():
        return [rows]
    tiers: list[list[int]] = [[]]
    free_from = [0.0]
    for row, onset, offset in zip(rows.tolist(), onset_s[rows].tolist(), offset_s[rows].tolist(), strict=True):
        place = next((tier for tier, free in enumerate(free_from) if free <= onset), len(tiers))
        if place == len(tiers):
            tiers.append([])
            free_from.append(0.0)
        tiers[place].append(row)
        free_from[place] = offset
    return [np.array(tier) for tier in tiers]


def _tier(sounds: Sounds, rows: np.ndarray, number: int, end: str) -> Iterator[str]:
    onset_s, offset_s = sounds.onset_s[rows].round(9), sounds.offset_s[rows].round(9)
    n_gaps = int((onset_s > np.concatenate([[0.0], offset_s])[:len(rows)]).sum())
    has_rest = float(end) > (offset_s[-1] if len(rows) else 0.0)
    name = TIER if number == 1 else f"{TIER} {number}"
    yield f'    item [{number}]:\n        class = "IntervalTier"\n        name = "{name}"'
    yield f"        xmin = 0\n        xmax = {end}\n        intervals: size = {len(rows) + n_gaps + has_rest}"
    for place, (onset, offset, text) in enumerate(_tiled(_intervals(sounds, rows), end), 1):
        quoted = text.replace('"', '""')
        yield f"        intervals [{place}]:\n            xmin = {onset}\n            xmax = {offset}"
        yield f'            text = "{quoted}"'


def _intervals(sounds: Sounds, rows: np.ndarray) -> Iterator[Interval]:
    for first in range(0, len(rows), BLOCK):
        part = rows[first:first + BLOCK]
        yield from zip(seconds(sounds.onset_s[part]), seconds(sounds.offset_s[part]), sounds.naming(sounds.rows[part]),
                       strict=True)


def _tiled(intervals: Iterator[Interval], end: str) -> Iterator[Interval]:
    """With empty intervals in every gap, so that they cover the recording without a break."""
    last = "0"
    for onset, offset, text in intervals:
        if float(last) < float(onset):
            yield last, onset, ""
            last = onset
        yield last, offset, text
        last = offset
    if float(last) < float(end):
        yield last, end, ""
