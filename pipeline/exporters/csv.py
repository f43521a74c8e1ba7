"""A table of all sounds that any program reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.curation.labels import NO_CLUSTER, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.exporters._chosen import Chosen, name_of, silent
from pipeline.exporters._names import names_like_recordings
from pipeline.exporters._rows import csv_line
from pipeline.exporters._tables import EACH, ONE, tables_param, write_file, write_one
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

    @property
    def SUFFIX(self) -> str:
        """The ending of the one table; a folder has none."""
        return "" if self.tables == EACH else ".csv"

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Write the table, UTF-8, in the row order of the project; a missing value is an empty field.

        Raises ExportError if the project has no map or no such feature, ProjectError if it cannot be written.
        """
        rows = self.rows(labels)
        added = dict(self._added(dataset))
        heading = csv_line([*COLUMNS, *added])
        columns = (*_columns(dataset, labels, rows), *_texts(values[rows] for values in added.values()))
        lines = map(csv_line, zip(*columns, strict=True))
        if self.tables == ONE:
            write_one(path, (line for part in ([heading], lines) for line in part))
            return
        by_file = _by_file(dataset, rows, lines)
        path.mkdir()
        for row, name in enumerate(names_like_recordings(dataset, ".csv")):
            write_file(path / name, [heading, *by_file[row]])

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        told = silent(dataset, self.rows(labels)) if self.tables == ONE else []
        return [*super().notes(dataset, labels), *told]

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


def _by_file(dataset: Dataset, rows: np.ndarray, lines: Iterable[str]) -> list[list[str]]:
    """The lines of each recording's table, in the order of the recordings."""
    parts: list[list[str]] = [[] for _ in range(len(dataset.files))]
    for row, line in zip(dataset.files.rows_of(dataset.segments.file_id[rows]).tolist(), lines, strict=True):
        parts[row].append(line)
    return parts


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
