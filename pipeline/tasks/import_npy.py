"""A folder of ``.npy`` files as a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.importing import arrays, place
from pipeline.importing.arrays import Imported
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class ImportNpy:
    """Make a project of arrays: each is a sound's embedding.

    values : parameters of the reading, of the principal components and of the map
    """

    source: str
    output: str
    audio_dir: str = ""
    mapping: str = ""
    label_folder: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None

    def title(self) -> str:
        """``Import of arrays from /data/embeddings``."""
        return printable(f"Import of arrays from {self.source}")

    def check(self) -> None:
        """Raise ParameterError or TableError for what cannot be, before there is any work."""
        place.check(Path(self.output))
        arrays.look(Path(self.source))

    def writes(self) -> str:
        """The new project."""
        return str(Path(self.output).expanduser().resolve())

    def planned(self) -> list[dict[str, str]]:
        """The steps."""
        titles = {"read": "arrays", "place": "map", "spectrogram": "spectrograms", "write": "project file"}
        return [{"step": name, "title": title, "unit": "B" if name == "spectrogram" else ""}
                for name, title in titles.items()]

    def run(self, watcher: Watcher) -> Imported:
        """Make the project."""
        return arrays.make(
            Path(self.source), Path(self.output), audio_dir=Path(self.audio_dir) if self.audio_dir else None,
            mapping=Path(self.mapping) if self.mapping else None, label_folder=self.label_folder, values=self.values,
            watcher=watcher, workers=self.workers)

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Make the project; the result says how many arrays became sounds."""
        done = self.run(watcher)
        return {"project": str(done.project), "summary": summary(done), "n_sounds": done.n_sounds,
                "n_linked": done.n_linked, "n_failures": len(done.refused)}


def summary(done: Imported) -> str:
    """What was made, in a sentence."""
    linked = f", {done.n_linked} of them with a recording" if done.n_linked else ""
    left_out = f"; {counted(len(done.refused), 'file')} could not be used" if done.refused else ""
    return f"{counted(done.n_sounds, 'array')} became sounds{linked}{left_out}."
