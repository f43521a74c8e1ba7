"""The page Compare in a real browser: from the form to the table and what is behind a row."""

from __future__ import annotations

import pytest

from pipeline import comparing
from pipeline.comparing import Grid
from tests import factory

pytestmark = pytest.mark.browser
PLAIN = Grid(features=("embedding",), reductions=("none",), algorithms=("ward", "kmeans"), n_seeds=2)


@pytest.fixture
def project(tmp_path):
    return factory.make_project(tmp_path / "bird.h5", n_sounds=40, with_audio_dir=tmp_path / "audio")


def chip(page, group: str, name: str):
    return page.get_by_role("group", name=group).locator(".chip").get_by_text(name, exact=True)


def only(page, group: str, *names: str) -> None:
    """Choose these of a list, and nothing else."""
    for one in page.get_by_role("group", name=group).locator(".chip.chosen").all_inner_texts():
        if one not in names:
            chip(page, group, one).click()
    for name in names:
        if "chosen" not in (chip(page, group, name).get_attribute("class") or ""):
            chip(page, group, name).click()


def empty(page) -> None:
    """Wait until the table says that there is nothing yet."""
    page.locator(".ag-overlay-no-rows-center", has_text="Nothing has been compared yet").wait_for()


def cell(page, row: int, field: str) -> str:
    return page.locator(f".ag-row[row-index='{row}'] [col-id='{field}']").inner_text()


def test_from_the_form_to_scores_and_the_confusion_behind_them(serve, open_page, project):
    page = open_page(f"{serve(project).address}/compare/bird")
    empty(page)
    only(page, "Features", "embedding")
    only(page, "Reduction", "none")
    only(page, "Algorithms", "ward")
    page.locator("#compare-count", has_text="1 row at most").wait_for()
    page.locator("#compare-start").click()
    page.locator("#compare-told", has_text="1 row").wait_for(timeout=120_000)
    page.locator(".ag-row").first.wait_for()
    assert (cell(page, 0, "algorithm"), cell(page, 0, "nmi"), cell(page, 0, "acc")) == ("ward", "1.000", "1.000")
    page.locator(".ag-row").first.click()
    page.locator(".confusion").wait_for()
    labels = page.locator(".confusion tbody th").all_inner_texts()
    assert labels == ["a", "b", "c", "d"]
    diagonal = [page.locator(f".confusion tbody tr:nth-child({n}) td").nth(n - 1).inner_text() for n in (1, 2, 3, 4)]
    assert diagonal == ["10"] * 4


def test_a_form_that_asks_for_nothing_says_so(serve, open_page, project):
    page = open_page(f"{serve(project).address}/compare/bird")
    empty(page)
    only(page, "Algorithms")
    page.locator("#compare-count", has_text="Choose at least one of each").wait_for()
    page.locator("#compare-start").click()
    page.locator(".notice-box", has_text="There is nothing to compare").wait_for()


def test_rows_are_sorted_exported_and_cleared(serve, open_page, project):
    comparing.compare(project, PLAIN, workers=1)
    page = open_page(f"{serve(project).address}/compare/bird")
    page.locator("#compare-told", has_text="2 rows").wait_for()
    page.locator(".ag-row").nth(1).wait_for()
    page.locator(".ag-header-cell[col-id='algorithm'] .ag-header-cell-label").click()
    page.wait_for_function("""() => document.querySelector(".ag-row[row-index='0'] [col-id='algorithm']").innerText
        === "kmeans" """)
    with page.expect_download() as download:
        page.locator("#compare-csv").click()
    assert download.value.suggested_filename == "bird-comparison.csv"
    page.locator("#compare-clear").click()
    empty(page)


def test_the_menu_leads_to_the_other_pages_of_the_project(serve, open_page, project):
    page = open_page(f"{serve(project).address}/compare/bird")
    page.locator(".project-menu summary").click()
    page.locator(".project-pages a", has_text="Curate").click()
    page.wait_for_selector("#curate-map[data-ready]")
