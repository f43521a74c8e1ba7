"""Which value a run takes where several have something to say: what was given, a preset, a checkpoint, our defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline import presets
from pipeline.options import flags
from pipeline.plan import method_names
from pipeline.text import listed
from pipeline.whisper import loading

WHISPERSEG = "whisperseg"
OF_CHECKPOINT = {                     # names in its configuration, and those of a plan's values
    "sr": "sr", "min_frequency": "seg_min_freq", "spec_time_step": "seg_time_step",
    "min_segment_length": "seg_min_length", "eps": "seg_eps", "num_trials": "seg_num_trials",
}


def settle(given: Mapping[str, Any], *, preset: str = "", fetch: bool = True) -> tuple[dict[str, Any], list[str]]:
    """A plan's values, and sentences about a segmenter's checkpoint that has settings of its own.

    given : by their names in a plan; they win over the preset's, those over the checkpoint's, those over our defaults.
        Where a model or a table implies a method, the preset's method does not count
    fetch : whether a checkpoint's configuration may be asked for on the hub

    Raises ParameterError for a preset that is not known.
    """
    given = {name: value for name, value in given.items() if value is not None}
    of_preset = presets.get(preset) if preset else {}
    for name, wanted, usual in zip(("segmenter", "embedder"), method_names(given), method_names({}), strict=True):
        if wanted != usual:
            of_preset.pop(name, None)
    values = of_preset | given
    if method_names(values)[0] != WHISPERSEG:
        return values, []
    own = of_checkpoint(str(values.get("seg_model") or ""), fetch=fetch)
    return own | values, list(_told(own, given, of_preset, preset))


def of_checkpoint(model: str, *, fetch: bool = True) -> dict[str, Any]:
    """The settings that a WhisperSeg checkpoint was trained with, by their names in a plan; empty if it has none."""
    stated = loading.stated(model, fetch=fetch).get("default_segmentation_config")
    stated = stated if isinstance(stated, dict) else {}
    return {mine: stated[name] for name, mine in OF_CHECKPOINT.items()
            if isinstance(stated.get(name), int | float) and not isinstance(stated[name], bool)}


def _told(own: Mapping[str, Any], given: Mapping[str, Any], of_preset: Mapping[str, Any], preset: str) -> list[str]:
    names, spellings = sorted(own), flags()
    told = [f"{spellings[name]} {own[name]:g}" for name in names if name not in given and name not in of_preset]
    sentences = [f"From the checkpoint: {listed(told)}."] if told else []
    for name in names:
        winner = given if name in given else of_preset
        if name in winner and winner[name] != own[name]:
            whose = "as given" if name in given else f"of the preset {preset}"
            sentences.append(f"{spellings[name]} {winner[name]:g} {whose} is used; the checkpoint was trained with "
                             f"{own[name]:g}.")
    return sentences
