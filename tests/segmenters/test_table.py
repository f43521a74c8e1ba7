"""Sounds from a table that was made elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline import audio, discover, params, steps
from pipeline.errors import ParameterError, TableError
from pipeline.segmenters.table import Table


@pytest.fixture
def songs(tmp_path) -> Path:
    """Three recordings of two seconds; two of them share a base name."""
    for name in ("day1/a.wav", "day2/a.wav", "day2/b.wav"):
        path = tmp_path / "songs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.zeros(16000), 8000)
    return tmp_path / "songs"


def table_file(folder: Path, rows: str, *, heading: str = "path,onset,offset,label", name: str = "t.csv") -> str:
    path = folder / name
    path.write_text(f"{heading}\n{rows}", encoding="utf-8")
    return str(path)


def segment(method: Table, songs: Path) -> dict[str, list[tuple]]:
    """The sounds of each recording, one recording at a time as a worker gets them."""
    found = {}
    for file_id, (path, name) in enumerate((f.path, f.name) for f in discover.recordings(songs)):
        recording = audio.decode(path, rate_hz=4000, name=name, file_id=file_id)
        ((got_id, table),) = method.segment([recording])
        assert got_id == file_id
        texts = table.label or table.cluster or ("",) * len(table)
        found[name] = list(zip(table.onset_s.tolist(), table.offset_s.tolist(), texts, strict=True))
    return found


def test_each_recording_gets_its_own_rows_in_order_of_time(songs, tmp_path):
    method = Table(table_file(tmp_path, "day1/a.wav,1,1.5,x\nb.wav,0.5,1,y\nday1/a.wav,0,0.5,z\n"))
    assert segment(method, songs) == {
        "day1/a.wav": [(0.0, 0.5, "z"), (1.0, 1.5, "x")], "day2/a.wav": [], "day2/b.wav": [(0.5, 1.0, "y")]}
    assert method.problems(["day1/a.wav", "day2/a.wav", "day2/b.wav"]) == []


def test_a_base_name_that_two_recordings_have_goes_to_neither_and_is_told(songs, tmp_path):
    method = Table(table_file(tmp_path, "a.wav,0,1,x\nb.wav,0,1,y\nc.wav,0,1,z\n"))
    found = segment(method, songs)
    assert [name for name, rows in found.items() if rows] == ["day2/b.wav"]
    (problem,) = method.problems(list(found))
    assert "2 of 3 rows" in problem
    assert "'c.wav': there is no such recording" in problem


@pytest.mark.parametrize(("columns", "labels_as", "label", "cluster"), [
    ("label", "truth", "x", None), ("cluster", "truth", "x", None),
    ("label", "clusters", None, "x"), ("cluster", "clusters", None, "x"),
])
def test_labels_are_truth_or_clusters_as_asked(songs, tmp_path, columns, labels_as, label, cluster):
    path = table_file(tmp_path, "day2/b.wav,0,1,x\n", heading=f"path,onset,offset,{columns}")
    recording = audio.decode(songs / "day2/b.wav", rate_hz=None, name="day2/b.wav")
    ((_, table),) = Table(path, labels_as=labels_as).segment([recording])
    assert (table.label, table.cluster) == (label and (label,), cluster and (cluster,))


@pytest.mark.parametrize("labels_as", ["truth", "clusters"])
def test_a_table_with_both_keeps_both(songs, tmp_path, labels_as):
    path = table_file(tmp_path, "day2/b.wav,0,1,x,3\n", heading="path,onset,offset,label,cluster")
    recording = audio.decode(songs / "day2/b.wav", rate_hz=None, name="day2/b.wav")
    ((_, table),) = Table(path, labels_as=labels_as).segment([recording])
    assert (table.label, table.cluster) == (("x",), ("3",))


def test_what_reaches_a_little_beyond_the_end_is_cut_there(songs, tmp_path):
    rows = "day2/b.wav,1.5,2.25,x\nday2/b.wav,2.1,2.5,gone\nday2/b.wav,0,1,y\n"
    assert segment(Table(table_file(tmp_path, rows)), songs)["day2/b.wav"] == [(0.0, 1.0, "y"), (1.5, 2.0, "x")]


def test_a_table_of_another_recording_is_refused(songs, tmp_path):
    method = Table(table_file(tmp_path, "day2/b.wav,1,2,x\nday2/b.wav,60,61,x\n"))
    with pytest.raises(TableError, match=r"ends at 61\.000 s in 'day2/b\.wav', which is only 2\.000 s long"):
        segment(method, songs)


def test_a_folder_with_one_table_for_each_recording(songs, tmp_path):
    for name, row in (("day1/a", "0\t1\tx\n"), ("day2/a", "0\t2\ty\n")):
        path = tmp_path / "labels" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(row)
    method = Table(str(tmp_path / "labels"))
    expected = {"day1/a.wav": [(0.0, 1.0, "x")], "day2/a.wav": [(0.0, 2.0, "y")], "day2/b.wav": []}
    assert segment(method, songs) == expected
    assert tmp_path / "labels" / "day1" in method.inputs


def test_a_table_that_changes_is_read_again(songs, tmp_path):
    method = Table(table_file(tmp_path, "day2/b.wav,0,1,x\n"))
    before, key = segment(method, songs), steps.inputs_of(method)
    path = table_file(tmp_path, "day2/b.wav,0,1.5,changed\n")
    os.utime(path, ns=(1, 1))
    assert segment(method, songs) != before
    assert steps.inputs_of(method) != key


def test_a_missing_or_broken_table_is_refused_at_once(tmp_path):
    with pytest.raises(ParameterError, match=r"nowhere\.csv does not exist\. Check --segments-from"):
        Table(str(tmp_path / "nowhere.csv"))
    with pytest.raises(TableError, match="line 2"):
        Table(table_file(tmp_path, "a.wav,2,1,x\n"))
    with pytest.raises(ParameterError, match="give it with --segments-from"):
        Table().problems([])


def test_its_path_is_kept_absolute_for_workers_elsewhere(tmp_path, monkeypatch):
    table_file(tmp_path, "a.wav,0,1,x\n")
    monkeypatch.chdir(tmp_path)
    assert params.values(Table("t.csv"))["segments_from"] == str(tmp_path / "t.csv")


def test_a_recording_that_lies_in_no_folder_of_ours_is_matched_by_its_name(tmp_path):
    method = Table(table_file(tmp_path, "x.wav,0,1,y\n"))
    silence = np.zeros(16000, np.float32)
    recording = audio.Recording(tmp_path / "gone" / "x.wav", "x.wav", 0, 8000, 8000, 1, silence, 0.0)
    ((_, table),) = method.segment([recording])
    assert len(table) == 1


@pytest.mark.parametrize(("name", "table", "n"), [
    ("ws_meerkat_segmentation", "whisperseg_json", 183), ("bats_whombat", "labels.csv", 130),
    ("fly_song", "labels.csv", 26), ("mouse_usv_icr", "labels.csv", 21),
])
def test_real_tables_give_all_their_sounds(data_set, name, table, n):
    folder = data_set(name)
    assert sum(map(len, segment(Table(str(folder / table)), folder).values())) == n
