"""The segments of one recording, as segmenters and importers make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class SegmentTable:
    """Where the sounds of one recording begin and end, sorted by onset, then offset.

    onset_s, offset_s : float64 (n,), seconds from the start of the recording, offset_s > onset_s
    label : the true type of each sound, if it came with one ("" where a single one has none)
    cluster : the name of the cluster each sound was given elsewhere, likewise
    """

    onset_s: np.ndarray
    offset_s: np.ndarray
    label: tuple[str, ...] | None = None
    cluster: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        onset_s: Sequence[float] | np.ndarray,
        offset_s: Sequence[float] | np.ndarray,
        *,
        label: Sequence[str] | None = None,
        cluster: Sequence[str] | None = None,
    ) -> SegmentTable:
        """Sort rows into a table."""
        onset_s, offset_s = np.asarray(onset_s, np.float64), np.asarray(offset_s, np.float64)
        order = np.lexsort((offset_s, onset_s))
        return cls(onset_s[order], offset_s[order], _reorder(label, order), _reorder(cluster, order))

    def __len__(self) -> int:
        return len(self.onset_s)


def _reorder(texts: Sequence[str] | None, order: np.ndarray) -> tuple[str, ...] | None:
    return None if texts is None else tuple(texts[row] for row in order)
