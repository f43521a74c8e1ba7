"""The shelf: what is there is whole and right, what is not asked for any more goes."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.shelf import Shelf, fingerprint


def test_what_is_put_comes_back(tmp_path):
    shelf = Shelf(tmp_path)
    assert not shelf.has("embed", "k")
    shelf.put("embed", "k", {"vectors": np.eye(2), "names": np.array(["ä", "b"])}, {"rate": 1.5})
    arrays, about = shelf.get("embed", "k")
    assert np.array_equal(arrays["vectors"], np.eye(2))
    assert arrays["names"].tolist() == ["ä", "b"]
    assert about == {"rate": 1.5}


def test_large_arrays_are_mapped_and_go_with_their_result(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.shelf.MAPPED_FROM_BYTES", 100)
    shelf, large = Shelf(tmp_path), np.arange(100.0)
    for key in "ab":
        shelf.put("spectrogram", key, {"values": large, "few": np.zeros(2)})
    arrays, _about = shelf.get("spectrogram", "a")
    assert isinstance(arrays["values"], np.memmap)
    assert np.array_equal(arrays["values"], large)
    assert np.array_equal(arrays["few"], np.zeros(2))
    shelf.sweep([("spectrogram", "a")])
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["a.npz", "a.values.npy"]


def test_a_failure_while_writing_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        Shelf(tmp_path).put("embed", "k", {"vectors": np.eye(2)}, {"about": object()})
    assert not list(tmp_path.glob("**/*.npz"))
    assert not list(tmp_path.glob("**/*.part"))


def test_sweeping_keeps_what_is_named(tmp_path):
    shelf = Shelf(tmp_path)
    for key in "abc":
        shelf.put("embed", key, {"x": np.zeros(1)})
    (tmp_path / "embed" / "killed.part").write_bytes(b"half")
    shelf.sweep([("embed", "b")])
    assert [path.name for path in tmp_path.glob("*/*")] == ["b.npz"]


def test_fingerprints_tell_apart_what_differs():
    values = [1, 1.5, "1", None, [1], {"a": 1}, np.arange(3), np.arange(3.0), np.arange(3).reshape(1, 3)]
    assert len({fingerprint(value) for value in values}) == len(values)
    assert fingerprint("a", "b") != fingerprint("ab", "") != fingerprint("ab")
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def test_what_an_older_program_left_in_another_layout_is_stale_not_unreadable(monkeypatch):
    now = fingerprint("a.wav", 1)
    monkeypatch.setattr("pipeline.shelf.LAYOUT", b"shelf-1")
    assert fingerprint("a.wav", 1) != now
