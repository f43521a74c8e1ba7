"""Counts and lists as a person would write them."""

from __future__ import annotations

import pytest

from pipeline.text import counted, listed


def test_one_is_no_plural():
    assert [counted(n, "sound") for n in (0, 1, 2)] == ["0 sounds", "1 sound", "2 sounds"]


@pytest.mark.parametrize(("texts", "said"), [
    ([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"),
])
def test_a_list_is_said_as_a_sentence_says_it(texts, said):
    assert listed(texts) == said
