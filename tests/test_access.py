"""Who gets what: every route and every callback, asked by everybody.

The lists are made from the app, so that a route or a callback that is added is asked as well.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from factory import make_project
from web import PASSWORD, QUICK, call, log_in, own_memory

import app as program
from pages._ui import guard, ids, login, project_nav, workspaces
from pages._ui.guard import Sharing
from pipeline import accounts, logins
from pipeline.curation import journal
from pipeline.curation.workspace import Workspace

ARGUMENTS = {"slug": "bird", "format": "hdf5", "segment_id": 1, "file_id": 0, "from_ms": 0, "to_ms": 1000,
             "filename": "base.js", "package_name": "dash", "fingerprinted_path": "deps/react@18.3.1.min.js",
             "path": "curate/bird"}
FOR_VIEWERS = {     # what a viewer may ask for besides what names a project; all else is for owners
    "/login", "/logout", "/healthz", "/", "/<path:path>", "/assets/<path:filename>",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>", "/_dash-layout", "/_dash-dependencies",
    "/_dash-update-component", "/_reload-hash", "/_favicon.ico", "/bundled/bootstrap.min.css", "/bundled/icons.css",
    "/bundled/plotly.min.js",
    "/media/<slug>/examples/begin", "/media/<slug>/examples", "/media/<slug>/examples/<token>",     # to search by
}
OPEN = {"/login", "/healthz", "/bundled/bootstrap.min.css"}
CHOSEN = [{"how": "set", "ids": [1, 2]}]
GUESSES = {ids.SELECTION: CHOSEN, ids.SPACE: {"viewer_px": 500, "viewer_rows": 3, "grid_px": 500, "grid_rows": 5},
           ids.VIEW: {"steps": CHOSEN, "page": 0}, ids.MOVE_TO: {"cluster": 2}, ids.MERGE: {"into": 1, "cluster": 2},
           ids.DESCRIPTION: {"cluster": 1, "name": "x", "colour": "#112233", "note": "x"}, ids.REVISION: 0,
           ids.ANSWER: {"kind": "scope", "answer": "all"}, ids.EXPORT_FORMAT: "hdf5", ids.EXPORTS_NAME: "taken",
           ids.AUDIO_FOLDER: "/", ids.ORDER: None, ids.DESCRIBED: {"cluster": 1}, ids.HISTORY_PAGE: None,
           ids.SOUND: 1, ids.GRID_AT: 0, ids.EXPORTS_FORMAT: "csv",
           ids.EXPORTS_ASKED: {"format": "hdf5", "options": {}}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("access")
    clusters = [(1, "one", "#ff0000", ""), (2, "two", "#00ff00", "")]
    labels = [1, 1, 2, 2] + [0] * 8
    for name in ("bird", "fish"):
        make_project(folder / f"{name}.h5", n_sounds=12, cluster_ids=labels, clusters=clusters)
    with own_memory(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", lambda: QUICK)
        accounts.add("olga", PASSWORD, role="owner")
        accounts.add("anna", PASSWORD, role="annotator")
        accounts.add("vera", PASSWORD, role="viewer")
        accounts.add("fred", PASSWORD, role="owner", only=[folder / "fish.h5"])
        yield folder
        workspaces.close_all()


@pytest.fixture(scope="module")
def app(folder):
    workspaces.close_all()
    made = program.build_app(folder)
    program._warmed(made)
    return made


@pytest.fixture
def as_(app):
    """``as_("vera")`` → a client that has logged in."""
    with accounts.book() as connection:
        connection.execute("DELETE FROM attempts")

    def client_of(name: str = ""):
        client = app.server.test_client()
        if name:
            assert log_in(client, name).status_code == 303
        return client
    return client_of


def routes(app):
    """(rule, method, address) of everything that is served."""
    adapter = app.server.url_map.bind("localhost")
    for rule in app.server.url_map.iter_rules():
        values = {name: ARGUMENTS.get(name, 1) for name in rule.arguments}
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.rule, method, adapter.build(rule.endpoint, values, method=method)


def server_callbacks(app):
    """The keys of the callbacks that reach this server."""
    return [key for key, about in app.callback_map.items() if "callback" in about]


def ask(client, method: str, address: str):
    return client.open(address, method=method, json={} if method != "GET" else None)


def traces(folder):
    """All that a change could leave: files and their bytes, journals, what is remembered."""
    workspaces.close_all()
    left = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and "state" not in path.parts and path.suffix != ".lock"}
    audio = folder / "state" / "audio-folders.json"
    return left, audio.read_bytes() if audio.exists() else None


def test_there_are_routes_and_callbacks_to_ask(app):
    assert len(list(routes(app))) > 30
    assert len(server_callbacks(app)) > 15


def test_who_has_not_logged_in_gets_the_log_in_and_no_more(app, as_):
    nobody = as_()
    answers = {(method, rule): ask(nobody, method, address).status_code for rule, method, address in routes(app)
               if rule not in OPEN}
    assert {key: status for key, status in answers.items() if status != 401} == {}


def test_who_has_not_logged_in_calls_nothing(app, as_):
    nobody = as_()
    found = {call(nobody, app, key, {ids.PROJECT: "bird"} | GUESSES).status_code for key in server_callbacks(app)}
    assert found == {401}


def test_other_methods_are_no_way_round(as_):
    nobody = as_()
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"):
        assert nobody.open("/media/bird/points.bin", method=method).status_code in (401, 403, 405)


@pytest.mark.parametrize("address", ["/assets/../app.py", "//media/bird/points.bin", "/assets/theme.css/../base.js",
                                     "/login/../media/bird/points.bin", "/healthz/", "/./assets/base.js",
                                     "/login%2f..%2fmedia/bird/points.bin", "/LOGIN", "/media/bird/points.bin?login"])
def test_other_spellings_of_open_addresses_are_no_way_round(as_, address):
    assert as_().get(address).status_code in (401, 308)


def test_a_page_leads_to_the_log_in_and_back(as_):
    client = as_()
    answer = client.get("/curate/bird?x=1", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"next": ["/curate/bird?x=1"]}
    assert log_in(client, "vera", then="/curate/bird?x=1").headers["Location"] == "/curate/bird?x=1"


@pytest.mark.parametrize("then", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "javascript:x",
                                  "/a\nb", "\\\\evil.example", "/login", ""])
def test_a_log_in_leads_nowhere_else(as_, then):
    assert log_in(as_(), "vera", then=then).headers["Location"] == "/"


def test_a_viewer_gets_all_of_a_project_and_nothing_that_is_for_owners(app, as_):
    vera = as_("vera")
    refused, given = {}, {}
    for rule, method, address in routes(app):
        if rule in ("/login", "/logout"):
            continue
        status = ask(vera, method, address).status_code
        kept_back = rule not in FOR_VIEWERS and (method != "GET" or "<slug>" not in rule)
        (refused if kept_back else given)[method, rule] = status
    assert {key: status for key, status in refused.items() if status != 403} == {}
    assert {key: status for key, status in given.items() if status in (401, 403)} == {}


def test_a_project_that_is_hidden_from_somebody_is_not_there_for_them(app, as_):
    fred = as_("fred")
    answers = {rule: ask(fred, method, address) for rule, method, address in routes(app) if "<slug>" in rule}
    assert {rule: answer.status_code for rule, answer in answers.items() if answer.status_code != 404} == {}
    assert {answer.text for answer in answers.values()} == {fred.get("/media/nowhere/points.bin").text.replace(
        "nowhere", "bird")}
    assert fred.get("/media/fish/points.bin").status_code == 200


def test_callbacks_know_of_no_project_that_is_hidden(app, as_):
    fred = as_("fred")
    asked = [key for key in server_callbacks(app)
             if any(part["id"] == ids.PROJECT for part in app.callback_map[key]["state"])]
    assert len(asked) > 10
    for key in asked:
        assert "There is no project named" in call(fred, app, key, {ids.PROJECT: "bird"} | GUESSES).text, key


def test_lists_of_projects_leave_out_what_is_hidden(app, as_):
    shown = {name: names_of_projects(as_(name), app) for name in ("vera", "fred")}
    assert shown == {"vera": {"/curate/bird", "/curate/fish"}, "fred": {"/curate/fish"}}


def names_of_projects(client, app) -> set[str]:
    key = next(key for key in app.callback_map if "_pages_content" in key)
    return set(re.findall(r"/curate/\w+", str(call(client, app, key, {"_pages_location": "/"}).json)))


@pytest.mark.parametrize("rest", [1, None, "x", {}, []])
def test_no_callback_lets_a_viewer_change_anything(app, as_, folder, rest):
    vera, before = as_("vera"), traces(folder)
    for key in server_callbacks(app):
        call(vera, app, key, GUESSES | {ids.PROJECT: "bird", "*": rest})
    assert traces(folder) == before
    assert not journal.exists(journal.path_of(folder / "bird.h5"))


def test_the_same_callbacks_do_change_things_for_an_annotator(app, as_, tmp_path):
    project = make_project(tmp_path / "worm.h5", n_sounds=12, cluster_ids=[1] * 6 + [2] * 6)
    with as_("olga") as olga:
        olga.get("/")
        program.catalogue.remember(project)
    anna = as_("anna")
    for key in server_callbacks(app):
        call(anna, app, key, GUESSES | {ids.PROJECT: "worm"})
    workspaces.close_all()
    with Workspace.open(project) as workspace:
        assert {entry.user for entry in workspace.history()} == {"anna"}
        assert len(workspace.history()) >= 2
    assert (tmp_path / "taken.h5").exists()


def test_what_a_viewer_is_told(app, as_):
    key = next(key for key, about in app.callback_map.items() if about["inputs"][0]["id"] == ids.ASSIGN)
    answer = call(as_("vera"), app, key, {ids.PROJECT: "bird"} | GUESSES)
    assert "As a viewer you may look, listen and download here" in answer.text


def test_a_viewers_page_has_its_edits_switched_off_and_says_why(app, as_):
    key = next(key for key in app.callback_map if "_pages_content" in key)
    pages = {name: call(as_(name), app, key, {"_pages_location": "/curate/bird"}).text for name in ("vera", "anna")}
    assert "view only" in pages["vera"]
    assert "view only" not in pages["anna"]
    reason = '"title":"As a viewer you may look, listen and download here'
    assert pages["vera"].count(reason) > 15
    assert reason not in pages["anna"]


@pytest.mark.parametrize("page", [page for _name, page in project_nav.PAGES])
def test_every_page_of_a_project_opens_for_a_viewer(app, as_, page):
    key = next(key for key in app.callback_map if "_pages_content" in key)
    shown = call(as_("vera"), app, key, {"_pages_location": f"/{page}/bird"}).text
    assert "Something went wrong" not in shown
    assert "project-menu" in shown


def test_a_role_changed_by_another_process_holds_at_the_next_request(app, as_):
    accounts.add("nora", PASSWORD, role="annotator")
    nora = as_("nora")
    key = next(key for key, about in app.callback_map.items() if about["inputs"][0]["id"] == ids.RESET)
    assert "As a viewer" not in nora.get("/media/bird/state.json").text
    accounts.set_role("nora", "viewer")
    assert nora.get("/media/bird/state.json").json["can_undo"] is False
    assert call(nora, app, key, {ids.PROJECT: "bird"}).status_code == 200   # only asks
    accounts.revoke("nora", folder_of(app) / "bird.h5")
    assert nora.get("/media/bird/state.json").status_code == 404
    accounts.remove("nora")
    assert nora.get("/media/fish/state.json").status_code == 401


def folder_of(app):
    return app.server.config["PLACE"]


def test_the_cookie_is_for_the_server_alone_and_a_fresh_one_comes_with_the_log_in(app, as_):
    client = as_()
    name = app.server.config["SESSION_COOKIE_NAME"]
    client.get("/login")
    before = client.get_cookie(name)
    assert before.http_only
    assert before.same_site == "Lax"
    assert not before.secure
    log_in(client, "vera")
    assert client.get_cookie(name).value != before.value
    client.set_cookie(name, before.value)
    assert client.get("/media/bird/state.json").status_code == 401


def test_cookies_of_a_request_over_https_never_go_over_http(app, as_):
    client = as_()
    answer = client.get("/login", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client.get("/login").headers


def test_logging_out_ends_the_session_for_copies_of_the_cookie_as_well(app, as_):
    vera, copy = as_("vera"), app.server.test_client()
    name = app.server.config["SESSION_COOKIE_NAME"]
    copy.set_cookie(name, vera.get_cookie(name).value)
    assert copy.get("/media/bird/state.json").status_code == 200
    assert vera.get("/logout").status_code in (401, 405, 200)
    assert copy.get("/media/bird/state.json").status_code == 200     # a mere link logs nobody out
    answer = vera.post("/logout")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert vera.get("/media/bird/state.json").status_code == 401
    assert copy.get("/media/bird/state.json").status_code == 401


def test_a_change_without_the_token_of_the_session_is_refused(app, as_):
    anna = as_("anna")
    good = anna.environ_base.pop("HTTP_X_CSRFTOKEN")
    for token in ("", "x", good[:-1] + ("A" if good[-1] != "A" else "B"),
                  as_("vera").environ_base["HTTP_X_CSRFTOKEN"]):
        answer = anna.post("/_dash-update-component", json={}, headers={"X-CSRFToken": token})
        assert answer.status_code == 403
    assert anna.post("/logout").status_code == 403
    assert anna.post("/logout", data={"csrf_token": good}).status_code == 303


def test_a_log_in_without_the_token_of_the_form_is_refused(as_):
    answer = as_().post("/login", data={"name": "vera", "password": PASSWORD})
    assert answer.status_code == 403
    assert login.OUTDATED in answer.text


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                                     {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_sites_page_changes_nothing_though_it_had_the_cookies(as_, headers):
    assert as_("anna").post("/_dash-update-component", json={}, headers=headers).status_code == 403


def test_too_many_failures_are_told_and_counted_across_requests(as_, monkeypatch):
    monkeypatch.setattr(logins, "MOST_BY_NAME", 2)
    client = as_()
    assert [log_in(client, "vera", password="wrong").status_code for _ in range(3)] == [401, 401, 429]
    assert log_in(client, "vera").status_code == 429
    assert "Too many failed attempts" in log_in(client, "vera").text


def test_what_is_typed_is_shown_as_text(as_):
    answer = log_in(as_(), "<b>x</b>", password="<script>", then='/"><script>')
    assert "<b>x" not in answer.text
    assert "<script>" not in answer.text.replace('<script src="/assets/early/theme.js">', "")
    assert "Name or password is wrong." in answer.text


def test_pages_and_answers_are_left_in_no_cache_that_outlives_the_log_in(as_):
    vera = as_("vera")
    assert vera.get("/").headers["Cache-Control"] == "no-store"
    assert vera.get("/_dash-layout").headers["Cache-Control"] == "no-store"
    assert "private" in vera.get("/media/bird/points.bin").headers["Cache-Control"]
    assert vera.get("/media/bird/points.bin").headers["Vary"].endswith("Cookie")


@pytest.mark.parametrize("host", ["lab.example", "192.168.1.4:8050"])
def test_with_accounts_any_name_is_answered(as_, host):
    assert as_().get("/login", headers={"Host": host}).status_code == 200


def served(folder, **sharing):
    return program.build_app(folder, sharing=Sharing(**sharing)).server.test_client()


def test_allowed_names_are_the_only_ones(folder):
    client = served(folder, allowed_hosts=("lab.example",))
    statuses = [client.get("/login", headers={"Host": host}).status_code
                for host in ("lab.example:8050", "localhost", "evil.example")]
    assert statuses == [200, 200, 403]


def test_headers_of_a_proxy_are_believed_only_where_there_is_one(folder):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "lab.example", "X-Forwarded-For": "10.1.1.1"}
    for behind_proxy, secure in ((True, True), (False, False)):
        answer = served(folder, behind_proxy=behind_proxy).get("/login", headers=told)
        assert ("Secure" in answer.headers["Set-Cookie"]) is secure
        assert ("Strict-Transport-Security" in answer.headers) is secure


def test_no_log_in_where_it_was_switched_off(folder):
    assert served(folder, login="never").get("/media/bird/points.bin").status_code == 200


def test_a_log_in_that_is_always_needed_holds_without_accounts_too(folder, tmp_path, monkeypatch):
    client = served(folder, login="always")
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "empty"))
    assert client.get("/media/bird/points.bin").status_code == 401


def test_without_accounts_other_machines_get_nothing(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "empty"))
    client = served(folder)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/healthz", environ_overrides={"REMOTE_ADDR": "10.0.0.7"})
    assert answer.status_code == 403
    assert "users add" in answer.text


@pytest.mark.parametrize(("text", "base"), [("", "/"), ("/", "/"), ("lab", "/lab/"), ("/lab/sounds/", "/lab/sounds/")])
def test_a_prefix_may_be_written_with_or_without_slashes(text, base):
    assert guard.checked_base(text) == base


@pytest.mark.parametrize("text", ["https://lab.example/x", "/a b/", "/a?b", "/../x/", '/"x/', "/é/"])
def test_what_is_no_prefix_is_refused(text):
    with pytest.raises(program.ParameterError, match="cannot be a path"):
        guard.checked_base(text)


def test_under_a_prefix_every_address_has_it(folder):
    client = served(folder, url_base="/lab/")
    answer = client.get("/lab/curate/bird", headers={"Accept": "text/html"})
    assert answer.headers["Location"] == "/lab/login?next=/curate/bird"
    form = client.get("/lab/login").text
    assert set(re.findall(r'(?:src|href|action)="(/\w*)', form)) == {"/lab"}
    assert log_in(client, "vera", then="/curate/bird", base="/lab").headers["Location"] == "/lab/curate/bird"
    page = client.get("/lab/curate/bird").text
    assert set(re.findall(r'(?:src|href)="(/\w*)', page)) == {"/lab"}
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert client.get(address).status_code == 200, address
    assert client.get("/lab/media/bird/points.bin").status_code == 200
    assert all(cookie.path == "/lab/" for cookie in client._cookies.values())


def test_a_prefix_that_the_proxy_takes_away_is_no_matter(folder):
    client = served(folder, url_base="/lab/")
    answer = client.get("/curate/bird", headers={"Accept": "text/html"})
    assert answer.headers["Location"] == "/lab/login?next=/curate/bird"
    program.build_app(folder)   # addresses are made for the app that was built last


@pytest.mark.parametrize(("host", "options", "expected"), [
    ("127.0.0.1", {}, "if-accounts"), ("127.0.0.1", {"no_login": True}, "never"), ("0.0.0.0", {}, "always"),
    ("0.0.0.0", {"insecure": True}, "always"),
])
def test_where_accounts_apply(folder, host, options, expected):
    assert program._login(host, **({"insecure": False, "no_login": False} | options)) == expected


def test_no_log_in_is_for_this_machine_alone(folder):
    with pytest.raises(program.ParameterError, match="this machine only"):
        program._login("0.0.0.0", insecure=True, no_login=True)


def test_without_accounts_the_server_stays_at_home_or_warns(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "empty"))
    with pytest.raises(program.ParameterError, match="users add"):
        program._login("0.0.0.0", insecure=False, no_login=False)
    assert program._login("0.0.0.0", insecure=True, no_login=False) == "if-accounts"
    assert "Warning: whoever reaches 0.0.0.0 may change labels" in capsys.readouterr().err


def test_gunicorn_may_not_be_told_to_leave_out_the_log_in(folder, monkeypatch):
    monkeypatch.setenv("SYLLABARY_NO_LOGIN", "1")
    with pytest.raises(program.ParameterError, match="SYLLABARY_NO_LOGIN"):
        program.__getattr__("server")


def test_gunicorn_gets_its_options_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv("SYLLABARY_PLACE", str(folder))
    monkeypatch.setenv("SYLLABARY_URL_BASE", "lab")
    monkeypatch.setenv("SYLLABARY_ALLOWED_HOST", "lab.example other.example")
    try:
        client = program.__getattr__("server").test_client()
        assert client.get("/lab/login", headers={"Host": "other.example"}).status_code == 200
        assert client.get("/lab/login", headers={"Host": "evil.example"}).status_code == 403
        assert client.get("/lab/media/bird/points.bin", headers={"Host": "lab.example"}).status_code == 401
    finally:
        vars(program).pop("server", None)
        program.build_app(folder)   # addresses are made for the app that was built last
