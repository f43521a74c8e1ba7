"""Tables and patterns that were made to hold a server up: read in another process, within time and memory."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from pipeline import clip_labels, importers, sandbox
from pipeline.errors import ParameterError, SyllabaryError, TableError
from pipeline.importers import read_segments

TABLE = "filename,onset_sec,offset_sec,label\na.wav,0.1,0.2,=1+1\nb.wav,0.5,0.75,<b>\n"


@pytest.fixture
def shielded():
    sandbox.shield(True)
    yield
    sandbox.shield(False)


def test_a_table_comes_back_from_the_other_process_as_it_is(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(TABLE)
    here = read_segments(path)
    sandbox.shield(True)
    try:
        there = read_segments(path)
    finally:
        sandbox.shield(False)
    assert (there.recording, there.label, there.cluster, there.notes, there.path) == (
        here.recording, here.label, here.cluster, here.notes, here.path)
    for name in ("onset_s", "offset_s", "ignore"):
        np.testing.assert_array_equal(getattr(there, name), getattr(here, name))
        assert getattr(there, name).dtype == getattr(here, name).dtype
    assert importers.match(there, ["a.wav", "b.wav"])[1] == []


def test_what_is_wrong_with_a_table_is_told_as_without_it(tmp_path, shielded):
    (tmp_path / "labels.csv").write_text("filename,onset_sec,offset_sec\na.wav,2,1\n")
    with pytest.raises(TableError, match="line 2"):
        read_segments(tmp_path / "labels.csv")
    with pytest.raises(ParameterError, match="none"):
        read_segments(tmp_path / "labels.csv", format="none")


def test_a_pattern_that_never_ends_is_given_up(tmp_path, shielded, monkeypatch):
    monkeypatch.setattr(clip_labels, "MOST_PATIENCE_S", 4.0)
    (tmp_path / f"{'a' * 60}!.wav").touch()
    with pytest.raises(ParameterError, match="takes longer than 4 s"):
        clip_labels.read(tmp_path, regex=r"^(\w+\w*)+$")
    (tmp_path / "bird7.wav").touch()
    assert clip_labels.read(tmp_path, regex=r"bird(\d)").by_name == {"bird7.wav": "7"}
    with pytest.raises(ParameterError, match="no valid pattern"):
        clip_labels.read(tmp_path, regex="(")


def mat_bomb(n_bytes):
    """A MATLAB file of one compressed variable that becomes very large."""
    packed = zlib.compress(bytes(n_bytes), 9)
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + np.array([15, len(packed)], "<u4").tobytes() + packed


CRAFTED = {
    "bomb.not.mat": lambda: mat_bomb(1 << 29),
    "cut.not.mat": lambda: mat_bomb(1 << 12)[:150],
    "one line.csv": lambda: b"filename,onset_sec,offset_sec\n" + b"a" * 5_000_000 + b",0,1\n",
    "quotes.csv": lambda: b"filename,onset_sec,offset_sec\n\"" + b"a,0,1\n" * 300_000,
    "columns.csv": lambda: b",".join(b"c%d" % k for k in range(200_000)) + b"\n",
    "numbers.csv": lambda: b"filename,onset_sec,offset_sec\na,1e999,nan\nb,-1,0x10\n",
    "nested.json": lambda: b"[" * 200_000 + b"]" * 200_000,
    "zeros.csv": lambda: bytes(100_000),
    "deep.textgrid": lambda: b'File type = "ooTextFile"\nObject class = "TextGrid"\n' + b"item [1]:\n" * 100_000,
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_table_is_refused_in_a_sentence(tmp_path, shielded, name):
    path = tmp_path / name
    path.write_bytes(CRAFTED[name]())
    with pytest.raises(SyllabaryError) as caught:
        read_segments(path)
    assert len(str(caught.value)) < 5_000
    assert "Traceback" not in str(caught.value)
