"""A project file of an older version or another tool, upgraded into a copy; the file itself is not touched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pipeline import rewriting, store
from pipeline.browse import thousands
from pipeline.curation import journal
from pipeline.dataset import Dataset
from pipeline.importing import place
from pipeline.rewriting import Map
from pipeline.text import counted
from pipeline.watcher import Watcher


@dataclass(frozen=True)
class Contents:
    """What is in a file. ``layout`` says by whom it was made; ``taken`` what is taken over, ``missing`` what is not
    there and therefore not in the project either; ``notes`` what had to be left out."""

    layout: str
    n_sounds: int
    taken: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look(path: Path) -> Contents:
    """What an import would take over. Raises ProjectError with a sentence for a file that cannot be used."""
    with Dataset.open(path.expanduser()) as dataset:
        return contents(dataset)


def upgrade(old: Path, output: Path, *, watcher: Watcher | None = None) -> Contents:
    """Write all that ``old`` holds as a project of the newest layout, and say what that was.

    Ids, labels and the project's id stay. Raises ProjectError if ``old`` cannot be used, ParameterError if there is
    something at ``output``.
    """
    watcher, output = watcher or Watcher(), place.check(output)
    with Dataset.open(old.expanduser().absolute()) as dataset:
        watcher.begin("write", len(dataset.files) + 1, title="project file")
        laid_out, notes = _map(dataset)
        with store.create(output, _parameters(dataset), project_id=dataset.project_id,
                          created=str(dataset.attrs.get("created") or "") or None) as writer:
            notes += rewriting.write(writer, dataset, laid_out, advance=lambda n: watcher.advance("write", n))
        found = contents(dataset)
    watcher.advance("write", 1)
    with Dataset.open(output):      # nothing is told as done that cannot be opened
        pass
    return replace(found, notes=[*found.notes, *notes])


def contents(dataset: Dataset) -> Contents:
    """What is in an open file, in words."""
    ids, files = dataset.cluster_ids(), dataset.files
    n_labelled, rank = int((ids != 0).sum()), dataset.segments.umap
    pictures, embedding = dataset.spectrogram_file_ids(), dataset.embedding_shape()
    parts = [
        (f"{thousands(n_labelled)} labels in {counted(len(np.unique(ids[ids != 0])), 'cluster')}" if n_labelled else "",
         "labels: all sounds are unassigned"),
        (f"the names of {counted(len(files), 'recording')}" if any(files.path) else "", "names of recordings"),
        ("the map" if rank is not None else "", "a map: sounds cannot be seen as points"),
        (f"an embedding of {embedding[1]} dimensions" if embedding else "",
         "an embedding: no new map, nothing placed later, no clustering"),
        (f"spectrograms of {counted(len(pictures), 'recording')}" if pictures else "",
         "spectrograms: tiles are empty"),
        ("true labels" if dataset.segments.label is not None else "", ""),
        *[(f"{kind}: {', '.join(names)}", "") for kind in ("features", "labelings") if (names := dataset.names(kind))],
    ]
    ours = f"Syllabary's format version {dataset.format_version}" if dataset.format_version else "another tool's layout"
    return Contents(ours, dataset.n_segments, [there for there, _absent in parts if there],
                    [absent for there, absent in parts if absent and not there], [*dataset.notes, *_journal(dataset)])


def _journal(dataset: Dataset) -> list[str]:
    if not journal.path_of(dataset.path).exists():
        return []
    return ["Its journal of edits stays with the original: the copy has the labels as the file has them, without their "
            "history. To go on with the history, copy both files instead."]


def _map(dataset: Dataset) -> tuple[Map, list[str]]:
    laid_out = rewriting.map_of(dataset)
    if laid_out.pca is None or np.isfinite(laid_out.pca).all():
        return laid_out, []
    return replace(laid_out, pca=None), ["segments/pca holds values that are not finite and was left out."]


def _parameters(dataset: Dataset) -> dict[str, object]:
    """As the file has them; a relative folder of recordings is told in full, because the copy may lie elsewhere."""
    parameters = rewriting.parameters_of(dataset)
    stated = parameters.get("data_dir")
    if stated and not Path(str(stated)).is_absolute():
        parameters["data_dir"] = str((dataset.path.parent / str(stated)).resolve())
    return parameters
