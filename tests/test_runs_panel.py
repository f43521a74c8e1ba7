"""What the page of runs is told and may do, without a browser and without a process."""

from __future__ import annotations

import pytest

from pages._ui import background, ids, runs_panel
from pipeline import runs
from pipeline.errors import ParameterError, RunError
from pipeline.runs import table
from tests.sounds import write_songs
from tests.web import client_of


@pytest.fixture(autouse=True)
def nothing_begins(tmp_path, monkeypatch):
    """A table of its own, and a queue that stands still."""
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(runs, "at_once", lambda: 0)


@pytest.fixture
def values(tmp_path):
    return {"data_dir": str(write_songs(tmp_path / "songs")), "output_dir": str(tmp_path / "out"), "subject": "bird"}


@pytest.fixture
def client(tmp_path):
    return client_of(tmp_path)


def act(do: str, run: int = 0) -> tuple:
    return runs_panel.act_on_run({"do": do, "run": run})


def test_what_is_asked_for_waits_and_is_listed(client, values):
    run = background.submit("preprocess", values, token="click-1")
    assert background.asked(run)["token"] == "click-1"
    assert client.get("/runs.json").json == {"active": 1, "share": 0.0, "runs": []}
    (listed,) = client.get("/runs.json?all").json["runs"]
    assert (listed["title"], listed["state"], listed["words"]) == (run.title, "queued", "waits in the queue")
    assert [step["words"] for step in listed["steps"]] == ["waits"] * 6
    assert listed["slug"] == ""
    assert client.get("/runs/1/log.json").json["lines"][0][2].endswith("asked for it.")
    assert client.get("/runs/1/log.json?after=1").json["lines"] == []


def test_the_buttons_do_what_they_say(values, monkeypatch):
    filled = {}
    monkeypatch.setattr(runs_panel, "set_props", lambda id, props: filled.update({id: props["data"]}))
    background.submit("preprocess", values, token="click-1")
    act("cancel", 1)
    assert runs.get(1).state == runs.CANCELLED
    act("resume", 1)
    assert runs.get(1).state == runs.QUEUED
    with pytest.raises(RunError, match="Cancel it first"):
        act("remove", 1)
    act("cancel", 1)
    act("again", 1)
    assert filled[ids.RUN_AGAIN] | {"at": 0} == {"kind": "preprocess", "values": values, "at": 0}
    act("remove", 1)
    assert runs.recent() == []
    background.submit("preprocess", values, token="click-2")
    act("cancel", 2)
    assert act("clear")[1]["text"].startswith("1 run taken off the list")


@pytest.mark.parametrize("action", [{"do": "dance", "run": 1}, {}, {"do": "__class__"}])
def test_made_up_actions_are_refused(action):
    with pytest.raises(ParameterError):
        runs_panel.act_on_run(action)


def test_a_run_that_is_not_there_is_told(client):
    answer = client.get("/runs/77/log.json")
    assert answer.status_code == 200
    assert answer.json["lines"] == []
    with pytest.raises(RunError, match="no run number 77"):
        act("cancel", 77)


def test_a_done_run_leads_to_its_project_as_long_as_that_is_there(client, values, tmp_path):
    background.submit("preprocess", values, token="click-1")
    project = tmp_path / "bird.h5"
    with table.writing() as connection:
        table.change(connection, 1, state=runs.DONE, result={"project": str(project), "summary": "All is well."})
    assert client.get("/runs.json?all").json["runs"][0]["slug"] == ""
    project.touch()
    (listed,) = client.get("/runs.json?all").json["runs"]
    assert (listed["slug"], listed["told"], listed["share"]) == ("bird", "All is well.", 1.0)


def test_the_callback_follows_until_the_run_is_over_and_tells_errors(values, monkeypatch):
    told = []
    background.submit("preprocess", values, token="click-1")
    monkeypatch.setattr(background, "FOLLOWED_S", 0.0)
    assert background.follow(told.append, {"token": "click-1"})[0] == ""
    assert told == [f"{runs.get(1).title}: waits in the queue"]
    assert background.follow(told.append, {"token": "no such click"})[0] == ""

    def fail() -> None:
        raise RunError("The table cannot be used.")

    monkeypatch.setattr(runs, "advance", fail)
    assert background.follow(told.append, {"token": "click-1"})[1]["text"] == "The table cannot be used."


def test_markup_in_names_stays_text(client, tmp_path):
    folder = write_songs(tmp_path / "<img src=x onerror=alert(1)>")
    values = {"data_dir": str(folder), "output_dir": str(tmp_path / "out"), "subject": "<b>\n"}
    background.submit("preprocess", values, token="click-1")
    answer = client.get("/runs.json?all")
    assert answer.mimetype == "application/json"
    assert answer.json["runs"][0]["title"] == f"<b>\\n from {folder}"
