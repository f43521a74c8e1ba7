"""Small project files to curate, and what a reader without any of our code finds in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np

from tests import factory


def make(path: Path, *, n: int = 7, ids: list[int] | None = None, clusters: tuple = ()) -> Path:
    """A project of ``n`` sounds, with ``ids`` as its labels."""
    return factory.make_project(path, n_sounds=n, n_files=1, with_spectrograms=False, with_embeddings=False,
                                cluster_ids=ids, clusters=clusters)


def make_foreign(path: Path, *, n: int = 7, ids: list[float] | None = None) -> Path:
    """A file of ``n`` sounds as other tools write it: no ids of ours, labels missing, or compressed as float64."""
    with h5py.File(path, "w") as file:
        columns = {"segment_id": np.arange(n), "file_id": np.zeros(n), "onset_sec": np.arange(n) * 0.5,
                   "duration_sec": np.full(n, 0.1), "umap_x": np.arange(n) * 1.0, "umap_y": np.zeros(n)}
        for name, values in columns.items():
            file[f"segments/{name}"] = values
        if ids is not None:
            file.create_dataset("segments/cluster_id", data=np.array(ids, float), compression="gzip")
    return path


def labels_in(path: Path) -> list[int]:
    """The labels as any reader of HDF5 finds them."""
    with h5py.File(path, "r") as file:
        return file["segments/cluster_id"][()].tolist()


def overwrite_labels(path: Path, ids: list[int]) -> None:
    """What another tool does that changes the labels in place."""
    with h5py.File(path, "r+") as file:
        file["segments/cluster_id"][...] = ids


def names_in(path: Path) -> dict[int, str]:
    """The names of all clusters in the file's table."""
    with h5py.File(path, "r") as file:
        table = zip(file["clusters/cluster_id"][()], file["clusters/name"][()], strict=True)
        return {int(k): name.decode() for k, name in table if k > 0}


def extend(path: Path, *, n: int = 3) -> None:
    """What extending a project does to its file: ``n`` sounds more behind those that are there, none assigned."""
    longer = path.with_suffix(".longer")
    shutil.copyfile(path, longer)
    with h5py.File(longer, "r+") as file:
        segments = file["segments"]
        for name in list(segments):
            before = segments[name][()]
            after = np.concatenate([before, np.repeat(before[-1:], n, axis=0)])
            if name in ("segment_id", "onset_sec"):
                after[-n:] = before.max() + 1 + np.arange(n)
            if name == "cluster_id":
                after[-n:] = 0
            kind = segments[name].dtype
            del segments[name]
            segments.create_dataset(name, data=after, dtype=kind)
    longer.replace(path)
