"""The parts of a report but the clusters themselves, as plain values for the page."""

from __future__ import annotations

import datetime
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline import confusion, labelings, measures, params, schema
from pipeline.browse import thousands
from pipeline.confusion import Confusion
from pipeline.curation import telling
from pipeline.curation.labels import UNASSIGNED
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.overview import OK
from pipeline.report import activity, charts, curated, methods, sequences, words
from pipeline.report.activity import Clock
from pipeline.report.groups import Material
from pipeline.report.sequences import States, Transitions
from pipeline.text import counted, listed, printable

WIDE_PX, NARROW_PX, HIGH_PX = 640, 240, 90
BAR_PX = 28
MOST_ROWS, MOST_CROSSED = 200, 40
MOST_LINES, MOST_LIKELY = 15, 10
MOST_UPRIGHT = 18              # columns of the matrix that fit on an upright page of paper
MOST_SHARES = 40               # clusters whose share is shown day by day
SCORES = {"nmi": "NMI", "acc": "ACC (best assignment)", "ari": "ARI", "homogeneity": "homogeneity",
          "completeness": "completeness", "purity": "purity"}
DAY_S = 86_400


# ---- sequences -------------------------------------------------------------------------------------------------------

def transitions(material: Material) -> dict[str, Any]:
    """The matrix, or a sentence about why there is none."""
    segments, partition = material.dataset.segments, material.partition
    if not len(segments):
        return {"why": "There are no sounds.", "is_wide": False}
    states = sequences.states(partition)
    found = sequences.transitions(states.state, segments.file_id, segments.onset_s, segments.duration_s,
                                  n_states=len(states), max_gap_s=material.options.max_gap)
    if not found.n:
        alone = len(np.unique(segments.file_id)) == len(segments)
        why = "Each recording holds one sound, so none follows another." if alone \
            else "No sound begins soon enough after another to follow it."
        return {"why": why, "is_wide": False}
    names = [(material.short(place), material.title(place), material.colour(place)) for place in states.places]
    if states.n_pooled:
        names.append(("rest", f"{thousands(states.n_pooled)} smaller clusters together", "#808080"))
    n_unassigned = int(partition.counts[partition.numbers == UNASSIGNED].sum())
    found, names = _chosen_states(material, states, found, names)
    return {"why": "", "names": names, "rows": _matrix(found, names), "is_wide": len(names) > MOST_UPRIGHT,
            "said": _said(material, found, n_unassigned),
            "likely": _likely(found, names, n_own=len(names) - bool(states.n_pooled))}


def _chosen_states(material: Material, states: States, found: Transitions,
                   names: list[tuple[str, str, str]]) -> tuple[Transitions, list[tuple[str, str, str]]]:
    """Without the unassigned sounds, if that is what was asked for."""
    numbers = material.partition.numbers[list(states.places)]
    at = np.flatnonzero(numbers == UNASSIGNED)
    if material.options.unassigned or not len(at):
        return found, names
    return found.without(int(at[0])), [name for place, name in enumerate(names) if place != at[0]]


def _said(material: Material, found: Transitions, n_unassigned: int) -> str:
    low, middle, high = found.lengths.tolist()
    told = (f"{thousands(found.n)} transitions in {thousands(found.n_sequences)} sequences of {middle:.3g} sounds "
            f"(median; quartiles {low:.3g} and {high:.3g}). A sound follows another if it is the next in its recording "
            f"and begins at most {words.seconds(material.options.max_gap)} after its end; a longer pause ends the "
            "sequence.")
    if found.n_left_out:
        told += (f" {thousands(found.n_left_out)} transitions, beginnings and ends with one of the "
                 f"{thousands(n_unassigned)} unassigned sounds are left out; no sequence is carried on over such a "
                 "sound.")
    return told


def _matrix(found: Transitions, names: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """The rows of the table: of each cell its share of the row as text, its count, and how dark it is (0 … 10)."""
    shares, entropies, rows = found.probabilities, found.entropies.tolist(), []
    heads = [*names, ("start", "beginning of a sequence", "")]
    for row, head in enumerate(heads):
        if not found.counts[row].any():
            continue
        cells = [(words.percent(share) if n else "", n, int(np.ceil(10 * share)) if n else 0)
                 for n, share in zip(found.counts[row].tolist(), shares[row].tolist(), strict=True)]
        if row == len(names):
            cells[-1] = None
        rows.append({"short": head[0], "title": head[1], "colour": head[2], "cells": cells,
                     "n": thousands(int(found.counts[row].sum())), "entropy": f"{abs(entropies[row]):.2f}"})
    return rows


def _likely(found: Transitions, names: Sequence[tuple[str, str, str]], *, n_own: int) -> list[dict[str, str]]:
    """The commonest transitions between the first ``n_own`` states, which are one cluster each."""
    inner, shares = found.counts[:n_own, :n_own], found.probabilities
    order = np.argsort(-inner, axis=None, kind="stable")[:MOST_LIKELY]
    pairs = [divmod(int(at), inner.shape[1]) for at in order if inner.flat[at]]
    return [{"from": names[a][1], "to": names[b][1], "from_colour": names[a][2], "to_colour": names[b][2],
             "n": thousands(int(inner[a, b])), "share": words.percent(float(shares[a, b]))} for a, b in pairs]


# ---- time ------------------------------------------------------------------------------------------------------------

def times(material: Material) -> dict[str, Any]:
    """Charts of sounds over hours and days, or by recording, or a sentence about why there are none."""
    found = material.clock
    if found is not None:
        return {"why": "", "said": _when(material, found), "charts": _clock_charts(found),
                "shares": _shares_by_day(material, found)}
    course = activity.course(material.dataset)
    unknown = "The project does not know when its recordings were made"
    if course is None or not course.counts.any():
        return {"why": f"{unknown}."}
    if course.counts.max() <= course.recordings_a_bar and material.dataset.n_segments == course.n_recordings:
        return {"why": f"{unknown}, and each of them holds one sound."}
    a_bar = f"{course.recordings_a_bar} recordings" if course.recordings_a_bar > 1 else "a recording"
    chart = _wide("Sounds by recording", f"each bar is {a_bar}, in the order of folders and names", course.counts,
                  [(0, "first"), (1, f"{thousands(course.n_recordings)}th")])
    return {"why": "", "said": f"{unknown}, so this is by recording.", "charts": [chart], "shares": None}


def _when(material: Material, found: Clock) -> str:
    offset = material.options.utc_offset
    shifted = f" Times are shifted by {words.signed(offset)} h." if offset else ""
    unknown = f" {thousands(found.n_without)} sounds are not shown: their recordings have no time." \
        if found.n_without else ""
    return (f"From {words.minute(found.first_s)} to {words.minute(found.last_s)}, by the time of each sound, as the "
            f"recordings' names or headers give it.{shifted}{unknown}")


def _clock_charts(found: Clock) -> list[dict[str, Any]]:
    hours = [(hour / 24, f"{hour}:00") for hour in range(0, 24, 3)]
    by_hour = found.by_hour.sum(axis=0)
    made = [_wide("Sounds by hour of the day", "sounds", by_hour, hours)]
    if found.hours_recorded.any():
        made.append(_wide("Sounds per minute recorded, by hour of the day", "sounds per minute",
                          _rate(by_hour, found.hours_recorded), hours))
    if found.n_days > 1:
        a_bar = "day" if found.days_a_bar == 1 else f"{found.days_a_bar} days"
        days = [(0, words.day(found.first_day * DAY_S)),
                (1, words.day((found.first_day + found.n_days - 1) * DAY_S))]
        by_day = found.by_day.sum(axis=0)
        made.append(_wide("Sounds by day", f"sounds in each {a_bar}", by_day, days))
        if found.recorded_by_day.any():
            made.append(_wide("Sounds per minute recorded, by day", f"sounds per minute, each {a_bar}",
                              _rate(by_day, found.recorded_by_day), days))
    return made


def _shares_by_day(material: Material, found: Clock) -> dict[str, Any] | None:
    """How much of each day's sounds is of each of the largest clusters, as cells; None if there is but one day."""
    if found.by_day.shape[1] < 2:
        return None
    largest = set(np.argsort(-material.partition.counts, kind="stable")[:MOST_SHARES].tolist())
    totals = found.by_day.sum(axis=0)
    width = WIDE_PX / len(totals)
    rows = []
    for place in (place for place in material.places if place in largest):
        counts = found.by_day[place].tolist()
        cells = [(round(at * width, 2), n, words.percent(n / total), round(n / total, 3))
                 for at, (n, total) in enumerate(zip(counts, totals.tolist(), strict=True)) if n]
        rows.append({"title": material.title(place), "colour": material.colour(place), "cells": cells})
    top = max(cell[3] for row in rows for cell in row["cells"])
    a_bar = "day" if found.days_a_bar == 1 else f"{found.days_a_bar} days"
    return {"rows": rows, "width": WIDE_PX, "cell": round(width, 2), "top": top, "most": words.percent(top),
            "a_bar": a_bar, "first": words.day(found.first_day * DAY_S),
            "last": words.day((found.first_day + found.n_days - 1) * DAY_S)}


def _rate(counts: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Sounds per minute; 0 where nothing was recorded."""
    return np.divide(counts, hours * 60, out=np.zeros(len(counts)), where=hours > 0)


def _wide(title: str, unit: str, values: np.ndarray, ticks: Sequence[tuple[float, str]]) -> dict[str, Any]:
    width, height = min(WIDE_PX, max(NARROW_PX, len(values) * BAR_PX)), HIGH_PX
    most = float(values.max())
    return {"width": width, "height": height, "title": title, "unit": unit,
            "most": thousands(round(most)) if most >= 10 else f"{most:.2g}",
            "path": charts.bars(values, width_px=width, height_px=height, gap_px=charts.BAR_GAP_PX),
            "ticks": [(round(width * at, 1), text) for at, text in ticks]}


# ---- truth, recordings, history, parameters --------------------------------------------------------------------------

def truth(material: Material) -> dict[str, Any] | None:
    """How the clusters agree with the true labels that came with the sounds; None if there are none."""
    known = np.array(material.dataset.segments.label or [""] * len(material.labels), object).astype(str)
    scored = known != ""
    if not scored.any():
        return None
    scores = measures.label_scores(known[scored], material.labels.ids[scored])
    table = confusion.confusion(known, material.labels.ids)
    return {"n": thousands(int(scored.sum())), "n_types": len(table.labels),
            "scores": [(title, f"{scores[name]:.3f}") for name, title in SCORES.items()],
            **_label_table(material, table)}


def _label_table(material: Material, table: Confusion) -> dict[str, Any]:
    """The counts of each true label in each cluster, those at the edge left out where there are too many."""
    place_of = {int(number): place for place, number in enumerate(material.partition.numbers)}
    places = [place_of[cluster] for cluster in table.clusters[:MOST_CROSSED]]
    rows = []
    for per, counts, shares in list(zip(table.per_label, table.rows, table.shares, strict=True))[:MOST_CROSSED]:
        cells = [(thousands(n) if n else "", int(np.ceil(10 * share)))
                 for n, share in zip(counts, shares, strict=True)][:MOST_CROSSED]
        rows.append({"label": per.label, "n": thousands(per.n), "f1": f"{per.f1:.2f}", "cells": cells})
    return {"names": [(material.short(place), material.title(place), material.colour(place)) for place in places],
            "rows": rows, "is_wide": len(places) > MOST_UPRIGHT,
            "is_cut": max(len(table.labels), len(table.clusters)) > MOST_CROSSED}


def recordings(dataset: Dataset) -> dict[str, Any]:
    """The recordings by what became of them, and those that gave nothing with the reason."""
    files, heard = dataset.files, set(np.unique(dataset.segments.file_id).tolist())
    silent = [row for row, file_id in enumerate(files.file_id.tolist()) if files.status[row] != OK
              or file_id not in heard]
    kinds = Counter(_kind(files.status[row], is_silent=file_id not in heard)
                    for row, file_id in enumerate(files.file_id.tolist()))
    rows = [{"name": files.path[row] or files.filename[row], "note": files.note[row],
             "status": files.status[row] if files.status[row] != OK else "no sound was found"}
            for row in silent[:MOST_ROWS]]
    return {"kinds": [(kind, thousands(n)) for kind, n in kinds.most_common()], "rows": rows,
            "n_more": thousands(len(silent) - len(rows)) if len(silent) > len(rows) else "",
            "rates": ", ".join(f"{words.frequency(rate) if rate > 0 else 'unknown'} ({thousands(n)})"
                               for rate, n in Counter(files.sr.tolist()).most_common())}


def _kind(status: str, *, is_silent: bool) -> str:
    return "could not be used" if status != OK else "without sounds" if is_silent else "with sounds"


def history(workspace: Workspace) -> dict[str, Any]:
    """Who did what how often, and the latest edits."""
    entries = workspace.history()
    works = [vars(work) | {"first": words.minute(work.first_s), "last": words.minute(work.last_s),
                           "n_sounds": thousands(work.n_sounds) if work.n_sounds else ""}
             for work in curated.summary(entries)]
    lines = [line for line in telling.page(workspace)["lines"] if line["time"] is not None][:MOST_LINES]
    latest = [line | {"when": words.minute(line["time"]), "n": thousands(line["sounds"])} for line in lines]
    undone = sum(entry.undone for entry in entries)
    said = (f"{counted(len(entries), 'edit')} by {listed(sorted({entry.user for entry in entries}))}"
            f"{f' ({undone} undone at present)' if undone else ''}. Times are in UTC.") if entries else ""
    return {"works": works, "latest": latest, "said": said, "n_earlier": len(entries) - len(latest)}


def parameters(dataset: Dataset, options: Any) -> list[dict[str, Any]]:
    """Everything that the project and this report were made with, in groups of names and values."""
    aliases = set(schema.PARAMETER_ALIASES)
    found = [("Project", {"format version": dataset.format_version, "created": dataset.attrs.get("created", ""),
                          "software": dataset.attrs.get("software", ""), "project id": dataset.project_id}),
             ("Preprocessing", {name: value for name, value in sorted(dataset.parameters.items())
                                if name not in aliases and not np.ndim(value)})]
    found += [(f"Map {name}", dataset.whole(f"projections/{name}")[1]) for name in dataset.names("projections")]
    found += [(f"Labeling {one.name}", dict(one.parameters) | dict(one.measures) | {"made": one.made})
              for one in labelings.stored(dataset)]
    features = {name: f"{dataset.feature_width(name)} columns" for name in dataset.names("features")}
    found += [("Features", features), ("Libraries", methods.libraries(dataset)),
              ("This report", params.values(options) | {"python": platform.python_version(), "numpy": np.__version__})]
    return [{"title": printable(title), "rows": _rows(values)} for title, values in found if values]


def _rows(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(printable(str(name)), words.without_folders(words.plain(value))) for name, value in values.items()
            if not np.ndim(value) and value not in ("", None)]


def today() -> str:
    """The day and minute of the report, in UTC."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
