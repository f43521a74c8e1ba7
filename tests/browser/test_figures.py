"""Figures on the page Export in a real browser: chosen, looked at, turned over, downloaded."""

from __future__ import annotations

import pytest
from PIL import Image

from tests import factory

pytestmark = pytest.mark.browser
READY = ".figure-paper[data-ready*='/figure/{kind}/'][data-ready*='{has}']"


@pytest.fixture
def project(tmp_path):
    labels = [1 + row % 3 for row in range(30)]
    return factory.make_project(tmp_path / "bird.h5", n_sounds=30, cluster_ids=labels,
                                clusters=[(1, "trill <b>", "#ff0000", "")])


def shown(page, kind: str, has: str = "page=") -> None:
    """Wait until the preview of this figure, with this in its address, is drawn or refused."""
    page.locator(READY.format(kind=kind, has=has)).wait_for()


def field(page, kind: str, name: str):
    return page.locator(f"""[id='{{"form":"figure-{kind}","name":"{name}","type":"field"}}']""")


def test_a_figure_is_chosen_looked_at_and_downloaded(serve, open_page, project, tmp_path):
    page = open_page(f"{serve(project).address}/export/bird")
    page.locator(".figure-paper").scroll_into_view_if_needed()
    shown(page, "map")
    assert page.locator("#figure-picture").evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    assert page.locator("#figure-pages").is_hidden()
    field(page, "map", "width_mm").fill("85")
    shown(page, "map", "width_mm=85")
    with page.expect_download() as download:
        page.locator("#figure [data-suffix='.png']").click()
    assert download.value.suggested_filename == "bird-map.png"
    download.value.save_as(tmp_path / "map.png")
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.size == (1003, 1417)


def test_pages_are_turned_and_what_cannot_be_drawn_is_said(serve, open_page, project):
    page = open_page(f"{serve(project).address}/export/bird", width=1024, height=768)
    page.locator("#figure-kind").select_option("cluster")
    page.locator(".figure-paper").scroll_into_view_if_needed()
    shown(page, "cluster", "page=0")
    assert page.locator("#figure-page").inner_text() == "Page 1 of 3"
    assert page.locator("#figure-back").is_disabled()
    page.locator("#figure-on").click()
    shown(page, "cluster", "page=1")
    assert page.locator("#figure-page").inner_text() == "Page 2 of 3"
    field(page, "cluster", "clusters").fill("nobody")
    shown(page, "cluster", "nobody")
    assert "no cluster 'nobody'; there are C1 “trill <b>”, C2 and C3" in page.locator("#figure-told").inner_text()
    assert page.locator("#figure [data-suffix='.pdf']").is_disabled()
    field(page, "cluster", "clusters").fill("2")
    shown(page, "cluster", "clusters=2")
    assert page.locator("#figure-pages").is_hidden()
    assert page.locator("#figure [data-suffix='.pdf']").is_enabled()
