"""The other formats: what each has of its own, against files that other programs wrote."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from pipeline import importers
from pipeline.errors import ParameterError, TableError


def write(path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def by_others(name: str) -> Path:
    """A file that comes with crowsetta, written by the program whose format it has."""
    pytest.importorskip("crowsetta")
    return Path(str(resources.files("crowsetta.examples") / name))


# Raven

def raven(folder: Path, heading: str, *rows: str) -> Path:
    text = "\n".join(line.replace("|", "\t") for line in (heading, *rows))
    return write(folder / "t.Table.1.selections.txt", text)


def test_raven_is_read_as_crowsetta_reads_it():
    import crowsetta

    path = by_others("Recording_1_Segment_02.Table.1.selections.txt")
    theirs = crowsetta.formats.bbox.Raven.from_file(path, annot_col="Species")
    mine = importers.read_segments(path)
    assert np.allclose(mine.onset_s, theirs.df.begin_time_s)
    assert mine.label == tuple(theirs.df.annotation)
    assert set(mine.recording) == {"Recording_1_Segment_02"}


def test_raven_counts_from_each_files_own_start(tmp_path):
    heading = "Selection|View|Begin Time (s)|End Time (s)|Begin Path|Begin File|File Offset (s)|Annotation"
    path = raven(tmp_path, heading,
                 r"1|Spectrogram 1|100.5|101.0|C:\day1\a.wav|a.wav|0.5|x", "2|Spectrogram 1|200|201||b.wav|3|y")
    table = importers.read_segments(path)
    assert (table.onset_s.tolist(), table.offset_s.tolist()) == ([0.5, 3.0], [1.0, 4.0])
    found, problems = importers.match(table, ["day1/a.wav", "day2/a.wav", "b.wav"])
    assert (sorted(found), problems) == (["b.wav", "day1/a.wav"], [])


def test_raven_selections_are_one_sound_in_however_many_views(tmp_path):
    path = raven(tmp_path, "Selection|View|Channel|Begin Time (s)|End Time (s)", "1|Waveform 1|1|1|2",
                 "1|Spectrogram 1|1|1|2", "1|Spectrogram 2|1|1|2", "2|Spectrogram 1|1|1|2")
    assert len(importers.read_segments(path)) == 2


def test_raven_writes_quotation_marks_as_they_are(tmp_path):
    path = raven(tmp_path, "Selection|Begin Time (s)|End Time (s)|Annotation", '1|1|2|"tsip', "2|3|4|b")
    assert importers.read_segments(path).label == ('"tsip', "b")


# Audacity

def test_audacity_tracks_by_audacity():
    spinetail = importers.read_segments(by_others("spinetail.txt"))
    assert (len(spinetail), spinetail.label[:2], spinetail.offset_s[0]) == (18, ("SP", "CRER"), 0.36752)
    assert len(importers.read_segments(by_others("405_marron1_June_14_2016_69640887.audacity.txt"))) == 61


def test_audacity_labels_may_be_missing_and_points_are_left_out(tmp_path):
    text = "\ufeff1.0\t2.0\r\n3.0\t3.0\tpoint\r\n\r\n4,5\t5,0\tb\tc\r\n"
    table = importers.read_segments(write(tmp_path / "x.txt", text))
    assert (table.onset_s.tolist(), table.label) == ([1.0, 4.5], ("", "b\tc"))
    assert "1 of 3 rows" in table.notes[0]


# Praat

@pytest.fixture
def song():
    """A TextGrid in Praat itself, with two interval tiers and one of points."""
    from parselmouth.praat import call

    grid = call("Create TextGrid", 0, 3, "song other points", "points")
    for tier, edge in ((1, 0.5), (1, 1.0), (1, 2.0), (2, 0.5), (2, 1.0), (2, 1.5)):
        call(grid, "Insert boundary", tier, edge)
    for tier, interval, text in ((1, 2, 'a "q" !'), (1, 4, "ñ 鳥"), (2, 2, "the same"), (2, 3, "second")):
        call(grid, "Set interval text", tier, interval, text)
    call(grid, "Insert point", 3, 1.7, "point")
    return grid


@pytest.mark.parametrize("how", ["Save as text file", "Save as short text file"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_textgrids_by_praat(tmp_path, song, how, encoding):
    from parselmouth.praat import call, run

    run(f'Text writing preferences: "{encoding}"')
    call(song, how, str(tmp_path / "song.TextGrid"))
    run('Text writing preferences: "UTF-8"')
    table = importers.read_segments(tmp_path / "song.TextGrid")
    assert table.onset_s.tolist() == [0.5, 1.0, 2.0]
    assert table.offset_s.tolist() == [1.0, 1.5, 3.0]
    assert table.label == ('a "q" !', "second", "ñ 鳥")


def test_a_second_tier_about_the_same_intervals_adds_no_sounds():
    """Words and their translation: the words count."""
    import crowsetta

    path = by_others("AVO-maea-basic.TextGrid")
    points, words, gloss = crowsetta.formats.seq.TextGrid.from_file(path).tiers
    assert (points.name, words.name, gloss.name) == ("Tones", "Samoan", "Gloss")
    mine = importers.read_segments(path)
    assert mine.onset_s.tolist() == [interval.xmin for interval in words.intervals if interval.text]
    assert mine.label == tuple(interval.text for interval in words.intervals if interval.text)


# evsonganaly

def test_notmat_is_read_as_crowsetta_reads_it():
    import crowsetta

    path = by_others("gy6or6_baseline_230312_0808.138.cbin.not.mat")
    theirs = crowsetta.formats.seq.NotMat.from_file(path)
    mine = importers.read_segments(path)
    assert np.allclose(mine.onset_s, theirs.onsets)
    assert np.allclose(mine.offset_s, theirs.offsets)
    assert mine.label == tuple(theirs.labels)
    found, problems = importers.match(mine, ["gy6or6_baseline_230312_0808.138.wav"])
    assert (len(found), problems) == (1, [])


@pytest.mark.parametrize(("n", "labels"), [(0, ""), (1, "a"), (3, "a b")])
def test_notmat_with_few_sounds(tmp_path, n, labels):
    path = tmp_path / "x.wav.not.mat"
    times = np.arange(n, dtype=float) * 100
    scipy.io.savemat(path, {"onsets": times, "offsets": times + 50, "labels": labels})
    table = importers.read_segments(path)
    assert (table.label, table.recording) == (tuple(labels), ("x.wav",) * n)


def test_notmat_without_labels_and_with_too_few(tmp_path):
    path = tmp_path / "x.wav.not.mat"
    scipy.io.savemat(path, {"onsets": [100.0, 200.0], "offsets": [150.0, 250.0]})
    assert importers.read_segments(path).label is None
    scipy.io.savemat(path, {"onsets": [100.0, 200.0], "offsets": [150.0, 250.0], "labels": "abc"})
    with pytest.raises(TableError, match="2 onsets but 3 labels"):
        importers.read_segments(path)
    scipy.io.savemat(path, {"onsets": [100.0]})
    with pytest.raises(TableError, match="has no offsets"):
        importers.read_segments(path)


# crowsetta, WhisperSeg

def test_generic_seq_as_crowsetta_writes_it(tmp_path):
    crowsetta = pytest.importorskip("crowsetta")
    annotated = crowsetta.Annotation(
        seq=crowsetta.Sequence.from_keyword(labels=np.array(["a", "b"]), onsets_s=np.array([1.0, 2.0]),
                                            offsets_s=np.array([1.5, 2.5])),
        annot_path="nowhere.txt", notated_path="nowhere/song.wav")
    crowsetta.formats.seq.GenericSeq(annots=[annotated]).to_file(tmp_path / "all.csv")
    table = importers.read_segments(tmp_path / "all.csv")
    assert (table.onset_s.tolist(), table.label) == ([1.0, 2.0], ("a", "b"))
    assert table.recording == ("nowhere/song.wav",) * 2


@pytest.mark.parametrize(("name", "n"), [("ws_canary_segmentation", 169), ("ws_meerkat_segmentation", 183),
                                         ("ws_zebra_finch_segmentation", 294)])
def test_real_whisperseg_folders_agree_with_their_tables(data_set, name, n):
    folder = data_set(name)
    mine, listed = importers.read_segments(folder / "whisperseg_json"), importers.read_segments(folder / "labels.csv")
    assert len(mine) == n
    assert np.allclose(np.sort(mine.onset_s), np.sort(listed.onset_s), atol=1e-5)
    assert mine.cluster is not None
    assert mine.label is None


# which format, which recording

def test_json_that_is_no_whisperseg_is_no_table(tmp_path):
    path = write(tmp_path / "config.json", json.dumps({"learning_rate": 1}))
    with pytest.raises(TableError, match=r"no table of sounds in a format that is known.*audacity, csv"):
        importers.read_segments(path)


def test_an_unknown_format_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(ParameterError, match="audacity, csv, generic_seq"):
        importers.read_segments(write(tmp_path / "x.csv", "onset,offset\n"), format="excel")


def test_a_folder_of_two_formats_may_tell_the_same_twice(tmp_path):
    write(tmp_path / "a.csv", "onset,offset\n1,2\n")
    write(tmp_path / "a.txt", "1\t2\tx\n")
    with pytest.raises(TableError, match=r"several formats \(.*a\.csv is csv.*\)"):
        importers.read_segments(tmp_path)
    assert len(importers.read_segments(tmp_path, format="audacity")) == 1


def test_two_tables_of_one_recording_are_refused(tmp_path):
    write(tmp_path / "a.csv", "filename,onset,offset\nx.wav,1,2\n")
    write(tmp_path / "b.csv", "filename,onset,offset\nx.wav,1,2\n")
    with pytest.raises(TableError, match=r"Both .*a\.csv and .*b\.csv list the sounds of 'x\.wav'"):
        importers.read_segments(tmp_path)


def rows_of(tmp_path: Path, *recordings: str) -> importers.ImportedTable:
    rows = "".join(f'"{recording}",{n},{n + 1}\n' for n, recording in enumerate(recordings))
    return importers.read_segments(write(tmp_path / "t.csv", "filename,onset,offset\n" + rows))


@pytest.mark.parametrize("text", ["day1/a.wav", "./day1/a.wav", "/lab/data/day1/a.wav", "C:\\data\\day1\\a.wav",
                                  "day1/a", "day1/a.flac"])
def test_folders_tell_recordings_of_one_name_apart(tmp_path, text):
    found, problems = importers.match(rows_of(tmp_path, text), ["day1/a.wav", "day2/a.wav"])
    assert (list(found), problems) == (["day1/a.wav"], [])


def test_a_name_that_several_recordings_have_belongs_to_none(tmp_path):
    found, problems = importers.match(rows_of(tmp_path, "a.wav", "b.wav"), ["day1/a.wav", "day2/a.wav", "b.wav"])
    assert list(found) == ["b.wav"]
    assert "1 of 2 rows" in problems[0]
    assert "'a.wav': 2 recordings have that name" in problems[0]


def test_rows_of_another_folder_are_not_added_to_a_recording_of_the_same_name(tmp_path):
    found, problems = importers.match(rows_of(tmp_path, "day1/a.wav", "day2/a.wav"), ["day1/a.wav"])
    assert found["day1/a.wav"].onset_s.tolist() == [0.0]
    assert "'day2/a.wav': another name in the table fits 'day1/a.wav' as well or better" in problems[0]


def test_accents_match_however_they_are_composed(tmp_path):
    found, _problems = importers.match(rows_of(tmp_path, "n\u0303andu.wav"), ["ñandu.wav"])
    assert list(found) == ["ñandu.wav"]


def test_a_dot_within_a_name_is_no_extension(tmp_path):
    found, problems = importers.match(rows_of(tmp_path, "bird_0808.138"), ["bird_0808.138.wav", "bird_0808.139.wav"])
    assert (list(found), problems) == (["bird_0808.138.wav"], [])
