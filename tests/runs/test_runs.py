"""Runs: in their own processes, in their turn, cancelled, killed, resumed; nothing that was finished is made again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipeline import runs
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, RunError
from pipeline.runs import table
from tests.runs.conftest import N_MANY, ended, is_under_way, texts, until
from tests.sounds import write_songs


@pytest.fixture
def songs(tmp_path) -> Path:
    return write_songs(tmp_path / "songs")


def on_the_shelf(values: dict) -> dict[Path, int]:
    """The finished embeddings and when they were written."""
    return {path: path.stat().st_mtime_ns for path in Path(values["output_dir"]).glob("bird.work/embed/*.npz")}


def test_a_run_makes_a_project_and_says_so(songs, values):
    run = runs.submit("preprocess", values(songs), user="ada", token="click-1")
    done = ended(run)
    assert done.user == "ada"
    assert done.result["project"] == str(Path(values(songs)["output_dir"]) / "bird.h5")
    assert done.result["summary"] == "4 of 4 recordings gave 24 sounds (8.0 s of audio)."
    assert done.share == 1
    assert {step.title: step.share for step in done.steps} == {"segments": 1, "embeddings": 1, "project file": 1}
    assert texts(done) == ["ada asked for it.", "Started.", "segments: begun.", "embeddings: begun.",
                           "project file: begun.", done.result["summary"]]
    with Dataset.open(Path(done.result["project"])) as dataset:
        assert dataset.n_segments == 24


def test_its_process_is_nobody_s_child_and_gives_way_to_others(many, values):
    run = until(runs.submit("preprocess", values(many), user="ada"), is_under_way)
    about = Path(f"/proc/{run.pid}/stat")
    if about.exists():
        fields = about.read_text().rpartition(")")[2].split()
        parent, group, session, niceness = int(fields[1]), int(fields[2]), int(fields[3]), int(fields[16])
        assert parent != os.getpid()
        assert group == session == run.pid
        assert niceness >= 10
    runs.cancel(run.id)
    ended(run, runs.CANCELLED)


def test_one_after_the_other_in_the_order_in_which_they_were_asked_for(songs, values):
    one, two, three = (runs.submit("preprocess", values(songs, subject=name), user="ada") for name in "abc")
    assert [runs.get(run.id).state for run in (two, three)] == [runs.QUEUED, runs.QUEUED]
    first, second, third = ended(one), ended(two), ended(three)
    assert first.ended_at <= second.started_at
    assert second.ended_at <= third.started_at


def test_the_next_one_begins_although_nobody_looks(songs, values):
    runs.submit("preprocess", values(songs, subject="a"), user="ada")
    last = runs.submit("preprocess", values(songs, subject="b"), user="ada")
    project = Path(values(songs)["output_dir"]) / "b.h5"
    until_there = ("import sys, time, pathlib\n"
                   "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.05)")
    subprocess.run([sys.executable, "-c", until_there, str(project)], timeout=120, check=True)
    ended(last)


def test_several_at_once_if_so_set(many, values, monkeypatch):
    monkeypatch.setenv("SYLLABARY_RUNS_AT_ONCE", "2")
    started = [runs.submit("preprocess", values(many, subject=name), user="ada") for name in "abc"]
    assert [runs.get(run.id).state for run in started] == [runs.RUNNING, runs.RUNNING, runs.QUEUED]
    assert [run.id for run in runs.recent()] == [run.id for run in started]
    for run in reversed(started):
        runs.cancel(run.id)
        ended(run, runs.CANCELLED)


@pytest.mark.parametrize("text", ["0", "many", "-1"])
def test_a_number_at_once_that_cannot_be_is_told(monkeypatch, text):
    monkeypatch.setenv("SYLLABARY_RUNS_AT_ONCE", text)
    with pytest.raises(ParameterError, match="at least 1"):
        runs.at_once()


def test_one_click_is_one_run(many, values):
    run = runs.submit("preprocess", values(many), user="ada", token="click-1")
    assert runs.submit("preprocess", values(many), user="ada", token="click-1").id == run.id
    runs.cancel(run.id)
    ended(run, runs.CANCELLED)
    assert runs.submit("preprocess", values(many), user="ada", token="click-1").id == run.id


def test_two_who_ask_for_the_same_share_one_run(many, values):
    run = runs.submit("preprocess", values(many), user="ada", token="click-1")
    same = runs.submit("preprocess", values(many), user="bob", token="click-2")
    assert (same.id, same.user, same.token) == (run.id, "ada", "click-1")
    with pytest.raises(RunError, match=r"writes to the same place and is going on \(run 1, asked for by ada\)"):
        runs.submit("preprocess", values(many, workers=2), user="bob", token="click-3")
    assert len(runs.recent()) == 1
    runs.cancel(run.id)
    ended(run, runs.CANCELLED)


def test_of_many_who_ask_at_the_same_moment_one_starts_it(songs, values, root):
    """Processes, not threads: a table, a queue and a lock are all they share."""
    asking = textwrap.dedent("""
        import json, sys
        from pipeline import runs
        sys.stdin.readline()
        sys.stdout.write(str(runs.submit("preprocess", json.loads(sys.argv[1]), user="x", token=sys.argv[2]).id))
    """)
    command = [sys.executable, "-c", asking, json.dumps(values(songs))]
    all_of_them = [subprocess.Popen([*command, token], cwd=root, text=True, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE) for token in "aabbcc"]
    for process in all_of_them:
        process.stdin.write("now\n")
        process.stdin.flush()
    numbers = {process.communicate(timeout=120)[0] for process in all_of_them}
    assert numbers == {"1"}
    assert ended(runs.get(1)).attempt == 1


def test_values_that_cannot_be_are_refused_before_they_are_queued(songs, values, tmp_path):
    (tmp_path / "empty").mkdir()
    for wrong, words in (
        (values(songs, values={"n_fft": 3}), "n_fft is 3"), (values(songs, subject="../x"), "cannot be part of"),
        (values(songs, steps=["sing"]), "no step 'sing'"), (values(songs, preset="dragon"), "no preset named"),
        (values(tmp_path / "empty"), "no recording in"), (values(tmp_path / "gone"), "gone"),
        (values(songs, colour="red"), "colour"), ({}, "data_dir"),
    ):
        with pytest.raises(ParameterError, match=words):
            runs.submit("preprocess", wrong, user="ada")
    with pytest.raises(ParameterError, match="There is no task named"):
        runs.submit("../worker", {}, user="ada")
    assert runs.recent() == []


def test_a_run_that_fails_says_why_and_goes_on_when_that_is_put_right(songs, values, tmp_path):
    (tmp_path / "out").write_text("in the way")
    failed = ended(runs.submit("preprocess", values(songs), user="ada"), runs.FAILED)
    assert "in the way" not in failed.error
    assert "out" in failed.error
    assert texts(failed)[-1] == f"Failed: {failed.error}"
    (tmp_path / "out").unlink()
    done = ended(runs.resume(failed.id, user="bob"))
    assert (done.attempt, done.error) == (2, "")
    assert "bob asked to go on with it." in texts(done)


def test_cancelling_keeps_what_is_finished_and_resuming_goes_on_from_it(many, values):
    run = until(runs.submit("preprocess", values(many, restart=True), user="ada"), is_under_way)
    runs.cancel(run.id, user="bob")
    cancelled = ended(run, runs.CANCELLED)
    kept = on_the_shelf(values(many))
    assert 0 < len(kept) < N_MANY
    assert "bob asked to cancel it." in texts(cancelled)
    assert not Path(values(many)["output_dir"], "bird.h5").exists()
    done = ended(runs.resume(run.id))
    now = on_the_shelf(values(many))
    assert len(now) == N_MANY
    assert {path: now[path] for path in kept} == kept, "restart was meant for the first time only"
    assert done.result["n_sounds"] == N_MANY * 28


def test_a_run_that_was_killed_is_interrupted_and_goes_on(many, values):
    run = until(runs.submit("preprocess", values(many, workers=2), user="ada"), is_under_way)
    os.killpg(run.pid, signal.SIGKILL)
    killed = ended(run, runs.INTERRUPTED)
    assert "ended from outside" in texts(killed)[-1]
    kept = on_the_shelf(values(many))
    done = ended(runs.resume(run.id))
    now = on_the_shelf(values(many))
    assert {path: now[path] for path in kept} == kept
    assert done.result["n_sounds"] == N_MANY * 28


def test_a_signal_from_outside_interrupts_in_order(many, values):
    run = until(runs.submit("preprocess", values(many), user="ada"), is_under_way)
    os.kill(run.pid, signal.SIGTERM)
    ended(run, runs.INTERRUPTED)


def test_one_that_does_not_stop_when_told_is_killed(many, values, monkeypatch):
    run = until(runs.submit("preprocess", values(many), user="ada"), is_under_way)
    monkeypatch.setattr(runs, "GRACE_S", 0.0)
    os.kill(run.pid, signal.SIGSTOP)     # as one that computes and hears nothing
    runs.cancel(run.id)
    ended(run, runs.CANCELLED)


def test_a_number_that_belongs_to_another_process_by_now_is_not_killed(many, values):
    run = until(runs.submit("preprocess", values(many), user="ada"), is_under_way)
    os.killpg(run.pid, signal.SIGKILL)
    ended(run, runs.INTERRUPTED)
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    with table.writing() as connection:
        table.change(connection, run.id, state=runs.RUNNING, pid=bystander.pid)
    assert runs.cancel(run.id).state == runs.CANCELLED
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_one_on_another_machine_hears_of_it_from_the_table(many, values):
    slow = values(many, steps=["spectrogram", "pitch", "segment"], values={"sr": 400_000})   # looks before it is over
    run = until(runs.submit("preprocess", slow, user="ada"), is_under_way)
    with table.writing() as connection:
        table.change(connection, run.id, host="another-machine")
    runs.cancel(run.id)
    ended(run, runs.CANCELLED)


def test_who_asked_for_it_may_be_killed(many, values, root):
    """A server that is killed takes no run with it, and the next one finds it."""
    asking = ("import json, os, signal, sys; from pipeline import runs; "
              "runs.submit('preprocess', json.loads(sys.argv[1]), user='x'); os.kill(os.getpid(), signal.SIGKILL)")
    server = subprocess.run([sys.executable, "-c", asking, json.dumps(values(many))], cwd=root, timeout=120,
                            start_new_session=True)
    assert server.returncode == -signal.SIGKILL
    assert ended(runs.get(1)).attempt == 1


def test_what_waits_can_be_cancelled_without_having_begun(many, values):
    first = runs.submit("preprocess", values(many), user="ada")
    waiting = runs.submit("preprocess", values(many, subject="b"), user="ada")
    assert runs.cancel(waiting.id).state == runs.CANCELLED
    assert runs.get(waiting.id).attempt == 0
    runs.cancel(first.id)
    ended(first, runs.CANCELLED)
    assert runs.get(waiting.id).state == runs.CANCELLED


def test_what_makes_no_sense_is_refused_in_words(songs, values):
    run = runs.submit("preprocess", values(songs), user="ada")
    with pytest.raises(RunError, match="Cancel it first"):
        runs.remove(run.id)
    ended(run)
    with pytest.raises(RunError, match="is over"):
        runs.cancel(run.id)
    with pytest.raises(RunError, match="is done"):
        runs.resume(run.id)
    runs.remove(run.id)
    with pytest.raises(RunError, match="no run number 1"):
        runs.get(run.id)
    assert Path(run.values["output_dir"], "bird.h5").exists(), "only the list forgets it"


def test_resuming_waits_for_nobody_who_writes_to_the_same_place(many, values):
    run = until(runs.submit("preprocess", values(many), user="ada"), is_under_way)
    runs.cancel(run.id)
    ended(run, runs.CANCELLED)
    other = runs.submit("preprocess", values(many, workers=2, values={"sr": 400_000}), user="bob")
    with pytest.raises(RunError, match="asked for by bob"):
        runs.resume(run.id)
    runs.cancel(other.id)
    ended(other, runs.CANCELLED)


def test_odd_names_of_folders_and_recordings_come_through(tmp_path, values):
    folder = write_songs(tmp_path / "songs").rename(tmp_path / os.fsdecode(b"so\nngs \xff <b>"))
    done = ended(runs.submit("preprocess", values(folder, subject="vögel <i>"), user="<u>"))
    assert done.title == f"vögel <i> from {tmp_path}/so\\nngs \\xff <b>"
    assert Path(done.result["project"]).exists()
