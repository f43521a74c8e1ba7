"""Counts, sizes and lists as a person would write them."""

from __future__ import annotations

import pytest

from pipeline.text import counted, listed, size_text


def test_one_is_no_plural():
    assert [counted(n, "sound") for n in (0, 1, 2, 1200)] == ["0 sounds", "1 sound", "2 sounds", "1,200 sounds"]


@pytest.mark.parametrize(("texts", "said"), [
    ([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"),
])
def test_a_list_is_said_as_a_sentence_says_it(texts, said):
    assert listed(texts) == said


@pytest.mark.parametrize(("n_bytes", "text"), [
    (0, "0 kB"), (10, "1 kB"), (999_000, "1.0 MB"), (8_100_000, "8.1 MB"), (12_345_678, "12 MB"), (3.44e9, "3.4 GB"),
    (48e9, "48 GB"), (2e12, "2.0 TB"),
])
def test_sizes_are_rounded(n_bytes, text):
    assert size_text(n_bytes) == text
