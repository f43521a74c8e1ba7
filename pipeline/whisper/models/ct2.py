"""WhisperSeg in CTranslate2's form: smaller and faster on CPUs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from pipeline import settings
from pipeline.errors import CheckpointError
from pipeline.whisper import tokens
from pipeline.whisper.models.hf import MOST_TOKENS

REQUIREMENTS = "pip install -r requirements-ct2.txt"


class Ctranslate2:
    """A checkpoint in memory."""

    def __init__(self, folder: Path, *, device: str, precision: str) -> None:
        """Load it. Raises CheckpointError if the library is not here, or the files are damaged."""
        try:
            import ctranslate2
        except ImportError as error:
            raise CheckpointError(f"The checkpoint {folder} is in CTranslate2's form, which needs a library of its "
                                  f"own: {REQUIREMENTS}. Or give the checkpoint in Hugging Face's form.") from error
        known = ctranslate2.get_supported_compute_types(device)
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder), device=device, compute_type=precision if precision in known else "float32",
                intra_threads=int(os.environ.get("OMP_NUM_THREADS") or settings.n_cores()))
        except (RuntimeError, ValueError) as error:
            raise CheckpointError(f"The checkpoint {folder} cannot be loaded: {error}") from error

    def generate(self, features: np.ndarray, *, num_beams: int) -> list[str]:
        """The text of each clip. Raises MemoryError if they do not fit onto the device together."""
        import ctranslate2

        n_new = MOST_TOKENS - len(tokens.PROMPT)       # its limit counts twice what may come after the prompt
        try:
            results = self._model.generate(
                ctranslate2.StorageView.from_array(np.ascontiguousarray(features)),
                [list(tokens.PROMPT)] * len(features), beam_size=num_beams, max_length=2 * n_new)
        except RuntimeError as error:
            if "out of memory" in str(error):
                raise MemoryError(str(error)) from error
            raise
        return ["".join(result.sequences[0]) if result.sequences else "" for result in results]
