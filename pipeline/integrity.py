"""Whether a project holds together: every table, every id, every spectrogram, and file and journal with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.curation.workspace import OnMismatch, Workspace
from pipeline.dataset import Cluster, Dataset
from pipeline.errors import SyllabaryError
from pipeline.joins import SETS
from pipeline.overview import OK

Kind = Literal["problem", "repaired", "note"]
TOLERANCE_S = 1e-3           # onsets that were rounded to milliseconds
READ_AT_ONCE_S = 30.0


@dataclass(frozen=True)
class Finding:
    """One thing worth telling. Only a ``problem`` means that something is wrong."""

    kind: Kind
    text: str


def check(path: Path | str, *, on_mismatch: OnMismatch = "ask") -> list[Finding]:
    """Bring the file to what its journal says, then look at all of it. Raises ProjectError if it cannot be opened.

    on_mismatch : what a person has decided about a file that another program changed, see `Workspace.open`
    """
    path = Path(path)
    return [*_repair(path, on_mismatch), *_look(path)]


def _repair(path: Path, on_mismatch: OnMismatch) -> Iterator[Finding]:
    """What changed in the file when its workspace was opened and closed."""
    before = _labels(path)
    try:
        Workspace.open(path, on_mismatch=on_mismatch).close()
    except SyllabaryError as error:
        yield Finding("problem", str(error))
        return
    after = _labels(path)
    n_changed = int((before[0] != after[0]).sum())
    if n_changed:
        labels = "The label of 1 sound was" if n_changed == 1 else f"The labels of {n_changed} sounds were"
        yield Finding("repaired", f"{labels} brought back from the journal.")
    if before[1] != after[1]:
        yield Finding("repaired", "Names, colours and notes of clusters were brought back from the journal.")


def _labels(path: Path) -> tuple[np.ndarray, list[Cluster]]:
    with Dataset.open(path) as dataset:
        return dataset.cluster_ids(), dataset.clusters()


def _look(path: Path) -> list[Finding]:
    with Dataset.open(path) as dataset:
        problems = [Finding("problem", text) for part in CHECKS for text in part(dataset)]
        return problems + [Finding("note", text) for text in (*dataset.notes, *_notes(dataset))]


def _segments_have_recordings(dataset: Dataset) -> Iterator[str]:
    sounds = dataset.segments
    orphans = ~np.isin(sounds.file_id, dataset.files.file_id)
    if orphans.any():
        yield (f"{_sounds(sounds.segment_id[orphans])} lie in recordings that the project does not list (first: "
               f"recording {sounds.file_id[orphans][0]}).")


def _segments_lie_inside(dataset: Dataset) -> Iterator[str]:
    sounds, files = dataset.segments, dataset.files
    if (sounds.duration_s <= 0).any():
        yield f"{_sounds(sounds.segment_id[sounds.duration_s <= 0])} last no time at all."
    ends = dict(zip(files.file_id.tolist(), files.duration_s.tolist(), strict=True))
    end_s = np.array([ends.get(file_id, np.nan) for file_id in sounds.file_id.tolist()])
    outside = (sounds.onset_s < 0) | (sounds.onset_s + sounds.duration_s > end_s + TOLERANCE_S)
    if outside.any():
        yield f"{_sounds(sounds.segment_id[outside])} begin before or end after their recording."


def _components_are_finite(dataset: Dataset) -> Iterator[str]:
    pca = _attempt(lambda: dataset.segments.pca)
    if isinstance(pca, str):
        yield pca
    elif pca is not None and not np.isfinite(pca).all():
        yield f"segments/pca of {_sounds(dataset.segments.segment_id[~np.isfinite(pca).all(axis=1)])} is not finite."


def _sets_join(dataset: Dataset) -> Iterator[str]:
    """Embedding, features, projections, labelings and arrangements speak of sounds that are there."""
    readers: list[Callable[[], object]] = [dataset.embedding] if dataset.embedding_shape() else []
    read_by = (dataset.feature, dataset.projection, dataset.labeling, dataset.arrangement)
    for kind, read in zip(SETS, read_by, strict=True):
        readers += [lambda name=name, read=read: read(name) for name in dataset.names(kind)]
    yield from (found for found in map(_attempt, readers) if isinstance(found, str))


def _spectrograms_are_whole(dataset: Dataset) -> Iterator[str]:
    there = dataset.spectrogram_file_ids()
    wanted = [int(k) for k, status in zip(dataset.files.file_id, dataset.files.status, strict=True) if status == OK]
    missing = sorted(set(wanted) - set(there))
    if there and missing:
        yield f"{len(missing)} recordings without fault have no spectrogram (first: recording {missing[0]})."
    yield from _strangers(dataset, there, "spectrogram")
    for file_id in sorted(set(there) & set(dataset.files.file_id.tolist())):
        found = _attempt(lambda file_id=file_id: _read_all(dataset, file_id))
        if isinstance(found, str):
            yield found


def _read_all(dataset: Dataset, file_id: int) -> None:
    """Read a spectrogram from end to end, a piece at a time: a damaged piece raises ProjectError."""
    start_s, scale = 0.0, dataset.spectrogram_scale(file_id)
    span_s = max(READ_AT_ONCE_S, 2 * scale.hop_s)
    n_frames = round(span_s / scale.hop_s)
    while dataset.spectrogram(file_id, start_s, start_s + span_s).shape[1] >= n_frames:
        start_s += span_s


def _pitch_belongs(dataset: Dataset) -> Iterator[str]:
    yield from _strangers(dataset, dataset.pitch_file_ids(), "pitch track")
    for file_id in dataset.pitch_file_ids():
        found = _attempt(lambda file_id=file_id: dataset.pitch(file_id))
        if isinstance(found, str):
            yield found


def _strangers(dataset: Dataset, file_ids: Iterable[int], what: str) -> Iterator[str]:
    unknown = sorted(set(file_ids) - set(dataset.files.file_id.tolist()))
    if unknown:
        yield f"There is a {what} of recording {unknown[0]}, which the project does not list ({len(unknown)} in all)."


def _clusters_are_known(dataset: Dataset) -> Iterator[str]:
    known = [cluster.cluster_id for cluster in dataset.clusters()]
    if len(set(known)) != len(known):
        yield "The table of clusters has the same number more than once."
    used = np.unique(dataset.cluster_ids())
    unknown = np.setdiff1d(used[used > 0], known)
    if len(unknown) and (known or dataset.format_version):
        yield f"Sounds are in clusters that the table of clusters does not have: {_listing(unknown.tolist())}."


CHECKS: tuple[Callable[[Dataset], Iterator[str]], ...] = (
    _segments_have_recordings,
    _segments_lie_inside,
    _components_are_finite,
    _sets_join,
    _spectrograms_are_whole,
    _pitch_belongs,
    _clusters_are_known,
)


def _notes(dataset: Dataset) -> Iterator[str]:
    """What is no fault, but worth knowing."""
    if not dataset.spectrogram_file_ids():
        yield "There are no spectrograms, so sounds cannot be seen."
    if dataset.segments.umap is None:
        yield "There is no map."
    absent = [k for k in dataset.files.file_id.tolist() if not dataset.audio_path(k).is_file()]
    if absent:
        yield (f"{len(absent)} of {len(dataset.files)} recordings are not where the project says, so they cannot be "
               "heard.")


def _attempt(read: Callable[[], object]) -> object:
    """What ``read`` gives, or the sentence of its error."""
    try:
        return read()
    except SyllabaryError as error:
        return str(error)


def _sounds(segment_ids: np.ndarray) -> str:
    return f"{len(segment_ids)} sounds (first: {segment_ids[0]})" if len(segment_ids) > 1 else f"Sound {segment_ids[0]}"


def _listing(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:10])) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
