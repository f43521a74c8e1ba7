"""Sort orders as they are chosen on the page."""

from __future__ import annotations

import numpy as np
import pytest
from factory import make_project

from pipeline import arranging, browse
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError


@pytest.fixture
def scene(tmp_path):
    with Dataset.open(make_project(tmp_path / "bird.h5", n_sounds=60)) as opened:
        yield browse.scene(opened)


def test_every_order_of_the_menu_loses_no_sound(scene):
    rows = np.arange(1, 60, 2)
    for value, _title in arranging.menu(scene.dataset):
        found, text = arranging.arranged(scene, rows, arranging.arrangement({"menu": value, "seed": 3}))
        assert sorted(found.tolist()) == rows.tolist()
        assert text


def test_the_usual_order_is_nearest_to_the_clicked_sound(scene):
    found, text = arranging.arranged(scene, np.arange(60), arranging.arrangement(None), clicked=7)
    assert found[0] == 7
    assert text == "nearest first"


def test_too_many_sounds_for_an_order_come_by_time_and_it_is_said(scene):
    how = arranging.arrangement({"menu": "chain:map"})
    found, text = arranging.arranged(scene, np.arange(60), how, most={"map": 50, "pca": 50})
    assert text == "by time, as more than 50 sounds are too many for: chain"
    by_time, _ = arranging.arranged(scene, np.arange(60), arranging.arrangement({"menu": "time"}))
    assert found.tolist() == by_time.tolist()


def test_another_seed_shuffles_anew(scene):
    orders = [arranging.arrangement({"menu": "random", "seed": seed}) for seed in (1, 1, 2)]
    first, again, other = (arranging.arranged(scene, np.arange(60), how)[0] for how in orders)
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize("choice", [{"menu": "mood"}, {"menu": "chain:attic"}, {"menu": "random", "seed": -1},
                                    {"menu": "time", "clicked": "x"}])
def test_what_makes_no_sense_is_refused(choice):
    with pytest.raises(ParameterError):
        arranging.arrangement(choice)
