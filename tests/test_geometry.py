"""What lies inside a drawn path, and what is nearest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import geometry
from pipeline.errors import EditError

SQUARE = [(0, 0), (2, 0), (2, 2), (0, 2)]


def slow_inside(point, polygon) -> bool:
    """The textbook loop, edge by edge, as the browser runs it."""
    x, y = float(point[0]), float(point[1])
    odd, (xj, yj) = False, polygon[-1]
    for xi, yi in polygon:
        if (yi > y) != (yj > y) and x < (xj - xi) * (y - yi) / (yj - yi) + xi:
            odd = not odd
        xj, yj = xi, yi
    return odd


def test_inside_a_square_and_outside_it():
    points = np.float32([[1, 1], [3, 1], [-1, 1], [1, 3], [1.999, 0.001]])
    assert geometry.inside(points, SQUARE).tolist() == [True, False, False, False, True]


def test_a_path_that_crosses_itself_leaves_out_what_it_goes_round_twice():
    star = [(0, 3), (2, -3), (-3, 1), (3, 1), (-2, -3)]
    assert geometry.inside(np.float32([[0, 0], [0, 2]]), star).tolist() == [False, True]


coordinates = st.floats(-100, 100, width=32)
places = st.tuples(coordinates, coordinates)


@given(st.lists(places, max_size=30), st.lists(places, min_size=3, max_size=12))
def test_the_fast_way_agrees_with_the_textbook(points, polygon):
    found = geometry.inside(np.float32(points).reshape(-1, 2), polygon)
    assert found.tolist() == [slow_inside(np.float32(point), polygon) for point in points]


@pytest.mark.parametrize("polygon", [[], [(0, 0), (1, 1)], [(0, 0), (1, 1), (float("nan"), 0)], "path", [(1,), (2, 3)]])
def test_what_is_no_path_is_refused_with_a_sentence(polygon):
    with pytest.raises(EditError, match="Draw it again"):
        geometry.inside(np.zeros((1, 2), np.float32), polygon)


@given(st.lists(places, min_size=1, max_size=40), places, st.integers(0, 50))
def test_nearest_is_a_full_sort_cut_short(points, at, k):
    points = np.float32(points)
    squared = ((points.astype(float) - at) ** 2).sum(axis=1)
    order = sorted(range(len(points)), key=lambda row: (squared[row], row))
    found = geometry.nearest(points, at, k)
    assert squared[found].tolist() == squared[order[:k]].tolist()


def test_the_first_view_holds_the_map_but_not_one_far_outlier():
    points = np.random.default_rng(1).uniform(0, 10, (1000, 2)).astype(np.float32)
    points[0] = (10_000, 5)
    x_low, x_high, y_low, y_high = geometry.first_view(points)
    assert -1 < x_low <= 0
    assert 10 <= x_high < 40
    assert -1 < y_low <= 0 <= 10 <= y_high < 11


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((1, 2)), np.ones((5, 2))])
def test_the_first_view_of_next_to_nothing_has_a_size(points):
    x_low, x_high, y_low, y_high = geometry.first_view(points.astype(np.float32))
    assert x_low < x_high
    assert y_low < y_high
