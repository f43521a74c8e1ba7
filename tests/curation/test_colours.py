"""The colours of clusters can be told apart, and stay what they are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.curation import colours

# Machado et al. 2009, severity 1: protanopia, deuteranopia, tritanopia, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.01182, 0.04294, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.3039]]),
}
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])


def linear(colour: str) -> np.ndarray:
    share = np.array([int(colour[k:k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def oklab(colour: str, sight: str = "none") -> np.ndarray:
    seen = np.clip(BLINDNESS[sight] @ linear(colour), 0, 1)
    return TO_LAB @ np.cbrt(TO_LMS @ seen)


def nearest_two(table: tuple[str, ...], sight: str = "none") -> float:
    places = [oklab(colour, sight) for colour in table]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(places, 2))


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def test_there_are_256_and_no_two_look_alike():
    assert len(colours.PALETTE) == 256
    assert nearest_two(colours.PALETTE) > 0.04   # twice what a trained eye tells apart side by side


@pytest.mark.parametrize("sight", BLINDNESS)
def test_the_first_twelve_differ_for_every_kind_of_sight(sight):
    assert nearest_two(colours.PALETTE[:12], sight) > 0.1


def test_each_stands_out_on_a_light_and_on_a_dark_page():
    for colour in colours.PALETTE:
        assert 1.05 / (luminance(colour) + 0.05) >= 1.9
        assert (luminance(colour) + 0.05) / (luminance("#1a1a1a") + 0.05) >= 2.0


def test_a_number_has_the_same_colour_for_ever():
    assert [colours.of(k) for k in (1, 2, 256, 257)] == ["#ff2da5", "#b4c300", colours.PALETTE[255], "#ff2da5"]
    assert colours.of(0) == "#c8ccd0"
    assert colours.of(-1) == "#495057"


def test_what_is_a_colour():
    assert colours.is_colour("#2dC3ff")
    assert not any(map(colours.is_colour, ["2dc3ff", "#2dc3f", "red", "#2dc3ff\n", ""]))
