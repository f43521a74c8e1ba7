"""The project itself: everything that is in it, with the labels as they are now."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline import store
from pipeline.curation import agreement, checkpoint, journal
from pipeline.curation.checkpoint import Content
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError


@dataclass(frozen=True)
class Hdf5:
    """The complete project file, spectrograms and embeddings included."""

    SUFFIX: ClassVar[str] = ".h5"

    def write(self, dataset: Dataset, labels: Labels, path: Path) -> None:
        """Write a copy of the project with ``labels`` in it; over the project itself, save what its journal has.

        The copy takes the place of what was there when all of it is on disk. Raises ProjectError if it cannot be
        written, ExportError if ``labels`` are not those of the project's journal and ``path`` is the project.
        """
        if path.exists() and path.samefile(dataset.path):
            _save(dataset, labels)
            return
        with store.replacing(path) as temporary:
            shutil.copyfile(dataset.path, temporary)
            _put_labels(temporary, labels, project_id=dataset.project_id)


def _save(dataset: Dataset, labels: Labels) -> None:
    """The labels go into the project by way of its journal, or the two would no longer agree."""
    project = dataset.path.resolve()
    if journal.exists(journal.path_of(project)):
        agreement.settle(project, labels)
    if (dataset.cluster_ids() != labels.ids).any():
        raise ExportError(f"{dataset.path} has newer labels than those to be saved. Load the project again, and save "
                          "these under another name if they are what you want.")


def _put_labels(copy: Path, labels: Labels, *, project_id: str) -> None:
    places = checkpoint.locate(copy)
    capacity = checkpoint.CAPACITY if places is None else places.columns[0][1] // 4
    table = checkpoint.encode(labels.clusters.values(), capacity=capacity)
    content = Content(labels.ids.astype("<i4").tobytes(), table)
    if places is not None and places.fits(content):
        checkpoint.write(copy, places, content)
    else:
        checkpoint.rewrite(copy, content, project_id=places.project_id if places else project_id, keep=False)
