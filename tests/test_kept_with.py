"""Results that go with the data set they were made of."""

from __future__ import annotations

import gc
import weakref

from pipeline.kept_with import kept_with_dataset


class Opened:
    """Stands for an open data set."""


def counted(most=2):
    calls = []

    @kept_with_dataset(most)
    def name_of(dataset, name):
        calls.append(name)
        return name.upper()
    return name_of, calls


def test_a_result_is_made_once_for_each_data_set():
    name_of, calls = counted()
    one, other = Opened(), Opened()
    assert [name_of(one, "a"), name_of(one, "a"), name_of(other, "a")] == ["A"] * 3
    assert calls == ["a", "a"]


def test_the_latest_asked_for_are_kept():
    name_of, calls = counted(most=2)
    one = Opened()
    for name in ("a", "b", "a", "c", "a", "b"):
        name_of(one, name)
    assert calls == ["a", "b", "c", "b"]


def test_a_data_set_that_nobody_has_any_more_is_let_go_of():
    name_of, _calls = counted()
    one = Opened()
    name_of(one, "a")
    seen = weakref.ref(one)
    del one
    gc.collect()
    assert seen() is None
