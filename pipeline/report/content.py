"""Everything that a report shows, gathered as plain values for its page."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.browse import thousands
from pipeline.curation.labels import UNASSIGNED
from pipeline.curation.workspace import Workspace
from pipeline.overview import OK
from pipeline.report import charts, exemplars, groups, methods, sections, words
from pipeline.report.exemplars import Shown
from pipeline.report.groups import Material
from pipeline.text import counted, printable

SCALE_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
SCALE_PX = 40                # the bar is the first of these that is so long


def gathered(workspace: Workspace, material: Material) -> dict[str, Any]:
    """All but the exemplars, which `with_exemplars` adds."""
    dataset, labels, options = material.dataset, material.labels, material.options
    transitions = sections.transitions(material)
    told = methods.account(dataset, labels, workspace.history(), options, has_sequences=not transitions["why"])
    return {
        "title": printable(str(dataset.parameters.get("subject", "")) or dataset.path.stem), "file": dataset.path.name,
        "made": sections.today(), "notes": dataset.notes, "facts": facts(material), "map": map_shown(material),
        "scale": scale(material), "n_more": more_clusters(material), "has_pitch": material.pitches is not None,
        "has_truth": dataset.segments.label is not None and any(dataset.segments.label),
        "has_clock": material.clock is not None, "transitions": transitions,
        "times": sections.times(material), "truth": sections.truth(material),
        "recordings": sections.recordings(dataset), "history": sections.history(workspace),
        "methods": " ".join(told.sentences), "references": told.references,
        "parameters": sections.parameters(dataset, options),
        "sizes": {"chart": groups.CHART_PX, "map": charts.MAP_PX},
    }


def with_exemplars(content: dict[str, Any], material: Material, shown: Shown) -> dict[str, Any]:
    """The same with the clusters one by one."""
    can_play = any(one.sound for found in shown.of.values() for one in found)
    return content | {"groups": groups.described(material, shown), "shown": said_of(material, shown),
                      "can_play": can_play}


def facts(material: Material) -> list[tuple[str, str]]:
    """The project in a few numbers."""
    dataset, partition = material.dataset, material.partition
    files, clock = dataset.files, material.clock
    n_bad = sum(status != OK for status in files.status)
    n_unassigned = int(partition.counts[partition.numbers == UNASSIGNED].sum())
    known_s = float(files.duration_s[np.isfinite(files.duration_s)].sum())
    share = f" ({words.percent(n_unassigned / len(material.labels))})" if n_unassigned else ""
    found = [("recordings", thousands(len(files)) + (f", {thousands(n_bad)} of them not usable" if n_bad else "")),
             ("recorded", words.long_duration(known_s) if known_s else "unknown"),
             ("sounds", f"{thousands(dataset.n_segments)}, "
                        f"{words.long_duration(float(dataset.segments.duration_s.sum()))} in all"),
             ("clusters", thousands(len(partition.clusters))), ("unassigned", f"{thousands(n_unassigned)}{share}")]
    if clock is not None:
        first, last = words.day(clock.first_s), words.day(clock.last_s)
        found.append(("period", first if first == last else f"{first} – {last}"))
    return found


def map_shown(material: Material) -> dict[str, Any] | None:
    """The map with the clusters' numbers at their middles; None if the project has none."""
    if material.dataset.segments.umap is None or not len(material.labels):
        return None
    partition = material.partition
    picture = charts.map_picture(material.scene.points, material.scene.view, partition.code,
                                 [material.colour(place) for place in range(len(partition))])
    largest = [place for place in sorted(material.places, key=lambda place: -partition.counts[place])
               if partition.numbers[place] != UNASSIGNED and picture.middles[place] is not None]
    return {"picture": picture.picture, "n_outside": thousands(picture.n_outside) if picture.n_outside else "",
            "names": charts.apart([(*picture.middles[place], material.short(place)) for place in largest])}


def scale(material: Material) -> dict[str, Any]:
    """What the tiles have in common: a bar of time, and their band."""
    style = exemplars.style(material.scene)
    bar_ms = next((ms for ms in SCALE_MS if ms * style.px_per_ms >= SCALE_PX), SCALE_MS[-1])
    file_ids = material.dataset.spectrogram_file_ids()
    band = material.dataset.spectrogram_scale(file_ids[0]).freq_hz if file_ids else None
    return {"bar_px": round(bar_ms * style.px_per_ms, 1), "bar": words.seconds(bar_ms / 1000),
            "band": f"{words.frequency(band[0])} – {words.frequency(band[1])}" if band else "",
            "height_px": style.height_px}


def more_clusters(material: Material) -> str:
    """How many clusters are not described one by one, and their sounds."""
    left = sorted(set(material.partition.clusters.tolist()) - set(material.places))
    n = int(material.partition.counts[left].sum()) if left else 0
    return f"{thousands(len(left))} smaller clusters with {thousands(n)} sounds in all are not described one by one." \
        if left else ""


def said_of(material: Material, shown: Shown) -> list[str]:
    """What a person has to know of the exemplars."""
    options, told = material.options, []
    if shown.is_short:
        told.append(f"To keep the file below about {options.max_mb:g} MB there are {shown.n_each} instead of "
                    f"{options.exemplars} exemplars of each cluster{', without sound' if shown.is_mute else ''}.")
    if shown.n_silent:
        told.append(f"{counted(shown.n_silent, 'exemplar')} cannot be heard: the recordings were not found, or could "
                    "not be read, when the report was made.")
    slow = [speed for speed in shown.speeds if speed < 1]
    if slow:
        told.append(f"Ultrasound is slowed down {round(1 / slow[0])} times, so that it can be heard.")
    every = [one for exemplar in shown.of.values() for one in exemplar]
    if any(one.is_cut for one in every):
        told.append(f"Of longer sounds the first {exemplars.LONGEST_S:g} s is heard (marked …).")
    if any(one.is_wider for one in every):
        told.append("Of very long sounds only the beginning is seen.")
    if every and not any(one.tile for one in every):
        told.append("The project has no spectrograms, so there are no pictures of the sounds.")
    return told
