"""Logging in and out, and what each role sees and may do, as a person has it. Everything lies under a prefix here."""

from __future__ import annotations

import subprocess
import sys

import pytest
from browser.conftest import Bench
from factory import make_project
from web import PASSWORD

from pipeline import accounts

pytestmark = pytest.mark.browser
BASE = "/lab"


@pytest.fixture
def lab(serve, tmp_path, monkeypatch):
    """The address of a dashboard with two projects; fish is hidden from ben."""
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    folder = tmp_path / "projects"
    folder.mkdir()
    for name in ("bird", "fish"):
        make_project(folder / f"{name}.h5", n_sounds=60, cluster_ids=[1] * 20 + [0] * 40)
    for name, role in (("ada", "owner"), ("ben", "annotator"), ("vera", "viewer")):
        accounts.add(name, PASSWORD, role=role)
    accounts.revoke("ben", folder / "fish.h5")
    monkeypatch.setenv("SYLLABARY_URL_BASE", BASE)
    return serve(folder).address + BASE


def enter(page, name: str, password: str = PASSWORD) -> None:
    """Fill in the form with the keyboard alone."""
    page.locator("#login-name").fill(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_an_address_leads_through_the_log_in_to_where_it_points(lab, open_page):
    page = open_page(f"{lab}/curate/bird")
    assert page.evaluate("document.activeElement.id") == "login-name"
    enter(page, "ben", "not the password")
    page.locator(".problem", has_text="Name or password is wrong.").wait_for()
    assert page.input_value("#login-name") == "ben"
    assert page.evaluate("document.activeElement.id") == "login-password"
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    Bench(page)
    assert page.url == f"{lab}/curate/bird"
    assert page.locator("#app-person").inner_text().split() == ["ben", "annotator"]


def test_an_annotator_edits_and_the_history_says_who_it_was(lab, open_page):
    page = open_page(f"{lab}/curate/bird")
    enter(page, "ben")
    bench = Bench(page)
    page.locator(".grid-row", has_text="unassigned").locator(".row-head").click()
    bench.viewer_title("unassigned")
    page.locator("#curate-viewer .tile").first.click()
    page.keyboard.press("w")
    bench.told("Assign 1 sound to C2")
    page.keyboard.press("h")
    page.locator(".past .who", has_text="ben").wait_for()


def test_a_viewer_looks_and_cannot_edit(lab, open_page):
    page = open_page(f"{lab}/curate/bird")
    enter(page, "vera")
    bench = Bench(page)
    page.get_by_text("view only").wait_for()
    page.locator(".grid-row", has_text="C1").locator(".row-head").click()
    bench.viewer_title("C1")
    page.locator("#curate-viewer .tile").first.click()
    assign = page.locator("#curate-assign")
    assert assign.is_disabled()
    assert "As a viewer you may look, listen and download" in assign.get_attribute("title")
    page.keyboard.press("w")
    page.keyboard.press("k")
    page.evaluate("dash_clientside.set_props('curate-assign', { n_clicks: 7 })")   # as a hand-made request has it
    bench.told("As a viewer you may look, listen and download")
    page.keyboard.press("h")
    page.get_by_text("Nothing was edited yet.").wait_for()


def test_requests_by_hand_get_no_further(lab, open_page):
    page = open_page(f"{lab}/")
    ask = "([url, options]) => fetch(url, options).then(answer => answer.status)"
    assert page.request.get(f"{lab}/media/bird/points.bin").status == 401
    enter(page, "ben")
    page.wait_for_selector("#projects-list")
    assert page.evaluate(ask, [f"{BASE}/media/bird/points.bin", {}]) == 200
    assert page.evaluate(ask, [f"{BASE}/media/fish/points.bin", {}]) == 404
    posted = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": "{}"}
    assert page.evaluate(ask, [f"{BASE}/_dash-update-component", posted]) == 403


def test_a_project_that_is_hidden_is_not_in_the_list_and_has_no_page(lab, open_page):
    page = open_page(f"{lab}/")
    enter(page, "ben")
    page.wait_for_selector("#projects-list")
    assert page.locator("#projects-list .name").all_inner_texts() == ["bird"]
    page.goto(f"{lab}/curate/fish")
    page.get_by_text("There is no project named 'fish' here.").wait_for()


def test_logging_out_is_a_button_and_going_back_shows_nothing(lab, open_page):
    page = open_page(f"{lab}/curate/bird")
    enter(page, "ada")
    Bench(page)
    page.get_by_role("button", name="Log out").click()
    page.wait_for_selector("#login-name")
    page.go_back()
    page.wait_for_selector("#login-name")
    assert page.locator("#curate-map").count() == 0


def test_who_loses_the_account_is_out_within_seconds_and_no_edit_is_taken(lab, open_page, root):
    page = open_page(f"{lab}/curate/bird")
    enter(page, "ben")
    Bench(page)
    subprocess.run([sys.executable, "-m", "pipeline", "users", "remove", "ben"], cwd=root, check=True)
    page.wait_for_selector("#login-name")
    assert page.url.startswith(f"{lab}/login?next=")


def test_two_people_see_each_others_edits_and_undo_their_own(lab, open_page):
    pages = {}
    for name in ("ada", "ben"):
        pages[name] = open_page(f"{lab}/curate/bird")
        enter(pages[name], name)
    ada, ben = Bench(pages["ada"]), Bench(pages["ben"])
    pages["ben"].locator(".grid-row", has_text="unassigned").locator(".row-head").click()
    ben.viewer_title("unassigned")
    pages["ben"].locator("#curate-viewer .tile").first.click()
    pages["ben"].keyboard.press("w")
    ada.rows({"C1": "20", "C2": "1", "C0 unassigned": "39"})
    assert pages["ada"].locator("#curate-undo").is_disabled()
    pages["ben"].keyboard.press("Control+z")
    ada.rows({"C1": "20", "C0 unassigned": "40"})


def test_a_run_that_replaces_the_file_brings_the_new_sounds_to_the_open_page(lab, open_page, tmp_path):
    page = open_page(f"{lab}/curate/bird")
    enter(page, "ada")
    Bench(page)
    make_project(tmp_path / "projects" / "bird.h5", n_sounds=90)
    page.get_by_text("90 sounds", exact=True).wait_for()
