"""Recordings that an export takes sound from."""

from __future__ import annotations

from pipeline import recordings
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ExportError


def missing(dataset: Dataset) -> list[str]:
    """A sentence about recordings that are not where they are looked for: without them the export cannot be made."""
    if not recordings.missing(dataset):
        return []
    return [f"Not all recordings are in {recordings.folder_of(dataset)}, so this cannot be made. Curate asks where "
            "they are, or start the program with --audio-dir."]


def unreadable(dataset: Dataset, error: AudioError) -> ExportError:
    """The error of a recording that is not there, or cannot be read any more."""
    return ExportError(f"{error} The recordings are looked for in {recordings.folder_of(dataset)}; those of a project "
                       "that has moved can be pointed to on its page.")
