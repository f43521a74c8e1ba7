"""Matrices of unequal length become vectors of one length."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import vectors
from pipeline.errors import ParameterError

MATRIX = np.array([[1, 2, 3], [10, 10, 40]], np.float32)


def test_mean_and_spread_of_each_band():
    np.testing.assert_allclose(vectors.of_matrix(MATRIX, "mean"), [2, 20])
    np.testing.assert_allclose(vectors.of_matrix(MATRIX, "mean_std"), [2, 20, np.std([1, 2, 3]), np.std([10, 10, 40])])


def test_frames_of_short_sounds_are_filled_up_with_the_column_means():
    rows = [vectors.of_matrix(MATRIX, "per_frame"), vectors.of_matrix(MATRIX[:, :2], "per_frame")]
    np.testing.assert_allclose(vectors.table(rows), [[5.5, 6, 21.5], [5.5, 6, 21.5]])


def test_what_is_not_finite_becomes_the_column_mean():
    rows = np.array([[1, np.nan, np.inf], [3, np.nan, 4]], np.float32)
    np.testing.assert_allclose(vectors.filled(rows), [[1, 0, 4], [3, 0, 4]])


def test_a_picture_has_low_bands_at_the_bottom_and_fills_its_width():
    picture = vectors.image(np.array([[0, 1], [0, 0]], np.float32))
    assert picture.shape == (48, 96)
    assert picture.dtype == np.uint8
    assert picture[-1, -1] == 255      # the low band, late
    assert picture[0, -1] == picture[-1, 0] == 0


def test_a_flat_matrix_is_black():
    assert not vectors.image(np.full((5, 7), 3, np.float32)).any()


def test_pictures_as_rows_run_from_0_to_1():
    row = vectors.of_matrix(np.arange(20, dtype=np.float32).reshape(4, 5), "image_rows")
    assert row.shape == (48 * 96,)
    assert (row.min(), row.max()) == (0, 1)


def test_columns_have_names():
    assert vectors.columns(["a", "b"], "mean") == ("a", "b")
    assert vectors.columns(["a", "b"], "mean_std") == ("a", "b", "a_std", "b_std")


def test_an_unknown_vector_is_refused():
    with pytest.raises(ParameterError, match="no vector named 'median'"):
        vectors.of_matrix(MATRIX, "median")
