"""What the page Arrange gets of a tree, and what it lets whom do."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from factory import make_project
from web import add_people, call, client_of, own_memory, page_at, person

import app as program
from pages._ui import arrange_layout, arrange_routes, ids, workspaces
from pipeline import labelings, runs, store
from pipeline.arrange import for_pages, on_project, project_files, tree
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.tasks import make as make_task
from pipeline.watcher import Watcher

N, N_TYPES, NAME = 40, 4, "embedding"
MEDIA = "/media/bird/arrangement"


@pytest.fixture
def folder(tmp_path):
    with own_memory(tmp_path):
        project = make_project(tmp_path / "bird.h5", n_sounds=N, n_types=N_TYPES, with_audio_dir=tmp_path / "audio")
        on_project.arrange_project(project, source="embedding")
        yield tmp_path
        workspaces.close_all()


@pytest.fixture
def dataset(folder):
    with Dataset.open(folder / "bird.h5") as opened:
        yield opened


@pytest.fixture
def client(folder):
    return client_of(folder)


def cut_by_gaps(gaps, k):
    """As assets/treedrawing.js does it."""
    return np.concatenate([[0], np.cumsum(gaps >= len(gaps) + 1 - k)])


def test_gaps_say_the_same_as_the_tree(dataset):
    made, gaps = on_project.tree_of(dataset, NAME), for_pages.gaps(dataset, NAME)
    assert sorted(gaps.tolist()) == list(range(N - 1))
    for k in range(1, N + 1):
        label = tree.cut(made.linkage, made.order, k)[made.order] - 1
        assert cut_by_gaps(gaps, k).tolist() == label.tolist()


@pytest.mark.parametrize("n", [2, 3, 200])
def test_gaps_of_any_tree_cut_it_as_the_tree_is_cut(dataset, tmp_path, n):
    points = np.random.default_rng(n).normal(size=(n, 3))
    linkage = tree.ward(points, most_pairwise=100)
    project = make_project(tmp_path / "other.h5", n_sounds=n)
    with store.amend(project) as writer:
        writer.arrangement("own", np.arange(n)[::-1], tree.order(points, linkage), linkage)
    with Dataset.open(project) as opened:
        made, gaps = on_project.tree_of(opened, "own"), for_pages.gaps(opened, "own")
        for k in (1, 2, n // 2 or 1, n):
            assert cut_by_gaps(gaps, k).tolist() == (tree.cut(linkage, made.order, k)[made.order] - 1).tolist()
        leaves = np.frombuffer(for_pages.leaves_bytes(opened, "own"), "<i4")
        assert leaves.tolist() == (n - 1 - made.order).tolist()


def test_the_list_tells_each_leaf_once(dataset):
    found = [entry for first in range(0, N, 15) for entry in for_pages.entries(dataset, NAME, first, 15)]
    rows = on_project.tree_of(dataset, NAME).rows_in_order
    assert [entry[0] for entry in found] == dataset.segments.segment_id[rows].tolist()
    assert found[0][1].startswith("song_")
    for wrong in ((-1, 10), (0, 0), (0, for_pages.MOST_ENTRIES + 1)):
        with pytest.raises(ParameterError):
            for_pages.entries(dataset, NAME, *wrong)


def test_features_as_colours_are_means_of_neighbours(dataset, monkeypatch):
    monkeypatch.setattr(for_pages, "MOST_LINES", 8)
    columns = json.loads(for_pages.columns_json(dataset, NAME))
    data, n_lines = for_pages.heat_bytes(dataset, NAME, 0, N)
    table = np.frombuffer(data, np.int8).reshape(n_lines, len(columns))
    assert (n_lines, len(columns)) == (8, 16)
    points = on_project.points_of(dataset, NAME, on_project.how_of(on_project.find(dataset, NAME)))
    rows = on_project.tree_of(dataset, NAME).rows_in_order
    column = points.kept.index(columns[3])
    mean = points.scaled[rows[:5], column].mean()
    assert table[0, 3] == pytest.approx(np.clip(mean / for_pages.MOST_DEVIATIONS, -1, 1) * for_pages.STEPS, abs=0.51)
    for wrong in ((0, 0), (5, N + 1), (-1, 3)):
        with pytest.raises(ParameterError):
            for_pages.heat_bytes(dataset, NAME, *wrong)


def test_routes_answer_and_say_what_is_missing(client):
    assert len(client.get(f"{MEDIA}/leaves.bin").data) == 4 * N
    assert len(client.get(f"{MEDIA}/gaps.bin?name={NAME}").data) == 4 * (N - 1)
    assert len(client.get(f"{MEDIA}/heights.bin").data) == 4 * (N - 1)
    assert len(client.get(f"{MEDIA}/entries.json?first=30&count=20").json) == 10
    heat = client.get(f"{MEDIA}/heat.bin?first=0&last={N}")
    assert heat.headers["X-Lines"] == str(N)
    for address in ("leaves.bin?name=none", "heat.bin?first=0&last=99999", "sorted.zip?copies=link", "sorted.zip?k=0",
                    "entries.json?first=x&count=-1"):
        answer = client.get(f"{MEDIA}/{address}")
        assert answer.status_code == 400, address
        assert "Traceback" not in answer.text


def test_a_zip_holds_all_sounds_once_and_is_refused_where_it_is_too_large(client, monkeypatch):
    assert client.get(f"{MEDIA}/sorted.zip?check=1").status_code == 204
    with zipfile.ZipFile(io.BytesIO(client.get(f"{MEDIA}/sorted.zip?k=4").data)) as packed:
        names = packed.namelist()
    assert sum("/sorted/" in name for name in names) == N
    assert sum("/clusters/" in name for name in names) == N
    assert "bird-arranged/original_filenames.txt" in names
    monkeypatch.setattr(arrange_routes, "MOST_BYTES", 10)
    assert "too much for a download" in client.get(f"{MEDIA}/sorted.zip?check=1").text
    with zipfile.ZipFile(io.BytesIO(client.get(f"{MEDIA}/sorted.zip?copies=list").data)) as packed:
        assert not [name for name in packed.namelist() if name.endswith(".wav")]


def test_a_recording_that_is_gone_by_now_is_told_and_nothing_is_left_behind(client, folder):
    (folder / "audio/day-1/song_000.wav").unlink()
    answer = client.get(f"{MEDIA}/sorted.zip")
    assert answer.status_code == 404
    assert "song_000.wav" in answer.text
    make_task("arrange_files", {"project": str(folder / "bird.h5"), "values": {"copies": "list"}}).perform(Watcher())
    assert len((folder / "bird.arranged/original_filenames.txt").read_text().splitlines()) == N


def test_files_of_others_are_never_replaced(folder, dataset):
    place = folder / "bird.arranged/sorted"
    place.mkdir(parents=True)
    (place / "mine.wav").write_bytes(b"mine")
    with pytest.raises(project_files.ExportError, match=r"mine\.wav"):
        make_task("arrange_files", {"project": str(folder / "bird.h5")}).check()
    with pytest.raises(project_files.ExportError, match=r"mine\.wav"):
        project_files.write(dataset, folder / "bird.arranged")
    assert (place / "mine.wav").read_bytes() == b"mine"


def key_of(app, first_input):
    return next(key for key, about in app.callback_map.items()
                if about["inputs"] and about["inputs"][0]["id"] == first_input and "callback" in about)


@pytest.fixture
def app(folder, monkeypatch):
    add_people(monkeypatch, olga="owner", anna="annotator", vera="viewer")
    workspaces.close_all()
    made = program.build_app(folder)
    program._warmed(made)
    return made


def test_viewers_look_annotators_make_labelings_owners_run(app, folder, monkeypatch):
    begun = []
    monkeypatch.setattr(runs, "advance", lambda **how: begun.append(how) if how.get("begin", True) else None)
    values = {ids.ARRANGE_PROJECT: "bird", ids.ARRANGE_K: 4, ids.ARRANGE_LABELING: "four", ids.ARRANGE_CHOSEN: NAME,
              ids.ARRANGE_TOKEN: "t1", ids.ARRANGE_SOURCE: "embedding", ids.ARRANGE_NAME: "", "arrange-form-own": {},
              ids.ARRANGE_COPIES: "list"}
    clients = {name: person(app, name) for name in ("vera", "anna", "olga")}
    assert clients["vera"].get(f"{MEDIA}/leaves.bin").status_code == 200
    label, save, start = (key_of(app, id) for id in (ids.ARRANGE_LABEL, ids.ARRANGE_SAVE, ids.ARRANGE_START))
    assert "As a viewer" in call(clients["vera"], app, label, values).text
    assert "is being stored" in call(clients["anna"], app, label, values).text
    for key in (save, start):
        assert "As an annotator" in call(clients["anna"], app, key, values).text
    assert "being written" in call(clients["olga"], app, save, values | {ids.ARRANGE_TOKEN: "t2"}).text
    assert "Wait for it" in call(clients["olga"], app, start, values | {ids.ARRANGE_TOKEN: "t3"}).text
    assert {run.kind: run.user for run in runs.recent()} == {"arrange_files": "olga", "label_arrangement": "anna"}
    asked = next(run for run in runs.recent() if run.user == "anna")
    make_task(asked.kind, asked.values).perform(Watcher())
    with Dataset.open(folder / "bird.h5") as dataset:
        assert labelings.find(dataset, "four").n_clusters == 4


def test_the_page_says_so_where_nothing_is_arranged(folder):
    make_project(folder / "new.h5", n_sounds=8)
    client_of(folder)
    page = str(arrange_layout.page(workspaces.open_project("new")))
    assert arrange_layout.NOTHING_YET in page
    assert "'data-empty': 'true'" in page or "data-empty='true'" in page


@pytest.mark.parametrize("page", ["arrange", "cluster"])
@pytest.mark.parametrize("name", ["vera", "anna", "olga"])
def test_what_looks_for_news_finds_all_that_it_fills_whoever_looks(app, name, page):
    """Dash gives a callback up that fills a part which the page does not have for this person."""
    shown, known = page_at(person(app, name), app, f"/{page}/bird"), f"{page}-known.data"
    filled = next(key for key in app.callback_map if known in key).strip(".").split("...")
    assert len(filled) > 3
    assert [part for part in filled if f'"id":"{part.split(".")[0]}"' not in shown] == []
