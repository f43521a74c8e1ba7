"""What wins: what was given, then the preset, then the checkpoint's own, then our default; and which won is told."""

from __future__ import annotations

import json

import pytest

from pipeline import settling
from pipeline.errors import ParameterError
from pipeline.plan import method_names


@pytest.fixture
def checkpoint(tmp_path):
    """A folder with the configuration of a WhisperSeg checkpoint that was trained at 16 kHz."""
    about = {"model_type": "whisper", "total_spec_columns": 1000, "cluster_codebook": {"a": 0},
             "default_segmentation_config": {"sr": 16_000, "min_frequency": 0, "spec_time_step": 0.001,
                                             "species": "unknown", "eps": "odd"}}
    (tmp_path / "config.json").write_text(json.dumps(about))
    return str(tmp_path)


def test_a_checkpoint_s_own_settings_are_taken_where_nothing_else_speaks(checkpoint):
    values, sentences = settling.settle({"seg_model": checkpoint})
    assert values == {"seg_model": checkpoint, "sr": 16_000, "seg_min_freq": 0, "seg_time_step": 0.001}
    assert sentences == ["From the checkpoint: --seg-min-freq 0, --seg-time-step 0.001 and --sr 16000."]


def test_a_preset_wins_over_the_checkpoint_and_what_is_given_over_both(checkpoint):
    values, sentences = settling.settle({"seg_model": checkpoint, "sr": 8_000}, preset="zebra-finch")
    assert (values["sr"], values["seg_time_step"], values["seg_min_freq"]) == (8_000, 0.0025, 0)
    assert sentences == [
        "--seg-time-step 0.0025 of the preset zebra-finch is used; the checkpoint was trained with 0.001.",
        "--sr 8000 as given is used; the checkpoint was trained with 16000.",
    ]


@pytest.mark.parametrize(("given", "segmenter"), [
    ({}, "energy"), ({"seg_model": "m"}, "whisperseg"), ({"seg_segments_from": "t.csv"}, "table"),
    ({"seg_model": "m", "segmenter": "energy"}, "energy"),
])
def test_a_model_or_a_table_says_which_segmenter_beside_a_preset_too(given, segmenter):
    assert method_names(settling.settle(given, preset="canary", fetch=False)[0])[0] == segmenter


@pytest.mark.parametrize("config", ["", "no json", "[]", '{"default_segmentation_config": 3}'])
def test_a_checkpoint_without_settings_has_nothing_to_say(tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    assert settling.settle({"seg_model": str(tmp_path)}) == ({"seg_model": str(tmp_path)}, [])


def test_a_checkpoint_is_not_asked_where_another_method_segments(checkpoint):
    assert settling.settle({"seg_model": checkpoint, "segmenter": "energy"})[1] == []


def test_an_unknown_preset_is_told():
    with pytest.raises(ParameterError, match="no preset named 'owl'"):
        settling.settle({}, preset="owl")
