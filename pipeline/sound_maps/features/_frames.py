"""What the features of clips share."""

from __future__ import annotations

import numpy as np


def fitted(matrix: np.ndarray, n_rows: int, n_frames: int) -> np.ndarray:
    """The first rows and frames of a matrix, float32 (n_rows, n_frames), filled up with zeros."""
    fitted = np.zeros((n_rows, n_frames), np.float32)
    part = matrix[:n_rows, :n_frames]
    fitted[:part.shape[0], :part.shape[1]] = part
    return fitted
