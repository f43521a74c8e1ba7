"""The vectors of the sounds, as NumPy arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.exporters import _labelings
from pipeline.exporters._chosen import BYTES_A_FILE, Chosen
from pipeline.exporters._files import Files
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

    FOR: ClassVar[str] = "NumPy, scikit-learn, import-npy"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """The arrays, and last the mapping. Raises ExportError if the project has no such vectors."""
        width, rows = self._width(dataset), self.rows(labels)
        values = cache(lambda: self._values(dataset))
        keys = [str(key) for key in dataset.segments.segment_id[rows].tolist()]
        names = [f"{key}.npy" for key in keys] if self.file_per_sound else [f"{_plain(self.vectors)}.npy"]
        shape = f"{width} numbers" if self.file_per_sound else f"{len(rows)} × {width} numbers"

        def fill(place: int, path: Path) -> None:
            np.save(path, values()[rows[place] if self.file_per_sound else rows], allow_pickle=False)

        return Files([*names, MAPPING], lambda place: _mapping(dataset, rows) if place == len(names) else None,
                     fill=fill, shown=len(names), about=f"{'Each array' if self.file_per_sound else names[0]} has "
                     f"{shape}, float32.")

    def n_bytes(self, dataset: Dataset, labels: Labels) -> int:
        """How much room it takes, about."""
        per_sound = self._width(dataset) * 4 + (BYTES_A_FILE if self.file_per_sound else 0)
        return super().n_bytes(dataset, labels) + len(self.rows(labels)) * per_sound

    def _width(self, dataset: Dataset) -> int:
        """How long a vector is, told without reading any."""
        if self.vectors != EMBEDDING:
            self._check(dataset)
            return dataset.feature_width(self.vectors)
        shape = dataset.embedding_shape()
        if shape is None:
            names = dataset.names("features")
            other = f"Choose other vectors: it has {listed(names)}." if names else "Make one with 'preprocess'."
            raise ExportError(f"{dataset.path} has no embedding. {other}")
        return shape[1]

    def _values(self, dataset: Dataset) -> np.ndarray:
        """float32 (n, d) in row order."""
        if self.vectors == EMBEDDING:
            return dataset.embedding()
        values = dataset.feature(self.vectors).values
        return values.reshape(len(values), -1)

    def _check(self, dataset: Dataset) -> None:
        names = dataset.names("features")
        if self.vectors not in names:
            raise ExportError(f"{dataset.path} has no features {self.vectors!r}; it has {listed([EMBEDDING, *names])}.")


def _mapping(dataset: Dataset, rows: np.ndarray) -> Iterable[str]:
    segments, files = dataset.segments, dataset.files
    paths = (files.path[row] for row in files.rows_of(segments.file_id[rows]).tolist())
    columns = zip(map(str, segments.segment_id[rows].tolist()), paths, segments.onset_s[rows].tolist(),
                  segments.duration_s[rows].tolist(), strict=True)
    keys = ("id", "path", "onset_sec", "duration_sec")
    return _labelings.json_list(
        zip(keys, (json.dumps(cell, ensure_ascii=False) for cell in cells), strict=True) for cells in columns)


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name).lstrip(".") or "vectors"
