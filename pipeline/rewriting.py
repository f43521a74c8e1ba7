"""A project written anew with all that is in it, in the newest layout, and with further recordings if there are any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline import assemble, params, store
from pipeline.curation import checkpoint, colours
from pipeline.dataset import Cluster, Dataset
from pipeline.errors import ProjectError
from pipeline.joins import SETS
from pipeline.projectors.pca import Pca
from pipeline.projectors.umap import Umap

WHOLE_S = 1e12               # beyond the end of any recording
MOST_NAMED = 5
OF_PCA = ("mean", "components", "explained")


@dataclass(eq=False)
class Further:
    """What is added to a project, as columns of its tables.

    files, segments : columns as `store.Writer` takes them, with ids that the project does not have
    vectors : float32 (m, d), or None     pitch : float32 (m, columns) of ``features/pitch``, or None
    """

    files: dict[str, Any]
    segments: dict[str, Any]
    vectors: np.ndarray | None = None
    pitch: np.ndarray | None = None


@dataclass(eq=False)
class Map:
    """The map of all sounds of the project that is written, in its row order.

    umap : float32 (n, 2) or None      pca : float32 (n, k) or None      placed : bool (n,)
    extra : what ``projections/pca`` keeps beside the places: mean, components, explained
    """

    umap: np.ndarray | None
    pca: np.ndarray | None
    placed: np.ndarray
    umap_attrs: dict[str, Any] = field(default_factory=dict)
    pca_attrs: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, np.ndarray] = field(default_factory=dict)


def parameters_of(dataset: Dataset) -> dict[str, Any]:
    """The parameters of a project, those of its steps included."""
    return {**dataset.parameters, **dataset.steps}


def map_of(dataset: Dataset) -> Map:
    """The map as the project has it."""
    segments = dataset.segments
    about, extra = {"umap": {}, "pca": {}}, {}
    for name in set(about) & set(dataset.names("projections")):
        arrays, about[name] = dataset.whole(f"projections/{name}")
        if name == "pca":
            extra = {key: array for key, array in arrays.items() if key in OF_PCA}
    return Map(segments.umap, segments.pca, dataset.placed(), about["umap"], about["pca"], extra)


def new_map(vectors: np.ndarray, pca: Pca, umap: Umap) -> Map:
    """A map made of all sounds, with no one placed later."""
    components, places = assemble.map_of(vectors, pca, umap)
    extra = {name: getattr(components, name) for name in OF_PCA}
    placed = np.zeros(len(vectors), bool)
    return Map(places, components.scores, placed, params.values(umap), params.values(pca), extra)


def write(writer: store.Writer, dataset: Dataset, laid_out: Map, *, further: Further | None = None,
          advance: Callable[[float], None] = lambda _amount: None, strict: bool = False) -> list[str]:
    """Write all that a project holds, then what is added; returns sentences about what had to be left out.

    laid_out : the map of all sounds      advance : called with 1 for each recording
    strict : raise ProjectError for what is damaged, instead of leaving it out

    Labels, and the table of clusters, go over byte for byte where they lie in place, so that a journal goes on.
    Nothing that speaks of single sounds is guessed for the new ones: features and labelings go on without them.
    """
    old_segments, old_files = _segment_columns(dataset), file_columns(dataset)
    segments, files = (_longer(old, getattr(further, name, None)) for old, name in (
        (old_segments, "segments"), (old_files, "files")))
    writer.files(**files)
    writer.segments(**segments, umap=laid_out.umap, pca=laid_out.pca)
    _write_clusters(writer, dataset)
    write_map(writer, laid_out, segments["segment_id"])
    parts = [("The embedding", lambda: _write_embedding(writer, dataset, further, segments["segment_id"]))]
    parts += [(place, lambda place=place: _write_set(writer, dataset, place, further)) for place in sets(dataset)]
    for file_id in dataset.files.file_id.tolist():
        what = f"The spectrogram or pitch of recording {file_id}"
        parts.append((what, lambda file_id=file_id: (write_recording(writer, dataset, file_id), advance(1))))
    damaged = []
    for what, put in parts:
        try:
            put()
        except ProjectError as error:
            if strict:
                raise
            damaged.append(f"{what} was left out: {error}")
    return damaged + left_out(dataset)


def left_out(dataset: Dataset) -> list[str]:
    """A sentence about what other programs have put into the file, which is not taken over."""
    others = dataset.strangers()
    if not others:
        return []
    named = f"{', '.join(others[:MOST_NAMED])}{', …' if len(others) > MOST_NAMED else ''}"
    return [f"Left out, because no part of the format: {named}."]


def _segment_columns(dataset: Dataset) -> dict[str, Any]:
    table = dataset.segments
    return {"segment_id": table.segment_id, "file_id": table.file_id, "onset_sec": table.onset_s,
            "duration_sec": table.duration_s, "label": table.label, "cluster_id": dataset.cluster_ids()}


def file_columns(dataset: Dataset) -> dict[str, Any]:
    """The table of recordings, as `store.Writer.files` takes it."""
    table = dataset.files
    return {"duration_sec": table.duration_s, **{name: getattr(table, name) for name in (
        "file_id", "filename", "path", "sr", "recorded_at", "status", "day", "note", "data_dir")}}


def _longer(old: dict[str, Any], new: dict[str, Any] | None) -> dict[str, Any]:
    """Two tables one below the other; a column that only one of them has is empty in the other."""
    if new is None:
        return old
    n_old, n_new = (len(next(iter(table.values()))) for table in (old, new))
    joined = {}
    for name, column in old.items():
        more = new.get(name)
        if isinstance(column, np.ndarray):
            joined[name] = np.concatenate([column, np.zeros(n_new, column.dtype) if more is None else more])
        elif column is not None or more is not None:
            joined[name] = [*(column or ("",) * n_old), *(more or ("",) * n_new)]
    return joined


def _write_clusters(writer: store.Writer, dataset: Dataset) -> None:
    places = checkpoint.locate(dataset.path)
    if places is not None:
        writer.cluster_table(checkpoint.columns_of(checkpoint.read(dataset.path, places)))
        return
    known = {row.cluster_id: row for row in dataset.clusters()}
    used = {int(number) for number in np.unique(dataset.cluster_ids()) if number > 0}
    found = [known.get(number) or Cluster(number, "", colours.of(number), "") for number in sorted({*known, *used})]
    rows = [(row.cluster_id, row.name, row.colour, row.note) for row in found]
    writer.clusters(*zip(*rows, strict=True)) if rows else writer.clusters([], [], [], [])


def _write_embedding(writer: store.Writer, dataset: Dataset, further: Further | None, ids: np.ndarray) -> None:
    if dataset.embedding_shape() is None:
        return
    raw, (_arrays, attrs) = dataset.embedding(), dataset.whole("embeddings")
    if further is not None and further.vectors is not None:
        raw = np.concatenate([raw, further.vectors])
    writer.embeddings(ids[:len(raw)], raw, attrs)


def write_map(writer: store.Writer, laid_out: Map, ids: np.ndarray) -> None:
    """The two projections of a map; ``ids`` are those of all sounds, in its order."""
    if laid_out.umap is not None:
        placed = laid_out.placed.astype(np.int8) if laid_out.placed.any() else None
        writer.projection("umap", ids, laid_out.umap, attrs=laid_out.umap_attrs, placed=placed)
    if laid_out.pca is not None and laid_out.pca.shape[1] and np.isfinite(laid_out.pca).all():
        first_two = np.pad(laid_out.pca, ((0, 0), (0, max(0, 2 - laid_out.pca.shape[1]))))[:, :2]
        writer.projection("pca", ids, first_two, attrs=laid_out.pca_attrs, extra=laid_out.extra)


def sets(dataset: Dataset) -> list[str]:
    """The places of all groups that speak of single sounds, but for the map, such as ``features/pitch``."""
    places = [f"{kind}/{name}" for kind in SETS for name in dataset.names(kind)]
    return [place for place in places if place not in ("projections/umap", "projections/pca")]


def whole_set(dataset: Dataset, place: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Features, a projection, a labeling or an arrangement as it lies in the file: (arrays by name, attributes).

    Raises ProjectError if its rows cannot be matched to sounds.
    """
    kind, _, name = place.partition("/")
    {"features": dataset.feature, "projections": dataset.projection, "labelings": dataset.labeling,
     "arrangements": dataset.arrangement}[kind](name)
    return dataset.whole(place)


def _write_set(writer: store.Writer, dataset: Dataset, place: str, further: Further | None) -> None:
    arrays, attrs = whole_set(dataset, place)
    if place == "features/pitch" and further is not None and further.pitch is not None:
        arrays = _with_pitch(arrays, further)
    writer.taken_over(place, arrays, attrs)


def _with_pitch(arrays: dict[str, np.ndarray], further: Further) -> dict[str, np.ndarray]:
    if arrays["values"].shape[1:] != further.pitch.shape[1:]:
        return arrays
    ids = np.concatenate([arrays["segment_id"], further.segments["segment_id"]])
    return {"segment_id": ids.astype("<i4"), "values": np.concatenate([arrays["values"], further.pitch])}


def write_recording(writer: store.Writer, dataset: Dataset, file_id: int) -> None:
    """A recording's spectrogram and pitch, where it has them."""
    values = dataset.spectrogram(file_id, 0.0, WHOLE_S)
    if values is not None and values.size:
        scale = dataset.spectrogram_scale(file_id)
        writer.spectrogram(file_id, values, db_per_step=scale.db_per_step, freq_hz=scale.freq_hz, hop_s=scale.hop_s)
    track = dataset.pitch(file_id)
    if track is not None:
        writer.pitch(file_id, track)
