"""Any audio encoder of Hugging Face's ``transformers``: wav2vec2, HuBERT, WavLM, AST, CLAP and others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import checkpoints
from pipeline.checkpoints import Checkpoint
from pipeline.embedders import _audio_encoder, _models, _pooling
from pipeline.embedders._audio_encoder import AudioEncoder
from pipeline.params import param

KINDS = (checkpoints.AUDIO,)
LEAST_S = 0.05              # shorter sounds are filled up with silence, which then counts as theirs
LEAST_PADDED_S = 0.1        # encoders of waveforms need a frame or two
AT_ONCE_S = 60.0            # of sound in one batch, however many sounds
AHEAD = 16                  # batches that are sorted by length together


@dataclass(frozen=True)
class Hf:
    """An audio encoder of Hugging Face, from its checkpoint: wav2vec2, HuBERT, WavLM, AST, CLAP and others.

    Sample rate and normalisation are those of the checkpoint's own extractor. A vector has as many numbers as the
    encoder has dimensions, ``mean_std`` twice as many. AST's patches and CLAP's are averaged over frequency first; CLAP
    repeats a sound until its window is full, so all its frames count.
    """

    model: str = param("", "checkpoint of a neural embedder: folder or hub id", flag="embedder-model")
    style: str = param("first_timebin", "how the frames of a sound become one vector", choices=_pooling.STYLES,
                       flag="embedding-style")
    longest: float = param(10.0, "longest part of a sound that the encoder is given", unit="s", low=0.05, high=30)
    slow: float = param(1.0, "times slower at which the encoder hears sounds, to bring high ones into its range",
                        low=0.01, high=100)
    device: str = "auto"
    batch_size: int = 32

    def __post_init__(self) -> None:
        """Refuse what cannot be before any recording is decoded: ParameterError, CheckpointError."""
        object.__setattr__(self, "model", _models.chosen(self.model, embedder="hf", kinds=KINDS))

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The checkpoint's files; fetched if they have to be."""
        return checkpoints.inputs(self._checkpoint)

    @property
    def longest_s(self) -> float:
        """What is seen of a sound."""
        return self.longest / self.slow

    def embed(self, clips: Iterable[tuple[np.ndarray, int]]) -> np.ndarray:
        """float32 (n_clips, n_dims); each clip is (samples float32 (n,), rate in Hz). Raises CheckpointError."""
        encoder = _audio_encoder.load(self._checkpoint, device=self.device)
        none = np.zeros((0, _pooling.width(self.style, encoder.n_dims)), np.float32)
        sounds = (self._heard(samples, rate_hz, encoder) for samples, rate_hz in clips)
        vectors = [self._vectors(some, encoder) for some in _some(sounds, AHEAD * self.batch_size)]
        return np.concatenate([none, *vectors])

    @property
    def _checkpoint(self) -> Checkpoint:
        return _models.located(self.model, KINDS)

    def _heard(self, samples: np.ndarray, rate_hz: int, encoder: AudioEncoder) -> np.ndarray:
        """A sound as the encoder takes it: at its rate, neither too long nor too short."""
        import soxr

        most = min(int(self.longest * encoder.rate_hz), encoder.longest)
        from_hz = rate_hz / self.slow
        samples = samples[:math.ceil(most * from_hz / encoder.rate_hz) + 1]
        if from_hz != encoder.rate_hz:
            samples = soxr.resample(samples, from_hz, encoder.rate_hz)
        samples = samples[:most]
        n_missing = int(LEAST_S * encoder.rate_hz) - len(samples)
        return np.pad(samples, (0, max(0, n_missing))).astype(np.float32, copy=False)

    def _vectors(self, sounds: list[np.ndarray], encoder: AudioEncoder) -> np.ndarray:
        """Sounds of about one length go together."""
        vectors = np.empty((len(sounds), _pooling.width(self.style, encoder.n_dims)), np.float32)
        padded = np.array([_padded(len(sound), encoder) for sound in sounds])
        for length in np.unique(padded):
            rows = np.flatnonzero(padded == length)
            size = max(1, min(self.batch_size, int(AT_ONCE_S * encoder.rate_hz / length))) if encoder.takes_many else 1
            for first in range(0, len(rows), size):
                some = rows[first:first + size]
                frames, n_frames = encoder.frames([sounds[row] for row in some], int(length))
                vectors[some] = _pooling.pool(frames, n_frames, self.style)
        return vectors


def _padded(n_samples: int, encoder: AudioEncoder) -> int:
    """The next of the lengths to which sounds are filled up: each is √2 times the one before."""
    least = int(LEAST_PADDED_S * encoder.rate_hz)
    return math.ceil(least * math.sqrt(2) ** math.ceil(2 * math.log2(max(1.0, n_samples / least)) - 1e-9))


def _some(sounds: Iterable[np.ndarray], n: int) -> Iterator[list[np.ndarray]]:
    """So many sounds at a time."""
    rest = iter(sounds)
    while some := list(itertools.islice(rest, n)):
        yield some
