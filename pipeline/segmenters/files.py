"""Clips: drum hits, spoken digits, single calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.audio import Recording
from pipeline.segments import SegmentTable


@dataclass(frozen=True)
class Files:
    """Every file is one sound, from its beginning to its end."""

    def segment(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, SegmentTable]]:
        """One segment for each recording, as long as itself: (file_id, table)."""
        for recording in recordings:
            yield recording.file_id, SegmentTable.of([0.0], [recording.duration_s])
