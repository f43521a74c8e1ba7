"""Presets: the values published for a species, and methods that take them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import presets
from pipeline.errors import ParameterError
from pipeline.plan import make_plan

PUBLISHED = {   # sample rate, lowest frequency, time step, minimum length, eps
    "zebra-finch": (32_000, 0, 0.0025, 0.01, 0.02), "bengalese-finch": (32_000, 0, 0.0025, 0.01, 0.02),
    "canary": (44_100, 0, 0.001, 0.005, 0.01), "marmoset": (48_000, 0, 0.0025, 0.01, 0.02),
    "mouse-usv": (300_000, 35_000, 0.0005, 0.01, 0.02), "meerkat": (16_000, 0, 0.001, 0.01, 0.02),
    "human": (16_000, 0, 0.01, 0.1, 0.2), "bat": (384_000, 15_000, 0.0002, 0.002, 0.005),
    "fly": (2_500, 100, 0.002, 0.005, 0.02),
}
COLUMNS = ("sr", "seg_min_freq", "seg_time_step", "seg_min_length", "seg_eps")


@pytest.mark.parametrize(("name", "values"), PUBLISHED.items())
def test_the_published_values_are_kept(name, values):
    assert tuple(presets.get(name)[column] for column in COLUMNS) == values


def test_one_shot_takes_every_file_as_one_sound():
    assert presets.get("one-shot")["segmenter"] == "files"
    assert set(presets.NAMES) == {*PUBLISHED, "one-shot"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_value_is_one_that_a_run_takes(name, tmp_path: Path):
    values = presets.get(name)
    plan = make_plan(tmp_path, tmp_path, subject="bird", values=values)
    parts = {"seg_": plan.segmenter, "emb_": plan.embedder, "spec_": plan.spectrogram}
    for key, value in values.items():
        if key in ("segmenter", "seg_eps"):
            continue
        holders = [plan.audio, plan.spectrogram, plan.pitch, plan.segmenter, plan.embedder]
        names = {key, *(key.removeprefix(prefix) for prefix in parts)}
        taken = [getattr(holder, field) for holder in holders for field in names if hasattr(holder, field)]
        assert value in taken, key


@pytest.mark.parametrize("name", presets.NAMES)
def test_bands_lie_below_half_the_sample_rate(name):
    values = presets.get(name)
    nyquist_hz = values["sr"] / 2
    assert values["spec_min_freq"] < values["spec_max_freq"] <= nyquist_hz
    assert values["pitch_floor"] < values["sr"] / 4          # the pitch ceiling
    assert max(values.get("seg_min_freq", 0), values.get("seg_low_cut", 0)) < nyquist_hz
    assert values["hop_length"] < values["n_fft"]


def test_a_preset_is_a_copy():
    presets.get("bat")["sr"] = 1
    assert presets.get("bat")["sr"] == 384_000


def test_an_unknown_preset_is_told_with_the_known_ones():
    with pytest.raises(ParameterError, match=r"no preset named 'owl'.*zebra-finch"):
        presets.get("owl")


def test_a_native_rate_names_the_preset_that_does_it_justice():
    fitting = {rate_hz: presets.for_rate(rate_hz) for rate_hz in (44_100, 48_000, 250_000, 384_000, 500_000)}
    assert fitting == {44_100: "canary", 48_000: "marmoset", 250_000: "mouse-usv", 384_000: "bat", 500_000: "bat"}
