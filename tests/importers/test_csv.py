"""Tables with a heading, as people and programs write them."""

from __future__ import annotations

import pytest

from pipeline import importers


def read(tmp_path, text: str, *, name: str = "song.csv", encoding: str = "utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return importers.read_segments(path)


@pytest.mark.parametrize("heading", [
    "onset,offset", "onset_sec,offset_sec", "onset_s,offset_s", "Onset , OFFSET", "start_seconds,stop_seconds",
    "start,end",
])
def test_the_columns_of_time_have_many_names(tmp_path, heading):
    table = read(tmp_path, f"{heading}\n1,2.5\n")
    assert (table.onset_s.tolist(), table.offset_s.tolist()) == ([1.0], [2.5])


@pytest.mark.parametrize("heading", ["onset_sec,duration_sec", "onset,duration", "onset_s,duration_s"])
def test_a_duration_does_instead_of_an_offset(tmp_path, heading):
    assert read(tmp_path, f"{heading}\n1,2.5\n").offset_s.tolist() == [3.5]


def test_a_table_that_names_no_recording_is_named_like_it(tmp_path):
    assert read(tmp_path, "onset,offset,cluster\n1,2,x\n", name="bird 1.csv").recording == ("bird 1",)


def test_a_row_without_a_path_is_known_by_its_file_name(tmp_path):
    table = read(tmp_path, "filename,path,onset,offset\nx.wav,day1/x.wav,1,2\ny.wav,,1,2\n,,1,2\n")
    assert table.recording == ("day1/x.wav", "y.wav", "song")


def test_whispersegs_csv_has_clusters_and_no_labels(tmp_path):
    table = read(tmp_path, "onset,offset,cluster\n1,2,vocal\n")
    assert (table.label, table.cluster) == (None, ("vocal",))


def test_our_own_export_is_read_back(tmp_path):
    table = read(tmp_path, "segment_id,file_id,filename,path,onset_sec,duration_sec,cluster_id,cluster_name\n"
                           "0,0,x.wav,day1/x.wav,1.5,0.25,3,trill\n1,0,x.wav,day1/x.wav,2,0.25,0,\n")
    assert table.recording == ("day1/x.wav",) * 2
    assert table.cluster == ("trill", "")
    assert table.offset_s.tolist() == [1.75, 2.25]


def test_cluster_number_0_is_no_cluster(tmp_path):
    assert read(tmp_path, "onset,offset,cluster_id\n1,2,0\n3,4,7\n").cluster == ("", "7")


def test_rows_can_be_marked_as_not_to_be_counted(tmp_path):
    table = read(tmp_path, "onset,offset,label,ignore_for_type\n1,2,a,0\n3,4,a,1\n")
    assert table.ignore.tolist() == [False, True]


def test_points_are_left_out_and_told(tmp_path):
    table = read(tmp_path, "onset,offset,label\n1,1,pulse\n3,4,sine\n")
    assert table.label == ("sine",)
    assert table.notes[0].startswith("1 of 2 rows of")
    assert importers.match(table, ["song.wav"])[1] == list(table.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_any_usual_encoding(tmp_path, encoding):
    table = read(tmp_path, "filename,onset,offset,label\nñandú.wav,1,2,é\n", encoding=encoding)
    assert (table.recording, table.label) == (("ñandú.wav",), ("é",))


def test_semicolons_come_with_decimal_commas(tmp_path):
    table = read(tmp_path, "filename;onset;offset\r\nx.wav;0,5;1,25\r\n")
    assert (table.onset_s.tolist(), table.offset_s.tolist()) == ([0.5], [1.25])


def test_names_may_hold_commas_quotes_and_line_breaks(tmp_path):
    table = read(tmp_path, 'filename,onset,offset\n"a, ""b""\nc.wav",1,2\n')
    assert table.recording == ('a, "b"\nc.wav',)


def test_a_table_of_no_sounds_is_a_table(tmp_path):
    assert len(read(tmp_path, "filename,onset_sec,offset_sec,label\n")) == 0


SETS = {
    "bats_whombat": 130, "bengalese_finch_gy6or6": 1205, "bengalese_finch_koumura_bird0": 900, "mouse_usv_icr": 21,
    "ws_canary_segmentation": 169, "ws_meerkat_segmentation": 183, "ws_zebra_finch_segmentation": 294,
    "zebra_finch_G402_segmentation": 386, "zebra_finch_G402_typed": 594, "fly_song": 26,
}


@pytest.mark.parametrize(("name", "n"), SETS.items())
def test_every_real_table_finds_its_recordings(data_set, name, n):
    from pipeline import discover

    folder = data_set(name)
    table = importers.read_segments(folder / "labels.csv")
    found, problems = importers.match(table, [recording.name for recording in discover.recordings(folder)])
    assert sum(map(len, found.values())) == n
    assert problems == list(table.notes)
    assert bool(problems) == (name == "fly_song")   # most of its rows are pulses: points in time
