"""The encoder of a Whisper model: each sound in a window that begins with it, its frames made into one vector."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import checkpoints
from pipeline.checkpoints import Checkpoint
from pipeline.embedders import _models, _pooling, _whisper_encoder
from pipeline.params import param
from pipeline.whisper import features

KINDS = (checkpoints.WHISPER, checkpoints.WHISPERSEG)


@dataclass(frozen=True)
class Whisper:
    """The encoder of a Whisper or WhisperSeg model, from its checkpoint.

    A sound stands at the beginning of a window of ``window`` spectrogram columns, the rest is silence; what reaches
    beyond the window is cut off. With the defaults vectors are those of the WhisperSeg pipeline (Gu et al., ICASSP
    2024): encoder output at time 0. Length of a vector: the encoder's dimensions, twice that for ``mean_std``.
    """

    model: str = param("", "checkpoint of a neural embedder: folder or hub id", flag="embedder-model")
    style: str = param("first_timebin", "how the frames of a sound become one vector", choices=_pooling.STYLES,
                       flag="embedding-style")
    min_freq: float = param(0.0, "lowest frequency of the mel bands", unit="Hz", low=0)
    time_step: float = param(0.0025, "step between spectrum columns", unit="s", low=1e-5, high=1)
    window: int = param(1000, "spectrum columns in the window; 200 are five times faster, with vectors of their own",
                        low=2, high=3000)
    num_trials: int = param(3, "of the published pipeline; without effect on embeddings", low=1, high=100)
    precision: str = param("auto", "numbers the model calculates with; auto: half on a GPU, int8 on a CPU where the "
                           "checkpoint's form has it", choices=_whisper_encoder.PRECISIONS)
    device: str = "auto"
    batch_size: int = 32

    def __post_init__(self) -> None:
        """Refuse what cannot be before any recording is decoded: ParameterError, CheckpointError."""
        model = _models.chosen(self.model, embedder="whisper", kinds=KINDS)
        object.__setattr__(self, "model", model)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The checkpoint's files; fetched if they have to be."""
        return checkpoints.inputs(self._checkpoint)

    @property
    def longest_s(self) -> float:
        """What is seen of a sound."""
        return self.window * self.time_step

    def embed(self, clips: Iterable[tuple[np.ndarray, int]]) -> np.ndarray:
        """float32 (n_clips, n_dims); each clip is (samples float32 (n,), rate in Hz). Raises CheckpointError."""
        vectors = [self._vectors(sounds, rate_hz) for sounds, rate_hz in _pooling.batches(clips, self.batch_size)]
        none = np.zeros((0, _pooling.width(self.style, self._checkpoint.n_dims)), np.float32)
        return np.concatenate([none, *vectors])

    @property
    def _checkpoint(self) -> Checkpoint:
        return _models.located(self.model, KINDS)

    def _vectors(self, sounds: list[np.ndarray], rate_hz: int) -> np.ndarray:
        checkpoint = self._checkpoint
        n_columns = min(self.window, checkpoint.n_columns) // 2 * 2    # a frame takes two
        made = features.log_mel(sounds, rate_hz=rate_hz, time_step_s=self.time_step, n_columns=n_columns,
                                n_mels=checkpoint.n_mels, min_freq_hz=self.min_freq)
        n_frames = _n_frames(sounds, 2 * int(self.time_step * rate_hz), most=n_columns // 2)
        model = _whisper_encoder.load(checkpoint, device=self.device, precision=self.precision,
                                      n_columns=n_columns)
        frames = model.frames(made, _pooling.n_needed(n_frames, self.style))
        return _pooling.pool(frames, n_frames, self.style)


def _n_frames(sounds: list[np.ndarray], frame_samples: int, *, most: int) -> np.ndarray:
    """How many frames hold each sound: int (n_sounds,), at least 1."""
    lengths = np.array([len(sound) for sound in sounds])
    return np.clip(-(-lengths // frame_samples), 1, most)
