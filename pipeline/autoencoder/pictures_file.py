"""Pictures in one file, NumPy's npz or the idx format of MNIST: for checking the autoencoder on known data."""

from __future__ import annotations

import gzip
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ParameterError

PICTURE_NAMES, LABEL_NAMES = ("x", "x_train", "images", "pictures"), ("y", "y_train", "labels")
GZIP, IDX_BYTES = b"\x1f\x8b", b"\0\0\x08"
SUFFIXES = (".npz", ".gz", ".idx")


@dataclass(frozen=True, eq=False)
class Pictures:
    """pictures float32 (n, height, width) in 0 … 1; label int (n,) or None."""

    pictures: np.ndarray
    label: np.ndarray | None


def is_one(path: Path) -> bool:
    """Whether a file is meant: an npz, or idx by its name."""
    return path.is_file() and (path.suffix.lower() in SUFFIXES or "idx" in path.name)


def read(path: Path) -> Pictures:
    """Pictures and their labels; those of ``train-images-idx3-ubyte`` lie beside it in ``train-labels-idx1-ubyte``.

    Raises ParameterError for a file of another kind, or whose pictures and labels are not as many.
    """
    if path.suffix.lower() == ".npz":
        found = _from_npz(path)
    else:
        beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
        found = Pictures(_idx(path, 3), _idx(beside, 1) if beside != path and beside.is_file() else None)
    if found.label is not None and len(found.label) != len(found.pictures):
        raise ParameterError(f"{path} has {len(found.pictures)} pictures, but {len(found.label)} labels.")
    scale = 255 if found.pictures.dtype == np.uint8 else 1
    return Pictures(found.pictures.astype(np.float32) / scale, found.label)


def _from_npz(path: Path) -> Pictures:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name in (*PICTURE_NAMES, *LABEL_NAMES)}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ParameterError(f"{path} cannot be read as NumPy arrays ({error}).") from error
    pictures = next((arrays[name] for name in PICTURE_NAMES if name in arrays), None)
    if pictures is None or pictures.ndim != 3:
        raise ParameterError(f"{path} has no array of pictures (n, height, width) named {', '.join(PICTURE_NAMES)}.")
    return Pictures(pictures, next((arrays[name] for name in LABEL_NAMES if name in arrays), None))


def _idx(path: Path, n_axes: int) -> np.ndarray:
    """Bytes in the idx format, packed or not: uint8."""
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if raw.startswith(GZIP) else raw
    except (OSError, EOFError) as error:
        raise ParameterError(f"{path} cannot be read ({error}).") from error
    if not data.startswith(IDX_BYTES) or len(data) < 4 + 4 * n_axes or data[3] != n_axes:
        raise ParameterError(f"{path} is no idx file of bytes with {n_axes} axes.")
    shape = struct.unpack(f">{n_axes}I", data[4:4 + 4 * n_axes])
    if len(data) != 4 + 4 * n_axes + int(np.prod(shape, dtype=object)):
        raise ParameterError(f"{path} is cut off: it says that it holds {' × '.join(map(str, shape))} bytes.")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * n_axes).reshape(shape)
