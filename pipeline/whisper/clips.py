"""How WhisperSeg cuts a recording: several trials, each padded differently, into clips that it sees one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.whisper.features import window_samples


@dataclass(frozen=True)
class Clip:
    """One window of one trial.

    first : its first sample in the recording, negative where the padding begins     n_samples : its length
    start_s : the time in the recording at which it begins
    """

    trial: int
    first: int
    n_samples: int
    start_s: float

    def of(self, samples: np.ndarray) -> np.ndarray:
        """The samples of a recording in this window, with zeros before its beginning: float32, not filled up after."""
        inside = np.asarray(samples[max(0, self.first):max(0, self.first + self.n_samples)], np.float32)
        return np.concatenate([np.zeros(-self.first, np.float32), inside]) if self.first < 0 else inside


def cut(n_samples: int, *, rate_hz: int, time_step_s: float, n_columns: int, n_trials: int) -> Iterator[Clip]:
    """The clips of a recording, trial by trial; a recording without samples has one in each.

    Trial k begins with k / n_trials of a window of silence, rounded to columns, so that what one trial cuts in two
    lies within a clip of another.
    """
    window_s = n_columns * time_step_s
    length = window_samples(rate_hz, time_step_s=time_step_s, n_columns=n_columns)
    for trial in range(n_trials):
        padding_s = float(np.round(window_s * trial / n_trials / time_step_s) * time_step_s)
        n_padding = int(padding_s * rate_hz)
        for at in range(0, max(n_padding + n_samples, 1), length):
            yield Clip(trial, at - n_padding, length, at / rate_hz - padding_s)
