"""The dialog that chooses folders: what its routes tell, and what they refuse."""

from __future__ import annotations

import pytest
from web import own_memory

import app
from pages._ui import chooser
from pipeline.errors import ParameterError


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chooser")
    for name in ("data/day 1/a.wav", "data/<b>day 2/b.wav", "data/table.csv", "secret/key.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    with own_memory(folder):
        yield app.build_app(None, data_roots=[folder / "data"]).server


@pytest.fixture
def client(server):
    return server.test_client()


@pytest.fixture
def data(server):
    return server.config["ROOTS"].folders[0]


def test_a_folder_tells_where_it_is_and_what_it_holds(client, data):
    answer = client.get("/places/folder.json", query_string={"at": f"{data}/day 1"}).json
    assert [crumb["name"] for crumb in answer["crumbs"]] == [str(data), "day 1"]
    assert (answer["recordings"], answer["entries"]) == (1, [])
    top = client.get("/places/folder.json", query_string={"files": ".csv"}).json
    assert [(entry["name"], entry["recordings"]) for entry in top["entries"]] == [
        ("<b>day 2", 1), ("day 1", 1), ("table.csv", None)]


def test_a_file_shows_the_folder_it_lies_in(client, data):
    assert client.get("/places/folder.json", query_string={"at": f"{data}/table.csv"}).json["path"] == str(data)


@pytest.mark.parametrize("at", ["/", "/etc", "DATA/../secret", "DATA/none", "\0", "relative", "DATA/" + "x" * 9000])
def test_other_folders_are_refused_in_a_sentence(client, data, at):
    answer = client.get("/places/folder.json", query_string={"at": at.replace("DATA", str(data))})
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert "secret/key" not in answer.text


def test_a_folder_can_be_made_in_a_root_only(client, data):
    made = client.post("/places/folder", json={"parent": str(data), "name": "out"})
    assert (data / "out").is_dir()
    assert made.json == {"path": str(data / "out")}
    refused = ({"parent": "/tmp", "name": "x"}, {"parent": str(data), "name": "../x"}, {"parent": 1, "name": []}, [])
    for asked in refused:
        assert client.post("/places/folder", json=asked).status_code == 400
    assert not (data.parent / "x").exists()


def test_another_site_can_make_no_folder(client, data):
    asked = {"parent": str(data), "name": "theirs"}
    assert client.post("/places/folder", json=asked, headers={"Origin": "http://elsewhere.org"}).status_code == 403
    assert not (data / "theirs").exists()


def test_a_text_of_a_field_becomes_a_path(server, data):
    with server.app_context():
        assert chooser.resolve(f" {data} ") == data
        assert chooser.resolve(f"{data}/new", kind=chooser.PLACE) == data / "new"
        assert chooser.resolve(f"{data}/table.csv", kind=chooser.FILE) == data / "table.csv"
        for text, kind in ((f"{data}/table.csv", chooser.FOLDER), (str(data), chooser.FILE), (None, chooser.FOLDER),
                           (f"{data}/new", chooser.FILE)):
            with pytest.raises(ParameterError):
                chooser.resolve(text, kind=kind)
