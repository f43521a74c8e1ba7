"""Tiles: scale, layout, shades, pictures."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline import tiles


@pytest.mark.parametrize(("median_s", "low", "high"), [(0.003, 10, 20), (0.08, 0.4, 0.7), (1.0, 0.03, 0.07)])
def test_a_median_sound_is_about_as_wide_in_every_data_set(median_s, low, high):
    px_per_ms = tiles.scale(np.array([median_s / 2, median_s, median_s * 3]))
    assert low <= px_per_ms <= high
    assert tiles.widths_px(np.array([median_s]), px_per_ms)[0] == pytest.approx(tiles.MEDIAN_WIDTH_PX, rel=0.3)


def test_the_scale_of_nothing_is_still_a_scale():
    assert tiles.scale(np.zeros(0)) > 0


def test_twice_as_long_is_twice_as_wide_until_the_tile_is_cut():
    widths = tiles.widths_px(np.array([0.1, 0.2, 60.0, 0.0]), 0.5)
    assert widths.tolist() == [50, 100, tiles.MAX_WIDTH_PX, tiles.MIN_WIDTH_PX]
    assert tiles.shown_s(60.0, 0.5) == pytest.approx(tiles.MAX_WIDTH_PX / 500)
    assert tiles.shown_s(0.1, 0.5) == 0.1


@given(st.lists(st.integers(6, 480), max_size=60), st.integers(1, 900))
def test_rows_hold_as_much_as_fits_and_every_tile_once(widths, width_px):
    widths = np.array(widths, np.int64)
    starts = tiles.rows_that_fit(widths, width_px).tolist()
    edges = [*starts, len(widths)]
    for first, end in itertools.pairwise(edges):
        row = widths[first:end]
        assert len(row) > 0
        assert len(row) == 1 or row.sum() + tiles.GAP_PX * (len(row) - 1) <= width_px
        if end < len(widths):
            assert widths[first:end + 1].sum() + tiles.GAP_PX * len(row) > width_px
    assert starts[:1] == ([0] if len(widths) else [])


def test_loud_high_sound_is_dark_and_on_top():
    values = np.full((10, 20), -127, np.int8)
    values[8:] = 0
    shades = tiles.shades(values, (-127, 0), width_px=40, height_px=24)
    assert shades.shape == (24, 40)
    assert (shades[:3] == 255).all()
    assert (shades[-15:] == 1).all()
    picture = Image.open(io.BytesIO(tiles.png(shades))).convert("RGBA")
    assert picture.getpixel((20, 0)) == (0, 0, 0, 255)
    assert picture.getpixel((20, 23)) == (255, 255, 255, 255)


def test_levels_beyond_the_range_are_cut_not_wrapped():
    shades = tiles.shades(np.array([[-127, 0]], np.int8), (-60, -20), width_px=2, height_px=24)
    assert shades[0].tolist() == [1, 255]


def test_no_frames_is_a_quiet_tile():
    assert (tiles.shades(np.zeros((5, 0), np.int8), (-127, 0), width_px=7, height_px=24) == 1).all()


def test_a_strip_puts_tiles_side_by_side_with_see_through_gaps():
    parts = [np.full((24, 5), 9, np.uint8), np.full((24, 7), 200, np.uint8)]
    strip = tiles.strip(parts, height_px=24)
    assert strip.shape == (24, 5 + tiles.GAP_PX + 7)
    picture = Image.open(io.BytesIO(tiles.png(strip))).convert("RGBA")
    assert picture.getpixel((5, 0))[3] == 0
    assert picture.getpixel((0, 0))[3] == 255


@pytest.mark.parametrize("colours", sorted(tiles.MAPS))
def test_every_map_goes_evenly_from_quiet_to_loud(colours):
    ramp = np.arange(1, 256, dtype=np.uint8)[None].repeat(24, axis=0)
    picture = np.asarray(Image.open(io.BytesIO(tiles.png(ramp, colours=colours))).convert("RGB"), float)[0]
    lightness = picture @ [0.2126, 0.7152, 0.0722]
    steps = np.diff(lightness) if colours != "grey" else -np.diff(lightness)
    assert (steps > -1).all()
    assert abs(lightness[-1] - lightness[0]) > 150
