"""The project itself: everything that is in it, with the labels as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import h5py

from pipeline import hdf5, store
from pipeline.curation import agreement, checkpoint, journal
from pipeline.curation.checkpoint import Content
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError
from pipeline.exporters._chosen import one_line
from pipeline.exporters._files import Exporter, Files

BLOCK_BYTES = 1 << 26
MOST_NAMED = 12              # of a group in an outline: spectrograms are many


@dataclass(frozen=True)
class Hdf5(Exporter):
    """The complete project file, spectrograms and embeddings included."""

    SUFFIX: ClassVar[str] = ".h5"
    FOR: ClassVar[str] = "Syllabary, h5py, MATLAB, R"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """The one file; what is shown of it is what lies in it."""
        return Files([name], lambda _place: None, sketch=lambda: _outline(dataset.path),
                     about="What lies in the file:")

    def writing(self, dataset: Dataset, labels: Labels, path: Path) -> Iterator[float]:
        """Write a copy of the project with ``labels`` in it; over the project itself, save what its journal has.

        The copy takes the place of what was there when all of it is on disk. Raises ProjectError if it cannot be
        written, ExportError if ``labels`` are not those of the project's journal and ``path`` is the project.
        """
        if path.exists() and path.samefile(dataset.path):
            _save(dataset, labels)
        else:
            with store.replacing(path) as temporary:
                yield from _copy(dataset.path, temporary)
                _put_labels(temporary, labels, project_id=dataset.project_id)
        yield 1.0

    def n_bytes(self, dataset: Dataset, labels: Labels) -> int:
        """As long as the project is now."""
        return dataset.path.stat().st_size


def _copy(source: Path, target: Path) -> Iterator[float]:
    """Copy a file, and yield the share that is done after each block but the last."""
    n_bytes = source.stat().st_size
    with source.open("rb") as read, target.open("wb") as written:
        while block := read.read(BLOCK_BYTES):
            written.write(block)
            if written.tell() < n_bytes:
                yield written.tell() / n_bytes


def _outline(path: Path) -> Iterator[str]:
    with hdf5.open_file(path) as file:
        yield from _inside(file, "")


def _inside(group: h5py.Group, indent: str) -> Iterator[str]:
    """A line for each group and data set, of many of a kind for the first."""
    names = hdf5.names(group)
    for name in names[:MOST_NAMED]:
        inner = hdf5.group(group, name)
        if inner is not None:
            yield f"{indent}{one_line(name)}/"
            yield from _inside(inner, indent + "  ")
        elif (item := hdf5.dataset(group, name)) is not None:
            yield f"{indent}{one_line(name)}  {_kind(item)} {' × '.join(map(str, item.shape))}"
    if len(names) > MOST_NAMED:
        yield f"{indent}… {len(names) - MOST_NAMED} more"


def _kind(item: h5py.Dataset) -> str:
    return "text" if item.dtype.kind in "OS" else str(item.dtype)


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
