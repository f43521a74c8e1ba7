"""Maps and their scores as a table for people and other programs, and the sounds that are on none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from pipeline.sound_maps.scores import NAMES
from pipeline.sound_maps.sources import LeftOut
from pipeline.sound_maps.stored import GRID, MapInfo

COLUMNS = ("name", "features", "reducer", *GRID, *NAMES, "scored_by")
SHOWN = {"map": "name", "sum": "sum", "silh.": "silhouette", "round": "roundness", "overlap": "overlap",
         "neighb.": "knn_agreement"}
LEFT_OUT_COLUMNS = ("segment_id", "recording", "onset_sec", "reason", "detail")


def plain(info: MapInfo) -> dict[str, Any]:
    """A map as one flat table line; what it has not is None."""
    known = {**vars(info), **info.parameters, **info.scores}
    return {name: known.get(name) for name in COLUMNS}


def best_first(maps: Sequence[MapInfo]) -> list[MapInfo]:
    """By the sum of scores; those without stay in their order, at the end."""
    return sorted(maps, key=lambda info: -info.scores.get("sum", float("-inf")))


def as_csv(maps: Sequence[MapInfo]) -> str:
    """All columns, one line a map."""
    return _csv(COLUMNS, [[line[name] for name in COLUMNS] for line in map(plain, maps)])


def as_json(maps: Sequence[MapInfo]) -> str:
    """The same as a list of objects."""
    return json.dumps([plain(info) for info in maps], indent=2)


def left_out_csv(sounds: Sequence[LeftOut]) -> str:
    """The sounds that have no clip, one line each."""
    return _csv(LEFT_OUT_COLUMNS, [(sound.segment_id, sound.name, f"{sound.onset_s:.6f}", sound.reason, sound.detail)
                                   for sound in sounds])


def texts(info: MapInfo) -> list[str]:
    """The columns `SHOWN` as texts."""
    return [info.name, *(f"{info.scores[name]:.3f}" if name in info.scores else "–"
                         for name in list(SHOWN.values())[1:])]


def parameters_text(info: MapInfo) -> str:
    """``perplexity 30, 1000 steps`` …; empty where the reducer has none."""
    said = {"perplexity": "perplexity {:g}", "iterations": "{:g} steps", "n_neighbors": "{:g} neighbours",
            "min_dist": "distance {:g}"}
    return ", ".join(said[name].format(value) for name, value in info.parameters.items())


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
