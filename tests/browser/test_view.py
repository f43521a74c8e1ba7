"""Stories of looking closely: picking sounds by their tiles, editing groups, sorting, listening, colouring, exporting."""

from __future__ import annotations

import pytest
from factory import make_project

pytestmark = pytest.mark.browser
TILES = "#curate-viewer .tile"


@pytest.fixture
def project(tmp_path):
    """Four clusters of 20 sounds."""
    return make_project(tmp_path / "bird.h5", n_sounds=80, cluster_ids=[1, 2, 3, 0] * 20,
                        with_audio_dir=tmp_path / "audio")


def head(bench, title: str):
    return bench.page.locator(".row-head", has_text=title)


def picked(bench, cluster: int, text: str) -> None:
    """Wait until the head of a row says how many of its sounds are selected."""
    row = bench.page.locator(".row-top").filter(has=bench.page.locator(f'.row-head[data-cluster="{cluster}"]'))
    row.locator(".picked", has_text=text).wait_for()


def test_picking_by_tile_row_and_range(bench, project):
    bench = bench(project)
    head(bench, "C2").click()
    bench.viewer_title("C2 · 20 sounds")
    bench.selected("nothing selected")
    tiles = bench.page.locator(TILES)
    tiles.nth(1).click()
    bench.selected("1 selected")
    tiles.nth(4).click(modifiers=["Shift"])
    bench.selected("4 selected")
    tiles.nth(2).click(modifiers=["Control"])
    bench.selected("3 selected")
    picked(bench, 2, "3 of")
    tiles.nth(2).click(modifiers=["Control"])
    bench.selected("4 selected")

    box = bench.page.locator('.row-all[data-cluster="1"]')
    box.check()
    bench.selected("24 selected")
    picked(bench, 1, "20 of")
    box.uncheck()
    bench.selected("4 selected")
    head(bench, "C3").dblclick()
    bench.selected("24 selected")
    bench.viewer_title("C3 · 20 sounds")


def test_a_range_by_keyboard(bench, project):
    bench = bench(project)
    head(bench, "C2").click()
    bench.viewer_title("C2 · 20 sounds")
    bench.page.locator(TILES).first.focus()
    for key, n in (("Enter", 1), ("Shift+ArrowRight", 2), ("Shift+ArrowRight", 3)):
        bench.page.keyboard.press(key)
        bench.selected(f"{n} selected")
    bench.page.keyboard.press("ArrowRight")
    bench.page.keyboard.press("Control+Enter")
    bench.selected("4 selected")
    bench.page.keyboard.press("Control+Enter")
    bench.selected("3 selected")
