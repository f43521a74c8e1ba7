"""Whole stories at the workbench, in a real browser."""

from __future__ import annotations

import io

import h5py
import pytest
from factory import make_project
from PIL import Image

from pipeline.curation import colours, edits
from pipeline.curation.workspace import Workspace

pytestmark = pytest.mark.browser
RIGHT, TOP, LEFT = (10, 0), (0, 10), (-10, 0)   # where types 0, 1 and 2 of four lie on the factory's map


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "bird.h5", n_sounds=80, with_audio_dir=tmp_path / "audio")


def test_from_the_list_of_projects_to_labels_in_the_file(serve, open_page, project):
    from browser.conftest import Bench

    dashboard = serve(project.parent)
    page = open_page(dashboard.address)
    page.get_by_role("link", name="bird", exact=True).click()
    bench = Bench(page)
    bench.rows({"C0 unassigned": "80"})

    page.keyboard.press("l")
    bench.lasso(*RIGHT, radius=3)
    bench.selected("20 selected")
    bench.viewer_title("Lasso · 20 sounds · nearest first · 1–")
    assert {sound % 4 for sound in bench.tiles()} == {0}

    page.keyboard.press("w")
    bench.told("Assign 20 sounds to C1")
    bench.rows({"C1": "20", "C0 unassigned": "60"})
    bench.recoloured(0, colours.of(1))
    assert bench.colours()[1] != colours.of(1)

    bench.lasso(*TOP, radius=3)
    bench.selected("20 selected")
    page.keyboard.press("m")
    page.keyboard.type("1")
    page.locator(".choice", has_text="C1").wait_for()
    page.keyboard.press("Enter")
    bench.told("Move 20 sounds to C1")
    bench.rows({"C1": "40", "C0 unassigned": "40"})

    page.keyboard.press("Control+z")
    bench.told("Undo: Move 20 sounds to C1")
    bench.rows({"C1": "20", "C0 unassigned": "60"})
    bench.recoloured(1, colours.of(0))
    page.keyboard.press("Control+Shift+z")
    bench.told("Redo: Move 20 sounds to C1")
    bench.recoloured(1, colours.of(1))

    page.reload()
    bench = Bench(page)
    bench.rows({"C1": "40", "C0 unassigned": "40"})
    bench.recoloured(1, colours.of(1))
    dashboard.stop()
    with h5py.File(project) as file:
        assert file["segments/cluster_id"][:].tolist() == [1, 1, 0, 0] * 20


def test_a_click_selects_the_nearest_sound_and_shows_its_neighbours_nearest_first(bench, project):
    bench = bench(project)
    with Workspace.open(project, user="reader") as workspace:
        points = workspace.dataset.segments.umap
    bench.click(*points[5].tolist())
    bench.selected("1 selected")
    bench.viewer_title("Neighbours")
    shown = bench.tiles()
    far = ((points[shown] - points[5]) ** 2).sum(axis=1)
    assert shown[0] == 5
    assert (far[1:] >= far[:-1]).all()
    bench.page.locator("#curate-sound-text", has_text="#5 · day-1/song_000.wav").wait_for()


def test_shift_adds_and_alt_takes_away(bench, project):
    bench = bench(project)
    bench.lasso(*RIGHT, radius=3, hold="Shift")
    bench.selected("20 selected")
    bench.lasso(*TOP, radius=3, hold="Shift")
    bench.selected("40 selected")
    bench.lasso(*RIGHT, radius=3, hold="Alt")
    bench.selected("20 selected")
    bench.page.keyboard.press("Escape")
    bench.selected("nothing selected")


def test_a_lasso_that_is_done_leaves_no_line_on_the_map(bench, project):
    bench = bench(project)
    for _ in range(2):
        bench.lasso(*RIGHT, radius=4, hold="Shift")
        bench.selected("20 selected")
        bench.page.keyboard.press("Escape")
        bench.selected("nothing selected")
    bench.page.mouse.move(5, 5)
    bench.page.wait_for_timeout(300)
    x, y = bench.place(6, 0)     # where the line began
    picture = bench.page.screenshot(clip={"x": x - 6, "y": y - 6, "width": 12, "height": 12})
    assert Image.open(io.BytesIO(picture)).convert("RGB").getcolors() == [(144, (255, 255, 255))]


def test_a_row_shows_its_cluster_and_tiles_can_be_picked_from_it(bench, tmp_path):
    bench = bench(make_project(tmp_path / "bird.h5", n_sounds=400, cluster_ids=[0, 1, 2, 3] * 100))
    bench.page.locator(".row-head", has_text="C2").click()
    bench.viewer_title("C2 · 100 sounds")
    bench.selected("nothing selected")
    first = bench.tiles()
    bench.page.keyboard.press("ArrowRight")
    bench.page.wait_for_function(
        "first => Number(document.querySelector('#curate-viewer .tile').dataset.sound) !== first", arg=first[0])
    assert not set(first) & set(bench.tiles())
    tiles = bench.page.locator("#curate-viewer .tile")
    tiles.nth(2).click()
    bench.selected("1 selected")
    tiles.nth(4).click(modifiers=["Control"])
    bench.selected("2 selected")
    bench.page.keyboard.press("w")
    bench.rows({"C1": "100", "C2": "98", "C3": "100", "C4": "2", "C0 unassigned": "100"})


def test_a_sound_plays(bench, project):
    bench = bench(project)
    tile = bench.page.locator("#curate-grid .tile").first
    tile.click()
    bench.selected("1 selected")
    with bench.page.expect_response(f"**/sound/{tile.get_attribute('data-sound')}.wav*") as answer:
        bench.page.keyboard.press(" ")
    assert answer.value.status in (200, 206)
    assert bench.page.locator(".notice-box").count() == 0


def test_a_missing_recording_is_told(bench, tmp_path):
    bench = bench(make_project(tmp_path / "bird.h5", n_sounds=20))
    bench.page.locator("#curate-grid .tile").first.dblclick()
    bench.told(".wav is not there")


def test_an_undo_that_would_take_back_what_somebody_else_did_since_is_refused(bench, project):
    bench = bench(project)
    bench.lasso(*RIGHT, radius=3, hold="Shift")
    bench.selected("20 selected")
    bench.page.keyboard.press("w")
    bench.rows({"C1": "20", "C0 unassigned": "60"})
    with Workspace.open(project, user="somebody else") as other:
        other.edit(edits.move, segment_ids=[0, 4], to=9)
    bench.rows({"C1": "18", "C9": "2", "C0 unassigned": "60"})
    bench.page.keyboard.press("Control+z")
    bench.told("is not possible: a later edit changed the same sounds")
    bench.rows({"C1": "18", "C9": "2", "C0 unassigned": "60"})


def test_edits_of_others_appear(bench, project):
    bench = bench(project)
    with Workspace.open(project, user="somebody else") as other:
        other.edit(edits.assign, segment_ids=range(0, 80, 4), name="theirs")
    bench.rows({"C1 “theirs”": "20", "C0 unassigned": "60"})
    bench.recoloured(0, colours.of(1))


def test_names_with_markup_stay_text(bench, tmp_path):
    name = "<img src=x onerror=document.title=1>"
    clusters = [(1, name, "#ff0000", "")]
    bench = bench(make_project(tmp_path / "bird.h5", n_sounds=20, cluster_ids=[1] * 20, clusters=clusters))
    bench.rows({f"C1 “{name}”": "20"})
    bench.page.locator(".row-head").dblclick()
    bench.viewer_title(name)
    bench.page.keyboard.press("m")
    bench.page.locator(".choice", has_text=name).wait_for()
    assert "bird" in bench.page.title()


def test_keys_leave_typing_and_focused_controls_alone(bench, project):
    bench = bench(project)
    bench.page.locator(".row-head").dblclick()
    bench.selected("80 selected")
    bench.page.keyboard.press("m")
    bench.page.locator("#curate-move-words").wait_for()
    bench.page.keyboard.type("w")
    bench.page.wait_for_function("document.getElementById('curate-move-words').value === 'w'")
    bench.page.keyboard.press("Escape")
    bench.page.locator("#curate-move-words").wait_for(state="detached")
    bench.page.locator("#app-help-open").focus()
    bench.page.keyboard.press(" ")
    bench.page.get_by_text("show the whole map").wait_for()
    bench.rows({"C0 unassigned": "80"})


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1024, 768, True)])
def test_nothing_hangs_over_the_edge(bench, project, width, height, dark):
    bench = bench(project, width=width, height=height, dark=dark)
    bench.page.locator(".row-head").click()
    bench.viewer_title("C0 unassigned")
    assert bench.page.evaluate("document.documentElement.dataset.bsTheme") == ("dark" if dark else "light")
    assert bench.page.evaluate("""() => [...document.querySelectorAll("button, select, .tile, h2")].filter(one => {
        const {width, left, right, top, bottom} = one.getBoundingClientRect();
        return width && (right > innerWidth + 0.5 || bottom > innerHeight + 0.5 || left < 0 || top < 0);
    }).map(one => one.outerHTML)""") == []


def test_words_typed_before_the_dialog_is_there_are_not_lost(bench, tmp_path):
    bench = bench(make_project(tmp_path / "bird.h5", n_sounds=20, clusters=[(7, "wow", "", "")]))
    bench.page.locator(".row-head").dblclick()
    bench.selected("20 selected")
    bench.page.keyboard.type("mwow", delay=1)
    bench.page.locator(".choice", has_text="wow").wait_for()
    bench.page.keyboard.press("Enter")
    bench.rows({"C7 “wow”": "20"})


def test_tiles_can_be_chosen_without_a_mouse(bench, tmp_path):
    bench = bench(make_project(tmp_path / "bird.h5", n_sounds=40, cluster_ids=[1, 2] * 20))
    bench.page.locator(".row-head", has_text="C2").focus()
    bench.page.keyboard.press("Enter")
    bench.viewer_title("C2")
    sounds = bench.tiles()
    bench.page.locator("#curate-viewer .tile").first.focus()
    bench.page.keyboard.press("ArrowRight")
    bench.page.keyboard.press("Enter")
    bench.selected("1 selected")
    bench.page.keyboard.press("ArrowRight")
    bench.page.keyboard.press("Control+Enter")
    bench.selected("2 selected")
    bench.page.locator("#curate-sound-text", has_text=f"#{sounds[2]} ·").wait_for()


def test_the_map_fills_its_panel_when_the_border_is_moved(bench, project):
    bench = bench(project)
    border = bench.page.locator("#curate-map-split").bounding_box()
    bench.page.mouse.move(border["x"] + 2, 400)
    bench.page.mouse.down()
    bench.page.mouse.move(border["x"] + 202, 400, steps=4)
    bench.page.mouse.up()
    bench.page.wait_for_function("""wanted => {
        const plot = document.getElementById("curate-map");
        return Math.abs(plot.getBoundingClientRect().width - wanted) < 8
            && Math.abs(plot._fullLayout.width - plot.getBoundingClientRect().width) < 2;
    }""", arg=border["x"] + 200)
    bench.lasso(*RIGHT, radius=3, hold="Shift")
    bench.selected("20 selected")
