"""Stories of the page Export: choose a format, see what will be written, choose clusters, get just that."""

from __future__ import annotations

import zipfile

import pytest
from factory import make_project

from pipeline import exporting

pytestmark = pytest.mark.browser
CLUSTERS = [(1, "trill <b>", "#cc3311", ""), (2, "sweep", "#0077bb", "")]


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    return make_project(folder / "bird.h5", n_sounds=60, cluster_ids=[1, 2, 0] * 20, clusters=CLUSTERS)


@pytest.fixture
def open_export(serve, open_page, project):
    """``open_export("?format=raven")`` → the page, with its first preview."""
    def start(search: str = "", **window):
        page = open_page(f"{serve(project).address}/export/bird{search}", **window)
        page.locator("#exports-preview .export-facts").wait_for()
        return page
    return start


def facts(page, text: str) -> None:
    page.locator("#exports-preview:not(.busy) .export-facts", has_text=text).wait_for()


def first_lines(page) -> str:
    return page.locator("#exports-preview pre").evaluate("pre => pre.textContent")


def choose(page, format: str) -> None:
    page.locator(f"#exports-format input[value='{format}']").check()


def downloaded(page, tmp_path):
    with page.expect_download() as download:
        page.locator("#exports-fetch").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_download_is_what_the_preview_said(open_export, tmp_path):
    page = open_export()
    facts(page, "1 file · 60 sounds")
    page.locator(".picker-row", has_text="sweep").locator("input").uncheck()
    facts(page, "1 file · 40 sounds")
    path = downloaded(page, tmp_path)
    assert path.name == "bird.csv"
    assert path.read_text().splitlines()[:exporting.MOST_LINES] == first_lines(page).split("\n")
    page.locator("#exports-share", has_text="bird.csv").wait_for()


def test_another_format_has_other_options_and_the_address_says_which(open_export, tmp_path):
    page = open_export("?format=raven")
    page.locator(".export-shown", has_text="song_000.Table.1.selections.txt").wait_for()
    assert page.locator("#exports-format input[value='raven']").is_checked()
    choose(page, "textgrid")
    page.locator("#exports-preview pre", has_text="ooTextFile").wait_for()
    page.wait_for_url("**/export/bird?format=textgrid")
    with zipfile.ZipFile(downloaded(page, tmp_path)) as packed:
        assert packed.read("bird/day-1/song_000.TextGrid").decode().startswith(first_lines(page))
    page.locator("#exports-fields input").fill("?!")
    choose(page, "audacity")
    page.locator("#exports-preview pre", has_text="\t?!").wait_for()      # what was typed stays
    choose(page, "hdf5")
    page.locator("#exports-preview pre", has_text="segments/").wait_for()
    assert page.locator("#exports-picker").is_hidden()


def test_options_are_in_the_preview_and_names_are_text(open_export):
    page = open_export("?format=raven")
    page.locator("#exports-fields select").nth(1).select_option("one")
    page.locator(".export-shown", has_text="bird.txt").wait_for()
    assert "Begin Path" in first_lines(page)
    assert "trill <b>" in first_lines(page)
    assert page.locator(".picker-row", has_text="C1 “trill <b>”").locator(".number").inner_text() == "20"
    page.locator("#exports-fields select").first.select_option("number")
    page.wait_for_function("!document.querySelector('#exports-preview pre').textContent.includes('trill')")


def test_no_cluster_and_what_cannot_be_are_told_in_words(open_export):
    page = open_export()
    page.locator(".picker-head button", has_text="None").click()
    page.locator(".export-why", has_text="No cluster is ticked").wait_for()
    assert page.locator("#exports-fetch").is_disabled()
    page.locator(".picker-head button", has_text="All").click()
    facts(page, "60 sounds")
    choose(page, "json_soft")
    page.locator(".export-why", has_text="no labeling with soft values").wait_for()
    assert page.locator("#exports-save").is_disabled()


def test_a_file_is_saved_beside_the_project(open_export, project):
    page = open_export("?format=audacity")
    page.locator("#exports-name").fill("../elsewhere")
    page.locator("#exports-save").click()
    page.locator(".notice-box", has_text="is no plain name of a file").wait_for()
    page.locator("#exports-name").fill("tracks")
    page.locator("#exports-name").press("Enter")
    page.locator(".notice-box", has_text="Saved tracks.zip beside the project.").wait_for()
    with zipfile.ZipFile(project.parent / "tracks.zip") as packed:
        assert len(packed.namelist()) == 3


def test_a_project_without_clusters_leads_to_where_they_come_from(serve, open_page, tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=8)
    page = open_page(f"{serve(path).address}/export/bird", width=1024, height=768, dark=True)
    page.locator("#exports-picker .hint", has_text="There are no clusters yet").wait_for()
    page.locator("#exports-picker a", has_text="Curate").click()
    page.wait_for_url("**/curate/bird")


def test_arrow_keys_choose_a_format(open_export):
    page = open_export("?format=raven")
    page.locator("#exports-format input[value='raven']").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**/export/bird?format=audacity")
    page.locator("#exports-head", has_text="Audacity label tracks").wait_for()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
def test_nothing_sticks_out_of_the_page(open_export, size):
    page = open_export("?format=copies", width=size[0], height=size[1])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("#exports-preview pre").bounding_box()["width"] < size[0]
