"""Sounds as a WhisperSeg model finds them: a Whisper transformer that was trained to tell onsets and offsets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.audio import Recording
from pipeline.errors import RunError
from pipeline.params import param
from pipeline.segments import SegmentTable
from pipeline.whisper import clips, consolidate, features, loading, tokens
from pipeline.whisper.clips import Clip
from pipeline.whisper.loading import About
from pipeline.whisper.models import Model

CLUSTERING, VOTING = "clustering", "voting"
LEAST_S = 0.001                        # what the blur leaves nothing of keeps this much around its middle
Told = Callable[[int, float], None]


@dataclass(frozen=True)
class Whisperseg:
    """WhisperSeg (Gu et al., ICASSP 2024), from a checkpoint on this machine or on the hub.

    Each recording is seen several times, cut differently (trials); what at least half of them agree on is a sound. The
    types that the model tells become the sounds' clusters. Everything is as published; checkpoints come in Hugging
    Face's form or CTranslate2's, and their folders need nothing else.
    """

    model: str = param("", "Checkpoint of a neural segmenter: folder or hub id", flag="segmenter-model")
    min_freq: float = param(312.0, "Lower edge of the band", unit="Hz", low=0)
    time_step: float = param(0.002, "Time from one frame to the next", unit="s", low=0.00002, high=1)
    min_length: float = param(0.01, "Shorter sounds are dropped", unit="s", low=0)
    eps: float = param(0.02, "Greatest distance of two trials' segments that are one", unit="s", low=0, high=10)
    num_trials: int = param(3, "Number of trials that are consolidated", low=1, high=100)
    num_beams: int = param(4, "Beams of the search for the likeliest text; 1 is fastest", low=1, high=64)
    consolidation: str = param(CLUSTERING, "How trials become one: by grouping sounds, or by a vote of frames",
                               choices=(CLUSTERING, VOTING))
    precision: str = param("auto", "Numbers the model calculates with; auto: half on a GPU, int8 on a CPU where the "
                           "checkpoint's form has it", choices=("auto", "float32", "float16", "int8"))
    device: str = "auto"
    batch_size: int = 32

    def __post_init__(self) -> None:
        """Refuse what cannot be before any recording is decoded; a model from the hub is fetched when a run begins."""
        object.__setattr__(self, "model", loading.checked(self.model))

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The checkpoint's files. Raises CheckpointError if it is not here and cannot be had."""
        return loading.files_of(loading.find(self.model))

    def segment(
        self, recordings: Iterable[Recording], *, told: Told | None = None,
    ) -> Iterator[tuple[int, SegmentTable]]:
        """Find the sounds of each recording: (file_id, table), in their order.

        told : called with a file_id and the share of its clips that were seen, after each batch
        Batches go over clips, trials and recordings; only their features lie in memory, with the recordings that have
        clips in them. Raises CheckpointError, ParameterError, or RunError if the device is too small.
        """
        found = loading.find(self.model)
        about, model = loading.about(found), loading.load(found, device=self.device, precision=self.precision)
        works: deque[_Work] = deque()
        batch: list[tuple[_Work, Clip]] = []
        for recording in recordings:
            works.append(self._work(recording, about))
            for clip in works[-1].clips:
                batch.append((works[-1], clip))
                if len(batch) == self.batch_size:
                    self._see(batch, model, about, told)
                    batch = []
            yield from self._finished(works, about)
        self._see(batch, model, about, told)
        yield from self._finished(works, about)

    def _work(self, recording: Recording, about: About) -> _Work:
        cut = clips.cut(len(recording.samples), rate_hz=recording.rate_hz, time_step_s=self.time_step,
                        n_columns=about.n_columns, n_trials=self.num_trials)
        return _Work(recording, list(cut))

    def _see(self, batch: list[tuple[_Work, Clip]], model: Model, about: About, told: Told | None) -> None:
        """Let the model tell the text of each clip."""
        for (work, _clip), text in zip(batch, self._texts(batch, model, about), strict=True):
            work.texts.append(text)
        for work in dict.fromkeys(work for work, _clip in batch):
            if told:
                told(work.recording.file_id, len(work.texts) / len(work.clips))

    def _texts(self, batch: list[tuple[_Work, Clip]], model: Model, about: About) -> list[str]:
        if not batch:
            return []
        try:
            return model.generate(self._features(batch, about), num_beams=self.num_beams)
        except MemoryError as error:
            if len(batch) == 1:
                raise RunError("The device has too little memory for one clip with this checkpoint: choose --device "
                               "cpu, a smaller checkpoint, or fewer --seg-num-beams.") from error
        half = len(batch) // 2
        return self._texts(batch[:half], model, about) + self._texts(batch[half:], model, about)

    def _features(self, batch: list[tuple[_Work, Clip]], about: About) -> np.ndarray:
        """float32 (n_clips, n_mels, n_columns)."""
        made = []
        for work in dict.fromkeys(work for work, _clip in batch):
            samples = [clip.of(work.recording.samples) for its, clip in batch if its is work]
            made.append(features.log_mel(
                samples, rate_hz=work.recording.rate_hz, time_step_s=self.time_step, n_columns=about.n_columns,
                n_mels=about.n_mels, min_freq_hz=self.min_freq, device=loading.place(self.device)))
        return np.concatenate(made)

    def _finished(self, works: deque[_Work], about: About) -> Iterator[tuple[int, SegmentTable]]:
        while works and len(works[0].texts) == len(works[0].clips):
            work = works.popleft()
            yield work.recording.file_id, self._table(work, about)

    def _table(self, work: _Work, about: About) -> SegmentTable:
        recording = work.recording
        trials = self._trials(work, about)
        if self.num_trials == 1:
            agreed = trials[0]
        elif self.consolidation == CLUSTERING:
            agreed = consolidate.by_clustering(trials, eps_s=self.eps)
        else:
            numbers = {name: number for number, name in about.types.items()}
            agreed = consolidate.by_voting(trials, frame_s=self.time_step, numbers=numbers)
        blur_s = features.n_fft(recording.rate_hz) / 2 / recording.rate_hz
        return _as_table(consolidate.sharpened(agreed, blur_s=blur_s), recording.duration_s)

    def _trials(self, work: _Work, about: About) -> list[list[tokens.Segment]]:
        told: list[list[list[tokens.Segment]]] = [[] for _ in range(self.num_trials)]
        for clip, text in zip(work.clips, work.texts, strict=True):
            told[clip.trial].append(tokens.parse(text, time_step_s=self.time_step, start_s=clip.start_s,
                                                 types=about.types))
        return [consolidate.within_trial(of_clips, duration_s=work.recording.duration_s,
                                         min_length_s=self.min_length) for of_clips in told]


@dataclass(eq=False)
class _Work:
    """A recording with its clips, and the texts of those that were seen."""

    recording: Recording
    clips: list[Clip]
    texts: list[str] = field(default_factory=list)


def _as_table(segments: list[tokens.Segment], duration_s: float) -> SegmentTable:
    """A table, in which every sound has a length."""
    onset_s, offset_s = np.array([one[:2] for one in segments], np.float64).reshape(-1, 2).T
    short = offset_s - onset_s < LEAST_S
    middle_s = np.clip((onset_s + offset_s) / 2, LEAST_S / 2, max(LEAST_S, duration_s - LEAST_S / 2))
    return SegmentTable.of(
        np.where(short, middle_s - LEAST_S / 2, onset_s), np.where(short, middle_s + LEAST_S / 2, offset_s),
        cluster=[kind for _onset, _offset, kind in segments])
