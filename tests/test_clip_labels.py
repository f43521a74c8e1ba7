"""True labels of clips: from a table, from their names, from their folders; never by position."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import clip_labels
from pipeline.errors import ParameterError, TableError


@pytest.fixture
def drums(tmp_path) -> Path:
    """Four clips in two folders; a base name that occurs twice."""
    folder = tmp_path / "drums"
    for name in ("kick/1.wav", "kick/2.wav", "snare/2.wav", "snare/3.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def table(folder: Path, text: str) -> Path:
    path = folder.parent / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_asked_for_nothing_given(tmp_path):
    assert clip_labels.read(tmp_path / "is never looked at") == clip_labels.ClipLabels()


def test_the_sub_folder_is_the_label(drums):
    (drums / "loose.wav").touch()
    labels = clip_labels.read(drums, from_folder=True)
    expected = {"kick/1.wav": "kick", "kick/2.wav": "kick", "snare/2.wav": "snare", "snare/3.wav": "snare"}
    assert labels.by_name == expected
    assert labels.problems == ["1 of 5 recordings lie in no sub-folder ('loose.wav')."]


def test_a_table_is_joined_by_path_or_by_a_base_name_that_is_the_only_one(drums):
    path = table(drums, "filename,kind\nsnare/2.wav,s\nkick/2.wav,k\n1.wav,k\n3,s\n")
    labels = clip_labels.read(drums, table=path, column="kind")
    assert labels.by_name == {"kick/1.wav": "k", "kick/2.wav": "k", "snare/2.wav": "s", "snare/3.wav": "s"}
    assert labels.problems == []


def test_what_fits_none_or_several_is_told(drums):
    labels = clip_labels.read(drums, table=table(drums, "filename,label\n2.wav,?\n9.wav,x\n1.wav,k\n3.wav,s\n"))
    assert labels.by_name == {"kick/1.wav": "k", "snare/3.wav": "s"}
    assert "2 names in labels.csv fit no recording" in labels.problems[0]
    assert "'2.wav': 2 recordings have that name" in labels.problems[0]
    assert "'9.wav': there is no such recording" in labels.problems[0]
    assert labels.problems[1] == "2 of 4 recordings have no label in labels.csv ('kick/2.wav', 'snare/2.wav')."


def test_a_table_may_have_semicolons_a_mark_and_old_letters(drums):
    path = drums.parent / "labels.csv"
    path.write_bytes("\ufefffilename;label\r\n1.wav;größe\r\n".encode("utf-8"))
    assert clip_labels.read(drums, table=path).by_name["kick/1.wav"] == "größe"
    path.write_bytes("filename;label\r\n1.wav;größe\r\n".encode("latin-1"))
    assert clip_labels.read(drums, table=path).by_name["kick/1.wav"] == "größe"


@pytest.mark.parametrize(("text", "said"), [
    ("name_of_it,label\n1.wav,k\n", "no column of file names.*name_of_it, label"),
    ("filename,kind\n1.wav,k\n", "no column 'label'.*--label-column.*filename, kind"),
    ("filename,label\n1.wav,k\n1.wav,s\n", "line 3: '1.wav' is labelled 's' here, 'k' above"),
    ("filename,label\n1.wav,k,or s\n", "line 2: the row has 3 cells, but the heading has 2"),
    ("", "is empty"),
])
def test_a_table_that_cannot_be_used_says_what_to_do(drums, text, said):
    with pytest.raises(TableError, match=f"(?s){said}"):
        clip_labels.read(drums, table=table(drums, text))


def test_a_missing_table_is_told(drums):
    with pytest.raises(ParameterError, match=r"nowhere\.csv does not exist\. Check --labels"):
        clip_labels.read(drums, table=drums / "nowhere.csv")


@pytest.mark.parametrize("regex", [r"^(\d)", r"(?P<before>)(?P<label>\d)", r"\d"])
def test_a_pattern_takes_the_label_out_of_the_name(drums, regex):
    assert clip_labels.read(drums, regex=regex).by_name["snare/2.wav"] == "2"


def test_a_pattern_with_a_slash_sees_the_folders(drums):
    labels = clip_labels.read(drums, regex=r"(k\w+)/")
    assert labels.by_name == {"kick/1.wav": "kick", "kick/2.wav": "kick"}
    assert "2 of 4 recordings do not match" in labels.problems[0]


def test_two_ways_at_once_and_a_broken_pattern_are_refused(drums):
    with pytest.raises(ParameterError, match="give one of the three"):
        clip_labels.read(drums, regex=r"(\d)", from_folder=True)
    with pytest.raises(ParameterError, match="is no valid pattern"):
        clip_labels.read(drums, regex="(")


@pytest.mark.parametrize(("name", "n", "n_classes"), [("fsdd", 900, 10), ("drums_tr909", 74, 11), ("esc10", 160, 10)])
def test_every_clip_of_a_real_set_has_its_label(data_set, name, n, n_classes):
    folder = data_set(name)
    labels = clip_labels.read(folder, table=folder / "labels.csv")
    assert (len(labels.by_name), len(set(labels.by_name.values())), labels.problems) == (n, n_classes, [])
