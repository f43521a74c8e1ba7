"""Sounds that were found elsewhere: by hand, by WhisperSeg, in Raven, Audacity, Praat or evsonganaly."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline import discover, importers
from pipeline.audio import Recording
from pipeline.errors import ParameterError, TableError
from pipeline.params import param
from pipeline.segments import SegmentTable

TRUTH, CLUSTERS = "truth", "clusters"
SLACK_S = 1.0                          # so far beyond the end is rounding or padding; further is another recording
FRESH_S = 5                            # a folder is looked through at most so often
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Table:
    """Sounds from a table that was made elsewhere: CSV, WhisperSeg, Raven, Audacity, Praat, evsonganaly, crowsetta.

    A recording without a row has no sounds. What reaches beyond a recording's end by at most a second is cut there,
    with rows of which nothing is left; a table that goes further beyond is refused for that recording. A table's
    labels are true labels and its clusters clusters; one that has only one of them is taken as ``labels_as`` says.
    """

    segments_from: str = param("", "table of sounds, or folder with one table for each recording",
                               flag="segments-from")
    labels_as: str = param(TRUTH, "what the labels are if the table has labels or clusters, but not both",
                           choices=(TRUTH, CLUSTERS), flag="labels-as")

    def __post_init__(self) -> None:
        """Refuse a table that is missing or broken before any recording is decoded: ParameterError, TableError."""
        if self.segments_from:
            absolute = Path(self.segments_from).expanduser().absolute()   # workers may stand in another folder
            object.__setattr__(self, "segments_from", str(absolute))
            self._table()

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The table; of a folder of tables its folders and the newest table: one of them changes if any table does."""
        path = _checked(self.segments_from)
        return _signs(path, int(time.monotonic() // FRESH_S)) if path.is_dir() else (path,)

    def segment(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, SegmentTable]]:
        """The rows of each recording: (file_id, table). Raises TableError or ParameterError."""
        for recording in recordings:
            yield recording.file_id, self._rows_of(recording)

    def problems(self, names: Sequence[str]) -> list[str]:
        """Sentences about rows whose recording is not among ``names``."""
        return importers.match(self._table(), names)[1]

    def _table(self) -> importers.ImportedTable:
        return _read(_checked(self.segments_from), _stamp(self.inputs))

    def _rows_of(self, recording: Recording) -> SegmentTable:
        path = _checked(self.segments_from)
        by_name = _matched(path, _stamp(self.inputs), _names_beside(recording))
        table = by_name.get(recording.name)
        return SegmentTable.of([], []) if table is None else _cut(self._placed(table), recording, path)

    def _placed(self, table: SegmentTable) -> SegmentTable:
        """Labels and clusters each where they belong."""
        if self.labels_as == TRUTH and table.label is None:
            return SegmentTable(table.onset_s, table.offset_s, label=table.cluster)
        if self.labels_as == CLUSTERS and table.cluster is None:
            return SegmentTable(table.onset_s, table.offset_s, cluster=table.label)
        return table


def _checked(segments_from: str) -> Path:
    if not segments_from:
        raise ParameterError("The segmenter table needs a table: give it with --segments-from.")
    path = Path(segments_from)
    if not path.exists():
        raise ParameterError(f"The table {path} does not exist. Check --segments-from.")
    return path


@lru_cache(maxsize=4)
def _signs(folder: Path, _when: int) -> tuple[Path, ...]:
    """Kept for some seconds: each of ten thousand recordings asks for it."""
    tables = importers.tables_in(folder)
    newest = sorted(tables, key=lambda table: table.stat().st_mtime_ns)[-1:]
    return (*sorted({folder, *(table.parent for table in tables)}), *newest)


def _stamp(inputs: Sequence[Path]) -> Stamp:
    stats = [(path, path.stat()) for path in inputs]
    return tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats)


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: Stamp) -> importers.ImportedTable:
    return importers.read_segments(path)


@lru_cache(maxsize=4)
def _matched(path: Path, stamp: Stamp, names: tuple[str, ...]) -> dict[str, SegmentTable]:
    return importers.match(_read(path, stamp), names)[0]


def _names_beside(recording: Recording) -> tuple[str, ...]:
    """All recordings of the data folder that this one belongs to: a base name counts only where it is the only one."""
    depth = recording.name.count("/")
    folders = recording.path.absolute().parents
    if depth >= len(folders) or not recording.path.is_file():
        return (recording.name,)
    names = _names_in(folders[depth], int(time.monotonic() // FRESH_S))
    return names if recording.name in names else (recording.name,)


@lru_cache(maxsize=4)
def _names_in(data_dir: Path, _when: int) -> tuple[str, ...]:
    return tuple(found.name for found in discover.recordings(data_dir))


def _cut(table: SegmentTable, recording: Recording, path: Path) -> SegmentTable:
    end_s = recording.duration_s
    last_s = float(table.offset_s.max(initial=0.0))
    if last_s > end_s + SLACK_S:
        raise TableError(f"{path} has a sound that ends at {last_s:.3f} s in {recording.name!r}, which is only "
                         f"{end_s:.3f} s long. Its rows are of another recording, or their times are counted from "
                         "elsewhere; correct the table.")
    inside = np.flatnonzero(table.onset_s < end_s)
    texts = {name: [column[row] for row in inside] for name in ("label", "cluster")
             if (column := getattr(table, name)) is not None}
    return SegmentTable.of(table.onset_s[inside], np.minimum(table.offset_s[inside], end_s), **texts)
