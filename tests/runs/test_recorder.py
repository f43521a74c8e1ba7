"""What a run tells is written seldom, kept short, and right in the end."""

from __future__ import annotations

import sqlite3

import pytest

from pipeline import runs
from pipeline.errors import RunError
from pipeline.runs import table, telling
from pipeline.runs.recorder import Recorder
from pipeline.runs.table import Progress


def made(**columns) -> int:
    usual = {"token": None, "kind": "preprocess", "title": "a run", "user": "ada", "values": {}, "writes": "",
             "is_light": False, "steps": []}
    with table.writing() as connection:
        return table.add(connection, **usual | columns)


def test_the_last_state_is_in_the_table_however_fast_it_came():
    run_id = made(state="running")
    with Recorder(run_id, [Progress("segment", "segments", "B"), Progress("export", "project file")]) as recorder:
        recorder.begin("segment", 10_000)
        for number in range(10_000):
            recorder.advance("segment", 1)
            recorder.note(f"line {number}\n<b>")
        recorder.begin("surprise", 2, title="what nobody planned")
        recorder.advance("surprise", 1)
    run = runs.get(run_id)
    assert [(step.title, step.share) for step in run.steps] == [
        ("segments", 1.0), ("project file", 0.0), ("what nobody planned", 0.5)]
    assert run.share == 0.5
    lines = runs.log(run_id)
    assert len(lines) <= table.MOST_LINES
    assert [line.text for line in lines[-2:]] == ["line 9999\\n<b>", "what nobody planned: begun."]


def test_a_log_keeps_its_newest_lines_under_their_numbers():
    run_id = made()
    with table.writing() as connection:
        for start in range(0, 2_400, 300):
            table.append(connection, run_id, [(0.0, f"line {start + k}") for k in range(1, 301)])
    lines = runs.log(run_id)
    assert (len(lines), lines[0].number, lines[-1].number) == (table.MOST_LINES, 1401, 2400)
    assert lines[-1].text == "line 2400"
    assert [line.number for line in runs.log(run_id, after=2398)] == [2399, 2400]
    assert [line.number for line in runs.log(run_id, most=1)] == [2400]


def test_the_oldest_of_many_runs_that_are_over_are_forgotten(monkeypatch):
    monkeypatch.setattr(table, "MOST_ENDED", 5)
    ids = [made(state="done", ended_at=float(k)) for k in range(table.MOST_ENDED + 3)]
    waiting = made(state="queued")
    with table.writing() as connection:
        assert sorted(table.drop_oldest(connection)) == ids[:3]
    assert {run.id for run in runs.recent(most=1_000)} == {*ids[3:], waiting}


def test_rate_and_remaining_time_in_words():
    step = Progress("segment", "segments", "B", amount=5e6, total=1e7, rate=1.25e6, left_s=4.0)
    assert telling.step(step) == "50 % · 1.25 MB/s · 4 s left"
    assert telling.step(Progress("x", "map")) == "waits"
    assert telling.step(Progress("x", "map", total=1.0)) == "0 %"
    assert telling.step(Progress("x", "map", amount=1.0, total=1.0)) == "done"
    told = [telling.duration(seconds) for seconds in (0.2, 59, 60, 3599, 7_860)]
    assert told == ["1 s", "59 s", "1 min", "1 h 0 min", "2 h 11 min"]


def test_a_table_of_a_newer_version_is_left_alone():
    runs.recent()
    connection = sqlite3.connect(table.path())
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(RunError, match="newer version"):
        runs.recent()
    connection.execute(f"PRAGMA user_version = {table.VERSION}")
    connection.close()
    assert runs.recent() == []


def test_a_damaged_table_gives_a_sentence():
    table.path().write_text("this is no database, and it is long enough to be seen as one " * 50)
    with pytest.raises(RunError, match="move it away"):
        runs.recent()
    table.path().unlink()
