"""A folder of ``.npy`` files as one table of vectors: each file is one sound, each sound becomes one vector.

Files are read one after the other and piece by piece, and each is made one vector on the way: what lies in memory is
the table of vectors and a few megabytes, however large the files are. A file that cannot be used is told with a
sentence and left out, never dropped silently.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from pipeline import discover
from pipeline.errors import ParameterError, TableError
from pipeline.params import param

if TYPE_CHECKING:
    from pipeline.run import Watcher

SUFFIX = ".npy"
OK = "ok"
POOLINGS = ("mean", "masked_mean", "flatten", "none")
BLOCK_BYTES = 1 << 22
MOST_TABLE_BYTES = 1 << 31
SHAPES = "one of the shapes (d,), (t, d) and (1, t, d)"


@dataclass(frozen=True, eq=False)
class Row:
    """One file: its id, where it lies, its shape if it could be told, and ``ok`` or why it is left out."""

    id: str
    path: Path
    shape: tuple[int, ...] | None = None
    status: str = OK


@dataclass(frozen=True, eq=False)
class Vectors:
    """What a folder holds.

    ids : n texts, sorted      values : float32 (n, d), finite      rows : one for each file, used or not
    """

    ids: tuple[str, ...]
    values: np.ndarray
    rows: tuple[Row, ...]

    @property
    def refused(self) -> tuple[Row, ...]:
        """The files that gave no vector, each with the sentence that says why."""
        return tuple(row for row in self.rows if row.status != OK)


@dataclass(frozen=True)
class NpyReading:
    """How an array of frames becomes one vector."""

    pooling: str = param("mean", "how the frames of an array become one vector: their mean, the mean of those that "
                         "hold sound (masked_mean, needs durations), all of them in a row (flatten), or none: the "
                         "arrays are vectors already", choices=POOLINGS)
    window_s: float = param(30.0, "masked_mean: the time that all frames of an array stand for together, 30 s for "
                            "Whisper's encoder", unit="s", low=1e-3, high=1e5)

    def read(
        self, folder: Path | str, *, durations_s: Mapping[str, float] | None = None, watcher: Watcher | None = None
    ) -> Vectors:
        """Every ``.npy`` file of a folder, at any depth; its id is the relative path without ``.npy``.

        durations_s : length of the sound of each id, for ``masked_mean``

        Vectors have the width that most files have. Arrays of shape (d,) are vectors under every pooling. Raises
        ParameterError for a folder that is missing or without ``.npy`` files, for a pooling that lacks durations, and
        where the vectors would not fit into memory; TableError, naming them, if no file can be used.
        """
        if self.pooling == "masked_mean" and not durations_s:
            raise ParameterError("The pooling masked_mean needs to know how long each sound is: give the recordings "
                                 "(--audio-dir) or a mapping.json with duration_sec, or choose the pooling mean.")
        rows = self._of_one_width([self._looked_at(row) for row in files(folder)])
        usable = [row for row in rows if row.status == OK]
        _refuse_none(Path(folder), rows, usable)
        width = self._width(usable[0].shape)
        _refuse_too_large(len(usable), width, self.pooling)
        values = np.empty((len(usable), width), np.float32)
        rows = self._fill(values, rows, durations_s or {}, watcher)
        usable = [row for row in rows if row.status == OK]
        _refuse_none(Path(folder), rows, usable)
        return Vectors(tuple(row.id for row in usable), values[:len(usable)], tuple(rows))

    def _fill(
        self, values: np.ndarray, rows: list[Row], durations_s: Mapping[str, float], watcher: Watcher | None
    ) -> list[Row]:
        """Read every usable file into the next row of ``values``; the files, now with what reading them told."""
        if watcher is not None:
            watcher.begin("read", len(rows), title="arrays")
        filled, n = [], 0
        for row in rows:
            filled.append(self._read_into(values[n], row, durations_s) if row.status == OK else row)
            n += filled[-1].status == OK
            if watcher is not None:
                watcher.advance("read", 1)
        return filled

    def _looked_at(self, row: Row) -> Row:
        """A file's shape from its header, and whether it can be used as far as that tells."""
        if row.status != OK:
            return row
        try:
            with row.path.open("rb") as file:
                shape, _fortran, dtype = _header(file)
                room = os.fstat(file.fileno()).st_size - file.tell()
        except OSError as error:
            return replace(row, status=f"cannot be read: {error.strerror or error}")
        except ValueError as error:
            return replace(row, status=str(error))
        return replace(row, shape=shape, status=self._problem(shape, dtype, room) or OK)

    def _problem(self, shape: tuple[int, ...], dtype: np.dtype, room: int) -> str:
        if dtype.hasobject:
            return "holds Python objects instead of numbers; save it as an array of numbers"
        if dtype.kind not in "fiub":
            return f"holds values of type {dtype} instead of real numbers"
        if len(shape) not in (1, 2, 3) or (len(shape) == 3 and shape[0] != 1):
            return f"has the shape {shape}, but must have {SHAPES}"
        n_values = int(np.prod(shape, dtype=object))
        if not n_values:
            return f"holds no values (shape {shape})"
        if room < n_values * dtype.itemsize:
            return f"ends too early: {n_values * dtype.itemsize:,} bytes of values are announced, {room:,} are there"
        if self.pooling == "none" and int(np.prod(shape[:-1], dtype=object)) != 1:
            return f"has {shape[-2]} frames, but the pooling none takes vectors only; choose the pooling mean"
        return ""

    def _width(self, shape: tuple[int, ...]) -> int:
        return int(np.prod(shape)) if self.pooling == "flatten" else shape[-1]

    def _of_one_width(self, rows: list[Row]) -> list[Row]:
        """The most frequent width holds (the one that comes first, if several are); others are left out."""
        widths = Counter(self._width(row.shape) for row in rows if row.status == OK)
        if len(widths) < 2:
            return rows
        width, n = widths.most_common(1)[0]
        hint = "; the pooling mean takes arrays of unequal length" if self.pooling == "flatten" else ""
        return [row if row.status != OK or self._width(row.shape) == width else
                replace(row, status=f"would give a vector of {self._width(row.shape)} numbers, but {n} of the other "
                        f"files give {width}{hint}") for row in rows]

    def _read_into(self, vector: np.ndarray, row: Row, durations_s: Mapping[str, float]) -> Row:
        try:
            n_frames = self._n_frames(row, durations_s)
            with np.errstate(over="ignore", invalid="ignore"):
                vector[:] = self._pooled(row.path, n_frames)
        except OSError as error:
            return replace(row, status=f"cannot be read: {error.strerror or error}")
        except ValueError as error:
            return replace(row, status=str(error))
        if not np.isfinite(vector).all():
            return replace(row, status="holds values that are not finite (NaN or infinite), or too large for float32")
        return row

    def _n_frames(self, row: Row, durations_s: Mapping[str, float]) -> int | None:
        """How many frames hold sound; None for all of them."""
        if self.pooling != "masked_mean" or len(row.shape) == 1:
            return None
        duration_s = durations_s.get(row.id)
        if duration_s is None or not duration_s > 0:
            raise ValueError("has no known duration, which the pooling masked_mean needs")
        n = row.shape[-2]
        return min(n, max(1, int(np.ceil(duration_s / self.window_s * n - 1e-9))))

    def _pooled(self, path: Path, n_frames: int | None) -> np.ndarray:
        with path.open("rb") as file:
            shape, fortran, dtype = _header(file)
            if fortran and len(shape) > 1:   # its columns lie one after the other: it has to be read whole
                whole = np.fromfile(file, dtype, int(np.prod(shape))).reshape(shape, order="F")
                return self._of_frames(iter([whole.reshape(-1, shape[-1])[:n_frames]]))
            return self._of_frames(_blocks(file, shape, dtype, n_frames))

    def _of_frames(self, blocks: Iterator[np.ndarray]) -> np.ndarray:
        if self.pooling == "flatten":
            return np.concatenate([block.astype(np.float32).ravel() for block in blocks])
        total, n = 0.0, 0
        for block in blocks:
            total, n = total + block.sum(axis=0, dtype=np.float64), n + len(block)
        return total / n


def files(folder: Path | str) -> list[Row]:
    """Every ``.npy`` file of a folder, at any depth, sorted by id; none has been opened yet.

    Links to files are followed and each real folder is entered once. Two files of one id are both told; the second is
    not used. Raises ParameterError for a folder that is missing, unreadable or without such files.
    """
    folder = Path(folder).expanduser().absolute()
    if not folder.is_dir():
        raise ParameterError(f"{folder} is {'a file' if folder.exists() else 'not there'}. Give the folder that holds "
                             "the .npy files.")
    found = sorted((discover.name_of(os.path.relpath(path, folder)), path) for path in discover.files(folder)
                   if path.lower().endswith(SUFFIX) and not os.path.basename(path).startswith("._"))   # noqa: PTH119
    if not found:
        raise ParameterError(f"There is no .npy file in {folder}. Give the folder that holds the arrays, or one above "
                             "it.")
    rows = [Row(name[:-len(SUFFIX)], Path(path)) for name, path in found]
    seen: set[str] = set()
    for place, row in enumerate(rows):
        if row.id in seen:
            rows[place] = replace(row, status=f"has the same id as another file, {row.id}; rename one of them")
        seen.add(row.id)
    return sorted(rows, key=lambda row: row.id)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """(shape, whether columns come first, type) of an open array file. Raises ValueError with a phrase."""
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        version = np.lib.format.read_magic(file)
        return readers.get(version, np.lib.format.read_array_header_2_0)(file)
    except (ValueError, EOFError, SyntaxError, TypeError, UnicodeDecodeError, MemoryError) as error:
        if not os.fstat(file.fileno()).st_size:
            raise ValueError("is empty (0 bytes)") from error
        raise ValueError("is no array that NumPy can read; its beginning is damaged, or it is another kind of "
                         "file") from error


def _blocks(file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype, n_frames: int | None) -> Iterator[np.ndarray]:
    """The first ``n_frames`` frames of a C-ordered array (all if None), some megabytes at a time."""
    d, n = shape[-1], n_frames if n_frames is not None else int(np.prod(shape[:-1]))
    at_once = max(1, BLOCK_BYTES // max(1, d * dtype.itemsize))
    for first in range(0, n, at_once):
        wanted = min(at_once, n - first)
        values = np.fromfile(file, dtype, wanted * d)
        if len(values) != wanted * d:
            raise ValueError("ends too early")
        yield values.reshape(wanted, d)


def _refuse_none(folder: Path, rows: list[Row], usable: list[Row]) -> None:
    if not usable:
        shown = "; ".join(f"{row.id} {row.status}" for row in itertools.islice(rows, 3))
        raise TableError(f"None of the {len(rows)} .npy files in {folder} can be used ({shown}).")


def _refuse_too_large(n: int, width: int, pooling: str) -> None:
    if n * width * 4 > MOST_TABLE_BYTES:
        raise ParameterError(f"{n:,} vectors of {width:,} numbers would take {n * width * 4 / 1e9:,.1f} GB of memory. "
                             + ("Choose the pooling mean instead of flatten." if pooling == "flatten"
                                else "Split the folder."))
