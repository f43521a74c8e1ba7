"""Project files as somebody would make them who wants to do harm."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from factory import make_project

SECRET = "the secret of another file"


def secret(path: Path) -> Path:
    """A file beside the allowed folders that must not be read: HDF5, with the same places as a project."""
    with h5py.File(path, "w") as file:
        file.create_dataset("values", data=np.full(12, 77, np.int32))
        group = file.create_group("group")
        group.create_dataset("cluster_id", data=np.full(12, 77, np.int32))
        group.create_dataset("name", data=[SECRET] * 12, dtype=h5py.string_dtype())
    return path


def _replaced(name: str, make: Callable[[h5py.File, Path], None]) -> Callable[[Path, Path], Path]:
    def crafted(path: Path, other: Path) -> Path:
        make_project(path, n_sounds=12, cluster_ids=[1] * 12)
        with h5py.File(path, "r+") as file:
            file.pop(name, None)
            make(file, other)
        return path
    return crafted


def _external_storage(file: h5py.File, other: Path) -> None:
    file.create_dataset("segments/cluster_id", (12,), np.int32, external=[(str(other), 0, 48)])


def _virtual(file: h5py.File, other: Path) -> None:
    layout = h5py.VirtualLayout((12,), np.int32)
    layout[:] = h5py.VirtualSource(str(other), "values", (12,))
    file.create_virtual_dataset("segments/cluster_id", layout)


def _external_link(file: h5py.File, other: Path) -> None:
    file["segments/cluster_id"] = h5py.ExternalLink(str(other), "values")


def _linked_clusters(file: h5py.File, other: Path) -> None:
    file["clusters"] = h5py.ExternalLink(str(other), "group")


def _soft_circle(file: h5py.File, _other: Path) -> None:
    file["features"] = h5py.SoftLink("/features")


def _hard_circle(file: h5py.File, _other: Path) -> None:
    group = file.create_group("features")
    group["features"] = group
    group["segments"] = file


def _absurd(file: h5py.File, _other: Path) -> None:
    file.create_dataset("segments/umap", (1 << 40, 2), np.float32, chunks=(1024, 2))


def _bomb(file: h5py.File, _other: Path) -> None:
    """Zeros that take four thousand times less room than they would in memory."""
    item = file.create_dataset("embeddings/raw", (12, 1 << 30), np.float32, chunks=(1, 1 << 24), compression="gzip")
    packed = zlib.compress(bytes(1 << 26), 9)
    for column in range(0, 1 << 30, 1 << 24):
        for row in range(12):
            item.id.write_direct_chunk((row, column), packed)


def _text_bomb(file: h5py.File, _other: Path) -> None:
    """Many texts that all are one long text: only references take room."""
    item = file.create_dataset("segments/label", (4_000_000,), h5py.string_dtype())
    item[0] = "x" * 1_000_000
    offset = item.id.get_offset()
    file.flush()
    with Path(file.filename).open("r+b") as raw:
        raw.seek(offset)
        one = raw.read(16)
        raw.seek(offset)
        raw.write(one * 4_000_000)


def _unknown_filter(file: h5py.File, _other: Path) -> None:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((12,))
    plist.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, ())
    h5py.h5d.create(file["segments"].id, b"cluster_id", h5py.h5t.NATIVE_INT32, h5py.h5s.create_simple((12,)), plist)
    file["segments/cluster_id"].id.write_direct_chunk((0,), bytes(48), filter_mask=0)


def _references(file: h5py.File, _other: Path) -> None:
    refs = file.create_dataset("segments/cluster_id", (12,), h5py.ref_dtype)
    refs[0] = file["segments"].ref


def _odd_attributes(file: h5py.File, _other: Path) -> None:
    for name in ("subject", "sr_processing", "data_dir", "columns"):
        file.attrs[name] = np.arange(4000.0)
    file.attrs["project_id"] = "<img src=x onerror=alert(1)>"


KINDS: dict[str, Callable[[Path, Path], Path]] = {
    "external storage": _replaced("segments/cluster_id", _external_storage),
    "virtual data set": _replaced("segments/cluster_id", _virtual),
    "external link": _replaced("segments/cluster_id", _external_link),
    "external link to a group": _replaced("clusters", _linked_clusters),
    "soft links in a circle": _replaced("features", _soft_circle),
    "absurd dimensions": _replaced("segments/umap", _absurd),
    "compressed bomb": _replaced("embeddings/raw", _bomb),
    "one text many times": _replaced("segments/label", _text_bomb),
    "unknown filter": _replaced("segments/cluster_id", _unknown_filter),
    "object references": _replaced("segments/cluster_id", _references),
}
HARMLESS: dict[str, Callable[[Path, Path], Path]] = {
    "groups within themselves": _replaced("features", _hard_circle),
    "attributes of other types": _replaced("labelings", _odd_attributes),
}
