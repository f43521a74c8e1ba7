"""Small project files to curate, and what a reader without any of our code finds in them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np


def make(path: Path, *, n: int = 7, ids: list[int] | None = None, project_id: str | None = "0b9f", foreign: bool = False) -> Path:
    """A project of ``n`` sounds of 0.1 s in one recording. ``foreign`` leaves out what only Syllabary writes."""
    with h5py.File(path, "w") as file:
        columns = {"segment_id": np.arange(n, dtype="<i4"), "file_id": np.zeros(n, "<i4"),
                   "onset_sec": np.arange(n) * 0.5, "duration_sec": np.full(n, 0.1),
                   "umap": np.zeros((n, 2), "<f4")}
        for name, values in columns.items():
            file[f"segments/{name}"] = values
        file["files/file_id"] = np.zeros(1, "<i4")
        for name, text in (("filename", "a.wav"), ("path", "day-1/a.wav"), ("status", "ok")):
            file.create_dataset(f"files/{name}", data=[text], dtype=h5py.string_dtype())
        file["files/sr"], file["files/duration_sec"] = np.array([32000], "<i4"), np.array([n * 0.5])
        file["files/recorded_at"] = np.array([np.nan])
        file.create_group("parameters").attrs["data_dir"] = str(path.parent)
        if not foreign:
            _ours(file, ids or [0] * n, project_id)
    return path


def _ours(file: h5py.File, ids: list[int], project_id: str | None) -> None:
    file.attrs.update({"format": "syllabary", "format_version": 1, "project_id": project_id or ""})
    file["segments/cluster_id"] = np.array(ids, "<i4")
    file["clusters/cluster_id"] = np.full(1024, -1, "<i4")
    for name, dtype in (("name", "S64"), ("color", "S7"), ("note", "S1000")):
        file[f"clusters/{name}"] = np.zeros(1024, dtype)


def labels_in(path: Path) -> list[int]:
    """The labels as any reader of HDF5 finds them."""
    with h5py.File(path, "r") as file:
        return file["segments/cluster_id"][()].tolist()


def names_in(path: Path) -> dict[int, str]:
    """The names of all clusters in the file's table."""
    with h5py.File(path, "r") as file:
        table = zip(file["clusters/cluster_id"][()], file["clusters/name"][()], strict=True)
        return {int(k): name.decode() for k, name in table if k > 0}
