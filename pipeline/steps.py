"""The steps from a recording to its sounds' vectors: what each depends on, and how it is done.

`process` does whatever is stale for one recording, decoding it at most once. It runs in worker processes, on this
machine or on others that see the same folders.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import audio, params, pitch, spectrogram
from pipeline.errors import CheckpointError, SyllabaryError
from pipeline.plan import Plan
from pipeline.segments import SegmentTable
from pipeline.shelf import Shelf, fingerprint

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
FAULTS = (ArithmeticError, LookupError, OSError, TypeError, ValueError, MemoryError, RuntimeError)   # of one recording

SOUNDS_AT_ONCE = 1024                # that are embedded before their vectors go onto the shelf


@dataclass(frozen=True)
class Step:
    """One step: its flag on the command line, what it is called, the steps it needs, its version.

    Raising the version makes every earlier result of the step stale.
    """

    name: str
    flag: str
    title: str
    needs: tuple[str, ...] = ()
    version: int = 1


STEPS = {step.name: step for step in (
    Step("spectrogram", "compute-spectrograms", "spectrograms"),
    Step("pitch", "compute-pitch", "pitch"),
    Step("segment", "compute-segmentations", "segments"),
    Step("embed", "compute-embeddings", "embeddings", needs=("segment",)),
    Step("project", "compute-umap", "map", needs=("segment", "embed")),
    Step("export", "export-hdf5", "project file", needs=("segment",)),
)}
PER_RECORDING = ("spectrogram", "pitch", "segment", "embed")
ALL = tuple(STEPS)


def with_needs(chosen: Iterable[str]) -> tuple[str, ...]:
    """The chosen steps and all they need, in order."""
    wanted = set(chosen)
    for name in reversed(ALL):
        if name in wanted:
            wanted.update(STEPS[name].needs)
    return tuple(name for name in ALL if name in wanted)


@dataclass(frozen=True)
class Job:
    """One recording to be worked on; size and time stamp stand for its content."""

    path: Path
    name: str
    file_id: int
    n_bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class Outcome:
    """What became of one recording.

    status : "ok", or why it gives no segments     keys : (step, fingerprint) of each of its results
    computed : the steps that were stale
    """

    file_id: int
    status: str
    notes: tuple[str, ...] = ()
    native_rate_hz: int = 0
    duration_s: float = 0.0
    n_segments: int = 0
    keys: tuple[tuple[str, str], ...] = ()
    computed: tuple[str, ...] = ()


def process(job: Job, plan: Plan, wanted: tuple[str, ...], shelf: Shelf) -> Outcome:
    """Do the stale ones among the wanted steps for one recording.

    Never raises for a fault of the recording; OSError if there is no room for results.
    """
    try:
        return _Work(job, plan, shelf).do(wanted)
    except SyllabaryError as error:
        return Outcome(job.file_id, str(error).removeprefix(f"{job.path} "))   # it is told beside the name
    except FAULTS as error:
        # One odd recording must not end a run over ten thousand: it is told in the table of failures.
        if getattr(error, "errno", None) in NO_ROOM:   # no fault of the recording, and the next would fare no better
            raise OSError(error.errno, error.strerror, str(shelf.folder)) from error
        return Outcome(job.file_id, f"could not be processed ({type(error).__name__}: {error}).")


def segment_together(
    jobs: Iterable[Job], plan: Plan, shelf: Shelf, *, told: Callable[[int, float], None],
) -> Iterator[int]:
    """Find the sounds of all stale recordings by one segmenter, which sees them one after the other.

    told : called with a recording's file_id and the share of it that was seen
    Yields the file_id of each that was segmented; the results wait on the shelf for `process`, which also tells what is
    wrong with a recording that cannot be read. For segmenters with a model, whose ``segment`` takes ``told``.
    """
    works: dict[int, _Work] = {}

    def stale() -> Iterator[audio.Recording]:
        for job in jobs:
            work = _Work(job, plan, shelf)
            if work.is_stale("segment") and work.can_be_read():
                works[job.file_id] = work
                yield work.recording

    for file_id, table in plan.segmenter.segment(stale(), told=told):
        work = works.pop(file_id)
        shelf.put("segment", work.key_of("segment"), *_kept(table))
        yield file_id


def embed_together(jobs: Iterable[Job], plan: Plan, shelf: Shelf) -> Iterator[int]:
    """Embed the sounds of all stale recordings by one embedder, whose batches go over recordings.

    Yields the file_id of each that was embedded, once its sounds were; the results wait on the shelf for `process`,
    which does alone what could not be done together and tells what is wrong with it. Recordings are taken in groups of
    `SOUNDS_AT_ONCE` sounds; so much is lost if a run is stopped. Of their samples a batch's lie in memory.
    """
    for group in _groups(work for job in jobs if (work := _Work(job, plan, shelf)).has_stale_sounds()):
        embedded: list[_Work] = []
        try:
            vectors = plan.embedder.embed(_clips_of(group, embedded))
        except (SyllabaryError, *FAULTS):     # of one among many: each is tried alone
            continue
        for work, of_work in zip(embedded, _parted(vectors, [len(work.segments) for work in embedded]), strict=True):
            shelf.put("embed", work.key_of("embed"), {"vectors": of_work}, {})
            yield work.job.file_id


def _groups(works: Iterable[_Work]) -> Iterator[list[_Work]]:
    group, n_sounds = [], 0
    for work in works:
        group.append(work)
        n_sounds += len(work.segments)
        if n_sounds >= SOUNDS_AT_ONCE:
            yield group
            group, n_sounds = [], 0
    if group:
        yield group


def _clips_of(works: Iterable[_Work], read: list[_Work]) -> Iterator[tuple[np.ndarray, int]]:
    """The sounds of all that can be read, which ``read`` takes down; a recording is forgotten after its last one."""
    for work in works:
        if work.can_be_read():
            read.append(work)
            yield from work.clips()
        work.forget()


def _parted(vectors: np.ndarray, lengths: list[int]) -> list[np.ndarray]:
    return np.split(vectors, np.cumsum(lengths)[:-1]) if lengths else []


class _Work:
    """One recording's results, made when they are asked for and not on the shelf."""

    def __init__(self, job: Job, plan: Plan, shelf: Shelf) -> None:
        self.job, self.plan, self.shelf = job, plan, shelf
        self.keys = {"recording": recording_key(job, plan)}
        self.computed: list[str] = []

    def do(self, wanted: tuple[str, ...]) -> Outcome:
        header = self._header()
        for name in PER_RECORDING:
            if name in wanted:
                self._make(name)
            else:
                self._take_if_fresh(name)
        n_segments = len(self.segments) if "segment" in self.keys else 0
        empty = "segment" in self.keys and not n_segments
        return Outcome(
            self.job.file_id, "no sounds found" if empty else "ok", tuple(header["notes"]), header["rate_hz"],
            header["duration_s"], n_segments, tuple(self.keys.items()), tuple(self.computed),
        )

    @cached_property
    def recording(self) -> audio.Recording:
        """The samples, decoded when first asked for."""
        return audio.decode(self.job.path, rate_hz=self.plan.audio.sr, channel=self.plan.audio.channel,
                            name=self.job.name, file_id=self.job.file_id)

    @cached_property
    def segments(self) -> SegmentTable:
        """What the segment step has found."""
        return load_segments(self.shelf, self.keys["segment"])

    def _header(self) -> dict[str, Any]:
        key = self.keys["recording"]
        if not self.shelf.has("recording", key):
            r = self.recording
            about = {"rate_hz": r.native_rate_hz, "duration_s": r.duration_s, "notes": r.notes, "peak": r.peak}
            self.shelf.put("recording", key, {}, about)
        return self.shelf.get("recording", key)[1]

    def key_of(self, name: str) -> str:
        """The fingerprint of a step's result; of the steps it needs, those must be known."""
        return getattr(self, f"_{name}_key")()

    def is_stale(self, name: str) -> bool:
        """Whether a step has to be done."""
        return not self.shelf.has(name, self.key_of(name))

    def can_be_read(self) -> bool:
        """Whether the recording can be decoded; it then is."""
        try:
            return len(self.recording.samples) > 0
        except (SyllabaryError, *FAULTS):
            return False

    def has_stale_sounds(self) -> bool:
        """Whether it was segmented into sounds that are not embedded yet, as far as that can be told."""
        try:
            self._take_if_fresh("segment")
            return "segment" in self.keys and len(self.segments) > 0 and self.is_stale("embed")
        except (SyllabaryError, *FAULTS):
            return False

    def clips(self) -> Iterator[tuple[np.ndarray, int]]:
        """The samples of each sound, with their rate in Hz."""
        for onset_s, offset_s in zip(self.segments.onset_s, self.segments.offset_s, strict=True):
            yield self.recording.clip(onset_s, offset_s), self.recording.rate_hz

    def forget(self) -> None:
        """Let the samples go; they are decoded again if asked for."""
        self.__dict__.pop("recording", None)

    def _make(self, name: str) -> None:
        self.keys[name] = key = self.key_of(name)
        if not self.shelf.has(name, key):
            arrays, about = getattr(self, f"_{name}")()
            self.shelf.put(name, key, arrays, about)
            self.computed.append(name)

    def _take_if_fresh(self, name: str) -> None:
        """A step that is not wanted now may have been done before."""
        if not all(needed in self.keys for needed in STEPS[name].needs):
            return
        try:
            key = getattr(self, f"_{name}_key")()
        except CheckpointError:   # of a model that is not here and not wanted either
            return
        if self.shelf.has(name, key):
            self.keys[name] = key

    def _spectrogram_key(self) -> str:
        return self._key("spectrogram", params.values(self.plan.spectrogram))

    def _spectrogram(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        made = spectrogram.compute(self.recording, self.plan.spectrogram)
        about = {"db_per_step": made.db_per_step, "freq_hz": made.freq_hz, "hop_s": made.hop_s}
        return {"values": made.values}, about

    def _pitch_key(self) -> str:
        return self._key("pitch", params.values(self.plan.pitch))

    def _pitch(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"values": pitch.track(self.recording, self.plan.pitch)}, {}

    def _segment_key(self) -> str:
        return self._key("segment", self.plan.segmenter_name, params.values(self.plan.segmenter),
                         inputs_of(self.plan.segmenter))

    def _segment(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        _file_id, table = next(iter(self.plan.segmenter.segment([self.recording])))
        return _kept(table)

    def _embed_key(self) -> str:
        return self._key("embed", self.plan.embedder_name, params.values(self.plan.embedder), *self._embedder_inputs(),
                         self.segments.onset_s, self.segments.offset_s)

    def _embedder_inputs(self) -> list[Any]:
        return [found] if (found := inputs_of(self.plan.embedder)) else []   # without any, keys are as they always were

    def _embed(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"vectors": self.plan.embedder.embed(self.clips())}, {}

    def _key(self, step: str, *parts: Any) -> str:
        return fingerprint(self.keys["recording"], STEPS[step].version, *parts)


def recording_key(job: Job, plan: Plan) -> str:
    """Stands for a decoded recording: which file, as it is now, at which rate."""
    return fingerprint(job.name, job.n_bytes, job.mtime_ns, params.values(plan.audio))


def inputs_of(method: Any) -> list[Any]:
    """Files a method reads beside the recording (its ``inputs``), each with size and time stamp."""
    paths = [Path(path) for path in getattr(method, "inputs", ())]
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]


def _kept(table: SegmentTable) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Segments as they go onto the shelf."""
    texts = {name: np.array(getattr(table, name), np.str_) for name in ("label", "cluster")
             if getattr(table, name) is not None}
    return {"onset_s": table.onset_s, "offset_s": table.offset_s, **texts}, {}


def load_segments(shelf: Shelf, key: str) -> SegmentTable:
    """A recording's segments from the shelf."""
    arrays, _about = shelf.get("segment", key)
    texts = {name: tuple(arrays[name].tolist()) for name in ("label", "cluster") if name in arrays}
    return SegmentTable(arrays["onset_s"], arrays["offset_s"], **texts)
