"""Where the results of finished steps wait, each under the fingerprint of all that it was made from.

A result on the shelf is right for ever: whoever asks with the same inputs, parameters and version gets it, whoever
changed one of them does not. So resuming after a crash and recomputing only what depends on a change are the same
thing. Files are written under another name and renamed: a killed run leaves no half result.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

LAYOUT = b"shelf-2"     # another one makes every earlier result stale, instead of unreadable


def fingerprint(*parts: Any) -> str:
    """A short name for exactly these values (JSON types, paths and arrays): 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16, person=LAYOUT)
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).view(np.uint8).data)
        else:
            digest.update(json.dumps(part, sort_keys=True, default=str).encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()


def stamp(path: Path) -> list[int]:
    """Size in bytes and time of the last change in ns, as a part of a fingerprint; of what is not there nothing."""
    try:
        about = path.stat()
    except OSError:      # reading it will say so
        return []
    return [about.st_size, about.st_mtime_ns]


PART = ".part"
MAPPED_FROM_BYTES = 1 << 25    # larger arrays lie in a file of their own, so that they can be mapped


@dataclass(frozen=True)
class Shelf:
    """A folder of results: ``<step>/<fingerprint>.npz``. Safe to be used by many processes and machines at once."""

    folder: Path

    def has(self, step: str, key: str) -> bool:
        """Whether this result is there."""
        return self._path(step, key).exists()

    def put(self, step: str, key: str, arrays: dict[str, np.ndarray], about: dict[str, Any] | None = None) -> None:
        """Keep arrays, and JSON values about them."""
        path = self._path(step, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        large = {name: array for name, array in arrays.items() if array.nbytes > MAPPED_FROM_BYTES}
        for name, array in large.items():
            with _replacing(_beside(path, name)) as file:
                np.save(file, array)
        text = json.dumps({"about": about or {}, "mapped": list(large)}).encode()
        small = {name: array for name, array in arrays.items() if name not in large}
        with _replacing(path) as file:
            np.savez(file, text=np.frombuffer(text, np.uint8), **small)

    def get(self, step: str, key: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """What was put: (arrays, about). Large arrays are mapped, not read."""
        path = self._path(step, key)
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        kept = json.loads(arrays.pop("text").tobytes())
        arrays |= {name: np.load(_beside(path, name), mmap_mode="r") for name in kept["mapped"]}
        return arrays, kept["about"]

    def sweep(self, keep: Iterable[tuple[str, str]]) -> None:
        """Remove every result but these (step, key), and what killed runs left."""
        kept = set(keep)
        for path in self.folder.glob("*/*.*"):
            if (path.parent.name, path.name.split(".")[0]) not in kept or path.suffix == PART:
                path.unlink(missing_ok=True)

    def _path(self, step: str, key: str) -> Path:
        return self.folder / step / f"{key}.npz"


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}.{name}.npy")


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
