"""Which recording a table means: never two names for one, never one name for two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.matching import match_names, stem

parts = st.sampled_from(["a", "b", "day1", "x.1"])
endings = st.sampled_from(["", ".wav", ".flac", ".cbin"])
recordings = st.lists(st.builds("{}/{}.wav".format, parts, parts) | st.builds("{}.wav".format, parts),
                      unique=True, max_size=8)
written = st.lists(
    st.builds("{}/{}/{}{}".format, parts, parts, parts, endings) | st.builds("{}{}".format, parts, endings), max_size=8,
)


@given(recordings, written)
def test_every_name_is_answered_and_no_recording_is_given_twice(names, texts):
    matches = match_names(texts, names)
    assert set(matches.by_text) | set(matches.unmatched) == set(texts)
    assert not set(matches.by_text) & set(matches.unmatched)
    assert len(set(matches.by_text.values())) == len(matches.by_text)
    assert set(matches.by_text.values()) <= set(names)


@given(recordings, written)
def test_a_recordings_own_path_always_means_it(names, texts):
    matches = match_names([*texts, *names], names)
    assert all(matches.by_text[name] == name for name in names)


@given(recordings, st.randoms())
def test_the_order_of_names_does_not_matter(names, random):
    texts = [name.rpartition("/")[2] for name in names]
    shuffled = random.sample(names, len(names))
    assert match_names(texts, names).by_text == match_names(texts, shuffled).by_text


def test_spellings_of_one_path_are_one_name():
    matches = match_names(["day1/a.wav", "./day1/a.wav", "day1\\a.wav"], ["day1/a.wav", "day2/a.wav"])
    assert matches.by_text == dict.fromkeys(["day1/a.wav", "./day1/a.wav", "day1\\a.wav"], "day1/a.wav")


def test_an_exact_name_wins_over_one_without_its_folder():
    matches = match_names(["a.wav", "old/a.wav"], ["a.wav"])
    assert matches.by_text == {"a.wav": "a.wav"}
    assert "another name in the table fits 'a.wav'" in matches.unmatched["old/a.wav"]


def test_only_an_extension_of_recordings_is_one():
    assert [stem(name) for name in ("a.wav", "a.FLAC", "a.cbin", "bird_0808.138", ".wav", "a")] == [
        "a", "a", "a", "bird_0808.138", ".wav", "a"]
