"""Behind the page Export: previews, making with progress, fetching once, saving; and what is refused."""

from __future__ import annotations

import io
import json
import re
import zipfile

import dash
import h5py
import pandas
import pytest
from factory import make_project
from web import add_people, call, client_of, own_memory, page_at, person

import app as program
from pages._ui import ids, workspaces
from pipeline import downloads, exporting, store
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace

HOSTILE = "<img src=x onerror=alert(1)>\t=cmd|' /C calc'!A0\n\"x\""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_CACHE", str(tmp_path / "cache"))
    lab = tmp_path / "lab"
    lab.mkdir()
    with own_memory(tmp_path):
        make_project(lab / "bird.h5", n_sounds=12, cluster_ids=[1, 2, 0] * 4, clusters=[(1, HOSTILE, "#112233", "")])
        make_project(lab / "fish.h5", n_sounds=4)
        yield lab
        workspaces.close_all()


@pytest.fixture
def client(folder):
    return client_of(folder)


def made(client, format, options=None, *, slug="bird"):
    """The lines that making it sends."""
    address = f"/media/{slug}/export/{format}/make"
    answer = client.get(address, query_string={"options": json.dumps(options or {})})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def fetched(client, format, options=None):
    token = made(client, format, options)[-1]["token"]
    return client.get(f"/media/bird/export/file/{token}")


def preview(client, format, options=None):
    answer = client.get(f"/media/bird/export/{format}/preview.json",
                        query_string={"options": options if isinstance(options, str) else json.dumps(options or {})})
    return answer.json if answer.status_code == 200 else (answer.status_code, answer.text)


def kept(folder):
    return sorted(path for path in (folder.parent / "cache" / "exports").glob("*"))


def test_a_preview_is_what_is_then_fetched(client):
    found = preview(client, "csv", {"clusters": "#1-2"})
    answer = fetched(client, "csv", {"clusters": "#1-2"})
    table = pandas.read_csv(io.BytesIO(answer.data))
    assert found["lines"] == answer.text.splitlines()
    assert found["name"] == "bird.csv"
    assert table.cluster_id.tolist() == [1, 2] * 4
    assert found["n_sounds"] == 8
    assert "filename=bird.csv" in answer.headers["Content-Disposition"]
    assert len(json.dumps(found)) < 50_000


def test_options_reach_the_file_and_its_name(client):
    assert preview(client, "raven")["name"] == "bird.zip"
    assert preview(client, "raven", {"tables": "one"})["name"] == "bird.txt"
    with zipfile.ZipFile(io.BytesIO(fetched(client, "csv", {"tables": "each", "map": True}).data)) as packed:
        assert packed.namelist() == ["bird/day-1/song_000.csv", "bird/day-1/song_001.csv", "bird/day-2/song_002.csv"]
        assert b"umap_x" in packed.read("bird/day-2/song_002.csv")


def test_several_features_come_as_a_list(client, folder):
    workspaces.close_all()
    with store.amend(folder / "bird.h5") as writer:
        for name in ("loudness", "pitch"):
            writer.feature(name, range(12), [[1.0]] * 12)
    heading = preview(client, "csv", {"features": ["pitch", "loudness"]})["lines"][0]
    assert heading.endswith("cluster_name,pitch,loudness")


def test_making_tells_how_far_it_is_and_the_file_is_there_once(client, folder):
    *shares, last = made(client, "raven")
    assert shares[0] == {"share": 0}
    assert shares == sorted(shares, key=lambda told: told["share"])
    assert sorted(last) == ["name", "size", "token"]
    address = f"/media/bird/export/file/{last['token']}"
    answer = client.get(address)
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(address).status_code == 404
    assert kept(folder) == []


def test_what_cannot_be_made_is_told_and_leaves_nothing(client, folder):
    told = made(client, "whisperseg")[-1]["problem"]
    assert "is not a file that can be read" in told
    assert "no labeling with soft values" in made(client, "json_soft")[-1]["problem"]
    assert kept(folder) == []


def test_who_stops_listening_leaves_nothing(client, folder):
    answer = client.get("/media/bird/export/textgrid/make", buffered=False)
    assert json.loads(next(answer.response)) == {"share": 0}
    assert len(kept(folder)) == 1
    answer.close()
    assert kept(folder) == []


@pytest.mark.parametrize("format", ["copies", "whisperseg"])
def test_recordings_outside_the_folders_that_may_be_read_are_not_sent(folder, tmp_path, format):
    make_project(folder / "frog.h5", n_sounds=3, with_audio_dir=tmp_path / "elsewhere")
    for data_roots, is_made in (([folder], False), ([folder, tmp_path / "elsewhere"], True)):
        workspaces.close_all()
        client = program.build_app(folder, data_roots=data_roots).server.test_client()
        last = made(client, format, slug="frog")[-1]
        assert ("token" in last) is is_made, last
        assert is_made or "lies outside the folders" in last["problem"]


def test_a_file_is_for_its_own_project_and_a_token_is_no_path(client, folder):
    token = made(client, "csv")[-1]["token"]
    for address in (f"fish/export/file/{token}", "bird/export/file/..", "bird/export/file/%2e%2e%2fx",
                    "bird/export/file/" + "0" * 32, "bird/export/file/", f"bird/export/file/{token}%00"):
        answer = client.get(f"/media/{address}")
        assert "Content-Disposition" not in answer.headers, address
        assert answer.status_code != 200 or answer.mimetype == "text/html", address
    assert len(kept(folder)) == 1


def test_what_nobody_fetched_is_swept_away(client, folder, monkeypatch):
    made(client, "csv")
    monkeypatch.setattr(downloads, "KEPT_S", -1.0)
    made(client, "json_hard")
    assert [path.name for one in kept(folder) for path in one.iterdir()] == ["bird.json"]


@pytest.mark.parametrize("options", ["", "x", "[]", "null", '{"label": {}}', '{"label": null}', "[" * 100_000, "1e999"])
def test_options_that_are_none_are_refused_in_a_sentence(client, options):
    status, text = preview(client, "raven", options)
    assert status == 400
    assert "Options are texts" in text


@pytest.mark.parametrize(("format", "options", "words"), [
    ("raven", {"label": "x"}, "must be one of"), ("raven", {"tables": "../x"}, "must be one of"),
    ("csv", {"clusters": "nobody"}, "There is no cluster 'nobody'"), ("csv", {"clusters": "#99"}, "no cluster '#99'"),
    ("csv", {"features": "<b>"}, "has no feature named '<b>'"), ("audacity", {"unassigned": "\n\t"}, "need a name"),
    ("npy", {"vectors": "../../etc"}, "has no features"), ("json_hard", {"labeling": "nothing"}, "has no labeling"),
    ("copies", {"margin": "nan"}, "finite"), ("copies", {"margin": -1}, "between"), ("copies", {"order": 3}, "one of"),
    ("nothing", {}, "There is no exporter"), ("_chosen", {}, "There is no exporter"), ("..", {}, "")])
def test_values_that_cannot_be_are_refused_in_a_sentence(client, format, options, words):
    status, text = preview(client, format, options)
    assert status in (400, 404)
    assert words in text
    assert "Traceback" not in text


def test_options_of_other_formats_are_passed_over(client):
    assert preview(client, "csv", {"label": "number", "nonsense": "x"})["lines"] == preview(client, "csv")["lines"]


def test_hostile_names_are_text_on_one_line(client):
    line = preview(client, "audacity", {"clusters": "#1"})["lines"][0]
    assert line.split("\t")[2] == "<img src=x onerror=alert(1)> =cmd|' /C calc'!A0 \"x\""
    assert client.get("/media/bird/export/audacity/preview.json").mimetype == "application/json"


def test_a_preview_has_the_edits_of_other_processes(client, folder):
    preview(client, "csv")
    with Workspace.open(folder / "bird.h5", user="else") as other:
        other.edit(edits.assign, segment_ids=[2], name="new")
    assert preview(client, "csv", {"clusters": "new"})["n_sounds"] == 1


@pytest.fixture
def app(folder):
    workspaces.close_all()
    made = program.build_app(folder)
    program._warmed(made)
    return made


def callback_with(app, output):
    return next(key for key in app.callback_map if output in key)


def test_the_page_has_a_place_for_each_part_and_names_every_format(app):
    key = callback_with(app, "_pages_content")
    content = call(app.server.test_client(), app, key, {"_pages_location": "/export/bird"}).text
    assert all(f'"id":"{name}"' in content for name in ("export-figures", "export-report", "export-roundtrip"))
    assert all(f'"value":"{name}"' in content for name in exporting.formats())


def test_the_chosen_format_is_that_of_the_address(app):
    layout = next(one["layout"] for one in dash.page_registry.values() if one["module"].endswith("export"))
    with app.server.test_request_context("/"):
        chosen = {format: next(part.value for part in layout(project="bird", format=format)._traverse()
                               if getattr(part, "id", None) == ids.EXPORTS_FORMAT)
                  for format in ("raven", "", "nothing", "<b>")}
    assert chosen == {"raven": "raven", "": "csv", "nothing": "csv", "<b>": "csv"}


def test_the_fields_are_those_of_the_format_and_keep_what_was_typed(app):
    client, key = app.server.test_client(), callback_with(app, ids.EXPORTS_FIELDS)
    text = call(client, app, key, {ids.EXPORTS_FORMAT: "textgrid", "exports-own": {"unassigned": "?", "tables": "one"},
                                   ids.PROJECT: "bird"}).text
    assert '"value":"?"' in text
    assert "--unassigned" in text
    assert "--tables" not in text
    assert "clusters" not in text.replace("their cluster", "")
    empty = call(client, app, key, {ids.EXPORTS_FORMAT: "hdf5", "exports-own": None, ids.PROJECT: "bird"}).text
    assert "This format has no options." in empty


def test_names_of_what_the_project_has_are_offered(app, folder):
    with store.amend(folder / "bird.h5") as writer:
        writer.labeling("dense", range(12), [0] * 12)
        writer.feature("pitch", range(12), [[1.0]] * 12)
    client, key = app.server.test_client(), callback_with(app, ids.EXPORTS_FIELDS)
    texts = {format: call(client, app, key, {ids.EXPORTS_FORMAT: format, "exports-own": {}, ids.PROJECT: "bird"}).text
             for format in ("json_hard", "npy", "csv")}
    assert '"options":["dense"]' in texts["json_hard"]
    assert "the clusters" in texts["json_hard"]
    assert '"options":["embedding","pitch"]' in texts["npy"]
    assert '"options":["pitch"]' in texts["csv"]


def save(client, app, asked, name="table"):
    key = next(key for key, about in app.callback_map.items() if about["inputs"][0]["id"] == ids.EXPORTS_SAVE)
    return call(client, app, key, {ids.EXPORTS_ASKED: asked, ids.EXPORTS_NAME: name, ids.PROJECT: "bird"}).text


def test_a_file_is_saved_beside_the_project_with_its_options(app, folder):
    client = app.server.test_client()
    told = save(client, app, {"format": "csv", "options": {"clusters": "#2", "map": True}})
    assert "Saved table.csv beside the project. 8 sounds were not asked for and are left out." in told
    assert "umap_y" in pandas.read_csv(folder / "table.csv")
    assert "beside the project already" in save(client, app, {"format": "csv", "options": {}})
    for asked in (None, {}, "x", {"format": "csv", "options": []}, {"format": 3, "options": {}}):
        assert "Saved" not in save(client, app, asked, name="other")
    assert "no plain name" in save(client, app, {"format": "csv", "options": {}}, name="../x")
    assert sorted(path.name for path in folder.glob("*.csv")) == ["table.csv"]


def test_a_viewer_downloads_and_saves_nothing_on_the_server(app, folder, monkeypatch):
    add_people(monkeypatch, olga="owner", vera="viewer")
    client = person(app, "vera")
    with h5py.File(io.BytesIO(fetched(client, "hdf5").data)) as file:
        assert file["segments/cluster_id"][:].tolist() == [1, 2, 0] * 4
    page = page_at(client, app, "/export/bird")
    shown = {found[1] for part in page.split('{"props":') if (found := re.match(r'.*"id":"(exports-[^"]+)"', part))
             and '"disabled":true' in part}
    assert shown == {ids.EXPORTS_SAVE, ids.EXPORTS_NAME, ids.EXPORTS_FETCH}      # the last until the preview is there
    assert "view only" in page
    assert "As a viewer you may" in save(client, app, {"format": "csv", "options": {}})
    assert not list(folder.glob("*.csv"))
