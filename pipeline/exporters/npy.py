"""The vectors of the sounds, as NumPy arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.exporters import _labelings
from pipeline.exporters._chosen import BYTES_A_FILE, Chosen
from pipeline.exporters._tables import write_file
from pipeline.npy_links import MAPPING
from pipeline.params import param
from pipeline.text import listed

EMBEDDING = "embedding"


@dataclass(frozen=True)
class Npy(Chosen):
    """NumPy arrays: the embedding or features, with mapping.json: id, path, onset_sec, duration_sec of each sound.

    One array float32 (n, d) with its rows in the order of the mapping, or one (d,) for each sound, called like its id,
    which is the text of its segment_id; `import-npy` and `cluster` read the latter.
    """

    vectors: str = param(EMBEDDING, "What is written: the embedding, or features by name.")
    file_per_sound: bool = param(False, "Make a file for each sound, instead of one with all.")

    SUFFIX: ClassVar[str] = ""         # a folder

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Make the folder. Raises ExportError if the project has no such features, ProjectError without embedding."""
        values, rows = self._values(dataset), self.rows(labels)
        ids = list(map(str, dataset.segments.segment_id[rows].tolist()))
        path.mkdir()
        if self.file_per_sound:
            for key, row in zip(ids, rows.tolist(), strict=True):
                np.save(path / f"{key}.npy", values[row], allow_pickle=False)
        else:
            np.save(path / f"{_plain(self.vectors)}.npy", values[rows], allow_pickle=False)
        write_file(path / MAPPING, _mapping(dataset, rows, ids))

    def n_bytes(self, dataset: Dataset) -> int:
        """How much room it takes, at most."""
        width = self._values(dataset).shape[1]
        per_sound = width * 4 + (2 * BYTES_A_FILE if self.file_per_sound else 0)
        return super().n_bytes(dataset) + dataset.n_segments * per_sound

    def _values(self, dataset: Dataset) -> np.ndarray:
        """float32 (n, d) in row order."""
        if self.vectors == EMBEDDING:
            return dataset.embedding()
        names = dataset.names("features")
        if self.vectors not in names:
            raise ExportError(f"{dataset.path} has no features {self.vectors!r}; it has {listed([EMBEDDING, *names])}.")
        values = dataset.feature(self.vectors).values
        return values.reshape(len(values), -1)


def _mapping(dataset: Dataset, rows: np.ndarray, ids: list[str]) -> list[str]:
    segments, files = dataset.segments, dataset.files
    paths = (files.path[row] for row in files.rows_of(segments.file_id[rows]).tolist())
    columns = zip(ids, paths, segments.onset_s[rows].tolist(), segments.duration_s[rows].tolist(), strict=True)
    keys = ("id", "path", "onset_sec", "duration_sec")
    return list(_labelings.json_list(
        zip(keys, (json.dumps(cell, ensure_ascii=False) for cell in cells), strict=True) for cells in columns))


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name).lstrip(".") or "vectors"
