"""Which sound is in which cluster, at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from pipeline.curation import colours
from pipeline.errors import EditError, JournalError

UNASSIGNED = 0
MAX_CLUSTER_ID = int(np.iinfo(np.int32).max)


@dataclass(frozen=True)
class ClusterInfo:
    """What a person sees of a cluster besides its members; ``colour`` is ``#rrggbb``, the texts may be empty."""

    cluster_id: int
    name: str = ""
    colour: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.colour:
            object.__setattr__(self, "colour", colours.of(self.cluster_id))

    @property
    def title(self) -> str:
        """``C4 “trill”``, or ``C4`` for one without a name."""
        return f"C{self.cluster_id} “{self.name}”" if self.name else f"C{self.cluster_id}"


NO_CLUSTER = ClusterInfo(UNASSIGNED, name="unassigned")


@dataclass(frozen=True, eq=False)
class SegmentIndex:
    """Finds the rows of sounds by their ids. ``segment_ids`` is int32 (n,), in the order of the project file."""

    segment_ids: np.ndarray

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self.segment_ids, kind="stable")

    @cached_property
    def _sorted(self) -> np.ndarray:
        return self.segment_ids[self._order].astype(np.int64)   # as the ids asked for, or each search would convert it

    def rows_of(self, segment_ids: np.ndarray) -> np.ndarray:
        """The rows, int64, of integer ``segment_ids``, in their order. Raises EditError for ids that are not there."""
        if not len(segment_ids):
            return np.empty(0, np.int64)
        places = np.searchsorted(self._sorted, segment_ids)
        unknown = self._sorted.take(places, mode="clip") != segment_ids if len(self._sorted) else places >= 0
        if unknown.any():
            raise EditError(f"This project has no sound with the id {segment_ids[unknown][0]}. Load the project again.")
        return self._order[places]


@dataclass(frozen=True, eq=False)
class Labels:
    """An unchangeable picture of all labels; an edit makes a new one.

    ids : int32 (n,), the cluster of each sound in the row order of the project file; 0 = unassigned
    clusters : every cluster that was ever made, by number, and 0; one without members keeps its number
    letter : what its clusters are called by: C, or B (blob groups) and P (preclusters) in a draft
    """

    index: SegmentIndex
    ids: np.ndarray
    clusters: Mapping[int, ClusterInfo] = field(default_factory=dict)
    letter: str = "C"

    @classmethod
    def of(
        cls, segment_ids: Iterable[int], ids: Iterable[int] | None = None, *, clusters: Iterable[ClusterInfo] = ()
    ) -> Labels:
        """Make labels of plain arrays. A number in use that is not in ``clusters`` gets its usual colour, no name."""
        segment_ids = _frozen(segment_ids)
        ids = _frozen(np.zeros(len(segment_ids)) if ids is None else ids)
        known = {UNASSIGNED: NO_CLUSTER} | {int(k): ClusterInfo(int(k)) for k in np.unique(ids) if k != UNASSIGNED}
        known |= {info.cluster_id: info for info in clusters if info.cluster_id != UNASSIGNED}
        return cls(SegmentIndex(segment_ids), ids, MappingProxyType(dict(sorted(known.items()))))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def segment_ids(self) -> np.ndarray:
        """int32 (n,), in the row order of the project file."""
        return self.index.segment_ids

    @property
    def next_id(self) -> int:
        """The first number above all that were ever given to a cluster. Raises EditError when there is none."""
        highest = max(self.clusters, default=UNASSIGNED)
        if highest >= MAX_CLUSTER_ID:
            raise EditError(f"{self.letter}{highest} has the highest number there can be. Move the sounds to a number "
                            "you choose.")
        return max(highest, UNASSIGNED) + 1

    def title(self, cluster_id: int) -> str:
        """``C4 “trill”``, ``C4`` for one without a name or not yet made, ``C0`` for the unassigned sounds."""
        name = self.clusters[cluster_id].name if cluster_id != UNASSIGNED and cluster_id in self.clusters else ""
        return f"{self.letter}{cluster_id} “{name}”" if name else f"{self.letter}{cluster_id}"

    def rows_of(self, segment_ids: np.ndarray) -> np.ndarray:
        """The rows, int64, of integer ``segment_ids``. Raises EditError for ids that are not there."""
        return self.index.rows_of(segment_ids)

    def members(self, ids: int | Iterable[int]) -> np.ndarray:
        """The segment ids, int32, of all sounds in one cluster or several, in row order."""
        wanted = [ids] if np.isscalar(ids) else list(ids)
        return self.segment_ids[np.isin(self.ids, wanted)]

    def counts(self) -> dict[int, int]:
        """How many sounds each cluster has, 0 for those without any, ordered by number."""
        return dict(self._counts)

    @cached_property
    def _counts(self) -> dict[int, int]:
        found = {int(k): 0 for k in self.clusters}
        if not len(self.ids):
            return found
        low, high = int(self.ids.min()), int(self.ids.max())
        if high - low > 4 * len(self.ids) + 4096:   # far apart, as foreign files may have them: no table of all between
            return found | {int(k): int(n) for k, n in zip(*np.unique(self.ids, return_counts=True), strict=True)}
        table = np.bincount(self.ids.astype(np.int64) - low)
        return found | {int(k) + low: int(table[k]) for k in np.flatnonzero(table)}

    def relabelled(self, rows: np.ndarray, ids: np.ndarray) -> Labels:
        """The same labels, but with ``ids`` at ``rows``."""
        changed = self.ids.copy()
        changed[rows] = ids
        return replace(self, ids=_frozen(changed))

    def described(self, infos: Iterable[ClusterInfo]) -> Labels:
        """The same labels, with these clusters added or described anew."""
        clusters = dict(self.clusters) | {info.cluster_id: info for info in infos}
        return replace(self, clusters=MappingProxyType(dict(sorted(clusters.items()))))


def grown(values: np.ndarray, n: int) -> np.ndarray:
    """One number for each sound, (n,): ``values`` for the first ones, 0 for those that were added to the project since.

    Raises JournalError if there are more values than sounds: then the project was extended since it was opened.
    """
    if len(values) > n:
        raise JournalError("The project was extended by new recordings since it was opened here. Load it again.")
    if len(values) == n:
        return values
    longer = np.concatenate([values, np.zeros(n - len(values), values.dtype)])
    longer.flags.writeable = False
    return longer


def _frozen(values: Iterable[int]) -> np.ndarray:
    array = np.array(values, dtype=np.int32)
    array.flags.writeable = False
    return array
