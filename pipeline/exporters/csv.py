"""A table of all sounds that any program reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline import store
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.params import param

COLUMNS = ("segment_id", "file_id", "filename", "path", "onset_sec", "duration_sec", "cluster_id", "cluster_name")


@dataclass(frozen=True)
class Csv:
    """One row per sound: recording, times in seconds, cluster; the map and features on request."""

    map: bool = param(False, "Add the place of each sound on the map, as umap_x and umap_y.")
    features: str = param("", "Features to add, with commas between their names.")

    SUFFIX: ClassVar[str] = ".csv"

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Write the table, UTF-8, in the row order of the project; a missing value is an empty field.

        Raises ExportError if the project has no map or no such feature, ProjectError if it cannot be written.
        """
        added = dict(self._added(dataset))
        with store.replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow([*COLUMNS, *added])
            table.writerows(zip(*_columns(dataset, labels), *_texts(added.values()), strict=True))

    def _added(self, dataset: Dataset) -> Iterator[tuple[str, np.ndarray]]:
        if self.map:
            umap = dataset.segments.umap
            if umap is None:
                raise ExportError(f"{dataset.path} has no map. Run preprocess on its recordings, or leave the map out.")
            yield from zip(("umap_x", "umap_y"), umap.T, strict=True)
        for name in filter(None, (text.strip() for text in self.features.split(","))):
            yield from _feature(dataset, name)


def _feature(dataset: Dataset, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """The columns of a feature, called after it where it has several: ``pitch_median``."""
    if name not in dataset.names("features"):
        known = ", ".join(dataset.names("features")) or "none"
        raise ExportError(f"{dataset.path} has no feature named {name!r}. It has: {known}.")
    values = dataset.feature(name).values
    titles = dataset.feature(name).columns or [str(column) for column in range(values.shape[1])]
    names = [name] if values.shape[1] == 1 else [f"{name}_{title}" for title in titles]
    return zip(names, values.T, strict=True)


def _columns(dataset: Dataset, labels: Labels) -> Iterator[list]:
    """The columns that every table has, in the order of `COLUMNS`."""
    segments, files = dataset.segments, dataset.files
    rows = files.rows_of(segments.file_id).tolist()
    yield segments.segment_id.tolist()
    yield segments.file_id.tolist()
    yield [files.filename[row] for row in rows]
    yield [files.path[row] for row in rows]
    yield segments.onset_s.tolist()
    yield segments.duration_s.tolist()
    yield labels.ids.tolist()
    yield [labels.clusters[number].name for number in labels.ids.tolist()]


def _texts(columns: Iterable[np.ndarray]) -> Iterator[list[str]]:
    """Numbers in as few digits as their type needs, NaN as an empty text."""
    for column in columns:
        yield ["" if np.isnan(value) else np.format_float_positional(value, trim="0") for value in column]
