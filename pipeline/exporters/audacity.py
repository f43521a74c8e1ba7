"""The label tracks of Audacity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.exporters._chosen import Labelled, Sounds, seconds
from pipeline.exporters._tables import write_each


@dataclass(frozen=True)
class Audacity(Labelled):
    """Audacity label tracks, one for each recording: start and end in s and label, with tabs between."""

    SUFFIX: ClassVar[str] = ""         # a folder

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Make the folder with all tracks. Raises ExportError or ParameterError."""
        write_each(dataset, self.sounds(dataset, labels), path, ending=".txt", lines=_lines)


def _lines(sounds: Sounds, _row: int) -> Iterator[str]:
    columns = zip(seconds(sounds.onset_s), seconds(sounds.offset_s), sounds.texts, strict=True)
    return ("\t".join(cells) for cells in columns)
