"""Allowed folders: a text from outside becomes a path inside them, or is refused with a sentence."""

from __future__ import annotations

import os

import pytest

from pipeline import roots
from pipeline.errors import ParameterError
from pipeline.roots import Roots


@pytest.fixture
def place(tmp_path):
    """A root with two sub-folders of recordings, beside a folder that nobody may see."""
    root = tmp_path / "root"
    (root / "day 1" / "deep").mkdir(parents=True)
    (root / "Tag für Tag").mkdir()
    for name in ("day 1/a.wav", "day 1/deep/B.FLAC", "day 1/notes.txt", "Tag für Tag/c.mp3", "d.wav", "bird.h5",
                 "t.csv"):
        (root / name).write_bytes(b"")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.wav").write_bytes(b"")
    return root


def test_a_text_becomes_the_real_path(place):
    allowed = Roots([place])
    assert allowed.resolve(f"{place}/Tag für Tag/") == place / "Tag für Tag"
    assert allowed.resolve(f"{place}//day 1/./deep") == place / "day 1" / "deep"
    assert allowed.folder(str(place)) == place


@pytest.mark.parametrize("text", [
    "", "relative/path", "~", "~root", "/", "/etc", "/etc/passwd", "ROOT/../secret", "ROOT/day 1/../../secret",
    "ROOT/\0", "ROOT/" + "x" * 5000, "ROOT/" + "x" * 300, "ROOT/..", "ROOT2", "ROOT/.hidden", "ROOT/.hidden/a.wav",
    "ROOT/out", "ROOT/out/key.wav", "ROOT/none", "file:///etc", "ROOT/day 1\n/../../secret", "\\\\host\\share",
    "ROOT/\udcff",
])
def test_what_leads_elsewhere_is_refused_with_a_sentence(place, text):
    (place.parent / "root2").mkdir()
    (place / ".hidden").mkdir()
    (place / ".hidden" / "a.wav").write_bytes(b"")
    (place / "out").symlink_to(place.parent / "secret")
    with pytest.raises(ParameterError) as refused:
        Roots([place]).resolve(text.replace("ROOT", str(place)).replace("ROOT2", str(place) + "2"))
    assert str(refused.value).isprintable()
    assert str(refused.value).endswith((".", "-root."))


def test_a_root_may_be_hidden_or_reached_by_a_link(tmp_path):
    real = tmp_path / ".state" / "uploads"
    real.mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    assert Roots([tmp_path / "link"]).resolve(f"{tmp_path}/link") == real
    assert Roots([real]).resolve(str(real)) == real


def test_a_link_from_one_root_into_another_is_followed(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "there").symlink_to(tmp_path / "two")
    assert Roots([tmp_path / "one", tmp_path / "two"]).resolve(f"{tmp_path}/one/there") == tmp_path / "two"


def test_a_place_to_write_to_need_not_be_there_but_must_lie_inside(place):
    allowed = Roots([place])
    assert allowed.resolve(f"{place}/new/deeper", must_exist=False) == place / "new" / "deeper"
    (place / "out").symlink_to(place.parent / "secret")
    with pytest.raises(ParameterError, match="outside"):
        allowed.resolve(f"{place}/out/new", must_exist=False)


def test_a_listing_has_folders_with_their_recordings_then_the_files_asked_for(place):
    listing = Roots([place]).listing(place, files=(".h5", ".csv"))
    assert [(entry.name, entry.n_recordings) for entry in listing.entries] == [
        ("Tag für Tag", 1), ("day 1", 2), ("bird.h5", None), ("t.csv", None)]
    assert (listing.n_recordings, listing.root, listing.trouble) == (1, place, "")


def test_a_listing_hides_what_is_hidden_and_what_leads_out(place):
    (place / ".git").mkdir()
    (place / "out").symlink_to(place.parent / "secret")
    (place / "nowhere").symlink_to(place / "gone")
    names = [entry.name for entry in Roots([place]).listing(place).entries]
    assert names == ["Tag für Tag", "day 1"]


def test_typing_filters_and_puts_beginnings_first(place):
    (place / "a day").mkdir()
    listing = Roots([place]).listing(place, words="DAY")
    assert [entry.name for entry in listing.entries] == ["day 1", "a day"]


def test_a_folder_of_very_many_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(roots, "MOST_SHOWN", 10)
    for number in range(25):
        (tmp_path / f"{number:02}").mkdir()
    listing = Roots([tmp_path]).listing(tmp_path)
    assert (len(listing.entries), listing.n_left_out) == (10, 15)


def test_counting_ends_at_its_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(roots, "MOST_COUNTED", 3)
    (tmp_path / "many").mkdir()
    for number in range(9):
        (tmp_path / "many" / f"{number}.wav").write_bytes(b"")
    entry = Roots([tmp_path]).listing(tmp_path).entries[0]
    assert (entry.n_recordings, entry.is_more) == (3, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_says_why(place):
    (place / "day 1").chmod(0)
    assert "cannot be read" in Roots([place]).listing(place / "day 1").trouble
    (place / "day 1").chmod(0o700)


def test_a_folder_that_is_gone_says_so(place):
    assert "cannot be read: No such file" in Roots([place]).listing(place / "gone").trouble


def test_what_is_closed_stays_so_but_for_a_root_within_it(place):
    (place / "state" / "uploads" / "mine").mkdir(parents=True)
    allowed = Roots([place, place / "state" / "uploads"], closed=[place / "state"])
    assert allowed.resolve(f"{place}/state/uploads/mine") == place / "state" / "uploads" / "mine"
    assert "state" not in [entry.name for entry in allowed.listing(place).entries]
    for text in (f"{place}/state", f"{place}/state/other"):
        with pytest.raises(ParameterError, match="outside"):
            allowed.resolve(text, must_exist=False)


def test_our_own_state_is_closed(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    allowed = roots.from_settings([tmp_path], own=[tmp_path / "state" / "uploads"])
    with pytest.raises(ParameterError):
        allowed.resolve(f"{tmp_path}/state/accounts.sqlite", must_exist=False)
    assert not allowed.allows(tmp_path / "state")
    assert allowed.allows(tmp_path / "state" / "uploads" / "x")


def test_a_new_folder_is_made_once(place):
    allowed = Roots([place])
    assert allowed.new_folder(place, " Vögel ").name == "Vögel"
    with pytest.raises(ParameterError, match="already"):
        allowed.new_folder(place, "Vögel")


@pytest.mark.parametrize("name", ["", "..", ".git", "a/b", "a\nb", "\0", "x" * 256, "‮txt"])
def test_a_folder_cannot_have_every_name(place, name):
    with pytest.raises(ParameterError):
        Roots([place]).new_folder(place, name)


def test_without_a_given_root_it_is_home_and_what_lies_beside(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    beside = tmp_path.parent
    assert roots.from_settings([], beside=[beside]).folders == (tmp_path, beside)
    assert roots.from_settings([beside]).folders == (beside,)
    monkeypatch.setenv("HOME", "/")
    assert roots.from_settings([], beside=[beside]).folders == (beside,)
    with pytest.raises(ParameterError, match="--data-root"):
        roots.from_settings([tmp_path / "gone"])
