"""Folders that were made to hold a server up, and links in them."""

from __future__ import annotations

import pytest
import web
from factory import make_project

import app
from pages._ui import workspaces
from pages._ui.guard import Sharing
from pipeline import catalogue, discover, roots, survey
from pipeline.roots import Roots

N_FILES = 10_000


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """Ten thousand files that call themselves recordings, and a thousand folders."""
    folder = tmp_path_factory.mktemp("crowd")
    for number in range(N_FILES):
        (folder / f"{number:05d} <b>&\u202e\U0001f426.wav").touch()
    for number in range(1_000):
        (folder / f"folder {number}").mkdir()
    return folder


def test_a_crowded_folder_is_listed_in_part(crowd):
    found = Roots([crowd]).listing(crowd, files=(".wav",))
    assert (len(found.entries), found.n_recordings) == (roots.MOST_SHOWN, N_FILES)
    assert found.n_left_out == N_FILES + 1_000 - roots.MOST_SHOWN
    with web.own_memory(crowd.parent):
        client = app.build_app(data_roots=[crowd]).server.test_client()
        answer = client.get("/places/folder.json", query_string={"at": str(crowd), "files": ".wav"})
        assert answer.mimetype == "application/json"
        assert len(answer.data) < 100_000


def test_a_crowd_is_found_and_surveyed_without_holding_it_all(crowd):
    assert len(discover.recordings(crowd)) == N_FILES
    told = survey.survey(crowd)
    assert told.n_unreadable == N_FILES
    assert len(told.unreadable) < 1_000


def test_only_so_many_projects_are_listed(tmp_path, monkeypatch):
    for number in range(catalogue.MAX_FOUND + 20):
        (tmp_path / f"{number}.h5").touch()
    assert len(catalogue.project_files(tmp_path)) == catalogue.MAX_FOUND
    monkeypatch.setattr(catalogue, "MAX_FOUND", 3)
    monkeypatch.setattr(catalogue, "MOST_LOOKING_S", 0.0)
    assert {card.error for card in catalogue.found(tmp_path)} == {catalogue.NOT_YET}


def test_a_folder_in_folders_in_folders_is_searched_no_further(tmp_path):
    here = tmp_path
    for depth in range(40):
        here = here / f"{depth}"
        here.mkdir()
        (here / f"{depth}.h5").touch()
    (here / "round").symlink_to(tmp_path)
    assert len(catalogue.project_files(tmp_path)) == catalogue.MAX_DEPTH
    assert len(list(discover.files(tmp_path))) == 40


def test_a_link_to_a_project_elsewhere_is_followed_only_where_nobody_else_comes_in(tmp_path):
    root, other = tmp_path / "root", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    make_project(other / "secret.h5", n_sounds=8)
    make_project(root / "own.h5", n_sounds=8)
    (root / "link.h5").symlink_to(other / "secret.h5")
    (root / "inner.h5").symlink_to(root / "own.h5")
    assert len(catalogue.project_files(root)) == 3
    inside = catalogue.project_files(root, is_allowed=Roots([root]).allows)
    assert [path.name for path in inside] == ["inner.h5", "own.h5"]
    with web.own_memory(tmp_path):
        workspaces.close_all()
        client = app.build_app(root, sharing=Sharing(), data_roots=[tmp_path / "root"]).server.test_client()
        assert client.get("/media/own/points.bin").status_code == 200
        for name in ("secret", "link"):
            assert client.get(f"/media/{name}/points.bin").status_code == 404
        workspaces.close_all()
