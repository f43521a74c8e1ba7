"""``python -m pipeline runs``, and a command that is told to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest
from click.testing import CliRunner

from pipeline import runs
from pipeline.commands.runs import command
from tests.runs.conftest import ended, is_under_way, until
from tests.sounds import write_songs


@pytest.fixture
def call():
    def invoke(*arguments: str):
        return CliRunner().invoke(command, arguments)
    return invoke


def test_an_empty_list_says_so(call):
    assert call("list").output == "There are no runs.\n"
    assert json.loads(call("list", "--json").output) == []


def test_a_run_is_listed_shown_and_removed(call, values, tmp_path):
    ended(runs.submit("preprocess", values(write_songs(tmp_path / "songs")), user="ada"))
    assert "done" in call("list").output
    shown = call("show", "1")
    assert shown.exit_code == 0
    assert "24 sounds" in shown.output
    document = json.loads(call("show", "1", "--json").output)
    assert document["values"]["subject"] == "bird"
    assert document["log"][-1]["text"].startswith("4 of 4 recordings")
    assert json.loads(call("list", "--json").output)[0]["state"] == "done"
    assert call("remove", "1").exit_code == 0
    assert call("list").output == "There are no runs.\n"


def test_cancel_waits_until_it_has_ended_and_resume_goes_on(call, many, values):
    until(runs.submit("preprocess", values(many), user="ada"), is_under_way)
    assert "Run 1 is cancelled." in call("cancel", "1").output
    assert "Run 1 goes on." in call("resume", "1").output
    ended(runs.get(1))
    assert call("clear").output == "1 run taken off the list.\n"


def test_a_failed_run_gives_the_exit_code_1(call, values, tmp_path):
    songs = write_songs(tmp_path / "songs")
    (tmp_path / "out").write_text("in the way")
    ended(runs.submit("preprocess", values(songs), user="ada"), runs.FAILED)
    assert call("show", "1").exit_code == 1


def test_preprocess_ends_on_sigterm_with_a_sentence_and_goes_on_later(many, values, python, root, tmp_path):
    line = [python, "-m", "pipeline", "preprocess", "--data-dir", str(many), "--output-dir", str(tmp_path / "out"),
            "--subject", "bird", "--compute-embeddings", "--export-hdf5"]
    started = subprocess.Popen([*line, "--workers", "2"], cwd=root, stderr=subprocess.PIPE, text=True)
    finished = tmp_path / "out/bird.work/embed"
    deadline = time.monotonic() + 120
    while len(list(finished.glob("*.npz"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(started.pid, signal.SIGTERM)
    _out, told = started.communicate(timeout=60)
    assert started.returncode == 143
    assert "Run the same command again" in told
    assert "Traceback" not in told
    kept = {path: path.stat().st_mtime_ns for path in finished.glob("*.npz")}
    assert subprocess.run(line, cwd=root, capture_output=True, timeout=300).returncode == 0
    assert all(path.stat().st_mtime_ns == mtime_ns for path, mtime_ns in kept.items())
