"""A table of all sounds that any program reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.curation.labels import NO_CLUSTER, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.exporters._chosen import BLOCK, Chosen, formulas, name_of, silent
from pipeline.exporters._files import Files, one
from pipeline.exporters._names import names_like_recordings
from pipeline.exporters._rows import csv_line
from pipeline.exporters._tables import EACH, ONE, tables_param
from pipeline.params import param

COLUMNS = ("segment_id", "file_id", "filename", "path", "onset_sec", "duration_sec", "cluster_id", "cluster_name")


@dataclass(frozen=True)
class Csv(Chosen):
    """A table of all sounds: recording, times in seconds, cluster; true label, map and features on request.

    A cluster without a name is called C and its number.
    """

    map: bool = param(False, "Add the place of each sound on the map, as umap_x and umap_y.")
    features: str = param("", "Features to add, with commas between their names.")
    truth: bool = param(False, "Add the true label of each sound, as label.")
    tables: str = tables_param(ONE)

    FOR: ClassVar[str] = "spreadsheets, pandas, R"

    @property
    def SUFFIX(self) -> str:
        """The ending of the one table; a folder has none."""
        return "" if self.tables == EACH else ".csv"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """Tables in the row order of the project; a missing value is an empty field.

        Raises ExportError if the project has no map, no true labels or no such feature.
        """
        rows, added = self.rows(labels), dict(self._added(dataset))
        if self.tables == ONE:
            return one(name, lambda: _lines(dataset, labels, rows, added))
        file_rows = dataset.files.rows_of(dataset.segments.file_id[rows])
        order = np.argsort(file_rows, kind="stable")
        bounds = np.searchsorted(file_rows[order], np.arange(len(dataset.files) + 1))
        return Files(names_like_recordings(dataset, ".csv"),
                     lambda row: _lines(dataset, labels, rows[order[bounds[row]:bounds[row + 1]]], added),
                     shown=int(file_rows[order[0]]) if len(order) else 0)

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export, or not as it was."""
        rows = self.rows(labels)
        told = silent(dataset, rows) if self.tables == ONE else []
        used = np.unique(labels.ids[rows]).tolist()
        names = [name_of(labels, number, nothing=NO_CLUSTER.name) for number in used]
        return [*super().notes(dataset, labels), *told, *formulas([*names, *dataset.files.path])]

    def _added(self, dataset: Dataset) -> Iterator[tuple[str, np.ndarray]]:
        if self.truth:
            if dataset.segments.label is None:
                raise ExportError(f"{dataset.path} has no true labels. Leave them out.")
            yield "label", np.array(dataset.segments.label, object)
        if self.map:
            umap = dataset.segments.umap
            if umap is None:
                raise ExportError(f"{dataset.path} has no map. Run preprocess on its recordings, or leave the map out.")
            yield from zip(("umap_x", "umap_y"), umap.T, strict=True)
        for name in filter(None, (text.strip() for text in self.features.split(","))):
            yield from _feature(dataset, name)


def _lines(dataset: Dataset, labels: Labels, rows: np.ndarray, added: Mapping[str, np.ndarray]) -> Iterator[str]:
    """The heading, and a line for each of ``rows``; ``added`` are more columns by their titles, all in row order."""
    yield csv_line([*COLUMNS, *added])
    for first in range(0, len(rows), BLOCK):
        part = rows[first:first + BLOCK]
        columns = (*_columns(dataset, labels, part), *_texts(values[part] for values in added.values()))
        yield from map(csv_line, zip(*columns, strict=True))


def _feature(dataset: Dataset, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """The columns of a feature, called after it where it has several: ``pitch_median``."""
    if name not in dataset.names("features"):
        known = ", ".join(dataset.names("features")) or "none"
        raise ExportError(f"{dataset.path} has no feature named {name!r}. It has: {known}.")
    values = dataset.feature(name).values
    titles = dataset.feature(name).columns or [str(column) for column in range(values.shape[1])]
    names = [name] if values.shape[1] == 1 else [f"{name}_{title}" for title in titles]
    return zip(names, values.T, strict=True)


def _columns(dataset: Dataset, labels: Labels, rows: np.ndarray) -> Iterator[list]:
    """The columns that every table has, in the order of `COLUMNS`."""
    segments, files = dataset.segments, dataset.files
    file_rows = files.rows_of(segments.file_id[rows]).tolist()
    numbers = labels.ids[rows].tolist()
    names = {number: name_of(labels, number, nothing=NO_CLUSTER.name) for number in set(numbers)}
    yield segments.segment_id[rows].tolist()
    yield segments.file_id[rows].tolist()
    yield [files.filename[row] for row in file_rows]
    yield [files.path[row] for row in file_rows]
    yield segments.onset_s[rows].tolist()
    yield segments.duration_s[rows].tolist()
    yield numbers
    yield [names[number] for number in numbers]


def _texts(columns: Iterable[np.ndarray]) -> Iterator[list[str]]:
    """Numbers in as few digits as their type needs, NaN as an empty text; texts as they are."""
    for column in columns:
        if column.dtype == object:
            yield column.tolist()
            continue
        yield ["" if np.isnan(value) else np.format_float_positional(value, trim="0") for value in column]
