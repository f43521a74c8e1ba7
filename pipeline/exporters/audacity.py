"""The label tracks of Audacity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Labelled, Sounds, seconds
from pipeline.exporters._files import Files
from pipeline.exporters._tables import each


@dataclass(frozen=True)
class Audacity(Labelled):
    """Audacity label tracks, one for each recording: start and end in s and label, with tabs between."""

    FOR: ClassVar[str] = "Audacity"
    PIECES: ClassVar[tuple[float, float]] = (1, 0)

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """A track for each recording. Raises ExportError or ParameterError."""
        return each(dataset, self.sounds(dataset, labels), ending=".txt", lines=_lines)


def _lines(sounds: Sounds, _row: int) -> Iterator[str]:
    for part in sounds.blocks():
        yield from map("\t".join, zip(seconds(part.onset_s), seconds(part.offset_s), part.texts, strict=True))
