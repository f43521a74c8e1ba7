"""Every feature, on every kind of sound."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import registry
from tests import sounds

RATE_HZ = 22_050
NAMES = registry.names("features")
LENGTHS = (1, 50, 1_500, 22_050)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("level", [0.0, 0.3])
@pytest.mark.filterwarnings("error")
def test_a_feature_is_finite_and_has_a_name_for_each_row(name, n, level):
    method = registry.load("features", name)()
    samples = (level * np.random.default_rng(1).standard_normal(n)).astype(np.float32)
    matrix = method.matrix(samples, RATE_HZ)
    assert matrix.dtype == np.float32
    assert matrix.shape[0] == len(method.rows()) == len(set(method.rows()))
    assert np.isfinite(matrix).all()


def test_the_shapes_are_those_of_the_definitions():
    samples = np.random.default_rng(1).standard_normal(RATE_HZ).astype(np.float32)
    shapes = {name: registry.load("features", name)().matrix(samples, RATE_HZ).shape for name in NAMES}
    expected = {"spectrogram": (1025, 22), "mel": (128, 22), "chroma": (12, 44), "mfcc": (20, 44), "mfcc_wo0": (19, 44),
                "summary": (10, 1)}
    assert {name: shapes[name] for name in expected} == expected


def test_a_spectrogram_is_in_decibels_below_its_maximum():
    tone = np.sin(2 * np.pi * 1_000 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    matrix = registry.load("features", "spectrogram")().matrix(tone, RATE_HZ)
    assert matrix.max() == 0
    assert matrix.min() == pytest.approx(-80, abs=1e-3)
    assert np.argmax(matrix.mean(axis=1)) == round(1_000 * 2048 / RATE_HZ)


def test_mfcc_without_the_first_does_not_mind_loudness():
    samples = np.random.default_rng(1).standard_normal(RATE_HZ).astype(np.float32)
    method = registry.load("features", "mfcc_wo0")()
    np.testing.assert_allclose(method.matrix(samples, RATE_HZ), method.matrix(0.1 * samples, RATE_HZ), atol=1e-2)


def test_chroma_knows_an_a():
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    method = registry.load("features", "chroma")()
    assert method.rows()[np.argmax(method.matrix(tone, RATE_HZ).mean(axis=1))] == "A"


def test_a_summary_knows_duration_and_level():
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    method = registry.load("features", "summary")()
    numbers = dict(zip(method.rows(), method.matrix(tone, RATE_HZ)[:, 0], strict=True))
    assert numbers["duration_s"] == pytest.approx(1)
    assert numbers["rms"] == pytest.approx(0.5 / 2**0.5, rel=0.05)
    assert numbers["centroid_hz"] == pytest.approx(440, rel=0.1)
    assert numbers["first_pitch_class"] == 9      # A, counted from C


@pytest.mark.parametrize("kind", ["mean_std", "mean", "image_rows"])
def test_features_can_be_the_embedder(kind):
    embedder = registry.load("embedders", "features")
    made = embedder(vector=kind).embed((sounds.tone(1_000, 0.1 * n, rate_hz=44_100), 44_100) for n in (1, 2, 3))
    assert made.shape[0] == 3
    assert made.dtype == np.float32
    assert embedder(vector=kind).embed([]).shape == (0, made.shape[1])
