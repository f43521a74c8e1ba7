"""Behind the page Cluster: its routes, its form as values of a run, what is asked and done with a labeling."""

from __future__ import annotations

import numpy as np
import pytest
from factory import make_project
from PIL import Image
from web import add_people, call, client_of, own_memory, page_at, person

import app as program
from pages._ui import cluster_adopt, cluster_form, cluster_shown, forms, ids, workspaces
from pipeline import labelings, runs, store
from pipeline.autoencoder import reports
from pipeline.curation.adopting import Proposal
from pipeline.curation.drafting import PROOFREADING
from pipeline.errors import ConflictError, EditError, ParameterError
from pipeline.tasks import make as make_task
from pipeline.tasks.train_autoencoder import report_dir


@pytest.fixture
def folder(tmp_path):
    with own_memory(tmp_path):
        project = make_project(tmp_path / "bird.h5", n_sounds=40, n_types=4)
        soft = np.full((40, 4), 0.1, np.float32)
        soft[np.arange(40), np.arange(40) % 4] = 0.7
        put(project, "types", np.arange(40) % 4, probability=soft)
        put(project, "nothing", np.full(40, -1))
        yield tmp_path
        workspaces.close_all()


@pytest.fixture
def client(folder):
    return client_of(folder)


@pytest.fixture
def opened(client):
    return workspaces.open_project("bird")


def put(project, name, label, ids=None, **how):
    ids = np.arange(len(label)) if ids is None else ids
    with store.amend(project) as writer:
        writer.labeling(name, np.asarray(ids, np.int32), np.asarray(label, np.int32), **how)


def test_a_labeling_comes_as_codes_and_confidence(client):
    codes = np.frombuffer(client.get("/media/bird/labeling.bin?name=types").data, "<u2")
    sure = np.frombuffer(client.get("/media/bird/confidence.bin?name=types").data, np.uint8)
    assert codes.tolist() == (np.arange(40) % 4).tolist()
    assert set(sure.tolist()) == {round(255 * 0.7)}


@pytest.mark.parametrize("address", ["labeling.bin?name=none", "labeling.bin", "confidence.bin?name=../x",
                                     "autoencoder/nearest.png", "autoencoder/..bird.png"])
def test_what_is_not_there_is_told_in_a_sentence(client, address):
    answer = client.get(f"/media/bird/{address}")
    assert answer.status_code in (400, 404)
    assert "Traceback" not in answer.text


def test_pictures_of_the_autoencoder_are_served_by_their_names_alone(client, folder):
    place = report_dir(folder / "bird.h5")
    place.mkdir()
    Image.new("L", (8, 4)).save(place / reports.NEAREST)
    (place / "secret.png").write_bytes(b"secret")
    assert client.get("/media/bird/autoencoder/nearest.png").mimetype == "image/png"
    assert client.get("/media/bird/autoencoder/secret.png").status_code == 400


def test_the_form_is_what_a_task_takes(opened):
    own = {"n_clusters": "3", "reduce": "none", "min_cluster_size": "9"}     # the last is another algorithm's
    values = cluster_form.task_values(opened, ["embedding", "umap"][:1], "cluster:4", "kmeans", own)
    assert values == {"project": str(opened.path), "algorithm": "kmeans", "on": "embedding", "only_cluster": 4,
                      "values": {"n_clusters": 3, "reduce": "none"}}
    make_task("cluster", values | {"only_cluster": None}).check()
    within = cluster_form.task_values(opened, ["a", "b"], "labeling:-1:x:y", "kmeans", {})
    assert (within["on"], within["within"], within["number"]) == ("a+b", "x:y", -1)
    with pytest.raises(ParameterError, match="Choose what"):
        cluster_form.task_values(opened, [], "all", "kmeans", {})
    with pytest.raises(ParameterError, match="whole number"):
        cluster_form.task_values(opened, ["embedding"], "all", "kmeans", {"n_clusters": "many"})


def test_every_algorithm_has_its_fields_once():
    for option in cluster_form.algorithm_options():
        names = [name for name, _spec in cluster_form.specs(option["value"])]
        assert len(names) == len(set(names))
        assert {"scale", "reduce", "random_state"} <= set(names)


def test_a_map_is_taken_as_it_lies_unless_told_otherwise(opened):
    dataset = opened.workspace.dataset
    assert cluster_form.usual(dataset, ["umap"]) == {}
    assert cluster_form.usual(dataset, ["embedding"]) == {"reduce": "umap"}


def test_a_labeling_becomes_a_draft_and_a_second_one_only_if_the_first_is_given_up(opened):
    asked = cluster_adopt.question(opened, "curate", "types")
    assert asked["sure"]
    cluster_adopt.answered(opened, asked)
    first = opened.workspace.drafting.draft
    assert first.mode == PROOFREADING
    again = cluster_adopt.question(opened, "curate", "types")
    assert (again["sure"], again["draft"]) == (False, first.revision)
    with pytest.raises(EditError):
        cluster_adopt.answered(opened, asked)           # what was agreed to gave no draft up
    cluster_adopt.answered(opened, again)
    assert opened.workspace.drafting.draft.revision > first.revision
    with pytest.raises(EditError, match="has no cluster"):
        cluster_adopt.question(opened, "curate", "nothing")


def test_a_labeling_becomes_the_clusters_in_one_edit_if_nothing_changed_since_it_was_asked(opened):
    asked = cluster_adopt.question(opened, "adopt", "types")
    assert "40 sounds change their cluster: 4 clusters" in asked["text"]
    told = cluster_adopt.answered(opened, asked)
    assert told.startswith("Adopt types: 40 sounds, 4 clusters")
    assert len(set(opened.workspace.labels.ids.tolist())) == 4
    opened.workspace.undo()
    assert not opened.workspace.labels.ids.any()


def test_a_labeling_made_anew_since_it_was_asked_is_not_adopted(opened, folder):
    asked = cluster_adopt.question(opened, "adopt", "types")
    put(folder / "bird.h5", "types", np.zeros(40))
    with pytest.raises(ConflictError, match="made anew"):
        cluster_adopt.answered(workspaces.open_project("bird"), asked)


def test_a_curated_cluster_is_split_by_the_labeling_of_its_sounds(opened, folder):
    cluster_adopt.answered(opened, cluster_adopt.question(opened, "adopt", "types"))
    cluster = int(opened.workspace.labels.ids[0])
    members = opened.workspace.labels.members(cluster)
    put(folder / "bird.h5", "parts", np.arange(len(members)) % 2, ids=members, attrs={"only_cluster": cluster})
    opened = workspaces.open_project("bird")
    asked = cluster_adopt.question(opened, "split", "parts")
    assert "5 sounds leave it" in asked["text"]
    cluster_adopt.answered(opened, asked)
    assert len(opened.workspace.labels.members(cluster)) == 5


def test_the_newest_change_is_shown_and_else_what_was_chosen(opened):
    known = {one.name: one.fingerprint for one in labelings.stored(opened.workspace.dataset)}
    assert cluster_shown.newest_change(opened, "types", known) == "types"
    assert cluster_shown.newest_change(opened, "types", known | {"nothing": "older"}) == "nothing"
    assert cluster_shown.newest_change(opened, "gone", known) in known
    assert Proposal.read(opened.path, "types").name == "types"


@pytest.fixture
def shared(folder, monkeypatch):
    """``shared(name)`` → an app with accounts, and a client of it."""
    add_people(monkeypatch, olga="owner", anna="annotator", vera="viewer")
    made = program.build_app(folder)
    return lambda name: (made, person(made, name))



def test_a_viewer_sees_the_result_and_no_form_an_annotator_may_adopt_an_owner_start(shared):
    vera, anna, olga = (page_at(client, made, "/cluster/bird")
                        for made, client in (shared(name) for name in ("vera", "anna", "olga")))
    assert [ids.CLUSTER_START in page for page in (vera, anna, olga)] == [False, False, True]
    assert [ids.CLUSTER_MAP in page for page in (vera, anna, olga)] == [True] * 3
    assert "As a viewer you may look" in vera
    assert "As an annotator" in anna


@pytest.mark.parametrize(("name", "act", "is_refused"), [
    ("vera", ids.CLUSTER_ADOPT, True), ("vera", ids.CLUSTER_CURATE, True), ("anna", ids.CLUSTER_ADOPT, False),
    ("anna", ids.CLUSTER_DELETE, True), ("olga", ids.CLUSTER_DELETE, False),
])
def test_only_who_may_is_asked(shared, name, act, is_refused):
    made, client = shared(name)
    key = next(key for key, about in made.callback_map.items() if about["output"] and ids.CLUSTER_ASKED in key)
    about = made.callback_map[key]
    body = {"output": key, "changedPropIds": [f"{act}.n_clicks"],
            "outputs": [{"id": one.component_id, "property": one.component_property} for one in about["output"]],
            "inputs": [{**part, "value": int(part["id"] == act)} for part in about["inputs"]],
            "state": [{**part, "value": "types" if part["id"] == ids.CLUSTER_CHOSEN else "bird"}
                      for part in about["state"]]}
    answer = client.post("/_dash-update-component", json=body)
    assert ("and no more. Ask whoever keeps this server" in answer.text) is is_refused
    assert ('"name":"types"' in answer.text.replace(" ", "")) is not is_refused


@pytest.mark.parametrize("start", [ids.CLUSTER_START, ids.CLUSTER_COMPUTE, ids.CLUSTER_TRAIN])
def test_who_is_no_owner_starts_nothing(shared, start):
    made, client = shared("anna")
    key = next(key for key, about in made.callback_map.items()
               if about["inputs"] and about["inputs"][0]["id"] == start)
    values = {ids.CLUSTER_PROJECT: "bird", ids.CLUSTER_ON: ["embedding"], ids.CLUSTER_SOUNDS: "all",
              ids.CLUSTER_ALGORITHM: "kmeans", ids.CLUSTER_FEATURES: ["mfcc"], ids.CLUSTER_VECTORS: ["mean_std"],
              ids.CLUSTER_PICTURES: "mel", "*": ""}
    values |= {forms.own_id(form): {} for form in (ids.CLUSTER, ids.CLUSTER_FEATURE_FORM, ids.CLUSTER_TRAINING)}
    assert "As an annotator" in call(client, made, key, values).text
    assert runs.recent() == []
