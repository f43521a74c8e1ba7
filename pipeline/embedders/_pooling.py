"""What neural embedders share: sounds taken in batches, and the frames of a sound made into one vector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

STYLES = ("first_timebin", "mean", "max", "mean_std")


def width(style: str, n_dims: int) -> int:
    """The length of a pooled vector."""
    return 2 * n_dims if style == "mean_std" else n_dims


def pool(frames: np.ndarray, n_frames: np.ndarray, style: str) -> np.ndarray:
    """One vector for each sound: float32 (n_sounds, n_dims), or twice as long for ``mean_std``.

    frames : float (n_sounds, n, n_dims)      n_frames : int (n_sounds,), how many of its frames hold the sound (≥ 1)

    ``first_timebin`` is the frame at time 0; ``mean``, ``max`` and ``mean_std`` (mean, then standard deviation) are
    over the frames that hold the sound: those of padding do not count.
    """
    frames = frames.astype(np.float32, copy=False)
    if style == "first_timebin":
        return frames[:, 0].copy()
    held = (np.arange(frames.shape[1]) < n_frames[:, None])[:, :, None]
    if style == "max":
        return np.where(held, frames, -np.inf).max(axis=1)
    mean = np.where(held, frames, 0).sum(axis=1) / n_frames[:, None]
    if style == "mean":
        return mean.astype(np.float32)
    variance = (np.where(held, frames - mean[:, None], 0) ** 2).sum(axis=1) / n_frames[:, None]
    return np.concatenate([mean, np.sqrt(variance)], axis=1).astype(np.float32)


def n_needed(n_frames: np.ndarray, style: str) -> int:
    """How many frames of a batch pooling looks at."""
    return 1 if style == "first_timebin" else int(n_frames.max(initial=1))


def batches(
    clips: Iterable[tuple[np.ndarray, int]], size: int
) -> Iterator[tuple[list[np.ndarray], int]]:
    """Sounds that follow each other and share a rate, at most ``size`` together: (sounds, rate in Hz)."""
    batch: list[np.ndarray] = []
    batch_hz = 0
    for samples, rate_hz in clips:
        if batch and (rate_hz != batch_hz or len(batch) == size):
            yield batch, batch_hz
            batch = []
        batch.append(samples)
        batch_hz = rate_hz
    if batch:
        yield batch, batch_hz
