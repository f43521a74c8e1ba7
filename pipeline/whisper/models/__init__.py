"""The forms in which a WhisperSeg checkpoint comes: one file is one form, and all give the same texts."""

from typing import Protocol

import numpy as np


class Model(Protocol):
    """What a loaded checkpoint can do."""

    def generate(self, features: np.ndarray, *, num_beams: int) -> list[str]:
        """The text of each clip; features are float32 (n_clips, n_mels, n_columns)."""
