"""What moved and new sounds need: vectors from their recordings, a place on the finished map, their pitch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline import assemble, audio, pitch, recordings, rewriting
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ProjectError, RunError, SyllabaryError
from pipeline.extending import placing, rebuilding
from pipeline.plan import Plan
from pipeline.rewriting import Map
from pipeline.roundtrip.writing import Sounds
from pipeline.text import listed
from pipeline.watcher import Watcher

MOST_NAMED = 5
OF_ARRAYS = "npy"


@dataclass(frozen=True, eq=False)
class Computed:
    """For the sounds in ``Sounds.fresh``, in their order.

    vectors : float32 (k, d) or None      pitch : float32 (k, columns) or None
    laid_out : the map of all sounds of the new project
    """

    vectors: np.ndarray | None
    pitch: np.ndarray | None
    laid_out: Map
    notes: tuple[str, ...] = ()


def compute(dataset: Dataset, sounds: Sounds, watcher: Watcher) -> Computed:
    """Everything for the sounds that the old project knows nothing of. Raises RunError as `refuse_without_sound`."""
    fresh = sounds.fresh
    if not len(fresh):
        return Computed(None, None, _kept_map(dataset, sounds))
    vectors, notes = None, []
    if rebuilding.has_embedding(dataset):
        plan, told = _plan(dataset)
        notes += told
        refuse_without_sound(dataset, sounds.file_id[fresh])
        vectors = _vectors(dataset, plan, sounds, watcher)
        laid_out, told = _placed(dataset, plan, sounds, vectors)
        notes += told
    else:
        laid_out = _without_vectors(dataset, sounds)
    return Computed(vectors, _pitch(dataset, sounds), laid_out, tuple(notes))


def missing(dataset: Dataset, file_ids: np.ndarray) -> list[str]:
    """The paths of those recordings that are not where they are looked for; none where no sound is needed."""
    if not rebuilding.has_embedding(dataset):
        return []
    absent = [file_id for file_id in np.unique(file_ids).tolist() if not recordings.path_of(dataset, file_id).is_file()]
    return [dataset.files.path[dataset.files.row_of(file_id)] for file_id in absent]


def refuse_without_sound(dataset: Dataset, file_ids: np.ndarray) -> None:
    """Raise RunError if a recording that moved or new sounds lie in is not there."""
    absent = missing(dataset, file_ids)
    if absent:
        more = [f"{len(absent) - MOST_NAMED} more"] if len(absent) > MOST_NAMED else []
        raise RunError(f"Moved and new sounds need their recordings, to be embedded as the others, but "
                       f"{listed([*absent[:MOST_NAMED], *more])} {'is' if len(absent) == 1 else 'are'} not in "
                       f"{recordings.folder_of(dataset)}. Point to the folder that has them, or apply only changed "
                       "labels and deleted sounds.")


def _plan(dataset: Dataset) -> tuple[Plan, list[str]]:
    if dataset.parameters.get("embedder") == OF_ARRAYS:
        raise RunError(f"{dataset.path} was made from arrays (.npy), so moved and new sounds cannot be embedded as the "
                       "others. Apply only changed labels and deleted sounds.")
    return rebuilding.plan_of(dataset, recordings.folder_of(dataset), work_dir=dataset.path.parent,
                              given={"segmenter": "files"})      # has no parameters: sounds are found already


def _vectors(dataset: Dataset, plan: Plan, sounds: Sounds, watcher: Watcher) -> np.ndarray:
    """float32 (k, d), in the order of ``sounds.fresh``."""
    fresh = sounds.fresh
    order = fresh[np.argsort(sounds.file_id[fresh], kind="stable")]
    watcher.begin("embed", len(order), title="embeddings")
    made = plan.embedder.embed(_clips(dataset, plan, sounds, order, watcher))
    shape = dataset.embedding_shape()
    if shape is not None and made.shape[1] != shape[1]:
        raise ProjectError(f"The embedder gave {made.shape[1]} numbers for each sound, but {dataset.path} has "
                           f"{shape[1]}: it was made otherwise than it says. Make the project anew with 'preprocess'.")
    vectors = np.empty_like(made)
    vectors[np.searchsorted(fresh, order)] = made
    return vectors


def _clips(dataset: Dataset, plan: Plan, sounds: Sounds, order: np.ndarray, watcher: Watcher,
           ) -> Iterator[tuple[np.ndarray, int]]:
    """The samples of each sound with their rate in Hz; one recording lies in memory at a time."""
    recording, file_id = None, None
    for row in order.tolist():
        if recording is None or sounds.file_id[row] != file_id:
            file_id = int(sounds.file_id[row])
            recording = _decoded(dataset, plan, file_id)
        onset_s = float(sounds.onset_s[row])
        yield recording.clip(onset_s, onset_s + float(sounds.duration_s[row])), recording.rate_hz
        watcher.advance("embed", 1)


def _decoded(dataset: Dataset, plan: Plan, file_id: int) -> audio.Recording:
    path = recordings.path_of(dataset, file_id)
    try:
        found = audio.decode(path, rate_hz=plan.audio.sr, channel=plan.audio.channel, file_id=file_id)
    except AudioError as error:
        raise RunError(f"{error} Moved and new sounds in it cannot be embedded.") from error
    stated_s = float(dataset.files.duration_s[dataset.files.row_of(file_id)])
    if np.isfinite(stated_s) and stated_s > 0 and abs(found.duration_s - stated_s) > max(0.05, 2 / found.rate_hz):
        raise RunError(f"{path} is {found.duration_s:.3f} s long, but was {stated_s:.3f} s when the project was made: "
                       "it is another recording. Moved and new sounds cannot be embedded from it.")
    return found


def _pitch(dataset: Dataset, sounds: Sounds) -> np.ndarray | None:
    """From the pitch that the project keeps of whole recordings; None if it has no pitch of sounds."""
    if "pitch" not in dataset.names("features") or dataset.feature_width("pitch") != len(pitch.COLUMNS):
        return None
    fresh = sounds.fresh
    summary = np.full((len(fresh), len(pitch.COLUMNS)), np.nan, np.float32)
    onset_s, offset_s = sounds.onset_s[fresh], sounds.onset_s[fresh] + sounds.duration_s[fresh]
    for file_id in np.unique(sounds.file_id[fresh]).tolist():
        own, track = sounds.file_id[fresh] == file_id, dataset.pitch(file_id)
        if track is not None:
            summary[own] = pitch.per_segment(track, onset_s[own], offset_s[own])
    return summary


def _kept_map(dataset: Dataset, sounds: Sounds) -> Map:
    """The places of the sounds that stay."""
    old, rows = rewriting.map_of(dataset), sounds.old_rows
    return Map(*(None if values is None else values[rows] for values in (old.umap, old.pca)), old.placed[rows],
               old.umap_attrs, old.pca_attrs, old.extra)


def _placed(dataset: Dataset, plan: Plan, sounds: Sounds, vectors: np.ndarray) -> tuple[Map, list[str]]:
    """Moved and new sounds among the old ones they are most alike; all others where they were."""
    if not rebuilding.has_map(dataset) or len(sounds.kept) < assemble.FEWEST_FOR_A_MAP:
        return _without_vectors(dataset, sounds), []
    old, stays = _kept_map(dataset, sounds), ~sounds.is_moved
    kept = Map(*(None if values is None else values[stays] for values in (old.umap, old.pca)), old.placed[stays],
               old.umap_attrs, old.pca_attrs, old.extra)
    embedding = dataset.embedding()[sounds.old_rows[stays]]
    longer, told = placing.onto(kept, plan.pca, embedding, vectors)
    back = np.argsort(np.concatenate([sounds.kept, sounds.fresh]), kind="stable")
    return Map(longer.umap[back], longer.pca[back], longer.placed[back], longer.umap_attrs, longer.pca_attrs,
               longer.extra), told


def _without_vectors(dataset: Dataset, sounds: Sounds) -> Map:
    """Without vectors there is no likeness: new sounds lie in the middle, told as placed later."""
    old, n_new = _kept_map(dataset, sounds), len(sounds.segment_id) - len(sounds.old_rows)
    if old.umap is None:
        return Map(None, None, np.zeros(len(sounds.segment_id), bool))
    placed = np.concatenate([old.placed, np.ones(n_new, bool)])
    return Map(_with_centre(old.umap, n_new), None if old.pca is None else _with_centre(old.pca, n_new), placed,
               old.umap_attrs, old.pca_attrs, old.extra)


def _with_centre(places: np.ndarray, n_new: int) -> np.ndarray:
    """``places`` with the middle of all of them ``n_new`` times behind them."""
    centre = places.mean(axis=0, keepdims=True) if len(places) else np.zeros((1, places.shape[1]))
    return np.concatenate([places, np.repeat(centre, n_new, axis=0).astype(places.dtype)])


def problem(dataset: Dataset, file_ids: np.ndarray) -> str:
    """Why moved and new sounds of these recordings cannot be embedded, or empty; asked before any work."""
    if not len(file_ids) or not rebuilding.has_embedding(dataset):
        return ""
    try:
        refuse_without_sound(dataset, file_ids)
        _plan(dataset)
    except SyllabaryError as error:
        return str(error)
    return ""
