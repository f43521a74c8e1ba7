"""What every importer keeps to: a written example comes back, what is broken is told, nothing is read as another."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pipeline import importers, registry
from pipeline.errors import TableError

from .examples import BROKEN, EXAMPLES, LABELS, OFFSETS_S, ONSETS_S

MOST_ROWS = 6   # Raven lists each of the three sounds for two views
FORMATS = registry.names("importers")


def test_there_is_an_example_of_every_format():
    assert sorted(EXAMPLES) == sorted(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_an_example_comes_back_whole(tmp_path, name):
    table = importers.read_segments(EXAMPLES[name](tmp_path))
    assert np.allclose(table.onset_s, ONSETS_S)
    assert np.allclose(table.offset_s, OFFSETS_S)
    assert (table.label or table.cluster) == LABELS
    assert (table.label is None) == (name == "whisperseg")
    assert not table.ignore.any()
    assert table.notes == ()


@pytest.mark.parametrize("name", FORMATS)
def test_an_example_finds_its_recording(tmp_path, name):
    found, problems = importers.match(importers.read_segments(EXAMPLES[name](tmp_path)), ["day1/song.wav", "other.wav"])
    assert list(found) == ["day1/song.wav"]
    assert len(found["day1/song.wav"]) == 3
    assert problems == []


@pytest.mark.parametrize("name", FORMATS)
def test_only_one_format_claims_a_file(tmp_path, name):
    path = EXAMPLES[name](tmp_path)
    head = path.read_bytes()[:4096].decode("utf-8", "replace")
    assert [other for other in FORMATS if registry.load("importers", other)().sniff(path, head)] == [name]


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_of_tables_is_read_whole(tmp_path, name):
    for day in ("day1", "day2"):
        (tmp_path / day).mkdir()
        EXAMPLES[name](tmp_path / day)
    (tmp_path / "notes.txt").write_text("nothing of the kind\n")
    if name == "generic_seq":   # names its recording by a path, so that the two tables tell the same sounds
        with pytest.raises(TableError, match="list the sounds of"):
            importers.read_segments(tmp_path)
        return
    found, problems = importers.match(importers.read_segments(tmp_path), ["day1/song.wav", "day2/song.wav"])
    assert {recording: len(rows) for recording, rows in found.items()} == {"day1/song.wav": 3, "day2/song.wav": 3}
    assert problems == []


@pytest.mark.parametrize(("name", "file", "content", "said"), BROKEN)
def test_a_broken_file_gets_a_sentence_with_its_name(tmp_path, name, file, content, said):
    path = tmp_path / file
    path.write_bytes(content)
    with pytest.raises(TableError, match=f"(?s){file}.*({said})") as caught:
        importers.read_segments(path, format=name)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85])
def test_a_file_that_was_cut_off_is_read_or_told_but_never_breaks(tmp_path, name, share):
    path = EXAMPLES[name](tmp_path)
    raw = path.read_bytes()
    path.write_bytes(raw[:int(len(raw) * share)])
    assert outcome(path, name) in ("told", "read")


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_read_or_told_but_never_break(tmp_path, name):
    path, random = EXAMPLES[name](tmp_path), np.random.default_rng(0)
    raw = path.read_bytes()
    for _ in range(100):
        damaged = bytearray(raw)
        for place in random.integers(0, len(raw), 3):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        assert outcome(path, name) in ("told", "read")


def outcome(path: Path, name: str) -> str:
    """What becomes of a file: read, refused in a sentence that names it, or something worse."""
    try:
        return "read" if len(importers.read_segments(path, format=name)) <= MOST_ROWS else "sounds made up"
    except TableError as error:
        return "told" if path.name in str(error) else str(error)


@pytest.mark.parametrize("name", [*FORMATS, None])
def test_a_pipe_is_never_read(tmp_path, name):
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(TableError, match=r"t\.csv is no file"):
        importers.read_segments(tmp_path / "t.csv", format=name)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("path", ["missing.csv", "."])
def test_what_is_missing_or_a_folder_gets_a_sentence(tmp_path, name, path):
    with pytest.raises(TableError, match=r"cannot be read|holds no table"):
        importers.read_segments(tmp_path / path, format=name)
