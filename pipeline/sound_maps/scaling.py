"""Places on a map as shares of its width and height, so that no outlier makes a dot of all others."""

from __future__ import annotations

import numpy as np

CENTRAL_PERCENT = (1, 99)
MARGIN = 0.06      # of the map on each side, for what lies beyond the central part


def robust(points: np.ndarray) -> np.ndarray:
    """Points (n, 2) from 0 to 1, float32 (n, 2); NaN stays NaN.

    On each axis the central 98 % fill the map but its margins. What lies beyond is drawn into the margin, the more the
    farther it lies: order is kept, and the scale changes nowhere at once. An axis on which all lie together is 0.5.
    """
    points = np.asarray(points, np.float64).reshape(-1, 2)
    known = np.isfinite(points).all(axis=1)
    shares = np.full(points.shape, np.nan)
    if known.any():
        shares[known] = _shares(points[known])
    return shares.astype(np.float32)


def _shares(points: np.ndarray) -> np.ndarray:
    low, high = np.percentile(points, CENTRAL_PERCENT, axis=0)
    flat = high <= low
    low = np.where(flat, points.min(axis=0), low)
    span = np.where(flat, np.ptp(points, axis=0), high - low)
    scaled = MARGIN + (1 - 2 * MARGIN) * (points - low) / np.where(span > 0, span, 1)
    scaled = np.where(span > 0, scaled, 0.5)
    return np.where(scaled < 0.5, _drawn_in(scaled), 1 - _drawn_in(1 - scaled))


def _drawn_in(share: np.ndarray) -> np.ndarray:
    """Shares of which those within the margin, however far outside, come to lie between 0 and ``MARGIN``."""
    beyond = np.maximum(MARGIN - share, 0)
    return np.where(beyond > 0, MARGIN * MARGIN / (MARGIN + beyond), share)
