"""Seven labels, looked at from all sides."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.curation.labels import ClusterInfo, Labels
from pipeline.errors import EditError


@pytest.fixture
def labels() -> Labels:
    return Labels.of([10, 11, 0, 13, 14, 5, 16], [1, 0, 2, 2, 0, 2, 7], clusters=[ClusterInfo(2, "trill", note="soft")])


def test_members_are_given_by_segment_id_in_row_order(labels):
    assert labels.members(2).tolist() == [0, 13, 5]
    assert labels.members([0, 7]).tolist() == [11, 14, 16]
    assert labels.members(99).tolist() == []


def test_counts_have_the_unassigned_and_clusters_without_sounds(labels):
    emptied = labels.relabelled(labels.rows_of(np.array([10])), np.array([0]))
    assert emptied.counts() == {0: 3, 1: 0, 2: 3, 7: 1}


def test_counts_of_numbers_far_apart_and_of_noise():
    far = Labels.of(range(3), [-1, 2_000_000_000, -1])
    assert far.counts() == {-1: 2, 0: 0, 2_000_000_000: 1}


def test_rows_are_found_by_id_whatever_the_order(labels):
    assert labels.rows_of(np.array([0, 16, 10])).tolist() == [2, 6, 0]
    with pytest.raises(EditError, match="no sound with the id 12"):
        labels.rows_of(np.array([10, 12]))


def test_the_next_number_is_above_all_that_were_ever_given(labels):
    assert labels.next_id == 8
    assert labels.described([ClusterInfo(40)]).next_id == 41
    assert Labels.of([]).next_id == 1


def test_there_is_no_number_above_the_highest():
    with pytest.raises(EditError, match="C2147483647 has the highest number"):
        _ = Labels.of([0], [2**31 - 1]).next_id


def test_every_number_in_use_is_described(labels):
    assert labels.clusters[2].title == "C2 “trill”"
    assert labels.clusters[7].title == "C7"
    assert labels.clusters[7].colour != labels.clusters[1].colour
    assert labels.clusters[0].name == "unassigned"


def test_labels_cannot_be_changed_in_place(labels):
    with pytest.raises(ValueError, match="read-only"):
        labels.ids[0] = 3
    with pytest.raises(TypeError):
        labels.clusters[3] = ClusterInfo(3)


def test_changed_labels_leave_the_old_ones_alone(labels):
    changed = labels.relabelled(np.array([1, 4]), np.array([7, 1]))
    assert changed.ids.tolist() == [1, 7, 2, 2, 1, 2, 7]
    assert labels.ids.tolist() == [1, 0, 2, 2, 0, 2, 7]
    assert (changed.segment_ids.dtype, changed.ids.dtype) == (np.int32, np.int32)
