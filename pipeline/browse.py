"""What a page of tiles shows: which sounds, in which order, how many fit. Functions of a data set and its labels."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from pipeline import geometry, playback, recordings, searching, selection, tiles
from pipeline.arranging import MOST_IN_A_ROW, Arrangement, arranged, arrangement
from pipeline.blobs import Finder, Parameters
from pipeline.curation.edits import Edit
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import EditError, ParameterError

THIN = "\N{NARROW NO-BREAK SPACE}"
MAX_ROW_TILES = 120           # keeps one answer small, however short the sounds and wide the screen
SEARCH = "search"             # the order of a view that is a search
VIEWER_ZOOM = 1.6             # tiles of the viewer against those of the grid


@dataclass(frozen=True, eq=False)
class Scene:
    """What stays the same while a project is open.

    points : float32 (n, 2), the map      durations_s : float64 (n,)      both in the row order of the project
    levels : the range of stored spectrogram values that tiles show      px_per_ms : time scale of the grid's tiles
    view : the part of the map shown at first, (x low, x high, y low, y high)      dataset : what it was made of
    """

    points: np.ndarray
    durations_s: np.ndarray
    levels: tuple[float, float]
    px_per_ms: float
    view: tuple[float, float, float, float]
    dataset: Dataset

    @cached_property
    def finder(self) -> Finder:
        """Finds blobs on this map, and keeps the stages of the latest."""
        return Finder(self.points)


def scene(dataset: Dataset) -> Scene:
    """Gather what the pages need of a data set again and again."""
    points, durations_s = coordinates(dataset), dataset.segments.duration_s
    return Scene(points, durations_s, dataset.level_range(), tiles.scale(durations_s), geometry.first_view(points),
                 dataset)


def coordinates(dataset: Dataset) -> np.ndarray:
    """The map as float32 (n, 2): UMAP, or else the first two principal components, or else duration against order."""
    segments = dataset.segments
    if segments.umap is not None:
        return np.ascontiguousarray(segments.umap[:, :2], np.float32)
    if segments.pca is not None and segments.pca.shape[1] >= 2:
        return np.ascontiguousarray(segments.pca[:, :2], np.float32)
    order = np.linspace(0, 1, dataset.n_segments, dtype=np.float32)
    return np.stack([order, np.float32(segments.duration_s)], axis=1)


def viewer(
    scene: Scene, labels: Labels, view: Mapping[str, Any] | None, *, width_px: int, n_rows: int, page: int = 0,
    order: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One page of the viewer, as plain values: the chosen sounds in order, laid out in rows.

    view : ``steps`` of a selection; ``near`` and ``sound``, the place and the sound that the nearest are nearest to
        (neither: their middle); ``by`` "search" for what a search has found, in its own order and with distances
    page : counts from 0; -1 is the last      order : see `arranging.arrangement`; usually the nearest first
    """
    if not view:
        return {"title": "", "n": 0, "page": 0, "n_pages": 0, "first": 0, "rows": []}
    is_search = view.get("by") == SEARCH and len(view["steps"]) == 1 and "like" in view["steps"][0]
    chosen = json.dumps([view["steps"], view.get("near"), view.get("sound"), is_search])
    laid_out = _laid_out(scene, labels, chosen, arrangement(order), width_px)
    rows, widths, lines = laid_out.rows, laid_out.widths, laid_out.lines
    n_rows, n_pages = max(1, n_rows), max(1, -(-len(lines) // max(1, n_rows)))
    page = n_pages - 1 if page < 0 else min(page, n_pages - 1)
    edges = np.append(lines, len(rows))[page * n_rows:(page + 1) * n_rows + 1]
    shown = [_line(labels, rows[a:b], widths[a:b]) | _told(laid_out.distances, a, b)
             for a, b in itertools.pairwise(edges)]
    first = int(edges[0]) if len(edges) else 0
    about = _about_search(scene.dataset, view["steps"][0]["like"]) if is_search else {"title": _title(view, labels)}
    return {"n": len(rows), "page": page, "n_pages": n_pages, "first": first, "rows": shown, "order": laid_out.said,
            "cluster": _only_cluster(view), "px_per_ms": scene.px_per_ms * VIEWER_ZOOM, **about}


@dataclass(frozen=True, eq=False)
class _LaidOut:
    """Chosen rows in order, the width of each tile, where each line of tiles begins, the order's name.

    distances : of what a search has found, from its examples; else None
    """

    rows: np.ndarray
    widths: np.ndarray
    lines: np.ndarray
    said: str
    distances: np.ndarray | None = None


@lru_cache(maxsize=8)   # the next page of the same sounds; scene and labels never change, an edit makes new labels
def _laid_out(scene: Scene, labels: Labels, chosen: str, how: Arrangement, width_px: int) -> _LaidOut:
    steps, near, sound, is_search = json.loads(chosen)
    distances = None
    if is_search:
        found = searching.found(scene.dataset, labels, searching.read(steps[0]["like"]))
        rows, distances, said = found.rows, found.distances, "nearest first"
    else:
        rows = _rows(scene, labels, steps)
        clicked = sound if sound is not None else how.clicked if near is None else None
        rows, said = arranged(scene, rows, how, clicked=None if clicked is None else row_of(labels, clicked),
                              place=selection.location(near) if near else None)
    widths = tiles.widths_px(scene.durations_s[rows], scene.px_per_ms * VIEWER_ZOOM)
    return _LaidOut(rows, widths, tiles.rows_that_fit(widths, width_px), said, distances)


def _rows(scene: Scene, labels: Labels, steps: selection.Steps) -> np.ndarray:
    return selection.rows(steps, points=scene.points, labels=labels, finder=scene.finder, dataset=scene.dataset)


def _line(labels: Labels, rows: np.ndarray, widths: np.ndarray) -> dict[str, Any]:
    return {"ids": labels.segment_ids[rows].tolist(), "widths": widths.tolist(), "clusters": labels.ids[rows].tolist()}


def _told(distances: np.ndarray | None, first: int, last: int) -> dict[str, Any]:
    """The distances of a line of tiles, where there are some."""
    return {} if distances is None else {"distances": [float(f"{one:.4g}") for one in distances[first:last]]}


def _about_search(dataset: Dataset, like: Any) -> dict[str, Any]:
    about = searching.about(dataset, searching.read(like))
    return {"title": f"Similar to {about['title']}", "search": about}


def _title(view: Mapping[str, Any], labels: Labels) -> str:
    """What the sounds in the viewer have in common."""
    steps = view["steps"]
    if len(steps) != 1:
        return "Selection"
    if "cluster" in steps[0]:
        return cluster_title(labels, steps[0]["cluster"])
    if "nearest" in steps[0]:
        return "Neighbours"
    if "blob" in steps[0] or "like" in steps[0]:
        return "Blob" if "blob" in steps[0] else "Search"
    return "Lasso" if "path" in steps[0] else "Selection"


def _only_cluster(view: Mapping[str, Any]) -> int | None:
    """The cluster that is all that the viewer shows; None if it shows something else."""
    steps = view["steps"]
    return steps[0].get("cluster") if len(steps) == 1 else None


def cluster_title(labels: Labels, cluster: int) -> str:
    """``C4 “trill”``; ``C0 unassigned`` for the sounds without a cluster. In a draft it is B4 or P4."""
    return f"{labels.letter}0 unassigned" if cluster == UNASSIGNED else labels.title(cluster)


def grid(scene: Scene, labels: Labels, *, width_px: int, n_rows: int, page: int = 0,
         order: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One page of the grid, as plain values: a row for each cluster that has sounds, with as many tiles as fit.

    Clusters come in the order of their numbers, unassigned last, as what is still to be done.
    """
    counts = {cluster: n for cluster, n in labels.counts().items() if n}
    numbers = sorted(counts, key=lambda cluster: (cluster == UNASSIGNED, cluster))
    n_rows = max(1, n_rows)
    n_pages = max(1, -(-len(numbers) // n_rows))
    page = n_pages - 1 if page < 0 else min(page, n_pages - 1)
    shown = numbers[page * n_rows:(page + 1) * n_rows]
    how = arrangement(order)
    return {"rows": [_grid_row(scene, labels, cluster, counts[cluster], width_px, how) for cluster in shown],
            "page": page, "n_pages": n_pages, "first": page * n_rows, "n": len(numbers), "px_per_ms": scene.px_per_ms}


def _grid_row(
    scene: Scene, labels: Labels, cluster: int, count: int, width_px: int, how: Arrangement
) -> dict[str, Any]:
    clicked = None if how.clicked is None else row_of(labels, how.clicked)
    rows, said = arranged(scene, np.flatnonzero(labels.ids == cluster), how, clicked=clicked, most=MOST_IN_A_ROW)
    rows = rows[:MAX_ROW_TILES]
    widths = tiles.widths_px(scene.durations_s[rows], scene.px_per_ms)
    starts = tiles.rows_that_fit(widths, width_px)
    rows, widths = (values[:starts[1]] if len(starts) > 1 else values for values in (rows, widths))
    about = {"cluster": cluster, "count": count, "order": said, "title": cluster_title(labels, cluster)}
    return _line(labels, rows, widths) | about | {"colour": labels.clusters[cluster].colour}


def view_after(edit: Edit, steps: selection.Steps) -> dict[str, Any] | None:
    """What to look at once sounds were assigned: the new group, if the way they were chosen finds them no more."""
    gone = any("blob" in step or "among" in step for step in steps)
    return {"steps": [{"how": "set", "cluster": int(edit.after[0])}], "near": None, "page": 0} if gone else None


def blobs(scene: Scene, labels: Labels, parameters: Parameters) -> dict[str, Any]:
    """The blobs of the unassigned sounds, for the browser: their outlines, and how they were found."""
    active = labels.ids == UNASSIGNED
    found = scene.finder.find(parameters, active=active)
    return {"radius": found.smoothed.radius_px, "threshold": found.threshold, "left": int(active.sum()),
            "blobs": found.payload()}


def blob_bytes(scene: Scene, labels: Labels, parameters: Parameters) -> bytes:
    """The number of the blob that each sound lies in, one byte a sound, 0 for none."""
    return scene.finder.find(parameters, active=labels.ids == UNASSIGNED).blob_of_sound.tobytes()


def clusters(labels: Labels) -> list[dict[str, Any]]:
    """Every cluster with number, name, title, colour and count, for menus, legends and dialogs."""
    counts = labels.counts()
    return [{"cluster": info.cluster_id, "name": info.name, "title": cluster_title(labels, info.cluster_id),
             "colour": info.colour, "count": counts.get(info.cluster_id, 0)} for info in labels.clusters.values()]


def describe(dataset: Dataset, labels: Labels, segment_id: int) -> str:
    """One sound in a line: number, recording, where in it, how long, which cluster. EditError for an unknown one."""
    row = row_of(labels, segment_id)
    segments, files = dataset.segments, dataset.files
    file_row = files.row_of(int(segments.file_id[row]))
    parts = [f"#{thousands(segment_id)}", str(files.path[file_row]), f"{segments.onset_s[row]:.3f}{THIN}s",
             duration_text(float(segments.duration_s[row])), cluster_title(labels, int(labels.ids[row]))]
    return " · ".join(parts)


def row_of(labels: Labels, segment_id: int) -> int:
    """The row of one sound. EditError for an unknown one."""
    return int(labels.rows_of(np.array([segment_id]))[0])


def tile(dataset: Dataset, scene: Scene, row: int, style: tiles.Style) -> np.ndarray:
    """The picture of one sound as shades, uint8 (height, width). A project without spectrograms gives quiet tiles."""
    segments = dataset.segments
    onset_s, duration_s = float(segments.onset_s[row]), float(segments.duration_s[row])
    end_s = onset_s + tiles.shown_s(duration_s, style.px_per_ms)
    values = dataset.spectrogram(int(segments.file_id[row]), onset_s, end_s)
    values = np.zeros((0, 0), np.int8) if values is None else values
    width_px = int(tiles.widths_px(np.array([duration_s]), style.px_per_ms)[0])
    return tiles.shades(values, scene.levels, width_px=width_px, height_px=style.height_px)


def chosen(scene: Scene, labels: Labels, steps: selection.Steps | None) -> np.ndarray:
    """The ids of the chosen sounds, int32. EditError if there are none."""
    rows = _rows(scene, labels, steps or [])
    if not len(rows):
        raise EditError("Select one or more sounds first: click on the map, draw round some, or choose a row.")
    return labels.segment_ids[rows]


def how(
    scene: Scene, labels: Labels, steps: selection.Steps, chosen: np.ndarray, like: Any = None,
) -> dict[str, Any]:
    """How sounds were chosen, for the history: the steps, and the search whose results they were chosen from.

    like : the search that the viewer shows, if it shows one
    """
    own = next((step["like"] for step in steps if "like" in step), None)
    if own is not None:
        return {"steps": steps, **searching.provenance(scene.dataset, labels, own, chosen)}
    with contextlib.suppress(ParameterError):      # a file that is not kept any more holds up no edit
        if isinstance(like, Mapping):
            return {"steps": steps, **searching.provenance(scene.dataset, labels, like, chosen)}
    return {"steps": steps}


def thousands(number: int) -> str:
    """``18 233``, with thin spaces."""
    return f"{number:,}".replace(",", THIN)


def duration_text(duration_s: float) -> str:
    """``84 ms``, ``3.2 ms`` or ``1.24 s``."""
    if duration_s >= 1:
        return f"{duration_s:.2f}{THIN}s"
    return f"{1000 * duration_s:.{0 if duration_s >= 0.01 else 1}f}{THIN}ms"


def points_bytes(scene: Scene) -> bytes:
    """The map for the browser: little-endian float32, x and y of each sound."""
    return np.ascontiguousarray(scene.points, "<f4").tobytes()


def ids_bytes(ids: np.ndarray) -> bytes:
    """One whole number a sound for the browser: little-endian int32."""
    return np.ascontiguousarray(ids, "<i4").tobytes()


def are_positions(segment_ids: np.ndarray) -> bool:
    """Whether the ids are 0, 1, 2, …, so that the browser need not be told them."""
    return bool((segment_ids == np.arange(len(segment_ids))).all())


def wav(dataset: Dataset, row: int, *, speed: float | None = None, margin_s: float = 0.0) -> bytes:
    """One sound for the ear; ``speed`` None is as recorded, but ultrasound slowed down. Raises AudioError."""
    segments, files = dataset.segments, dataset.files
    file_id, onset_s = int(segments.file_id[row]), float(segments.onset_s[row])
    speed = speed or playback.default_speed(int(files.sr[files.row_of(file_id)]))
    offset_s = onset_s + float(segments.duration_s[row])
    return playback.wav(recordings.path_of(dataset, file_id), onset_s, offset_s, speed=speed, margin_s=margin_s)
