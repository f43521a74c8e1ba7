"""A project file of an older layout, upgraded into a copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.importing import older, place
from pipeline.importing.older import Contents
from pipeline.text import counted, printable
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class ImportProject:
    """Take over an HDF5 file of an older version or another tool; the file itself is not touched."""

    source: str
    output: str

    def title(self) -> str:
        """``Import of old.h5``."""
        return printable(f"Import of {Path(self.source).name}")

    def check(self) -> None:
        """Raise ParameterError if there is something at ``output``."""
        place.check(Path(self.output))

    def writes(self) -> str:
        """The new project."""
        return str(Path(self.output).expanduser().resolve())

    def planned(self) -> list[dict[str, str]]:
        """The one step."""
        return [{"step": "write", "title": "project file", "unit": ""}]

    def perform(self, watcher: Watcher) -> dict[str, Any]:
        """Make the copy; the result says what was taken over and what was missing."""
        found = older.upgrade(Path(self.source), Path(self.output), watcher=watcher)
        for sentence in told(found):
            watcher.note(sentence)
        return {"project": self.writes(), "summary": summary(found), "n_sounds": found.n_sounds,
                "taken": found.taken, "missing": found.missing, "notes": found.notes}


def summary(found: Contents) -> str:
    """What was done, in a sentence."""
    return f"{counted(found.n_sounds, 'sound')} taken over from {found.layout}."


def told(found: Contents) -> list[str]:
    """What was taken over, what was missing and what was left out, in sentences."""
    return [*[f"Taken over: {text}." for text in found.taken], *[f"Missing: {text}." for text in found.missing],
            *found.notes]
