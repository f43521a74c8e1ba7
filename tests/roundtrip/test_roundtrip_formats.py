"""Tables that another program has edited: the difference is what was edited, and nothing besides."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas
import parselmouth
import pytest

from tests.roundtrip.conftest import changes, difference, exported

RENAMED, MOVED_S = "Grüße \"x\", y; 'z'", 0.0125


def read_raven(path: Path) -> pandas.DataFrame:
    return pandas.read_csv(path, sep="\t", dtype=str, quoting=csv.QUOTE_NONE)


def write_raven(table: pandas.DataFrame, path: Path) -> None:
    table.to_csv(path, sep="\t", index=False, quoting=csv.QUOTE_NONE)


def expected() -> dict[str, object]:
    """What every test here edits: the label of #16, the end of #17, #15 deleted, one sound added to day-1/song.wav."""
    return {"relabelled": {16: -1}, "moved": {17: (59.9, round(60.0 - MOVED_S, 6))},
            "new": [(5, 30.5, 30.75, 1)], "deleted": [15]}


def shifted(text: str) -> str:
    return f"{float(text) - MOVED_S:.6f}"


@pytest.mark.parametrize("tables", ["each", "one"])
def test_raven_tables_edited_with_pandas(project, tmp_path, tables):
    out = exported(project, tmp_path / "out", format="raven", tables=tables)
    path = out if out.is_file() else out / "day-1/song.Table.1.selections.txt"
    table = read_raven(path)
    onsets = table["File Offset (s)"].astype(float)
    mine = table["Begin File"] == "song.wav"
    table.loc[mine & (onsets.round(4) == 0.3333), "Annotation"] = RENAMED
    last = mine & (onsets == 59.9)
    table.loc[last, "End Time (s)"] = table.loc[last, "End Time (s)"].map(shifted)
    added = table.iloc[0].copy()
    added[["Begin Time (s)", "End Time (s)", "File Offset (s)", "Annotation"]] = ["30.5", "30.75", "30.5", "trill"]
    gone = mine & (onsets == 0.6)
    write_raven(pandas.concat([table[~gone], added.to_frame().T]), path)
    found = difference(project, out)
    assert changes(found) == expected()
    assert found.new_names == (RENAMED,)
    assert found.problems == ()


def test_audacity_labels_edited_as_text(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    path = out / "day-1/song.txt"
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        start, end, label = line.split("\t")
        if float(start) == 0.6:
            continue
        if round(float(start), 4) == 0.3333:
            label = RENAMED
        if float(start) == 59.9:
            end = shifted(end)
        lines.append(f"{float(start):.6f}\t{float(end):.6f}\t{label}")      # as Audacity writes them
    path.write_text("\r\n".join(["30.500000\t30.750000\ttrill", *lines, ""]), encoding="utf-8")
    found = difference(project, out)
    assert changes(found) == expected()
    assert found.new_names == (RENAMED,)


def test_textgrids_edited_by_praat(project, tmp_path):
    call = parselmouth.praat.call
    out = exported(project, tmp_path / "out", format="textgrid")
    path = out / "day-1/song.TextGrid"
    grid = parselmouth.read(str(path))
    spans = {(tier, round(call(grid, "Get start time of interval", tier, place), 4)): (tier, place)
             for tier in range(1, call(grid, "Get number of tiers") + 1)
             for place in range(1, call(grid, "Get number of intervals", tier) + 1)
             if call(grid, "Get label of interval", tier, place)}
    at = {onset_s: place for (_tier, onset_s), place in spans.items()}
    call(grid, "Set interval text", *at[0.3333], RENAMED)
    call(grid, "Set interval text", *at[0.6], "")
    tier, place = at[59.9]
    call(grid, "Insert boundary", tier, 60 - MOVED_S)
    call(grid, "Set interval text", tier, place + 1, "")
    call(grid, "Set interval text", tier, place, "twin")
    for time_s in (30.5, 30.75):
        call(grid, "Insert boundary", 1, time_s)
    call(grid, "Set interval text", 1, call(grid, "Get interval at time", 1, 30.6), "trill")
    call(grid, "Save as text file", str(path))
    found = difference(project, out)
    assert changes(found) == expected()
    assert found.new_names == (RENAMED,)


def test_praats_short_and_utf16_files_and_a_tier_of_comments(project, tmp_path):
    out = exported(project, tmp_path / "out", format="textgrid")
    path = out / "day-1/song.TextGrid"
    grid = parselmouth.read(str(path))
    parselmouth.praat.call(grid, "Insert interval tier", 1, "comments")
    parselmouth.praat.call(grid, "Set interval text", 1, 1, "all of it is a comment")
    parselmouth.praat.call(grid, "Save as short text file", str(path))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    found = difference(project, out)
    assert changes(found) == {}
    assert any("tier 'comments' was passed over" in note for note in found.notes)


@pytest.mark.parametrize("tables", ["one", "each"])
def test_csv_edited_with_pandas(project, tmp_path, tables):
    out = exported(project, tmp_path / "out", format="csv", tables=tables)
    path = out if out.is_file() else out / "day-1/song.csv"
    table = pandas.read_csv(path, keep_default_na=False)
    table.loc[table.segment_id == 16, "cluster_name"] = RENAMED
    table.loc[table.segment_id == 17, "duration_sec"] -= MOVED_S
    table = table[table.segment_id != 15].sample(frac=1, random_state=1)      # sorted otherwise
    added = {"path": "day-1/song.wav", "onset_sec": 30.5, "duration_sec": 0.25, "cluster_name": "trill"}
    pandas.concat([table, pandas.DataFrame([added])]).to_csv(path, index=False)     # whose numbers are now floats
    found = difference(project, out)
    assert changes(found) == expected()
    assert found.new_names == (RENAMED,)


def test_a_spreadsheets_csv_with_semicolons_and_decimal_commas(project, tmp_path):
    out = exported(project, tmp_path / "out", format="csv")
    table = pandas.read_csv(out, keep_default_na=False)
    table.to_csv(out, index=False, sep=";", decimal=",", encoding="utf-8-sig")
    assert changes(difference(project, out)) == {}


@pytest.mark.parametrize("tables", ["one", "each"])
def test_generic_seq_edited_with_pandas(project, tmp_path, tables):
    out = exported(project, tmp_path / "out", format="generic_seq", tables=tables)
    path = out if out.is_file() else out / "day-1/song.csv"
    table = pandas.read_csv(path, keep_default_na=False)
    mine = table.notated_path == "day-1/song.wav"
    table.loc[mine & (table.onset_s.round(4) == 0.3333), "label"] = RENAMED
    table.loc[mine & (table.onset_s == 59.9), "offset_s"] -= MOVED_S
    added = table.iloc[[0]].assign(label="trill", onset_s=30.5, offset_s=30.75)
    pandas.concat([table[~(mine & (table.onset_s == 0.6))], added]).to_csv(path, index=False)
    assert changes(difference(project, out)) == expected()


def test_simple_seq_edited_with_pandas(project, tmp_path):
    out = exported(project, tmp_path / "out", format="simple_seq")
    path = out / "day-1/song.csv"
    table = pandas.read_csv(path, keep_default_na=False)
    table.loc[table.onset_s.round(4) == 0.3333, "label"] = RENAMED
    table.loc[table.onset_s == 59.9, "offset_s"] -= MOVED_S
    added = pandas.DataFrame([{"onset_s": 30.5, "offset_s": 30.75, "label": "trill"}])
    pandas.concat([table[table.onset_s != 0.6], added]).to_csv(path, index=False)
    assert changes(difference(project, out)) == expected()


@pytest.mark.parametrize("decimals", [3, 4, 6])
def test_a_program_that_rounds_times_moves_nothing(project, tmp_path, decimals):
    out = exported(project, tmp_path / "out", format="audacity")
    for path in out.rglob("*.txt"):
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_text("".join(f"{float(start):.{decimals}f}\t{float(end):.{decimals}f}\t{label}\n"
                                for start, end, label in rows), encoding="utf-8")
    assert changes(difference(project, out)) == {}


def test_a_shift_above_the_rounding_is_a_move_and_below_a_given_tolerance_is_none(project, tmp_path):
    out = exported(project, tmp_path / "out", format="audacity")
    path = out / "day-1/song.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("0.600000\t0.900000", "0.600400\t0.900000"),
                    encoding="utf-8")
    assert changes(difference(project, out)) == {"moved": {15: (0.6004, 0.9)}}
    assert changes(difference(project, out, slack_ms=1)) == {}


def test_a_bound_that_stayed_keeps_every_digit(project, tmp_path):
    out = exported(project, tmp_path / "out", format="raven")
    path = out / "odd_ na_me ü.Table.1.selections.txt"
    table = read_raven(path)
    table["End Time (s)"] = "12.5"
    write_raven(table, path)
    found = difference(project, out)
    assert found.moved_onset_s.tolist() == [12.3456789012]
    assert found.moved_offset_s.tolist() == [12.5]
