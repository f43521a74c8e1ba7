"""The list of projects, and pages that are not there."""

from __future__ import annotations

import pytest
from factory import make_project

pytestmark = pytest.mark.browser


def test_the_list_tells_what_opens_and_why_something_does_not(serve, open_page, tmp_path):
    folder = tmp_path / "projects"
    folder.mkdir()
    make_project(folder / "bird.h5", n_sounds=1200, cluster_ids=[1, 2, 0] * 400)
    (folder / "broken.h5").write_bytes(b"not a project")
    page = open_page(serve(folder).address)
    bird = page.locator("tr", has_text="bird.h5")
    bird.wait_for()
    assert [text.replace("\u202f", " ") for text in bird.locator("td.number").all_inner_texts()][:2] == ["1 200", "2"]
    assert "is not" in page.locator("tr.broken").inner_text()
    assert page.locator("tr.broken a").count() == 0


def test_an_empty_list_says_what_comes_next(serve, open_page, tmp_path):
    (tmp_path / "empty").mkdir()
    page = open_page(serve(tmp_path / "empty").address)
    page.get_by_text("python -m pipeline preprocess").wait_for()


@pytest.mark.parametrize("path", ["/curate/nobody", "/nowhere"])
def test_what_is_not_there_is_told_with_the_way_back(serve, open_page, tmp_path, path):
    page = open_page(serve(tmp_path).address + path)
    page.locator(".reason").wait_for()
    page.get_by_role("link", name="To the list of projects").click()
    page.get_by_role("heading", name="Projects").wait_for()


def test_the_theme_is_remembered(serve, open_page, tmp_path):
    page = open_page(serve(tmp_path).address)
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function("document.documentElement.dataset.bsTheme === 'dark'")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_leaving_a_project_while_it_opens_and_opening_another_leaves_no_trace(serve, open_page, tmp_path):
    for name in ("one", "two"):
        make_project(tmp_path / f"{name}.h5", n_sounds=30)
    page = open_page(serve(tmp_path).address)
    page.get_by_role("link", name="one", exact=True).click()
    page.locator("#curate-map").wait_for(state="attached")
    page.go_back()
    page.get_by_role("link", name="two", exact=True).click()
    page.wait_for_selector("#curate-map[data-ready]")
    page.locator(".row-head", has_text="C0 unassigned").wait_for()
    assert page.locator(".notice-box").count() == 0
    ours = page.locator("#curate-workbench canvas, #curate-context-panel canvas")
    assert page.locator("canvas").count() == ours.count()
