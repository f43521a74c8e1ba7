"""Pictures of stretches of recordings, in which bounds of sounds can be drawn: where they were, where they are."""

from __future__ import annotations

import numpy as np

from pipeline import tiles
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError

HEIGHT_PX, MOST_PX = 40, 320
LONGEST_MS = 600_000
MARGIN = 0.15                # on both sides, as a share of what is shown
LEAST_MARGIN_S = 0.01


def stretch(begin_s: float, end_s: float) -> tuple[int, int]:
    """From where to where a picture of some bounds goes, in whole ms."""
    margin_s = max(LEAST_MARGIN_S, MARGIN * (end_s - begin_s))
    return max(0, int(1000 * (begin_s - margin_s))), min(int(1000 * (end_s + margin_s)) + 1,
                                                         max(0, int(1000 * (begin_s - margin_s))) + LONGEST_MS)


def width_px(from_ms: int, to_ms: int, px_per_ms: float) -> int:
    """How wide a stretch is drawn; very long ones are pressed together."""
    return int(np.clip(round((to_ms - from_ms) * px_per_ms), tiles.MIN_WIDTH_PX, MOST_PX))


def picture(dataset: Dataset, file_id: int, from_ms: int, to_ms: int, *, levels: tuple[float, float],
            px_per_ms: float) -> np.ndarray:
    """Shades uint8 (`HEIGHT_PX`, width) of a stretch; what lies beyond the recording is quiet.

    Raises ParameterError for a stretch that is empty or too long, ProjectError for an unknown recording.
    """
    if not 0 < to_ms - from_ms <= LONGEST_MS:
        raise ParameterError(f"A picture shows 1 to {LONGEST_MS} ms of a recording.")
    width = width_px(from_ms, to_ms, px_per_ms)
    end_s = float(dataset.files.duration_s[dataset.files.row_of(file_id)])
    last_s = min(to_ms / 1000, end_s) if np.isfinite(end_s) and end_s > 0 else to_ms / 1000
    values = dataset.spectrogram(file_id, from_ms / 1000, last_s) if last_s > from_ms / 1000 else None
    if values is None:
        return np.ones((HEIGHT_PX, width), np.uint8)
    part = int(np.clip(round(width * (last_s - from_ms / 1000) / ((to_ms - from_ms) / 1000)), 1, width))
    shades = tiles.shades(values, levels, width_px=part, height_px=HEIGHT_PX)
    return np.concatenate([shades, np.ones((HEIGHT_PX, width - part), np.uint8)], axis=1)
