"""Clusters as figures name them, and their sounds in the order that figures show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline import orders
from pipeline.arranging import MOST_COMPARED
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.exporters._chosen import Chosen, name_of
from pipeline.figures import style
from pipeline.figures.legends import Group

TYPICAL, RANDOM, TIME = "typical", "random", "time"
ORDERS = (TYPICAL, RANDOM, TIME)
SAID = {TYPICAL: "the most typical first", RANDOM: "at random", TIME: "by time"}
UNNAMED = "unassigned"


def groups(labels: Labels, clusters: str = "", *, unassigned: bool = False) -> list[Group]:
    """The clusters that have sounds, by number; the unassigned last, where they are asked for.

    clusters : only these, numbers or names with commas between them; empty for all. Raises ParameterError for others.
    """
    numbers = labels.ids[Chosen(clusters=clusters).rows(labels)]
    found, counts = np.unique(numbers, return_counts=True)
    made = [_group(labels, int(number), int(n)) for number, n in zip(found, counts, strict=True)]
    asked = unassigned or bool(clusters.strip())
    return sorted((one for one in made if one.number != UNASSIGNED or asked),
                  key=lambda one: (one.number == UNASSIGNED, one.number))


def _group(labels: Labels, number: int, n: int) -> Group:
    chosen = labels.clusters[number].colour if number in labels.clusters and number != UNASSIGNED else ""
    name = style.shown(name_of(labels, number, nothing=UNNAMED))
    return Group(number, name, style.UNASSIGNED if number == UNASSIGNED else style.colour_of(number, chosen), n)


def need_spectrograms(dataset: Dataset) -> None:
    """ExportError for a project that has no spectrogram to show."""
    if not dataset.spectrogram_file_ids():
        raise ExportError(f"{dataset.path} has no spectrograms, so its sounds cannot be shown. Make the project from "
                          "its recordings, or draw the map.")


def members(dataset: Dataset, labels: Labels, number: int, *, by: str, seed: int = 0) -> np.ndarray:
    """The rows of a cluster's sounds of which there are spectrograms, int64, in that order: one of `ORDERS`."""
    rows = np.flatnonzero(labels.ids == number)
    rows = rows[np.isin(dataset.segments.file_id[rows], dataset.spectrogram_file_ids())]
    space = _space(dataset)
    by = possible(dataset, len(rows), by)
    return orders.sort(by, orders.Sounds(dataset, rows, space=space or "map", seed=seed)) if len(rows) else rows


def possible(dataset: Dataset, n_sounds: int, by: str) -> str:
    """The order that so many sounds can be put in: by chance where nothing tells what is typical, or too much would."""
    space = _space(dataset)
    return RANDOM if by == TYPICAL and (space is None or n_sounds > MOST_COMPARED[space]) else by


def _space(dataset: Dataset) -> str | None:
    """Where distances are taken: on the map, or else by principal components."""
    if dataset.segments.umap is not None:
        return "map"
    return "pca" if dataset.segments.pca is not None else None


def paged(items: Sequence[Group], n_each: int) -> list[Sequence[Group]]:
    """The same in pages of so many; one empty page where there is none."""
    return [items[first:first + n_each] for first in range(0, len(items), n_each)] or [items]
