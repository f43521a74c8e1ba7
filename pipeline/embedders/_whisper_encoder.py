"""The encoder of a Whisper model, alone, in either of its forms: features in, frames out."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from pipeline import settings
from pipeline.checkpoints import CT2, Checkpoint
from pipeline.embedders import _loading
from pipeline.errors import ParameterError
from pipeline.whisper import loading

PRECISIONS = ("auto", "float32", "float16", "int8")


class Encoder(Protocol):
    """A loaded encoder."""

    def frames(self, features: np.ndarray, n_frames: int) -> np.ndarray:
        """The first ``n_frames`` frames of each window: float32 (n, n_frames, n_dims).

        features : float32 (n, n_mels, n_columns); a frame stands for two columns.
        """


def load(checkpoint: Checkpoint, *, device: str, precision: str, n_columns: int) -> Encoder:
    """The encoder of a checkpoint for windows of ``n_columns``; kept until another is asked for.

    device : ``auto``, ``cpu`` or ``cuda``      precision : one of `PRECISIONS`; ``auto`` is half precision on cuda, on
    the CPU 8-bit numbers in CTranslate2's form. Raises CheckpointError, ParameterError.
    """
    place = loading.place(device)
    return _loaded(checkpoint, place, _exact(precision, checkpoint.form, place), n_columns)


@lru_cache(maxsize=1)
def _loaded(checkpoint: Checkpoint, place: str, precision: str, n_columns: int) -> Encoder:
    if checkpoint.form == CT2:
        return _Converted(checkpoint, place, precision)
    return _Plain(checkpoint, place, precision, n_columns)


def _exact(precision: str, form: str, place: str) -> str:
    if precision == "auto":
        return "float16" if place == loading.CUDA else "int8" if form == CT2 else "float32"
    if precision == "int8" and form != CT2:
        raise ParameterError("--emb-precision int8 is for checkpoints in CTranslate2's form; this one is in Hugging "
                             "Face's: choose float32 or float16.")
    return precision


class _Plain:
    """Through ``transformers``. The positions beyond the window are cut off, as WhisperSeg does."""

    def __init__(self, checkpoint: Checkpoint, place: str, precision: str, n_columns: int) -> None:
        import torch
        from transformers import WhisperModel

        self.place, self.dtype = place, getattr(torch, precision)
        model = _loading.load(WhisperModel, checkpoint, dtype=self.dtype)
        self.encoder = _cropped(model.get_encoder(), n_columns // 2).eval().to(place)

    def frames(self, features: np.ndarray, n_frames: int) -> np.ndarray:
        """As the protocol says."""
        import torch

        with torch.inference_mode():
            given = torch.from_numpy(features).to(self.place, self.dtype)
            return self.encoder(given).last_hidden_state[:, :n_frames].float().cpu().numpy()


def _cropped(encoder: Any, n_positions: int) -> Any:
    import torch

    positions = encoder.embed_positions.weight.detach()[:n_positions].clone()
    encoder.embed_positions = torch.nn.Embedding.from_pretrained(positions)
    encoder.config.max_source_positions = encoder.max_source_positions = n_positions
    return encoder


class _Converted:
    """Through ``ctranslate2``."""

    def __init__(self, checkpoint: Checkpoint, place: str, precision: str) -> None:
        try:
            import ctranslate2
        except ImportError as error:
            raise ParameterError("A checkpoint in CTranslate2's form needs ctranslate2: pip install -r "
                                 "requirements-ct2.txt.") from error
        known = ctranslate2.get_supported_compute_types(place)
        try:
            self.model = ctranslate2.models.Whisper(
                str(checkpoint.folder), device=place, compute_type=precision if precision in known else "float32",
                intra_threads=int(os.environ.get("OMP_NUM_THREADS") or settings.n_cores()))
        except (RuntimeError, ValueError) as error:
            raise _loading.unloadable(checkpoint, error) from error

    def frames(self, features: np.ndarray, n_frames: int) -> np.ndarray:
        """As the protocol says."""
        import ctranslate2

        encoded = self.model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(features)), to_cpu=True)
        if encoded.dtype != ctranslate2.DataType.float32:
            encoded = encoded.to(ctranslate2.DataType.float32)
        return np.array(encoded)[:, :n_frames]
