"""What the recordings in a folder are, told from their headers, whatever those hold."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from pipeline import probing, settings, survey
from pipeline.__main__ import cli
from pipeline.audio import Probe
from pipeline.errors import ParameterError


def write(path, duration_s=1.0, *, rate_hz=32_000, channels=1, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros((round(duration_s * rate_hz), channels), np.float32), rate_hz, **how)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "day 1" / "a.wav", 2)
    write(tmp_path / "day 2" / "b.flac", 1)
    return tmp_path


def test_it_counts_measures_and_sorts_by_what_is_frequent(folder):
    write(folder / "c.wav", 3)
    seen = survey.survey(folder)
    assert (seen.n_recordings, seen.n_read, seen.n_unreadable) == (3, 3, 0)
    assert seen.duration_s == pytest.approx(6)
    assert seen.rates_hz == [(32_000, 3)]
    assert seen.channels == [(1, 3)]
    assert seen.formats == [("WAV PCM_16", 2), ("FLAC PCM_16", 1)]
    assert seen.longest == ("c.wav", 3.0)
    assert seen.n_bytes == sum(path.stat().st_size for path in folder.rglob("*.*"))
    assert seen.warnings == []


def test_what_cannot_be_read_is_told_with_its_reason(folder):
    (folder / "zero.wav").write_bytes(b"")
    (folder / "text.wav").write_text("no audio")
    write(folder / "empty.wav", 0)
    write(folder / "slow.wav", rate_hz=100)
    seen = survey.survey(folder)
    reasons = dict(seen.unreadable)
    assert set(reasons) == {"zero.wav", "text.wav", "empty.wav", "slow.wav"}
    assert seen.n_unreadable == 4
    assert reasons["zero.wav"] == "is empty (0 bytes)"
    assert "not audio" in reasons["text.wav"]
    assert reasons["empty.wav"] == "holds no samples"
    assert "sample rate of 100 Hz" in reasons["slow.wav"]


def test_mixed_rates_channels_and_copies_are_warned_of(folder):
    write(folder / "x.wav", rate_hz=44_100, channels=2)
    shutil.copy(folder / "day 1" / "a.wav", folder / "day 2" / "a.wav")
    rates, channels, twice = survey.survey(folder).warnings
    assert "3 at 32 kHz and 1 at 44.1 kHz" in rates
    assert "1 with 2 channels" in channels
    assert "1 recording that may be a copy" in twice
    assert "day 1/a.wav and day 2/a.wav" in twice


def test_a_rate_that_does_not_fit_names_the_preset_that_does(tmp_path):
    write(tmp_path / "usv.wav", 0.1, rate_hz=250_000)
    seen = survey.survey(tmp_path)
    sentence, = survey.against_rate(seen, 32_000)
    assert "above 16 kHz will be lost" in sentence
    assert "mouse-usv works at 300 kHz" in sentence
    assert survey.against_rate(seen, 300_000) == []
    assert "finds nothing more" in survey.against_rate(seen, 1_000_000)[0]


def test_without_recordings_it_says_so(tmp_path):
    with pytest.raises(ParameterError, match="no recording"):
        survey.survey(tmp_path)


def test_recordings_that_links_lead_to_elsewhere_are_not_read(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere / "secret.wav", rate_hz=8_000)
    (folder / "link.wav").symlink_to(elsewhere / "secret.wav")
    seen = survey.survey(folder, is_allowed=lambda path: path.resolve().is_relative_to(folder))
    assert (seen.n_recordings, seen.outside) == (2, 1)
    assert seen.rates_hz == [(32_000, 2)]
    assert "links lead there" in seen.warnings[0]


def test_a_second_look_reads_only_what_changed(folder, monkeypatch):
    survey.survey(folder)
    write(folder / "day 1" / "a.wav", 5)
    asked, true = [], probing.probe_all
    monkeypatch.setattr(probing, "probe_all", lambda paths: asked.extend(paths) or true(paths))
    assert survey.survey(folder).duration_s == pytest.approx(6)
    assert [path.name for path in asked] == ["a.wav"]


def test_when_time_is_up_the_rest_is_left_unread(folder, monkeypatch):
    monkeypatch.setattr(survey, "MOST_S", -1)
    seen = survey.survey(folder)
    assert (seen.n_recordings, seen.n_read) == (2, 1)
    assert "1 recording were not read" in seen.warnings[0]


def test_it_survives_as_json(folder):
    seen = survey.survey(folder)
    assert survey.from_json(json.loads(json.dumps(survey.as_json(seen)))) == seen


def test_a_page_can_follow_it(folder, tmp_path):
    states = [survey.follow(folder, anew=True)]
    until = time.monotonic() + 60
    while states[-1]["state"] == "running" and time.monotonic() < until:
        states.append(survey.follow(folder))
        time.sleep(0.02)
    assert states[0]["state"] == "running"
    assert survey.from_json(states[-1]["survey"]).n_recordings == 2
    assert survey.follow(folder) == states[-1]


def test_one_that_the_server_took_with_it_begins_again(folder):
    survey._write(survey._file_of(folder, "state"), {"state": "running", "done": 1, "total": 2})
    until = time.monotonic() + 60
    while (state := survey.follow(folder))["state"] == "running" and time.monotonic() < until:
        time.sleep(0.02)
    assert state["state"] == "done"


def test_a_folder_without_recordings_ends_in_a_sentence(tmp_path):
    survey.follow(tmp_path, anew=True)
    until = time.monotonic() + 60
    while (state := survey.follow(tmp_path))["state"] == "running" and time.monotonic() < until:
        time.sleep(0.02)
    assert "no recording" in state["why"]


FRAIL = """
import json, os, sys
for line in sys.stdin:
    path = json.loads(line)
    if "bad" in path:
        os.kill(os.getpid(), 11)
    print(json.dumps([32000, 1, 1.0, path[-1]]), flush=True)
"""


def test_a_file_that_ends_its_reader_costs_no_other(monkeypatch):
    def start():
        return subprocess.Popen([sys.executable, "-c", FRAIL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    monkeypatch.setattr(probing, "_start", start)
    found = list(probing.probe_all(["/x/1", "/bad/2", "/x/3", "/bad/4", "/x/5"]))
    assert found == [Probe(32_000, 1, 1.0, "1"), probing.CRASHED, Probe(32_000, 1, 1.0, "3"), probing.CRASHED,
                     Probe(32_000, 1, 1.0, "5")]


def test_a_reader_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(probing, "MOST_SECONDS", 0.2)
    silent = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(probing, "_start", lambda: subprocess.Popen(silent, stdin=-1, stdout=-1, bufsize=0))
    assert list(probing.probe_all(["/x"])) == [probing.TOO_SLOW]


def test_names_of_any_bytes_can_be_read(tmp_path):
    write(tmp_path / "plain.wav")
    odd = tmp_path / "new\nline 'quoted' \udcff ü.wav"
    shutil.copy(tmp_path / "plain.wav", odd)
    assert [probe.rate_hz for probe in probing.probe_all([odd, tmp_path / "plain.wav"])] == [32_000, 32_000]


def test_the_command_tells_the_same(folder):
    (folder / "text.wav").write_text("no audio")
    done = CliRunner().invoke(cli, ["survey", str(folder)])
    assert done.exit_code == 0
    assert "WAV PCM_16 (1), FLAC PCM_16 (1)" in done.stderr
    assert "text.wav is not audio" in done.stderr.replace("\n", " ")
    told = CliRunner().invoke(cli, ["survey", str(folder), "--json"])
    assert json.loads(told.stdout)["n_recordings"] == 3


def test_a_real_set(data_set):
    seen = survey.survey(data_set("bengalese_finch_gy6or6"))
    assert seen.rates_hz[0][0] == 32_000
    assert (seen.n_unreadable, seen.warnings) == (0, [])


def test_what_is_kept_is_private(folder):
    survey.survey(folder)
    assert (settings.cache_dir() / "surveys").stat().st_mode & 0o077 == 0
