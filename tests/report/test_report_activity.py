"""When sounds were made."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.dataset import Dataset
from pipeline.report import activity

MIDNIGHT = 1_700_006_400.0          # 2023-11-15 00:00 UTC
HOUR = 3600.0


def clock(path, **options):
    with Dataset.open(path) as dataset:
        codes = np.maximum(np.asarray(dataset.cluster_ids(), np.int64) - 1, 0)
        return activity.clock(dataset, codes, int(codes.max(initial=0)) + 1, **options)


def test_a_sound_counts_at_its_own_time_even_past_midnight(build):
    began = MIDNIGHT + 23.75 * HOUR                                            # a recording of an hour from 23:45 on
    path = build({"path": ["a.wav"], "recorded_at": [began], "duration_sec": [HOUR]},
                 {"onset_sec": [60.0, 20 * 60.0, 40 * 60.0], "cluster_id": [1, 1, 2]})
    found = clock(path)
    assert np.argwhere(found.by_hour).tolist() == [[0, 0], [0, 23], [1, 0]]
    assert found.by_day.tolist() == [[1, 1], [0, 1]]
    assert found.n_days == 2
    assert found.hours_recorded[[23, 0]].tolist() == pytest.approx([0.25, 0.75])
    assert found.recorded_by_day.tolist() == pytest.approx([0.25, 0.75])


def test_times_can_be_shifted(build):
    path = build({"path": ["a.wav"], "recorded_at": [MIDNIGHT + 23 * HOUR]}, {"onset_sec": [0.0]})
    assert clock(path).by_hour[0, 23] == 1
    assert clock(path, utc_offset_h=2).by_hour[0, 1] == 1


def test_sounds_without_a_time_are_counted_apart(build):
    path = build({"path": ["a.wav", "b.wav"], "recorded_at": [MIDNIGHT, float("nan")]},
                 {"onset_sec": [0.0, 0.0, 1.0], "file_id": [0, 1, 1]})
    found = clock(path)
    assert found.by_hour.sum() == 1
    assert found.n_without == 2


def test_without_any_time_there_is_no_clock_but_a_course(build):
    path = build({"path": ["b/2.wav", "b/1.wav", "a/9.wav"]},
                 {"onset_sec": [0.0, 1.0, 0.0, 0.0, 1.0, 2.0], "file_id": [0, 0, 1, 2, 2, 2]})
    assert clock(path) is None
    with Dataset.open(path) as dataset:
        assert activity.course(dataset).counts.tolist() == [3, 1, 2]       # a/9, b/1, b/2


def test_many_days_are_taken_together(build):
    days = [0, 1, 200, 399]
    path = build({"path": [f"{day}.wav" for day in days], "recorded_at": [MIDNIGHT + 24 * HOUR * day for day in days]},
                 {"onset_sec": [0.0] * 4, "file_id": range(4)})
    found = clock(path)
    assert found.days_a_bar == 7
    assert found.by_day.shape == (1, 58)
    assert np.flatnonzero(found.by_day[0]).tolist() == [0, 28, 57]
    assert found.by_day[0, 0] == 2


def test_a_damaged_time_takes_no_memory(build):
    path = build({"path": ["a.wav", "b.wav"], "recorded_at": [0.0, 4e12], "duration_sec": [float("inf"), 1e12]},
                 {"onset_sec": [0.0, 0.0], "file_id": [0, 1]})
    found = clock(path)
    assert found.by_day.shape[1] <= activity.MOST_BARS
    assert found.by_day.sum() == 2
    assert found.hours_recorded.sum() == 0


def test_a_project_without_sounds_has_no_times(build):
    assert clock(build({"path": ["a.wav"], "recorded_at": [MIDNIGHT]}, {})) is None
