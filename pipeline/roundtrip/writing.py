"""A project file with some of another's sounds, some of them moved, and new ones: what stays is taken over as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline import rewriting, store
from pipeline.curation.labels import ClusterInfo
from pipeline.dataset import Dataset

if TYPE_CHECKING:
    from pipeline.roundtrip.computing import Computed

OF_SOUNDS = {"features": ("values",), "projections": ("values", "placed"), "labelings": ("label", "probability")}
NOT_ANY_MORE = -1
OK, SILENT = "ok", "no sounds found"


@dataclass(frozen=True, eq=False)
class Sounds:
    """The sounds of the new project, in its row order: first the ``old_rows`` of the old one, then new ones.

    is_moved : bool, for each of the old rows      label : n true labels, or None
    clusters : all that there are, with those that are new      next_id : the first number that no sound has had
    """

    old_rows: np.ndarray
    is_moved: np.ndarray
    segment_id: np.ndarray
    file_id: np.ndarray
    onset_s: np.ndarray
    duration_s: np.ndarray
    cluster_id: np.ndarray
    label: tuple[str, ...] | None
    clusters: tuple[ClusterInfo, ...]
    next_id: int

    @cached_property
    def kept(self) -> np.ndarray:
        """The rows of sounds that are as they were, int64, ascending."""
        return np.flatnonzero(~self.is_moved)

    @cached_property
    def fresh(self) -> np.ndarray:
        """The rows of moved and of new sounds, int64, ascending."""
        return np.concatenate([np.flatnonzero(self.is_moved), np.arange(len(self.old_rows), len(self.segment_id))])


def parameters(dataset: Dataset, output: Path) -> dict[str, Any]:
    """As the old project has them; a relative folder of recordings is told in full for a file that lies elsewhere."""
    found = rewriting.parameters_of(dataset)
    stated = str(found.get("data_dir") or "")
    if stated and output.parent.resolve() != dataset.path.parent.resolve():
        found["data_dir"] = str((dataset.path.parent / stated).resolve())
    return found


def write(writer: store.Writer, dataset: Dataset, sounds: Sounds, made: Computed, *,
          advance: Callable[[float], None]) -> list[str]:
    """Write everything, and return sentences about what had to be left out.

    What speaks of moved or deleted sounds alone is left out, and of new ones nothing is guessed.
    advance : called with 1 for each recording. Raises ProjectError for what is damaged.
    """
    writer.files(**_files(dataset, sounds))
    writer.segments(segment_id=sounds.segment_id, file_id=sounds.file_id, onset_sec=sounds.onset_s,
                    duration_sec=sounds.duration_s, label=sounds.label, cluster_id=sounds.cluster_id,
                    umap=made.laid_out.umap, pca=made.laid_out.pca)
    rows = [(info.cluster_id, info.name, info.colour, info.note) for info in sounds.clusters]
    writer.clusters(*zip(*rows, strict=True)) if rows else writer.clusters([], [], [], [])
    rewriting.write_map(writer, made.laid_out, sounds.segment_id)
    if dataset.embedding_shape() is not None:
        raw = np.empty((len(sounds.segment_id), dataset.embedding_shape()[1]), np.float32)
        raw[sounds.kept] = dataset.embedding()[sounds.old_rows[sounds.kept]]
        if made.vectors is not None:
            raw[sounds.fresh] = made.vectors
        writer.embeddings(sounds.segment_id, raw, dataset.whole("embeddings")[1])
    told = [_write_set(writer, dataset, sounds, made, where) for where in rewriting.sets(dataset)]
    for file_id in dataset.files.file_id.tolist():
        rewriting.write_recording(writer, dataset, file_id)
        advance(1)
    return [*filter(None, told), *rewriting.left_out(dataset)]


def _files(dataset: Dataset, sounds: Sounds) -> dict[str, Any]:
    """The recordings; one that gets its first sound, or loses its last, says so."""
    columns, has_sounds = rewriting.file_columns(dataset), np.isin(dataset.files.file_id, sounds.file_id).tolist()
    had_sounds = np.isin(dataset.files.file_id, dataset.segments.file_id).tolist()
    columns["status"] = [OK if has and status == SILENT else SILENT if had and not has and status == OK else status
                         for status, had, has in zip(columns["status"], had_sounds, has_sounds, strict=True)]
    return columns


def _write_set(writer: store.Writer, dataset: Dataset, sounds: Sounds, made: Computed, where: str) -> str:
    """Features, a projection or a labeling, of the sounds that are as they were; a tree only if all are.

    Returns a sentence if nothing of it could be taken over.
    """
    kind = where.partition("/")[0]
    arrays, attrs = rewriting.whole_set(dataset, where)
    kept_ids = sounds.segment_id[sounds.kept]
    stays = np.isin(arrays["segment_id"], kept_ids)
    if kind not in OF_SOUNDS:
        if stays.all():
            writer.taken_over(where, arrays, attrs)
        return "" if stays.all() else f"{where} was left out: it is of all sounds as they were. Make it anew."
    arrays = {key: values[stays] if key in ("segment_id", *OF_SOUNDS[kind]) else values
              for key, values in arrays.items()}
    if "exemplars" in arrays:
        arrays["exemplars"] = np.where(np.isin(arrays["exemplars"], kept_ids), arrays["exemplars"], NOT_ANY_MORE)
    if where == "features/pitch" and made.pitch is not None and len(made.pitch):
        arrays = {"segment_id": np.concatenate([arrays["segment_id"], sounds.segment_id[sounds.fresh]]).astype("<i4"),
                  "values": np.concatenate([arrays["values"], made.pitch])}
    writer.taken_over(where, arrays, attrs)
    return ""
