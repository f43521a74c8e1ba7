"""What a report shows of each cluster: exemplars, counts, durations, pitch, hours of the day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pipeline import browse
from pipeline.browse import duration_text, thousands
from pipeline.curation import colours
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.report import activity, charts, words
from pipeline.report.activity import Clock
from pipeline.report.counting import Distribution, Partition, distribution
from pipeline.report.exemplars import Shown
from pipeline.report.options import Options

MOST_GROUPS = 200            # clusters that are described one by one: the largest
CHART_PX = (220, 52)
PITCH = "median_f0_hz"


@dataclass(frozen=True, eq=False)
class Material:
    """What all parts of a report are made from."""

    dataset: Dataset
    labels: Labels
    options: Options

    @cached_property
    def partition(self) -> Partition:
        """The sounds by cluster."""
        return Partition.of(self.labels.ids)

    @cached_property
    def scene(self) -> browse.Scene:
        """Map, levels and scales."""
        return browse.scene(self.dataset)

    @cached_property
    def clock(self) -> Clock | None:
        """When the sounds were made."""
        return activity.clock(self.dataset, self.partition.code, len(self.partition),
                              utc_offset_h=self.options.utc_offset)

    @cached_property
    def durations(self) -> Distribution | None:
        """How long the sounds are, in s."""
        return distribution(self.dataset.segments.duration_s, self.partition)

    @cached_property
    def pitches(self) -> Distribution | None:
        """The median pitch of the sounds, in Hz; None if the project has none."""
        if "pitch" not in self.dataset.names("features"):
            return None
        feature = self.dataset.feature("pitch")
        if PITCH not in feature.columns:
            return None
        return distribution(feature.values[:, feature.columns.index(PITCH)], self.partition)

    @cached_property
    def places(self) -> list[int]:
        """The clusters that are described one by one, in the order of their numbers, unassigned sounds last."""
        largest = np.argsort(-self.partition.counts[self.partition.clusters], kind="stable")[:MOST_GROUPS]
        chosen = sorted(self.partition.clusters[largest].tolist())
        return chosen + [place for place, number in enumerate(self.partition.numbers) if number == UNASSIGNED]

    def title(self, place: int) -> str:
        """``C4 “trill”``, ``C0 unassigned``."""
        return browse.cluster_title(self.labels, int(self.partition.numbers[place]))

    def short(self, place: int) -> str:
        """``C4``, or ``–`` for unassigned."""
        number = int(self.partition.numbers[place])
        return "–" if number == UNASSIGNED else f"{self.labels.letter}{number}"

    def colour(self, place: int) -> str:
        """``#rrggbb``, as everywhere."""
        number = int(self.partition.numbers[place])
        given = self.labels.clusters[number].colour
        return given if colours.is_colour(given) else colours.of(number)


def described(material: Material, shown: Shown) -> list[dict[str, Any]]:
    """The clusters one by one, for the page."""
    return [_group(material, place, shown) for place in material.places]


def _group(material: Material, place: int, shown: Shown) -> dict[str, Any]:
    n, number = int(material.partition.counts[place]), int(material.partition.numbers[place])
    info = material.labels.clusters[number]
    return {
        "anchor": f"cluster-{number}", "number": number, "is_cluster": number != UNASSIGNED,
        "title": material.title(place), "short": material.short(place), "colour": material.colour(place),
        "note": info.note if number != UNASSIGNED else "", "n": thousands(n), "count": n,
        "share": words.percent(n / len(material.labels)),
        "duration": _quartiles(material.durations, place, duration_text),
        "pitch": _quartiles(material.pitches, place, words.pitch),
        "voiced": _voiced(material.pitches, place, n),
        "label": _true_label(material, place), "exemplars": shown.of.get(place, ()),
        "duration_chart": _chart(material.durations, place, words.seconds),
        "pitch_chart": _chart(material.pitches, place, words.frequency), "hours_chart": _hours(material.clock, place),
    }


def _quartiles(found: Distribution | None, place: int, say: Any) -> dict[str, str] | None:
    if found is None or not found.known[place]:
        return None
    low, middle, high = found.quartiles[place].tolist()
    return {"median": say(middle), "range": f"{say(low)} – {say(high)}"}


def _voiced(found: Distribution | None, place: int, n: int) -> str:
    return "" if found is None else words.percent(int(found.known[place]) / n)


def _true_label(material: Material, place: int) -> dict[str, str] | None:
    """The true label that most sounds of a cluster have, and their share of those that have one."""
    labels = material.dataset.segments.label
    if labels is None:
        return None
    found = Counter(label for label in map(labels.__getitem__, material.partition.rows(place).tolist()) if label)
    if not found:
        return None
    label, n = found.most_common(1)[0]
    return {"label": label, "share": words.percent(n / found.total())}


def _chart(found: Distribution | None, place: int, tick: Any) -> dict[str, Any] | None:
    """The histogram of one cluster, as high as its own fullest bin; the axis is that of all clusters."""
    if found is None or not found.known[place]:
        return None
    width, height = CHART_PX
    marks = [round(width * min(max(found.place(value), 0.0), 1.0), 1) for value in found.quartiles[place].tolist()]
    return {"path": charts.bars(found.counts[place], width_px=width, height_px=height), "marks": marks,
            "ticks": [(round(width * found.place(value), 1), tick(value)) for value in found.ticks()]}


def _hours(found: Clock | None, place: int) -> dict[str, Any] | None:
    if found is None or not found.by_hour[place].any():
        return None
    width, height = CHART_PX
    return {"path": charts.bars(found.by_hour[place], width_px=width, height_px=height, gap_px=charts.BAR_GAP_PX),
            "marks": [], "ticks": [(round(width * hour / 24, 1), f"{hour} h") for hour in (0, 6, 12, 18)]}
