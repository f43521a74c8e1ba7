"""A loaded audio encoder of ``transformers``: sounds in, frames out, whatever its family."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pipeline.checkpoints import Checkpoint
from pipeline.embedders import _loading
from pipeline.errors import CheckpointError
from pipeline.text import printable
from pipeline.whisper import loading

LONGEST_S = 30.0                        # of extractors that set no limit of their own
INSIDE = ("audio_model", "audio_tower", "audio_encoder")   # where models of sound and text keep their half for sound


def load(checkpoint: Checkpoint, *, device: str) -> AudioEncoder:
    """The encoder of a checkpoint, kept until another is asked for. Raises CheckpointError, ParameterError."""
    loaded = _tried(checkpoint, loading.place(device))
    if isinstance(loaded, CheckpointError):
        raise loaded
    return loaded


@lru_cache(maxsize=1)
def _tried(checkpoint: Checkpoint, place: str) -> AudioEncoder | CheckpointError:
    """What cannot be loaded is tried once, not for every recording."""
    from transformers import AutoFeatureExtractor, AutoModel

    try:
        extractor = _loading.load(AutoFeatureExtractor, checkpoint)
        model = _half_for_sound(_loading.load(AutoModel, checkpoint))
        encoder = AudioEncoder(checkpoint, extractor, model, place=place)
        encoder.try_out()
    except CheckpointError as error:
        return error
    return encoder


def _half_for_sound(model: Any) -> Any:
    inside = next((getattr(model, name) for name in INSIDE if hasattr(model, name)), model)
    return inside.get_encoder() if model.config.is_encoder_decoder else inside


class AudioEncoder:
    """An encoder with the extractor that prepares its input.

    rate_hz : at which it takes sounds      longest : samples that it takes at most      n_dims : of a frame
    takes_many : whether a sound comes out of a batch as it does alone
    """

    def __init__(self, checkpoint: Checkpoint, extractor: Any, model: Any, *, place: str) -> None:
        self.checkpoint, self.extractor, self.device = checkpoint, extractor, place
        self.model = model.eval().to(place)
        self.rate_hz = int(extractor.sampling_rate)
        self.takes_waves = type(extractor).__name__ == "Wav2Vec2FeatureExtractor"
        self._is_ast = self.model.config.model_type == "audio-spectrogram-transformer"
        self._has_window = self._is_ast or hasattr(extractor, "nb_max_samples")
        self.takes_many = self.takes_waves or self._has_window
        self.longest = self._longest()
        self.n_dims = 0

    def try_out(self) -> None:
        """Let it embed a moment of silence: what cannot be an audio encoder shows here. Raises CheckpointError."""
        try:
            frames, _n_frames = self.frames([np.zeros(self.rate_hz // 5, np.float32)], self.rate_hz // 5)
        except (ValueError, TypeError, RuntimeError, AttributeError, KeyError, IndexError) as error:
            raise _loading.unloadable(self.checkpoint, error) from error
        self.n_dims = frames.shape[2]

    def frames(self, sounds: list[np.ndarray], n_padded: int) -> tuple[np.ndarray, np.ndarray]:
        """Frames float32 (n_sounds, n, n_dims), and how many of them hold each sound.

        sounds : float32 at ``rate_hz``, none longer than ``n_padded``, to which those for models of waveforms are
        filled up: a sound's frames then do not depend on its neighbours in a batch.
        """
        import torch

        given = self._prepared(sounds, n_padded)
        half = torch.autocast(self.device, torch.float16, enabled=self.device == "cuda")
        with torch.inference_mode(), half:
            state = getattr(self.model(**given), "last_hidden_state", None)
        if state is None or state.ndim not in (3, 4):
            raise CheckpointError(f"The checkpoint {printable(self.checkpoint.name)} ({self.checkpoint.family}) gives "
                                  "no frames of a sound, so it cannot embed one.")
        frames = self._in_time(state.float()).cpu().numpy()
        return frames, np.clip(self._n_held(sounds, given, frames.shape[1]), 1, frames.shape[1])

    def _prepared(self, sounds: list[np.ndarray], n_padded: int) -> dict[str, Any]:
        options: dict[str, Any] = {} if self._has_window else {"padding": True}
        if self.takes_waves:   # the mask is for its own normalisation; the model gets it only if it was trained so
            options = {"padding": "max_length", "max_length": n_padded, "return_attention_mask": True}
        given = dict(self.extractor(sounds, sampling_rate=self.rate_hz, return_tensors="pt", **options))
        if self.takes_waves and not self.extractor.return_attention_mask:
            del given["attention_mask"]
        if "is_longer" in given:   # CLAP marks one at random if none is
            given["is_longer"][:] = False
        return {name: _finite(values).to(self.device) for name, values in given.items()}

    def _in_time(self, state: Any) -> Any:
        """(n, time, dims), whatever the order of axes: patches that lie over each other in frequency are averaged."""
        if state.ndim == 4:                                            # (n, dims, frequency, time)
            return state.mean(dim=2).transpose(1, 2)
        if not self._is_ast:
            return state
        config = self.model.config
        n_high = (config.num_mel_bins - config.patch_size) // config.frequency_stride + 1
        patches = state[:, 2:]                                         # without the two tokens for the whole
        return patches.reshape(len(state), n_high, -1, state.shape[2]).mean(dim=1)

    def _n_held(self, sounds: list[np.ndarray], given: dict[str, Any], n_frames: int) -> np.ndarray:
        """How many frames hold each sound."""
        import torch

        lengths = np.array([len(sound) for sound in sounds])
        if self.takes_waves and hasattr(self.model, "_get_feat_extract_output_lengths"):
            return np.array([int(self.model._get_feat_extract_output_lengths(torch.tensor(n))) for n in lengths])
        if self._is_ast:
            return -(-lengths * n_frames // self.longest)
        if "attention_mask" in given:
            mask = given["attention_mask"].cpu().numpy()
            return -(-mask.sum(axis=1) * n_frames // mask.shape[1])
        return np.full(len(sounds), n_frames)          # CLAP repeats a sound until its window is full

    def _longest(self) -> int:
        """CLAP says it in samples, AST in columns of 10 ms; longer sounds they would cut at random, or elsewhere."""
        extractor = self.extractor
        if hasattr(extractor, "nb_max_samples"):
            return int(extractor.nb_max_samples)
        if self._is_ast:
            return int(extractor.max_length) * self.rate_hz // 100
        return int(LONGEST_S * self.rate_hz)


def _finite(values: Any) -> Any:
    """Without what comes of silence: some extractors divide by its deviation, which is zero."""
    import torch

    return torch.nan_to_num(values, 0.0, 0.0, 0.0)
