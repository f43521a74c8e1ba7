"""What the map can be coloured by."""

from __future__ import annotations

import numpy as np
import pytest
from factory import make_project

from pipeline import colouring, store
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError


@pytest.fixture
def dataset(tmp_path):
    with Dataset.open(make_project(tmp_path / "bird.h5", n_sounds=60)) as opened:
        yield opened


def test_each_true_label_is_a_class(dataset):
    found = colouring.colouring(dataset, "label")
    assert [one["title"] for one in found.classes] == ["a", "b", "c", "d"]
    assert [one["count"] for one in found.classes] == [15] * 4
    assert [found.classes[code]["title"] for code in found.codes] == list(dataset.segments.label)


def test_recordings_come_by_name(dataset):
    found = colouring.colouring(dataset, "recording")
    titles = [one["title"] for one in found.classes]
    assert titles == sorted(titles)
    assert sum(one["count"] for one in found.classes) == 60


def test_a_scale_runs_from_short_to_long(dataset):
    found = colouring.colouring(dataset, "duration")
    durations_s = dataset.segments.duration_s
    assert (np.diff(found.codes[np.argsort(durations_s)].astype(int)) >= 0).all()
    assert found.scale[0].endswith("ms")
    assert len(found.classes) == colouring.N_STEPS + 1


def test_every_choice_gives_each_sound_a_class(dataset):
    for key, _title in colouring.choices(dataset):
        found = colouring.colouring(dataset, key)
        assert found.codes.shape == (60,)
        assert found.codes.max() < len(found.classes)
        assert sum(one["count"] for one in found.classes) == 60


def test_confidence_is_that_of_the_likeliest_cluster(tmp_path):
    path = make_project(tmp_path / "soft.h5", n_sounds=60)
    sure = np.repeat(np.float32([0.5, 1]), 30)
    with store.amend(path) as writer:
        writer.labeling("HDBSCAN", np.arange(60, dtype=np.int32), np.zeros(60, np.int32),
                        probability=np.stack([sure, 1 - sure], axis=1))
        writer.labeling("hard", np.arange(60, dtype=np.int32), np.zeros(60, np.int32))
    with Dataset.open(path) as dataset:
        keys = [key for key, _title in colouring.choices(dataset)]
        assert [key for key in keys if ":" in key] == ["labeling:HDBSCAN", "confidence:HDBSCAN", "labeling:hard"]
        found = colouring.colouring(dataset, "confidence:HDBSCAN")
        assert (np.diff(found.codes.astype(int)) >= 0).all()
        assert found.scale == ("50 %", "100 %")


def test_the_rarest_kinds_share_one_class():
    names = [f"n{i:03}" for i in range(300)] + ["often"] * 5
    found = colouring._kinds(names)
    assert len(found.classes) == colouring.MOST_CLASSES + 1
    assert found.classes[0]["title"] == "often"
    assert found.classes[-1] == {"title": colouring.OTHERS, "colour": found.classes[-1]["colour"], "count": 61}


def test_what_is_not_there_is_refused(dataset):
    with pytest.raises(ParameterError, match="cannot be coloured by 'mood'"):
        colouring.colouring(dataset, "mood")
