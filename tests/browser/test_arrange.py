"""The page Arrange in a browser: from the form to the tree, its list and map, to a labeling, and on to Curate."""

from __future__ import annotations

import pytest
from factory import make_project

from pipeline.arrange import on_project

pytestmark = pytest.mark.browser

RUN_MS = 240_000
DRAWN = "document.querySelector('#arrange-tree')?.dataset.ready"


def clusters_of_tree(page) -> int:
    return page.evaluate("syllabary.tree.k")


def test_from_the_form_to_the_tree_to_a_labeling_and_to_curate(serve, open_page, tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=48, n_types=4, with_audio_dir=tmp_path / "audio")
    page = open_page(f"{serve(project).address}/arrange/bird")
    page.locator(".arrange-nothing", has_text="have not been arranged yet").wait_for()
    page.select_option("#arrange-source", "embedding")
    page.click("#arrange-start")
    page.wait_for_function(DRAWN, timeout=RUN_MS)
    assert clusters_of_tree(page) == 4                       # as many as there are true labels
    page.locator(".arrange-line", has_text="song_").first.wait_for()
    page.locator("#arrange-tree").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#arrange-k').value === '5' && syllabary.tree.k === 5")
    page.fill("#arrange-k", "4")
    page.wait_for_function("new Set(syllabary.tree.clusters).size === 4")
    page.locator("#arrange-legend", has_text="4 clusters").wait_for()
    page.fill("#arrange-labeling", "four kinds")
    page.click("#arrange-label")
    page.locator(".notice-box", has_text="four kinds is being stored").wait_for()
    page.wait_for_function("[...document.querySelectorAll('#arrange-by option')].some(one => one.value === "
                           "'labeling:four kinds')", timeout=RUN_MS)
    page.click("#arrange-curate")
    page.wait_for_url("**/curate/bird")
    page.wait_for_selector("#curate-grid .grid-row")
    page.wait_for_function("document.querySelector('#curate-order-menu').value === 'leaf:embedding'")


def test_what_is_pointed_at_is_shown_in_tree_list_and_map_and_a_click_plays(serve, open_page, tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=400, n_types=4, with_audio_dir=tmp_path / "audio")
    on_project.arrange_project(project, source="embedding")
    page = open_page(f"{serve(project).address}/arrange/bird")
    page.wait_for_function(DRAWN)
    box = page.locator("#arrange-tree").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.75)
    page.wait_for_function("syllabary.tree.pointed > 200")
    pointed = page.evaluate("syllabary.tree.pointed")
    page.wait_for_selector(f".arrange-line.pointed[data-leaf='{pointed}']")
    page.locator("#arrange-tip", has_text=str(pointed + 1)).wait_for()
    page.click("#arrange-hover")                             # what was heard already would not be fetched again
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.wait_for_function("pointed => ![-1, pointed].includes(syllabary.tree.pointed)", arg=pointed)
    pointed = page.evaluate("syllabary.tree.pointed")
    with page.expect_response(lambda answer: "/sound/" in answer.url) as heard:
        page.mouse.down()
        page.mouse.up()
    assert heard.value.status in (200, 206)
    page.wait_for_function("leaf => syllabary.tree.chosen === leaf", arg=pointed)
    page.locator("#arrange-list").focus()
    page.keyboard.press("End")
    page.wait_for_function("syllabary.tree.chosen === 399")
    page.wait_for_selector(".arrange-line.chosen[data-leaf='399'][data-sound]")
    assert page.locator(".arrange-line").count() < 60        # only what is in view is there


def test_the_line_that_cuts_can_be_dragged_and_the_wheel_zooms(serve, open_page, tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=60, n_types=4)
    on_project.arrange_project(project, source="embedding")
    page = open_page(f"{serve(project).address}/arrange/bird")
    page.wait_for_function(DRAWN)
    box = page.locator("#arrange-tree").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.fill("#arrange-k", "1")
    page.wait_for_function("syllabary.tree.k === 1")
    at = next(x for x in range(2, 60) if cursor_at(page, box["x"] + x, middle) == "ew-resize")
    page.mouse.move(box["x"] + at, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, middle, steps=6)
    page.wait_for_function("syllabary.tree.k === 4")
    page.mouse.up()
    page.wait_for_function("document.querySelector('#arrange-k').value === '4'")
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.wheel(0, -300)
    page.wait_for_function("(({ first, last }) => last - first < 60 && first > 0)(syllabary.treeDrawing.view)")
    page.click("#arrange-fit")
    page.wait_for_function("syllabary.treeDrawing.view.last === 60")


def cursor_at(page, x: float, y: float) -> str:
    page.mouse.move(x, y)
    return page.evaluate("document.querySelector('#arrange-tree').style.cursor")
