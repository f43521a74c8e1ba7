"""What a difference makes of awkward tables: nothing is dropped, and what is unclear deletes nothing."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ParameterError, TableError
from pipeline.roundtrip import pairing
from pipeline.roundtrip.pairing import NO_SOUND, Bounds
from tests.factory import make_project
from tests.roundtrip.conftest import changes, difference, exported


def edited(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_table_of_one_recording_deletes_nothing_in_the_others(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False)
    table[(table.path == "day-1/song.wav") & (table.segment_id != 15)].to_csv(out, index=False)
    found = difference(project, out)
    assert changes(found) == {"deleted": [15]}
    assert found.spoken_file_ids.tolist() == [5]
    assert any("1 of 5 recordings; the 7 sounds of the others stay" in note for note in found.notes)


@pytest.mark.parametrize("format", ["raven", "audacity", "csv"])
def test_a_table_with_a_line_that_cannot_be_read_counts_as_not_there(project, tmp_path, format):
    out = exported(project, tmp_path / "out", format=format, **({"tables": "each"} if format == "csv" else {}))
    [path] = (path for path in (out / "day-1").iterdir())
    edited(path, "59.9", "fifty-nine")
    found = difference(project, out)
    assert changes(found) == {}
    assert 5 not in found.spoken_file_ids
    assert "line" in found.problems[0]
    assert path.name in found.problems[0]
    assert str(tmp_path) not in found.problems[0]


def test_a_table_that_cannot_be_read_at_all_is_refused(project, tmp_path):
    (tmp_path / "song.txt").write_text("hello\n")
    with pytest.raises(TableError, match="no table of sounds"):
        difference(project, tmp_path / "song.txt")
    with pytest.raises(TableError, match="There is nothing at"):
        difference(project, tmp_path / "gone.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match="There is no table in"):
        difference(project, tmp_path / "empty")


def test_an_empty_file_deletes_nothing_but_a_table_without_rows_does(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    (out / "day-1/song.txt").write_text("\n")
    found = difference(project, out)
    assert changes(found) == {}
    assert "song.txt is empty, and the 8 sounds of its recording stay" in found.problems[0]
    table = tmp_path / "odd_ na_me ü.csv"
    table.write_text("onset_s,offset_s,label\n")
    assert changes(difference(project, table)) == {"deleted": [24]}


def test_a_recording_that_two_tables_speak_of_stays_as_it_is(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    edited(out / "day-1/song.txt", "trill", "other")
    (out / "copy").mkdir()
    (out / "copy/odd_ na_me ü.txt").write_text("1\t2\ttrill\n")
    found = difference(project, out)
    assert list(changes(found)) == ["relabelled"]
    assert any("Both" in problem and "odd: na?me" in problem for problem in found.problems)
    assert 8 not in found.spoken_file_ids


def test_rows_of_no_recording_are_told(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False)
    table.loc[table.segment_id == 24, ["path", "filename"]] = ["elsewhere.wav", "elsewhere.wav"]
    table.to_csv(out, index=False)
    found = difference(project, out)
    assert changes(found) == {}
    assert "1 row is of no recording that could be found ('elsewhere.wav'" in found.problems[0]


def test_ids_that_contradict_the_project_are_told_and_touch_nothing(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False)
    table.loc[table.segment_id == 24, ["path", "filename"]] = ["day-1/song.wav", "song.wav"]    # sorted by one column
    table.to_csv(out, index=False)
    found = difference(project, out)
    assert changes(found) == {}
    assert "1 row names another recording than the sound of that segment_id lies in" in found.problems[0]


def test_a_row_that_was_copied_to_split_a_sound_keeps_one_and_adds_one(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False)
    copy = table[table.segment_id == 15].assign(onset_sec=0.8, duration_sec=0.1)
    table.loc[table.segment_id == 15, "duration_sec"] = 0.19
    pandas.concat([table, copy]).to_csv(out, index=False)
    found = difference(project, out)
    assert changes(found) == {"moved": {15: (0.6, 0.79)}, "new": [(5, 0.8, 0.9, 0)]}
    assert "2 rows have a segment_id that stands in others" in found.problems[0]


@pytest.mark.parametrize("text", ["1e9", "17.5", "abc"])
def test_ids_that_are_none_are_told_and_the_times_tell(project, tmp_path, text):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False, dtype=str)
    table.loc[table.segment_id == "24", "segment_id"] = text
    table.to_csv(out, index=False)
    found = difference(project, out)
    assert changes(found) == {}
    assert "segment_id that is no number" in found.problems[0]


def test_an_id_of_another_project_is_told_and_the_times_tell(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False)
    table.segment_id += 1000
    table.to_csv(out, index=False)
    found = difference(project, out)
    assert changes(found) == {}
    assert "14 rows have a segment_id that this project does not have" in found.problems[0]


def test_clusters_that_were_not_exported_count_as_deleted_only_if_a_person_says_so(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv", clusters="1,2,3")
    found = difference(project, out)
    assert changes(found) == {}
    assert "the tables have no sound at all" in found.problems[0]
    found = difference(project, out, left_out_are_deleted=True)
    assert changes(found) == {"deleted": [15, 16, 17, 18, 19, 21]}      # of recordings that the table speaks of


def test_a_row_without_length_protects_the_sound_that_was_there(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    edited(out / "day-1/song.txt", "0.600000\t0.900000", "0.700000\t0.700000")
    found = difference(project, out)
    assert changes(found) == {}
    assert "1 row has no length: no sound comes of that" in found.problems[0]


def test_sounds_beyond_the_end_are_cut_or_told(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    edited(out / "day-1/song.txt", "0.600000\t0.900000", "0.600000\t60.500000")
    found = difference(project, out)
    assert changes(found) == {"moved": {15: (0.6, 60.0)}}
    assert any("cut there" in note for note in found.notes)
    edited(out / "day-1/song.txt", "0.600000\t60.500000", "0.600000\t75.000000")
    found = difference(project, out)
    assert changes(found) == {}
    assert "1 row has times beyond the end of the recording" in found.problems[0]


def test_a_raven_row_whose_times_contradict_each_other_is_told(project, tmp_path):
    out = exported(project, tmp_path / "out", format="raven")
    path = out / "day-1/song.Table.1.selections.txt"
    edited(path, "\t0.600000\t0.900000\t", "\t0.500000\t0.900000\t")       # as in a spreadsheet: File Offset stays
    found = difference(project, out)
    assert changes(found) == {}
    assert "song.Table.1.selections.txt, line 8: by Begin Time (s) the sound begins 0.5 s" in found.problems[0]
    assert "Change both" in found.problems[0]


def test_tables_of_several_formats_are_refused(project, tmp_path):
    one = exported(project, tmp_path / "one", format="audacity")
    two = exported(project, tmp_path / "two", format="textgrid")
    with pytest.raises(TableError, match="several formats"):
        difference(project, one, two)


def test_tables_of_another_project_are_noticed(project, tmp_path):
    table = tmp_path / "odd_ na_me ü.csv"
    table.write_text("onset_s,offset_s,label\n" + "".join(f"{n}.5,{n}.6,x\n" for n in range(20, 40)))
    found = difference(project, table)
    assert any("Are they of this project?" in note for note in found.notes)
    assert len(found.deleted_ids) == 1


@pytest.mark.parametrize("name", ["../../outside.txt", "/outside.txt", "a/../../outside.txt"])
def test_a_zip_leads_nowhere_else(project, tmp_path, name):
    packed = tmp_path / "in" / "tables.zip"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "12.345679\t12.456789\tC2\n")
        archive.writestr("odd_ na_me ü.txt", "12.345679\t12.456789\tC2\n")
    found = difference(project, packed)
    assert changes(found) == {}
    assert not list(tmp_path.rglob("outside.txt"))


def test_what_is_no_zip_is_told(project, tmp_path):
    (tmp_path / "tables.zip").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(TableError, match="cannot be unpacked"):
        difference(project, tmp_path / "tables.zip")


@pytest.mark.parametrize("how", [{"labels_are": "colour"}, {"slack_ms": -1}, {"slack_ms": float("nan")}])
def test_ways_of_reading_that_cannot_be_are_refused(project, tmp_path, how):
    with pytest.raises(ParameterError):
        difference(project, exported(project, tmp_path / "out", format="csv"), **how)


def test_the_fingerprint_stands_for_all_that_would_change(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    before = difference(project, out).fingerprint
    assert difference(project, out).fingerprint == before
    edited(out / "day-1/song.txt", "0.600000\t0.900000\tunassigned", "0.600000\t0.900000\tone")
    one = difference(project, out).fingerprint
    edited(out / "day-1/song.txt", "\tone", "\ttwo")
    assert len({before, one, difference(project, out).fingerprint}) == 3


def test_a_project_without_sounds_gets_new_ones(tmp_path):
    empty = make_project(tmp_path / "empty.h5", n_sounds=0, n_files=1, with_embeddings=False, with_labels=False)
    (tmp_path / "song_000.txt").write_text("0.05\t0.1\tx\n")
    found = difference(empty, tmp_path / "song_000.txt")
    assert changes(found) == {"new": [(0, 0.05, 0.1, -1)]}


SPANS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(1, 30), st.integers(0, 2)), max_size=25)


@settings(max_examples=60, deadline=None)
@given(sounds=SPANS, rows=SPANS)
def test_pairs_are_one_to_one_and_none_better_is_left(sounds, rows):
    """No free sound and free row overlap; what is the same is paired; every pair is in one recording."""
    both = [_bounds(sounds), _bounds(rows)]
    slack = np.full(len(rows), 1e-6)
    found = pairing.pair(*both, onset_slack_s=slack, offset_slack_s=slack)
    taken = found[found != NO_SOUND]
    assert len(set(taken.tolist())) == len(taken)
    free_sounds = set(range(len(sounds))) - set(taken.tolist())
    for row, sound in enumerate(found.tolist()):
        if sound != NO_SOUND:
            assert sounds[sound][0] == rows[row][0]
            continue
        for other in free_sounds:
            assert sounds[other][0] != rows[row][0] or _overlap(sounds[other], rows[row]) <= 0
    same = sum(min(_count(sounds, key), _count(rows, key)) for key in {span[:3] for span in rows})
    exact = sum(sounds[sound][:3] == rows[row][:3] for row, sound in enumerate(found.tolist()) if sound != NO_SOUND)
    assert exact == same


def _bounds(spans) -> Bounds:
    table = np.array(spans, np.int64).reshape(-1, 4)
    return Bounds(table[:, 0], table[:, 1] / 10, (table[:, 1] + table[:, 2]) / 10, table[:, 3])


def _overlap(one, other) -> int:
    return min(one[1] + one[2], other[1] + other[2]) - max(one[1], other[1])


def _count(spans, key) -> int:
    return sum(span[:3] == key for span in spans)
