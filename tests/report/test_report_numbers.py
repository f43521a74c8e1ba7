"""Counts and distributions of a report, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.report.counting import Partition, distribution, ticks


def test_clusters_come_by_number_and_the_unassigned_last():
    partition = Partition.of(np.array([5, 0, 2, 5, 0, 5]))
    assert partition.numbers.tolist() == [2, 5, 0]
    assert partition.counts.tolist() == [1, 3, 2]
    assert partition.code.tolist() == [1, 2, 0, 1, 2, 1]
    assert [partition.rows(place).tolist() for place in range(3)] == [[2], [0, 3, 5], [1, 4]]
    assert partition.clusters.tolist() == [0, 1]


def test_no_sounds_are_no_clusters():
    partition = Partition.of(np.zeros(0, np.int32))
    assert len(partition) == 0
    assert distribution(np.zeros(0), partition) is None


def test_quartiles_and_bins_of_each_cluster():
    partition = Partition.of(np.array([1, 1, 1, 2, 2]))
    found = distribution(np.array([1.0, 2.0, 3.0, 10.0, np.nan]), partition, n_bins=3)
    assert found.quartiles.tolist() == [[1.5, 2.0, 2.5], [10.0, 10.0, 10.0]]
    assert found.known.tolist() == [3, 1]
    assert found.counts.sum(axis=1).tolist() == [3, 1]
    assert found.counts[1].tolist() == [0, 0, 1]            # beyond the axis counts in its last bin
    assert not found.is_log


def test_a_cluster_without_values_has_no_quartiles():
    found = distribution(np.array([1.0, np.nan]), Partition.of(np.array([1, 2])))
    assert np.isnan(found.quartiles[1]).all()
    assert found.known.tolist() == [1, 0]


def test_values_that_span_decades_have_a_logarithmic_axis():
    found = distribution(np.geomspace(0.001, 10, 200), Partition.of(np.ones(200)))
    assert found.is_log
    assert found.place(0.1) == pytest.approx(0.5, abs=0.02)
    assert found.ticks() == [0.01, 0.1, 1.0]


def test_values_that_are_all_alike_have_an_axis_around_them():
    found = distribution(np.full(4, 0.2), Partition.of(np.ones(4)))
    assert found.edges[0] < 0.2 < found.edges[-1]
    assert found.counts.sum() == 4


@pytest.mark.parametrize(("low", "high", "expected"), [
    (0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0]), (0.03, 0.11, [0.04, 0.06, 0.08, 0.1]),
    (10.0, 30.0, [10.0, 15.0, 20.0, 25.0, 30.0])])
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == expected
