"""How well a map keeps classes apart: what klustr chose its maps by (Hantrakul & Sarwate 2017), and neighbours.

Hulls are those of all sounds. What compares pairs of sounds is taken of a seeded sample where there are more than
`cluster_measures.MOST_PAIRED`, hulls of the `MOST_CLASSES` largest classes: time is bounded at 100,000 sounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline import cluster_measures
from pipeline.clusterers import NOISE
from pipeline.curation import colours
from pipeline.dataset import Dataset
from pipeline.shelf import fingerprint
from pipeline.sound_maps import hulls
from pipeline.tables import Cluster

VERSION = 1
NAMES = ("silhouette", "roundness", "overlap", "sum", "knn_agreement", "overlap_compat")
LABELS, CLUSTERS = "labels", "clusters"
NO_LABELS = ("The project has no labels and no clusters, so the maps have no scores. Label some sounds in Curate, or "
             "give labels with the recordings.")
ONE_CLASS = "All sounds that have a label have the same one, so there is nothing for a map to keep apart."
MOST_CLASSES, MOST_PAIRED = 1000, cluster_measures.MOST_PAIRED


@dataclass(frozen=True, eq=False)
class Classes:
    """What maps are scored against.

    codes : int32 (n,) in row order, -1 for sounds without a label      by : `LABELS`, `CLUSTERS`, or "" for none
    names, colours : of each class by its code
    """

    codes: np.ndarray
    by: str
    names: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A fingerprint of the classes and of this way to score."""
        return fingerprint(VERSION, cluster_measures.MOST_PAIRED, self.codes, self.by)

    @property
    def lack(self) -> str:
        """A sentence about why there are no scores, or not all; empty if there is no reason."""
        if not self.by:
            return NO_LABELS
        return ONE_CLASS if self.codes.max(initial=NOISE) < 1 else ""


def classes_of(dataset: Dataset) -> Classes:
    """The true labels; the clusters where no sound has one; else none."""
    labels = np.array(dataset.segments.label or [""] * dataset.n_segments)
    if (labels != "").any():
        names, codes = _coded(labels, labels != "")
        return Classes(codes, LABELS, tuple(names), _as_on_maps(names, labels))
    clusters = dataset.cluster_ids()
    numbers, codes = _coded(clusters, clusters > 0)
    table = {row.cluster_id: row for row in dataset.clusters()}
    rows = [table.get(number, Cluster(number, "", "", "")) for number in numbers]
    return Classes(codes, CLUSTERS if rows else "", tuple(row.name or f"C{row.cluster_id}" for row in rows),
                   tuple(row.colour or colours.of(row.cluster_id) for row in rows))


def _as_on_maps(names: Sequence[str], labels: np.ndarray) -> tuple[str, ...]:
    """The colours that labels have in Curate: by how frequent they are, sounds without a label being one kind."""
    found, counts = np.unique(labels, return_counts=True)
    rank = dict(zip(found[np.argsort(-counts, kind="stable")].tolist(), range(len(found)), strict=True))
    return tuple(colours.of(rank[name] + 1) for name in names)


def _coded(values: np.ndarray, known: np.ndarray) -> tuple[list[Any], np.ndarray]:
    """(the different known values, the place of each value among them)."""
    codes = np.full(len(values), NOISE, np.int32)
    found, which = np.unique(values[known], return_inverse=True)
    codes[known] = which.reshape(-1)
    return found.tolist(), codes


def score(places: np.ndarray, codes: np.ndarray, *, seed: int = 42) -> dict[str, float]:
    """The scores of a map by name; those that are not defined for it are left out.

    places : float32 (n, 2) about 0 … 1, NaN for sounds that are not on the map
    codes : int32 (n,), the class of each sound, -1 for none

    silhouette (Rousseeuw 1987), -1 … 1, and knn_agreement, the share of a sound's 10 nearest neighbours that are of its
    class, both on the map. roundness: the mean of 4 π area / outline² over the classes' convex hulls. overlap: the area
    of the hulls' union over the sum of their areas, 1 where none overlap. sum: of silhouette, roundness and overlap.
    overlap_compat: as published, the hull of all over itself and the sum of the hulls, which is no share of an overlap.
    """
    kept = np.isfinite(places).all(axis=1) & (codes != NOISE)
    places, codes = np.asarray(places[kept], np.float64), codes[kept]
    if not len(places):
        return {}
    width, _rows = cluster_measures.silhouettes(places, codes, seed=seed)
    found = {"silhouette": float(width.mean()) if len(width) else float("nan"), **_of_hulls(places, codes)}
    if len(np.unique(codes)) > 1:
        found["knn_agreement"] = cluster_measures.knn_agreement(places, codes, seed=seed)
    parts = [found.get(name, float("nan")) for name in ("silhouette", "roundness", "overlap")]
    found["sum"] = float(sum(parts))
    return {name: found[name] for name in NAMES if np.isfinite(found.get(name, float("nan")))}


def _of_hulls(places: np.ndarray, codes: np.ndarray) -> dict[str, float]:
    """Of classes that span an area: roundness, overlap and its published form."""
    shapes = hulls.of_classes(places, _largest(codes))
    if not shapes:
        return {}
    total = sum(shape.area for shape in shapes)
    whole = hulls.hull(places).area
    return {"roundness": float(np.mean([hulls.roundness(shape) for shape in shapes])),
            "overlap": min(1.0, hulls.union_area(shapes) / total), "overlap_compat": whole / (whole + total)}


def _largest(codes: np.ndarray) -> np.ndarray:
    """The classes, but for the smallest where there are too many."""
    found, counts = np.unique(codes, return_counts=True)
    kept = found[np.argsort(-counts, kind="stable")[:MOST_CLASSES]]
    return np.where(np.isin(codes, kept), codes, NOISE)
