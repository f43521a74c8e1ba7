"""A recording that is no part of a project, heard as the project's own were: decoded, cut, and turned into vectors."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import audio, params, point_sets, registry, rewriting, search, spectrogram, vectors
from pipeline.audio import Recording
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ParameterError, ProjectError, SyllabaryError
from pipeline.extending import rebuilding
from pipeline.feature_sets import Preparation
from pipeline.plan import Plan

LONGEST_S = 600.0            # of a recording that is heard whole; of a longer one only a stretch
MOST_SOUNDS = 40             # of one recording
LOWER_RATE = 0.8             # a file of less than this share of the usual sample rate is told of
UNCUT = ("table", "files")   # segmenters that find no sounds in another recording
WHOLE, SOUND, CHOSEN = "whole", "sound", "chosen"
Span = tuple[float, float]   # from, to in s


@dataclass(frozen=True)
class Piece:
    """A part of a recording, from ``onset_s`` to ``offset_s``.

    kind : ``whole``, a ``sound`` that was found as those of the project were, or ``chosen`` by a person
    """

    kind: str
    onset_s: float
    offset_s: float


@dataclass(frozen=True, eq=False)
class Heard:
    """The pieces of a recording, and what is known of each.

    vectors : by the name of what sounds are compared by, float32 (n_pieces, d)      reasons : why some are lacking
    pictures : int8 (n_freq, n_frames) of each piece, as a project's spectrograms are
    """

    pieces: list[Piece]
    duration_s: float
    vectors: dict[str, np.ndarray]
    reasons: dict[str, str] = field(default_factory=dict)
    pictures: list[np.ndarray] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def hear(dataset: Dataset, path: Path, *, span: Span | None = None, cut: bool = True,
         wanted: Sequence[str] | None = None) -> Heard:
    """Hear a recording as the project's own were heard.

    span : the only piece that is wanted; without it the pieces are the whole recording and then, with ``cut``, the
        sounds in it      wanted : by what sounds are to be compared; everything that can be computed if not given

    Raises AudioError for what cannot be read or is too long, ParameterError for a stretch that cannot be, ProjectError
    or CheckpointError if nothing that is wanted can be computed.
    """
    with tempfile.TemporaryDirectory(prefix="syllabary-search-") as folder:
        plan, notes = _plan(dataset, path, Path(folder), cut=cut and span is None)
    recording, begin_s = _decoded(path, plan, span)
    notes += _of_rates(dataset, recording)
    pieces = [Piece(CHOSEN, *span)] if span else [Piece(WHOLE, 0.0, recording.duration_s)]
    if cut and not span:
        pieces += _sounds(plan, recording, notes)
    clips = [recording.clip(one.onset_s - begin_s, one.offset_s - begin_s) for one in pieces]
    found, reasons = {}, {}
    for name in search.names(dataset) if wanted is None else wanted:
        try:
            found[name] = _vectors(dataset, plan, name, path, pieces, clips, recording.rate_hz)
        except SyllabaryError as error:
            if wanted is not None:
                raise
            reasons[name] = str(error)
    return Heard(pieces, audio.probe(path).duration_s, found, reasons, _pictures(plan, recording, pieces, begin_s),
                 notes)


def values_used(dataset: Dataset) -> dict[str, Any]:
    """The project's values that say which checkpoints and files are opened when a recording is heard."""
    is_cut = dataset.parameters.get("segmenter") not in UNCUT
    prefixes = ("emb_", "seg_") if is_cut else ("emb_",)
    return {name: value for name, value in dataset.parameters.items() if name.startswith(prefixes)}


def _plan(dataset: Dataset, path: Path, work_dir: Path, *, cut: bool) -> tuple[Plan, list[str]]:
    """How the project's recordings were worked on, and what is to be said about it.

    A recording that is not cut needs no segmenter, and sounds that came in a table cannot be found in others.
    """
    def of(**given: str) -> Plan:
        return rebuilding.plan_of(dataset, path.parent, work_dir=work_dir, given=given)[0]

    if cut and dataset.parameters.get("segmenter") not in UNCUT:
        try:
            return of(), []
        except SyllabaryError as error:
            notes = [f"No sounds are looked for in the file: {error}"]
    else:
        notes = ["The project's sounds come from a table, so the file is not cut into sounds."
                 ] if cut and dataset.parameters.get("segmenter") == "table" else []
    try:
        return of(segmenter="files"), notes
    except ProjectError as error:
        raise ProjectError(f"{dataset.path.name} does not say how its embedding was made, as it comes from another "
                           "program, so a file cannot be compared with its sounds. Search by one of its own sounds "
                           "instead.") from error


def _decoded(path: Path, plan: Plan, span: Span | None) -> tuple[Recording, float]:
    """(the recording, or the stretch of a long one that is wanted, and where it begins in s)."""
    duration_s = audio.probe(path).duration_s
    if span is not None and not 0 <= span[0] < min(span[1], duration_s):
        raise ParameterError(f"From {span[0]:g} s to {span[1]:g} s is no part of {path.name}, which is "
                             f"{duration_s:.3f} s long.")
    if (duration_s if span is None else span[1] - span[0]) > LONGEST_S:
        raise AudioError(f"{path.name} is {duration_s / 60:.0f} min long. An example may have {LONGEST_S / 60:.0f} "
                         "minutes: say from where to where it is.")
    if duration_s <= LONGEST_S:
        return audio.decode(path, rate_hz=plan.audio.sr, channel=plan.audio.channel), 0.0
    import soxr

    samples, native_hz = audio.read_part(path, *span, channel=plan.audio.channel)
    samples = soxr.resample(samples, native_hz, plan.audio.sr).astype(np.float32)
    peak = float(np.abs(samples).max(initial=0.0))
    return Recording(path, path.name, 0, plan.audio.sr, native_hz, 1, samples, peak), span[0]


def _of_rates(dataset: Dataset, recording: Recording) -> list[str]:
    """Whether the file lacks high frequencies that the project's recordings have."""
    rates_hz = dataset.files.sr[dataset.files.sr > 0]
    usual_hz = min(int(np.median(rates_hz)), recording.rate_hz) if len(rates_hz) else 0
    if recording.native_rate_hz >= LOWER_RATE * usual_hz:
        return []
    return [f"The file has a sample rate of {recording.native_rate_hz} Hz: what the project's recordings have above "
            f"{recording.native_rate_hz // 2} Hz is lacking in it, so distances are larger than they would be."]


def _sounds(plan: Plan, recording: Recording, notes: list[str]) -> list[Piece]:
    """The sounds that the project's segmenter finds; one that cannot be had is told in ``notes``."""
    if plan.segmenter_name == "files":
        return []
    try:
        table = next(iter(plan.segmenter.segment([recording])))[1]
    except SyllabaryError as error:
        notes.append(f"No sounds were looked for in the file: {error}")
        return []
    if len(table) > MOST_SOUNDS:
        notes.append(f"{len(table)} sounds were found in the file; the first {MOST_SOUNDS} are taken.")
    elif not len(table):
        notes.append("No sound was found in the file, so it is taken whole.")
    spans = zip(table.onset_s[:MOST_SOUNDS].tolist(), table.offset_s[:MOST_SOUNDS].tolist(), strict=True)
    return [Piece(SOUND, *one) for one in spans]


def _vectors(dataset: Dataset, plan: Plan, name: str, path: Path, pieces: Sequence[Piece],
             clips: Sequence[np.ndarray], rate_hz: int) -> np.ndarray:
    if name in (point_sets.EMBEDDING, search.PCA):
        embedded = _embedded(dataset, plan, clips, rate_hz)
        return embedded if name == point_sets.EMBEDDING else _components(dataset, embedded)
    if name in dataset.names("features"):
        return _features(dataset, plan, name, path, pieces)
    raise ParameterError(f"A file has no {name} of its own. Compare by the embedding, or by one set of features.")


def _embedded(dataset: Dataset, plan: Plan, clips: Sequence[np.ndarray], rate_hz: int) -> np.ndarray:
    shape = dataset.embedding_shape()
    if shape is None:
        raise ProjectError(f"{dataset.path.name} has no embedding. Compute it with 'preprocess --compute-embeddings'.")
    found = plan.embedder.embed((clip, rate_hz) for clip in clips)
    if found.shape[1] != shape[1]:
        raise ProjectError(f"The embedder {plan.embedder_name} gives {found.shape[1]} numbers for a sound, but those "
                           f"of {dataset.path.name} have {shape[1]}: they were made otherwise than it says. Search by "
                           "one of its own sounds instead.")
    return np.asarray(found, np.float32)


def _components(dataset: Dataset, embedded: np.ndarray) -> np.ndarray:
    extra = rewriting.map_of(dataset).extra
    if "mean" not in extra or extra.get("components", np.zeros((0, 0))).shape[1] != embedded.shape[1]:
        raise ProjectError(f"{dataset.path.name} does not keep how its principal components were made. Compare by the "
                           "embedding.")
    return ((embedded - extra["mean"]) @ extra["components"].T).astype(np.float32)


def _features(dataset: Dataset, plan: Plan, name: str, path: Path, pieces: Sequence[Piece]) -> np.ndarray:
    """Features as `feature_sets` makes them."""
    stored = dataset.feature(name)
    feature, kind = stored.attrs.get("feature"), stored.attrs.get("vector")
    if feature not in registry.names("features") or kind not in vectors.KINDS or kind == "per_frame":
        raise ProjectError(f"{dataset.path.name} does not say how {name} can be computed for a file. Compare by the "
                           "embedding.")
    recording = params.make(Preparation, stored.attrs).recording(path, channel=plan.audio.channel)
    method, clips = registry.load("features", feature)(), [recording.clip(one.onset_s, one.offset_s) for one in pieces]
    matrices = [method.matrix(clip, recording.rate_hz) for clip in clips]
    found = np.stack([vectors.of_matrix(matrix, kind) for matrix in matrices]).astype(np.float32)
    if found.shape[1] != stored.values.shape[1]:
        raise ProjectError(f"{name} of {dataset.path.name} was made otherwise than it says, so a file cannot be "
                           "compared by it. Compare by the embedding.")
    return found


def _pictures(plan: Plan, recording: Recording, pieces: Sequence[Piece], begin_s: float) -> list[np.ndarray]:
    """The part of the recording's spectrogram that shows each piece, as those of projects are cut."""
    try:
        made = spectrogram.compute(recording, plan.spectrogram)
    except ParameterError:     # no row of a spectrogram fits these frequencies: the project has none, either
        return [np.zeros((0, 0), np.int8) for _ in pieces]
    frames = [[round((time_s - begin_s) / made.hop_s) for time_s in (one.onset_s, one.offset_s)] for one in pieces]
    return [np.array(made.values[:, first:max(first, last) + 1]) for first, last in frames]
