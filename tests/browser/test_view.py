"""Stories of looking closely: picking sounds by their tiles, editing groups, sorting, listening, colours, export."""

from __future__ import annotations

import h5py
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


def test_a_group_is_split_merged_described_and_reset_by_key(bench, project):
    bench = bench(project)
    page = bench.page
    head(bench, "C2").click()
    bench.viewer_title("C2 · 20 sounds")
    page.locator(TILES).nth(0).click()
    page.locator(TILES).nth(3).click(modifiers=["Shift"])
    bench.selected("4 selected")
    page.keyboard.press("k")
    bench.told("Split 4 sounds off into C4")
    bench.rows({"C1": "20", "C2": "16", "C3": "20", "C4": "4", "C0 unassigned": "20"})

    page.keyboard.press("u")
    page.keyboard.type("4")
    page.locator(".choice", has_text="C4").wait_for()
    page.keyboard.press("Enter")
    bench.told("Merge C4 into C2")
    bench.rows({"C1": "20", "C2": "20", "C3": "20", "C0 unassigned": "20"})

    page.locator(".modal").wait_for(state="detached")
    page.keyboard.press("r")
    page.locator("#curate-note:enabled").wait_for()
    page.locator("#curate-name").fill("trill")
    page.locator("#curate-note").fill("twice as long in spring")
    page.locator("#curate-name").press("Enter")
    bench.told("Describe C2 anew")
    bench.rows({"C1": "20", "C2 “trill”": "20", "C3": "20", "C0 unassigned": "20"})
    page.locator(".modal").wait_for(state="detached")
    page.keyboard.press("r")
    page.wait_for_function("document.getElementById('curate-note')?.value === 'twice as long in spring'")
    page.keyboard.press("Escape")
    page.locator("#curate-name").wait_for(state="detached")

    head(bench, "C3").dblclick()
    bench.selected("20 selected")
    page.keyboard.press("Delete")
    bench.told("Unassign 20 sounds")
    page.keyboard.press("Shift+C")
    page.get_by_text("40 of 80 sounds are taken out of their cluster").wait_for()
    page.get_by_role("button", name="Reset all", exact=True).click()
    bench.told("Reset all assignments (40 sounds)")
    page.locator(".modal").wait_for(state="detached")
    bench.rows({"C0 unassigned": "80"})
    page.keyboard.press("Control+z")
    bench.rows({"C1": "20", "C2 “trill”": "20", "C0 unassigned": "40"})


def test_an_order_holds_for_viewer_and_rows_and_is_remembered(bench, project):
    from browser.conftest import Bench

    bench = bench(project)
    page = bench.page
    head(bench, "C1").click()
    bench.viewer_title("nearest first")
    page.keyboard.press("o")
    page.locator("#curate-order-menu").select_option("time")
    bench.viewer_title("by time")
    page.wait_for_function("document.querySelector('#curate-viewer .tile').dataset.sound === '0'")
    assert bench.tiles() == sorted(bench.tiles())
    assert page.locator("#curate-grid .tile").first.get_attribute("data-sound") == "0"

    page.reload()
    bench = Bench(page)
    head(bench, "C1").click()
    bench.viewer_title("by time")
    page.locator("#curate-order-menu").select_option("likeness:map")
    bench.viewer_title("nearest first")
    before = bench.tiles()
    page.locator(TILES).nth(4).click()
    bench.selected("1 selected")
    assert bench.tiles() == before
    page.keyboard.press("Shift+O")
    page.wait_for_function("wanted => Number(document.querySelector('#curate-viewer .tile').dataset.sound) === wanted",
                           arg=before[4])


def test_the_sounds_of_the_viewer_play_one_after_the_other_until_stopped(bench, project):
    bench = bench(project)
    head(bench, "C2").click()
    bench.viewer_title("C2 · 20 sounds")
    heard = []
    bench.page.on("request", lambda request: heard.append(request.url) if ".wav" in request.url else None)
    bench.page.keyboard.press("s")
    bench.page.locator("#curate-margin").select_option("0.1")
    bench.page.keyboard.press("Escape")
    bench.page.keyboard.press("p")
    bench.page.locator("#curate-play-all[aria-pressed=true]").wait_for()
    bench.page.locator(f"{TILES}.current").nth(0).wait_for()
    second = bench.tiles()[1]
    bench.page.locator(f'{TILES}.current[data-sound="{second}"]').wait_for()
    bench.page.keyboard.press("Escape")
    bench.page.locator("#curate-play-all[aria-pressed=false]").wait_for()
    assert all("margin=0.1" in url for url in heard)
    assert len(set(heard)) >= 2


def test_the_map_is_coloured_by_something_else_and_shows_one_kind_only(bench, project):
    bench = bench(project)
    page = bench.page
    clusters = bench.colours()
    page.keyboard.press("e")
    page.locator("#curate-colour-by").select_option("label")
    page.locator(".legend-row .title", has_text="d").wait_for()
    page.wait_for_function("before => document.getElementById('curate-map').data[0].marker.colorscale[0][1] !== before",
                           arg=clusters[3])
    by_label = bench.colours()
    assert len(set(by_label)) == 4
    page.locator(".legend-row .entry", has_text="a").click()
    page.locator(".legend-row .entry[aria-pressed=true]").wait_for()
    page.wait_for_function("""() => document.getElementById('curate-map').data[0].marker.colorscale
        .filter(stop => stop[1].startsWith('#')).length === 1""")
    shown = [sound for sound, colour in enumerate(bench.colours()) if colour.startswith("#")]
    assert shown == list(range(0, 80, 4))
    page.locator("#curate-colour-by").select_option("clusters")
    page.wait_for_function("n => document.getElementById('curate-map').data[0].marker.colorscale.length === n", arg=4)
    assert bench.colours() == clusters


def test_export_downloads_the_project_and_leads_to_its_options(bench, project, tmp_path):
    bench = bench(project)
    page = bench.page
    page.keyboard.press("x")
    with page.expect_download() as download:
        page.locator("#curate-export-download").click()
    copy = tmp_path / "copy.h5"
    download.value.save_as(copy)
    with h5py.File(copy) as file:
        assert file["segments/cluster_id"][:].tolist() == [1, 2, 3, 0] * 20
    page.locator("#curate-export-format").wait_for(state="detached")
    page.keyboard.press("x")
    page.locator("#curate-export-format").select_option("csv")
    page.locator("#curate-export-more[href$='format=csv']").click()
    page.wait_for_url("**/export/bird?format=csv")
    page.locator("#exports-preview pre", has_text="segment_id,file_id").wait_for()


def test_the_wheel_turns_pages_of_five_hundred_clusters(bench, tmp_path):
    bench = bench(make_project(tmp_path / "bird.h5", n_sounds=1000, cluster_ids=[1 + k % 500 for k in range(1000)]))
    rows = bench.page.locator("#curate-grid .row-head")
    rows.filter(has_text="C1").first.wait_for()
    n_shown = rows.count()
    assert n_shown < 60                                        # only what fits is there
    bench.page.locator("#curate-grid").hover()
    bench.page.mouse.wheel(0, 120)
    rows.filter(has_text=f"C{n_shown + 1}").first.wait_for()
    bench.page.wait_for_timeout(200)                           # no faster than the wheel's rest
    bench.page.mouse.wheel(0, -120)
    bench.page.wait_for_function("document.querySelector('#curate-grid .row-head').innerText.split(/\\s+/)[0] === 'C1'")
