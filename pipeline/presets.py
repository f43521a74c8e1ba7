"""Values that fit a species, as one table: what to give instead of the defaults.

Sample rate, lowest frequency, time step, minimum length and eps of the segmenter are those published with WhisperSeg
(Gu et al., ICASSP 2024); what they leave open - the `energy` segmenter's own parameters, the spectrogram's and the
embedder's bands, the pitch floor - was chosen on recordings of the species. A value given beside a preset wins over it.
"""

from __future__ import annotations

import math
from typing import Any

from pipeline.errors import ParameterError

Values = dict[str, Any]

SONGBIRD: Values = {
    "sr": 32_000, "n_fft": 512, "hop_length": 128, "spec_min_freq": 312.0, "spec_max_freq": 10_000.0,
    "pitch_floor": 312.0, "segmenter": "energy", "seg_min_freq": 0.0, "seg_time_step": 0.0025, "seg_min_length": 0.01,
    "seg_eps": 0.02, "seg_low_cut": 400.0, "seg_max_freq": 10_000.0, "emb_min_freq": 0.0, "emb_time_step": 0.0025,
}

PRESETS: dict[str, Values] = {
    "zebra-finch": {
        **SONGBIRD, "seg_max_freq": 8_000.0, "seg_rise_db": 15.0, "seg_rise_share": 0.42, "seg_keep_share": 0.18,
        "seg_delay": 0.003,          # labs differ by 7 ms in where they see a syllable's borders: this lies between
    },
    "bengalese-finch": {**SONGBIRD},
    "canary": {
        **SONGBIRD, "sr": 44_100, "seg_time_step": 0.001, "seg_min_length": 0.005, "seg_eps": 0.01,
        "seg_window": 0.006, "seg_smooth": 0.003, "seg_rise_share": 0.4, "seg_keep_share": 0.33, "seg_dip_db": 15.0,
        "seg_dip_span": 0.02,
    },
    "marmoset": {
        "sr": 48_000, "n_fft": 1024, "hop_length": 256, "spec_min_freq": 1_000.0, "spec_max_freq": 24_000.0,
        "pitch_floor": 2_000.0, "segmenter": "energy", "seg_min_freq": 0.0, "seg_time_step": 0.0025,
        "seg_min_length": 0.01, "seg_eps": 0.02, "seg_low_cut": 2_000.0, "seg_max_freq": 20_000.0, "seg_whiten": True,
        "seg_min_gap": 0.02, "emb_min_freq": 1_000.0, "emb_time_step": 0.0025,
    },
    "mouse-usv": {
        "sr": 300_000, "n_fft": 1024, "hop_length": 256, "spec_min_freq": 25_000.0, "spec_max_freq": 150_000.0,
        "pitch_floor": 25_000.0, "segmenter": "energy", "seg_min_freq": 35_000.0, "seg_time_step": 0.0005,
        "seg_min_length": 0.01, "seg_eps": 0.02, "seg_max_freq": 125_000.0, "seg_whiten": True, "seg_window": 0.004,
        "seg_smooth": 0.008, "seg_keep_db": 4.0, "seg_rise_db": 7.0, "seg_min_gap": 0.02,
        "emb_min_freq": 25_000.0, "emb_time_step": 0.0005,
    },
    "meerkat": {
        "sr": 16_000, "n_fft": 512, "hop_length": 64, "spec_min_freq": 100.0, "spec_max_freq": 8_000.0,
        "pitch_floor": 150.0, "segmenter": "energy", "seg_min_freq": 0.0, "seg_time_step": 0.001,
        "seg_min_length": 0.01, "seg_eps": 0.02, "seg_low_cut": 400.0, "seg_max_freq": 2_000.0, "seg_whiten": True,
        "seg_window": 0.016, "seg_smooth": 0.004, "seg_keep_db": 3.0, "seg_keep_share": 0.0, "seg_rise_db": 5.0,
        "seg_rise_share": 0.0, "seg_drop_db": 25.0, "seg_drop_span": 0.2, "seg_floor_span": 3.0, "emb_min_freq": 0.0,
        "emb_time_step": 0.0025,
    },
    "human": {
        "sr": 16_000, "n_fft": 512, "hop_length": 128, "spec_min_freq": 50.0, "spec_max_freq": 8_000.0,
        "pitch_floor": 75.0, "segmenter": "energy", "seg_min_freq": 0.0, "seg_time_step": 0.01, "seg_min_length": 0.1,
        "seg_eps": 0.2, "seg_low_cut": 100.0, "seg_max_freq": 7_000.0, "seg_window": 0.025, "seg_smooth": 0.03,
        "seg_min_gap": 0.2, "seg_drop_span": 0.3, "seg_dip_span": 0.1, "emb_min_freq": 0.0, "emb_time_step": 0.0025,
    },
    "bat": {
        "sr": 384_000, "n_fft": 512, "hop_length": 128, "spec_min_freq": 10_000.0, "spec_max_freq": 192_000.0,
        "pitch_floor": 10_000.0, "segmenter": "energy", "seg_min_freq": 15_000.0, "seg_time_step": 0.0002,
        "seg_min_length": 0.002, "seg_eps": 0.005, "seg_max_freq": 0.0, "seg_whiten": True, "seg_window": 0.001,
        "seg_smooth": 0.0005, "seg_min_gap": 0.002, "seg_keep_db": 12.0, "seg_rise_db": 15.0, "seg_drop_db": 20.0,
        "seg_drop_span": 0.02, "seg_dip_span": 0.004, "emb_min_freq": 10_000.0, "emb_time_step": 0.0002,
    },
    "fly": {
        "sr": 2_500, "n_fft": 128, "hop_length": 16, "spec_min_freq": 50.0, "spec_max_freq": 1_250.0,
        "pitch_floor": 75.0, "segmenter": "energy", "seg_min_freq": 100.0, "seg_time_step": 0.002,
        "seg_min_length": 0.005, "seg_eps": 0.02, "seg_max_freq": 800.0, "seg_window": 0.016, "seg_smooth": 0.006,
        "emb_min_freq": 50.0, "emb_time_step": 0.005,
    },
    "one-shot": {
        "sr": 44_100, "n_fft": 1024, "hop_length": 256, "spec_min_freq": 0.0, "spec_max_freq": 16_000.0,
        "pitch_floor": 50.0, "segmenter": "files", "emb_min_freq": 0.0, "emb_time_step": 0.0025,
    },
}

NAMES: tuple[str, ...] = tuple(PRESETS)


def get(name: str) -> Values:
    """A preset's values by their flag names with underscores (``n_fft``, ``seg_min_freq``, …); a copy.

    Raises ParameterError for a name that is no preset's.
    """
    if name not in PRESETS:
        raise ParameterError(f"There is no preset named {name!r}. Known are: {', '.join(NAMES)}.")
    return dict(PRESETS[name])


def for_rate(native_rate_hz: float) -> str:
    """The preset whose sample rate comes nearest to a recording's native one, counted in octaves."""
    return min(NAMES, key=lambda name: abs(math.log(PRESETS[name]["sr"] / native_rate_hz)))
