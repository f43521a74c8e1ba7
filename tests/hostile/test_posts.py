"""Requests made by hand: a sentence or a refusal, never a fault of the server."""

from __future__ import annotations

import pytest
import web
from factory import make_project

import app
from pages._ui import ids, posted, workspaces

VALUES = [None, 1, -1, 10**30, 1.5, True, "", "x", "birds", "\0", "\ud800", "<img src=x onerror=alert(1)>", [], {},
          [[]], [None], [{}], {"do": []}, {"do": "cancel", "run": "x"}, {"do": "again", "run": 10**30},
          {"a": {"b": {}}}]
CALLBACKS = posted.CALLBACKS


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("posts")
    make_project(folder / "birds.h5", n_sounds=20, cluster_ids=[1] * 20)
    with web.own_memory(folder):
        made = app.build_app(folder)
        yield made, made.server.test_client()
        workspaces.close_all()


def test_no_value_of_any_callback_is_a_fault_of_the_server(page):
    made, client = page
    client.get("/")
    for key, about in made.callback_map.items():
        if "callback" in about:
            for value in VALUES:
                answer = web.call(client, made, key, {"*": value})
                assert answer.status_code in (200, 204, 400), (key, value)
                assert b"Traceback" not in answer.data
    assert client.get("/media/birds/points.bin").status_code == 200


@pytest.mark.parametrize("value", [None, 1, [], {}, True])
def test_a_project_must_be_named(page, value):
    made, client = page
    key = next(key for key in made.callback_map if "curate-grid-page" in key)
    assert "No project is named" in web.call(client, made, key, {ids.PROJECT: value}).text


BODIES = {
    "nothing": b"", "null": b"null", "a list": b"[]", "a number": b"1" * 5_000, "no text": b"\xff\xfe",
    "no output": b"{}", "a number for an output": b'{"output": 5}', "an output that is not": b'{"output": "x.y"}',
    "a list in a list": b"[" * 100_000 + b"]" * 100_000, "a dict in a dict": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "too large": b" " * (app.MOST_SENT_BYTES + 1),
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("address", [CALLBACKS, "/places/folder", "/uploads"])
def test_a_body_that_no_page_sends_is_refused(page, address, kind):
    answer = page[1].post(address, data=BODIES[kind], content_type="application/json")
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize("change", [
    {"inputs": 5}, {"inputs": []}, {"inputs": [1]}, {"inputs": [{}]}, {"inputs": [{"id": 1, "property": "value"}]},
    {"state": "x"}, {"state": [[]] * 50}, {"outputs": 1}, {"outputs": [1]}, {"outputs": {"id": "x"}},
    {"changedPropIds": 5}, {"changedPropIds": [5]}, {"output": "x"}, {"output": []},
])
def test_a_callback_that_is_not_one_is_refused(page, change):
    made, client = page
    key = next(key for key, about in made.callback_map.items() if "runs-done" in key and "callback" in about)
    about = made.callback_map[key]
    parts = {kind: [{**one, "value": 1} for one in about[kind]] for kind in ("inputs", "state")}
    good = {"output": key, "changedPropIds": [], "outputs": [
        {"id": one.component_id, "property": one.component_property} for one in about["output"]], **parts}
    assert client.post(CALLBACKS, json=good).status_code == 200
    assert client.post(CALLBACKS, json=good | change).status_code == 400


def test_names_in_addresses_are_never_a_fault(page):
    client = page[1]
    for name in ("<script>", "%22%3E", "%0a", "%00", "\u202e", "x" * 4_000, "..", "birds@", "birds@@", "birds%40x"):
        for rule in ("/media/{}/points.bin", "/media/{}/state.json", "/curate/{}", "/uploads/{}", "/runs/{}/log.json"):
            answer = client.get(rule.format(name))
            assert answer.status_code in (200, 308, 400, 404, 405), (rule, name)
            if answer.mimetype == "text/html":
                assert b"<script></" not in answer.data


@pytest.mark.parametrize("query", ["v=%00", "r=nan&t=inf", "px=1e999", "h=-1", "ids=" + "1," * 5_000, "rev=9" * 50,
                                   "speed=nan", "map=../x", "by=%3Cb%3E", "name=%F0%9F%90%A6", "after=-1"])
def test_queries_are_never_a_fault(page, query):
    made, client = page
    for rule in made.server.url_map.iter_rules():
        if rule.rule.startswith(("/media", "/preview", "/places", "/runs")) and "GET" in rule.methods:
            numbers = {name: 1 if "int" in str(rule._converters[name].__class__).lower() else "birds"
                       for name in rule.arguments}
            with made.server.test_request_context("/"):
                address = rule.build(numbers)[1]
            assert client.get(f"{address}?{query}").status_code < 500, address
