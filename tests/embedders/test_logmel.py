"""Log-mel vectors: finite for any sound, alike for alike sounds, blind to loudness."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.embedders.logmel import Logmel
from tests.sounds import tone


def embed(*sounds: np.ndarray, rate_hz: int = 32_000) -> np.ndarray:
    return Logmel().embed((sound, rate_hz) for sound in sounds)


@pytest.mark.parametrize("n_samples", [1, 2, 31, 80, 3200, 32_000 * 20])
@pytest.mark.parametrize("rate_hz", [2500, 32_000, 384_000])
def test_any_length_and_rate_gives_a_finite_vector(n_samples, rate_hz):
    noise = np.random.default_rng(0).normal(0, 0.1, n_samples).astype(np.float32)
    vectors = embed(noise, np.zeros(n_samples, np.float32), rate_hz=rate_hz)
    assert vectors.shape == (2, 48 * 32 + 1)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert vectors[1].any()          # silence is a sound of some duration, not a zero row


def test_loudness_does_not_matter_and_pitch_and_duration_do():
    loud, soft = tone(1500, 0.1), 0.05 * tone(1500, 0.1)
    high, long = tone(3500, 0.1), tone(1500, 0.3)
    vectors = embed(loud, soft, high, long)
    distance = np.linalg.norm(vectors - vectors[0], axis=1)
    assert distance[1] < 0.01
    assert distance[2] > 1
    assert distance[3] > 1


def test_sounds_taken_together_come_out_as_alone(monkeypatch):
    rng = np.random.default_rng(0)
    sounds = [rng.normal(0, 0.1, n).astype(np.float32) for n in (1, 79, 80, 81, 3200, 7000, 20)]
    together = embed(*sounds)
    alone = np.concatenate([embed(sound) for sound in sounds])
    assert np.allclose(together, alone, atol=1e-5)
    monkeypatch.setattr("pipeline.embedders.logmel.VALUES_AT_ONCE", 2048)
    monkeypatch.setattr("pipeline.embedders.logmel.SAMPLES_AT_ONCE", 100)
    assert np.allclose(embed(*sounds), alone, atol=1e-5)


def test_no_sounds_give_no_rows():
    assert embed().shape == (0, 48 * 32 + 1)
