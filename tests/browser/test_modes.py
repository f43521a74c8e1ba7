"""Blobs, proofreading, finalising and the history, in a real browser."""

from __future__ import annotations

import h5py
import pytest
from factory import make_large_project, make_project

from pipeline.curation import edits
from pipeline.curation.workspace import Workspace

pytestmark = pytest.mark.browser
RIGHT, TOP, LEFT = (10, 0), (0, 10), (-10, 0)   # where types 0, 1 and 2 of four lie on the factory's map
N_LARGE, MOST_ANSWERED = 100_000, 50_000


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "bird.h5", n_sounds=80)


def mode(bench, name: str) -> None:
    """Wait until the bar shows a mode."""
    bench.page.locator(f"#curate-mode-{name}[aria-pressed=true]").wait_for()


def blobs(bench, text: str) -> None:
    """Wait until so many blobs are on the map."""
    bench.page.wait_for_function("""text => {
        const told = document.getElementById("curate-blob-text");
        return told.ariaBusy === "false" && told.textContent.startsWith(text);
    }""", arg=text)


def widen(bench) -> None:
    """Take in the sounds at the edges too: a wider disc, a lower threshold."""
    for key in ("ArrowUp",) * 20 + ("-",) * 12:
        bench.page.keyboard.press(key)
    blobs(bench, "")


def answer(bench, text: str) -> None:
    bench.page.locator("#curate-answers button", has_text=text).click()


def test_from_blobs_to_clusters_by_mouse_and_keys_with_a_reload_in_between(bench, project):
    from browser.conftest import Bench

    bench = bench(project)
    page, dashboard = bench.page, bench.dashboard
    page.keyboard.press("c")
    mode(bench, "blobbing")
    widen(bench)
    blobs(bench, "4 blobs · 80 left")
    bench.rows({"B0 unassigned": "80"})

    bench.click(*RIGHT)
    bench.selected("20 selected")
    bench.viewer_title("Blob · 20 sounds")
    page.keyboard.press("w")
    bench.told("Assign 20 sounds to B1")
    bench.viewer_title("B1 · 20 sounds")
    bench.rows({"B1": "20", "B0 unassigned": "60"})
    blobs(bench, "3 blobs · 60 left")

    page.keyboard.press("b")
    bench.selected("20 selected")
    page.keyboard.press("w")
    blobs(bench, "2 blobs · 40 left")

    page.reload()
    bench = Bench(page)
    mode(bench, "blobbing")
    blobs(bench, "2 blobs · 40 left")
    bench.rows({"B1": "20", "B2": "20", "B0 unassigned": "40"})
    for place in (RIGHT, TOP, LEFT, (0, -10)):      # round everything: only what is not taken counts
        bench.lasso(*place, radius=3, hold="Shift")
    bench.selected("40 selected")
    page.keyboard.press("w")
    bench.rows({"B1": "20", "B2": "20", "B3": "40"})

    page.keyboard.press("c")
    mode(bench, "proofreading")
    bench.rows({"P1": "20", "P2": "20", "P3": "40"})
    page.keyboard.press("Control+z")
    bench.told("Undo: Assign 40 sounds to B3")
    bench.rows({"P1": "20", "P2": "20", "P0 unassigned": "40"})

    page.keyboard.press("c")
    page.get_by_text("changes the labels of 40 sounds: 2 clusters, 40 sounds unassigned").wait_for()
    page.keyboard.press("Enter")
    bench.told("Finalise a draft: 40 sounds, 2 clusters")
    mode(bench, "clustering")
    bench.rows({"C1": "20", "C2": "20", "C0 unassigned": "40"})
    page.keyboard.press("Control+z")
    bench.rows({"C0 unassigned": "80"})
    page.keyboard.press("Control+y")
    bench.rows({"C1": "20", "C2": "20", "C0 unassigned": "40"})
    dashboard.stop()
    with h5py.File(project) as file:
        ids = file["segments/cluster_id"][:].reshape(-1, 4)
    assert sorted(ids[0].tolist()) == [0, 0, 1, 2]
    assert (ids == ids[0]).all()
    assert ids[0, 0] == 1


def test_shift_adds_a_blob_and_alt_takes_it_away(bench, project):
    bench = bench(project)
    bench.page.keyboard.press("c")
    blobs(bench, "4 blobs")
    widen(bench)
    bench.click(*RIGHT)
    bench.selected("20 selected")
    bench.page.keyboard.down("Shift")
    bench.click(*TOP)
    bench.page.keyboard.up("Shift")
    bench.selected("40 selected")
    bench.page.keyboard.down("Alt")
    bench.click(*RIGHT)
    bench.page.keyboard.up("Alt")
    bench.selected("20 selected")
    bench.page.keyboard.press("w")
    bench.rows({"B1": "20", "B0 unassigned": "60"})
    with Workspace.open(project, user="tester") as workspace:
        assert workspace.drafting.draft.labels.members(1).tolist() == list(range(1, 80, 4))


def test_keys_and_sliders_change_radius_and_threshold(bench, project):
    bench = bench(project)
    bench.page.keyboard.press("c")
    blobs(bench, "4 blobs")
    shown = "id => document.getElementById(id).textContent"
    before = float(bench.page.evaluate(shown, "curate-threshold-text"))
    for key in ("=", "=", "-", "ArrowUp", "ArrowUp", "ArrowDown"):
        bench.page.keyboard.press(key)
    assert bench.page.evaluate(shown, "curate-radius-text") == "20.5"
    assert float(bench.page.evaluate(shown, "curate-threshold-text")) == pytest.approx(1.2 * before)
    bench.page.locator("#curate-threshold").focus()
    bench.page.keyboard.press("End")
    blobs(bench, "0 blobs · 80 left")
    bench.page.reload()
    bench.page.wait_for_selector("#curate-map[data-ready]")
    blobs(bench, "0 blobs · 80 left")      # both are remembered
    bench.page.keyboard.press("b")
    bench.told("There is no blob here")


def test_a_project_with_clusters_asks_which_sounds_and_keeps_their_numbers(bench, tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=80, cluster_ids=[5, 0, 0, 0] * 20)
    bench = bench(path)
    bench.page.keyboard.press("c")
    bench.page.get_by_text("Find blobs among which sounds?").wait_for()
    bench.page.keyboard.press("Enter")
    mode(bench, "blobbing")
    blobs(bench, "3 blobs · 60 left")
    widen(bench)
    bench.rows({"B5": "20", "B0 unassigned": "60"})
    bench.click(*TOP)
    bench.selected("20 selected")
    bench.page.keyboard.press("w")
    bench.rows({"B5": "20", "B6": "20", "B0 unassigned": "40"})

    bench.page.locator("#curate-mode-clustering").click()
    bench.rows({"C5": "20", "C0 unassigned": "60"})       # the draft is only put aside
    bench.page.locator("#curate-mode-blobbing").click()
    bench.rows({"B5": "20", "B6": "20", "B0 unassigned": "40"})

    bench.page.locator("#curate-discard").click()
    bench.page.get_by_text("Discard the draft?").wait_for()
    answer(bench, "Cancel")
    bench.page.locator("#curate-answers").wait_for(state="detached")
    bench.page.locator("#curate-discard").click()
    answer(bench, "Discard the draft")
    bench.told("The draft was discarded")
    bench.rows({"C5": "20", "C0 unassigned": "60"})


def test_finalising_says_what_somebody_else_changed_since_the_draft_began(bench, project):
    bench = bench(project)
    bench.page.keyboard.press("c")
    blobs(bench, "4 blobs")
    widen(bench)
    bench.click(*RIGHT)
    bench.selected("20 selected")
    bench.page.keyboard.press("w")
    bench.rows({"B1": "20", "B0 unassigned": "60"})
    with Workspace.open(project, user="somebody else") as other:
        other.edit(edits.assign, segment_ids=[0, 4, 8])
    bench.page.keyboard.press("c")
    mode(bench, "proofreading")
    bench.page.locator("#curate-finalise").click()
    bench.page.get_by_text("some of these sounds were given other labels: 3 by somebody else").wait_for()
    answer(bench, "Finalise")
    bench.rows({"C2": "20", "C0 unassigned": "60"})


def test_the_history_tells_who_did_what_how_and_leads_back(bench, project):
    bench = bench(project)
    for place in (RIGHT, TOP):
        bench.lasso(*place, radius=3, hold="Shift")
        bench.selected("20 selected")
        bench.page.keyboard.press("w")
        bench.selected("nothing selected")
    bench.rows({"C1": "20", "C2": "20", "C0 unassigned": "40"})
    with Workspace.open(project, user="somebody else") as other:
        other.edit(edits.rename, cluster=1, name="stack")
    bench.page.keyboard.press("h")
    lines = bench.page.locator(".past")
    lines.nth(3).wait_for()
    assert "somebody else" in lines.nth(0).inner_text()
    assert "Assign 20 sounds to C2" in lines.nth(1).inner_text()
    assert "lasso with" in lines.nth(1).inner_text()
    lines.nth(2).click()
    bench.page.get_by_text("Go back to this point?").wait_for()
    answer(bench, "Go back")
    bench.told("Go back to “Assign 20 sounds to C1”")
    bench.rows({"C1 “stack”": "20", "C0 unassigned": "60"})
    bench.page.keyboard.press("Control+z")
    bench.rows({"C1 “stack”": "20", "C2": "20", "C0 unassigned": "40"})
    bench.page.locator("#curate-history").click()
    bench.page.locator(".past.undone", has_text="Go back to").wait_for()


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1024, 768, True)])
def test_nothing_hangs_over_the_edge_while_blobbing(bench, project, width, height, dark):
    bench = bench(project, width=width, height=height, dark=dark)
    bench.page.keyboard.press("c")
    blobs(bench, "4 blobs")
    assert bench.page.evaluate("""() => [...document.querySelectorAll("button, select, input, h2")].filter(one => {
        const {width, left, right, top, bottom} = one.getBoundingClientRect();
        return width && (right > innerWidth + 0.5 || bottom > innerHeight + 0.5 || left < 0 || top < 0);
    }).map(one => one.outerHTML)""") == []


@pytest.mark.slow
def test_blobs_of_many_sounds_stay_within_the_budgets(bench, tmp_path):
    bench = bench(make_large_project(tmp_path / "large.h5", N_LARGE))
    answers = []
    bench.page.on("requestfinished", lambda request: answers.append(
        (request.url, request.sizes()["requestBodySize"], request.sizes()["responseBodySize"])))
    bench.page.keyboard.press("c")
    blobs(bench, "26 blobs")
    for _ in range(5):
        bench.page.keyboard.press("=")
    bench.click(10, 0)
    bench.viewer_title("Blob")
    bench.page.keyboard.press("w")
    bench.told("to B1")
    bench.page.wait_for_load_state("networkidle")
    outlines = [size for url, _, size in answers if "blobs.json" in url]
    assert 2 <= len(outlines) <= 8
    assert max(outlines) <= MOST_ANSWERED
    assert max(size for url, _, size in answers if "blobs.bin" in url) <= N_LARGE
    assert sum("blobs.bin" in url for url, _, _ in answers) == 1
    assert max(sent for _, sent, _ in answers) <= 5_000
