"""Frames become a vector: worked by hand, padding left out."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.embedders import _pooling

FRAMES = np.array([[[1, 4], [3, 0], [100, -100]], [[2, 2], [6, 6], [7, 1]]], np.float32)
N_FRAMES = np.array([2, 3])


@pytest.mark.parametrize(("style", "expected"), [
    ("first_timebin", [[1, 4], [2, 2]]),
    ("mean", [[2, 2], [5, 3]]),
    ("max", [[3, 4], [7, 6]]),
    ("mean_std", [[2, 2, 1, 2], [5, 3, np.sqrt(14 / 3), np.sqrt(14 / 3)]]),
])
def test_each_style_by_hand(style, expected):
    pooled = _pooling.pool(FRAMES, N_FRAMES, style)
    assert pooled.dtype == np.float32
    assert np.allclose(pooled, expected)
    assert pooled.shape[1] == _pooling.width(style, 2)


@pytest.mark.parametrize("style", _pooling.STYLES)
def test_no_more_frames_are_asked_for_than_are_looked_at(style):
    n = _pooling.n_needed(N_FRAMES - 1, style)
    assert np.allclose(_pooling.pool(FRAMES[:, :n], N_FRAMES - 1, style), _pooling.pool(FRAMES, N_FRAMES - 1, style))


def test_batches_keep_the_order_and_never_mix_rates():
    clips = [(np.full(1, n, np.float32), 32_000 if n < 5 else 16_000) for n in range(8)]
    taken = [(rate_hz, [int(sound[0]) for sound in sounds]) for sounds, rate_hz in _pooling.batches(clips, 3)]
    assert taken == [(32_000, [0, 1, 2]), (32_000, [3, 4]), (16_000, [5, 6, 7])]
