"""The projects that a server process has open: by whom, how long, and of which file."""

from __future__ import annotations

import shutil

import pytest
from factory import make_project
from web import client_of, own_memory

from pages._ui import access, workspaces
from pipeline import store
from pipeline.curation import edits
from pipeline.errors import ProjectError


@pytest.fixture
def folder(tmp_path):
    make_project(tmp_path / "bird.h5", n_sounds=12, with_spectrograms=False)
    with own_memory(tmp_path):
        yield tmp_path
        workspaces.close_all()


@pytest.fixture
def client(folder):
    return client_of(folder)


def act_as(name: str, monkeypatch) -> None:
    monkeypatch.setattr(access, "user", lambda: name)


def test_each_person_gets_a_workspace_and_all_share_the_scene(client, monkeypatch):
    act_as("ada", monkeypatch)
    adas = workspaces.open_project("bird")
    act_as("ben", monkeypatch)
    bens = workspaces.open_project("bird")
    assert (adas.workspace.user, bens.workspace.user) == ("ada", "ben")
    assert adas.workspace is not bens.workspace
    assert adas.scene is bens.scene


def test_a_file_replaced_by_a_run_is_opened_anew_without_a_restart(client, folder):
    assert len(client.get("/media/bird/points.bin").data) == 12 * 8
    make_project(folder / "bird.h5", n_sounds=20, with_spectrograms=False)
    assert len(client.get("/media/bird/points.bin").data) == 20 * 8


def test_a_file_copied_over_is_opened_anew_as_well(client, folder):
    assert len(client.get("/media/bird/points.bin").data) == 12 * 8
    shutil.copyfile(make_project(folder / "other.h5", n_sounds=20, with_spectrograms=False), folder / "bird.h5")
    assert len(client.get("/media/bird/points.bin").data) == 20 * 8


def test_a_labeling_that_was_added_is_there_without_a_restart_and_pages_go_on(client, folder):
    before = workspaces.open_project("bird")
    with store.amend(folder / "bird.h5") as writer:
        writer.labeling("kmeans", before.workspace.labels.segment_ids, [0] * 12)
    now = workspaces.open_project(before.name)
    assert now.workspace.dataset.names("labelings") == ["kmeans"]


def test_a_page_of_other_sounds_edits_nothing(client, folder):
    name = workspaces.open_project("bird").name
    make_project(folder / "bird.h5", n_sounds=12, with_spectrograms=False)
    with pytest.raises(ProjectError, match="other sounds since this page was loaded"):
        workspaces.open_project(name)
    assert workspaces.open_project("bird").name != name


def test_an_address_that_names_other_sounds_gets_none(client, folder):
    version = client.get("/media/bird/state.json").json["version"]
    assert client.get(f"/media/bird/points.bin?v={version}").status_code == 200
    make_project(folder / "bird.h5", n_sounds=12, with_spectrograms=False)
    answer = client.get(f"/media/bird/points.bin?v={version}")
    assert answer.status_code == 404
    assert "Load the page again" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/media/bird/state.json").json["version"] != version


def test_edits_made_just_before_a_run_replaced_the_file_are_kept(client, folder):
    workspaces.open_workspace("bird").edit(edits.assign, segment_ids=[3])
    with store.amend(folder / "bird.h5") as writer:
        writer.projection("pca", range(12), [[0.0, 0.0]] * 12)
    assert workspaces.open_workspace("bird").labels.ids[3] == 1


def test_what_nobody_asks_for_is_closed_after_a_while(client, monkeypatch):
    workspaces.open_workspace("bird").edit(edits.assign, segment_ids=[3])
    monkeypatch.setattr(workspaces, "IDLE_S", -1.0)
    workspaces._close_idle()
    assert workspaces._open == {}
    monkeypatch.setattr(workspaces, "IDLE_S", 1800.0)
    assert workspaces.open_workspace("bird").labels.ids[3] == 1


def test_a_replaced_file_is_let_go_of_when_its_requests_are_over(client, folder, monkeypatch):
    workspaces.open_project("bird")
    make_project(folder / "bird.h5", n_sounds=12, with_spectrograms=False)
    workspaces.open_project("bird")
    assert len(workspaces._replaced) == 1
    monkeypatch.setattr(workspaces, "REPLACED_CLOSE_S", -1.0)
    workspaces.open_project("bird")
    assert workspaces._replaced == []


def test_a_file_that_cannot_be_opened_is_tried_again_the_next_time(client, folder):
    good = (folder / "bird.h5").read_bytes()
    (folder / "bird.h5").write_bytes(good[:100])
    with pytest.raises(ProjectError):
        workspaces.open_project("bird")
    (folder / "bird.h5").write_bytes(good)
    assert workspaces.open_project("bird").slug == "bird"
