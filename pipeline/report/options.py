"""What a person can choose of a report."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.params import param


@dataclass(frozen=True)
class Options:
    """The repertoire of a project as one HTML page: exemplars with sound, counts, sequences, activity, methods."""

    exemplars: int = param(8, "sounds shown of each cluster, the most typical ones; fewer where the file would be too "
                              "large", low=0, high=100)
    sounds: bool = param(True, "let the exemplars be heard; without, the file is smaller")
    max_gap: float = param(0.5, "longest pause after which a sound still follows the one before it", unit="s", low=0,
                           high=86_400)
    unassigned: bool = param(True, "show unassigned sounds in the transitions; without, they are counted and left out")
    utc_offset: float = param(0.0, "added to the times of recordings, where their names have another time than the "
                              "place", unit="h", low=-24, high=24)
    max_mb: float = param(25.0, "size that the file should not exceed", unit="MB", low=1, high=1000)
