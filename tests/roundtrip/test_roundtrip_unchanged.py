"""What was exported and not touched changes nothing, in any format, however awkward the sounds and names."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.roundtrip.conftest import FORMATS, SOUNDS, changes, difference, exported, write_project


@pytest.mark.parametrize(("format", "values"), FORMATS)
@pytest.mark.parametrize("packed", [False, True])
def test_an_export_that_nobody_edited_changes_nothing(project, tmp_path, format, values, packed):
    tables = exported(project, tmp_path / "out", format=format, **values)
    if packed:
        tables = shutil.make_archive(str(tmp_path / "packed"), "zip", tables.parent, tables.name)
    found = difference(project, tables)
    assert changes(found) == {}
    assert found.problems == ()
    n_points = 1 if format == "textgrid" else 0        # it has no place for them, and says nothing of them
    assert found.counts["unchanged"] == len(SOUNDS)
    assert found.n_rows == len(SOUNDS) - n_points


@pytest.mark.parametrize(("format", "values"), FORMATS)
def test_single_tables_of_an_export_speak_of_their_recordings_alone(project, tmp_path, format, values):
    tables = exported(project, tmp_path / "out", format=format, **values)
    if tables.is_file():
        return
    table = next(path for path in tables.rglob("*") if path.is_file() and path.parent.name == "day-1")
    found = difference(project, table)
    assert changes(found) == {}
    assert found.spoken_file_ids.tolist() == [5]
    assert found.counts["unchanged"] == 8
    assert any("1 of 5 recordings; the 7 sounds of the others stay" in note for note in found.notes)


@pytest.mark.parametrize(("format", "values"), FORMATS)
def test_twenty_thousand_sounds_on_top_of_each_other_change_nothing(tmp_path, format, values):
    rng = np.random.default_rng(7)
    n = 20_000
    onset_s = rng.choice([rng.uniform(0, 59, n), np.round(rng.uniform(0, 59, n), 2)], axis=0)
    offset_s = np.minimum(onset_s + rng.choice([0.001, 0.05, 1.0], n), 60.0)
    sounds = list(zip(rng.integers(0, 4, n).tolist(), onset_s.tolist(), offset_s.tolist(),
                      rng.integers(0, 9, n).tolist(), strict=True))
    project = write_project(tmp_path / "many.h5", sounds)
    found = difference(project, exported(project, tmp_path / "out", format=format, **values))
    assert changes(found) == {}
    assert found.problems == ()
    assert found.counts["unchanged"] == n


@pytest.mark.parametrize("format", ["raven", "audacity", "textgrid", "simple_seq"])
def test_tables_that_lost_their_folders_fit_only_where_names_are_told_apart(project, tmp_path, format):
    tables = exported(project, tmp_path / "out", format=format)
    flat = tmp_path / "flat"
    flat.mkdir()
    for number, path in enumerate(sorted(path for path in tables.rglob("*") if path.is_file())):
        kept = "day-1" not in str(path)
        if kept:
            shutil.copy(path, flat / path.name if not (flat / path.name).exists() else flat / f"{number}{path.name}")
    found = difference(project, flat)
    assert changes(found) == {}


def test_a_name_that_two_recordings_have_is_told_and_touches_neither(project, tmp_path):
    table = tmp_path / "song.wav.txt"
    table.write_text("0.000000\t0.100000\ttrill\n")
    found = difference(project, table)
    assert changes(found) == {}
    assert len(found.spoken_file_ids) == 0
    assert "2 recordings have that name" in found.problems[0]


@pytest.mark.parametrize(("format", "values"), FORMATS)
@pytest.mark.parametrize("alone", [False, True])
def test_recordings_of_one_name_in_the_folder_itself_and_below_stay_apart(tmp_path, format, values, alone):
    paths = ("song.wav", "day-1/song.wav", "day-2/song.wav")
    sounds = [(row, 0.1 * (row + 1), 0.1 * (row + 1) + 0.05, row + 1) for row in range(3)]
    project = write_project(tmp_path / "trip.h5", sounds, paths=paths)
    tables = exported(project, tmp_path / "out", format=format, **values)
    each = sorted(path for path in tables.rglob("*") if path.is_file())
    for table in each if alone else [tables]:
        found = difference(project, table)
        assert changes(found) == {}
        told = [problem for problem in found.problems if "3 recordings have that name" in problem]
        assert (len(told), len(found.problems)) == ((1, 1) if told else (0, 0))
        assert len(told) <= (alone and table.parent == tables)          # that one table's name says too little
        assert len(found.spoken_file_ids) == (1 - len(told) if alone else 3)


def test_one_sound_over_all_others_does_not_hold_up_a_table_that_rounds(tmp_path):
    n = 5_000
    onset_s = np.random.default_rng(3).permutation(n) / 100
    sounds = [(0, 0.0, 59.0, 1), *[(0, float(start), float(start) + 0.0051234, 2) for start in onset_s]]
    project = write_project(tmp_path / "long.h5", sounds)
    out = exported(project, tmp_path / "out", format="audacity")
    path = out / "day-1/song.txt"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(f"{float(start):.3f}\t{float(end):.3f}\t{label}\n" for start, end, label in rows),
                    encoding="utf-8")
    found = difference(project, out)
    assert changes(found) == {}
    assert found.counts["unchanged"] == n + 1
