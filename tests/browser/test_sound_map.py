"""The page Map in a browser: pointing plays, a path gives a list in order, classes alone, maps from a form."""

from __future__ import annotations

import itertools

import pytest
from factory import make_project

from pages._ui import forms

pytestmark = pytest.mark.browser

RUN_MS = 240_000
LISTEN = """() => {
    window.heard = [];
    document.addEventListener("syllabary-heard", event => heard.push(event.detail));
}"""


class Page:
    """The page, as a person's hands, eyes and ears have it."""

    def __init__(self, page) -> None:
        self.page = page
        page.evaluate(LISTEN)
        page.wait_for_selector("#soundmap-canvas[data-ready]")
        page.wait_for_selector(".soundmap-small")
        box = page.locator("#soundmap-canvas").bounding_box()
        self.left, self.top = box["x"], box["y"]

    def place(self, row: int) -> tuple[float, float]:
        """Where a sound is on the screen."""
        x, y = self.page.evaluate("row => syllabary.soundMapView.placeOf(row)", row)
        return self.left + x, self.top + y

    def heard(self, sound: int) -> None:
        """Wait until the beginning of a sound has been played."""
        self.page.wait_for_function("sound => heard.some(one => one.sound === sound)", arg=sound)

    def under(self, x: float, y: float) -> int:
        """The sound that pointing there plays."""
        self.page.evaluate("heard.length = 0")
        self.page.mouse.move(self.left + 2, self.top + 2)
        self.page.mouse.move(x, y)
        self.page.wait_for_function("heard.length > 0")
        return self.page.evaluate("heard[0].sound")

    def seen(self) -> int:
        """How many sounds are not hidden."""
        return self.page.evaluate("syllabary.soundMap.look().seen.reduce((sum, one) => sum + one, 0)")


@pytest.fixture
def shown(serve, open_page, tmp_path):
    """``shown(…)`` → the page of a project, served and open; names are those of `make_project`."""
    def start(*, width: int = 1440, **made) -> Page:
        make_project(tmp_path / "bird.h5", **{"n_sounds": 60, "with_audio_dir": tmp_path / "audio"} | made)
        return Page(open_page(f"{serve(tmp_path / 'bird.h5').address}/map/bird", width=width))
    return start


def test_pointing_fetches_several_beginnings_at_once_and_plays_the_one(shown):
    map = shown()
    page = map.page
    page.locator("#soundmap-told", has_text="Click once on the map").wait_for()
    page.mouse.click(map.left + 2, map.top + 2)               # browsers play nothing before
    page.wait_for_function("document.querySelector('#soundmap-told').textContent === ''")
    with page.expect_response(lambda answer: "/clips.bin" in answer.url) as fetched:
        page.mouse.move(*map.place(5))
    assert fetched.value.status == 200
    page.wait_for_function("heard.length === 1 && heard[0].isHeard")
    page.wait_for_function("syllabary.soundMapEar.kept.clips > 10")           # those around it came as well
    page.locator("#soundmap-preview img").wait_for()
    page.keyboard.press("h")
    page.locator("#soundmap-hover[aria-pressed=false]").wait_for()
    page.evaluate("heard.length = 0")
    page.mouse.move(*map.place(6))
    page.locator("#soundmap-preview", has_text="c").wait_for()
    assert page.evaluate("heard.length") == 0
    page.reload()
    page.locator("#soundmap-hover[aria-pressed=false]").wait_for()            # remembered


def test_a_click_selects_and_plays_all_and_arrows_go_to_what_lies_beside(shown):
    map = shown()
    page = map.page
    sound = map.under(*map.place(8))
    with page.expect_response(lambda answer: f"/sound/{sound}.wav" in answer.url) as played:
        page.mouse.click(*map.place(8))
    assert played.value.status in (200, 206)
    page.locator("#soundmap-text", has_text=f"#{sound} · day-1/song_000.wav").wait_for()
    with page.expect_response(lambda answer: "/sound/" in answer.url and f"/{sound}.wav" not in answer.url):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => !document.querySelector('#soundmap-text').textContent.includes(before)",
                           arg=f"#{sound} ")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("#soundmap-text", has_text="Click on a sound").wait_for()
    page.keyboard.press("?")
    page.locator(".modal", has_text="to the nearest sound on the left").wait_for()


def test_a_path_lists_its_sounds_in_order_and_plays_them_until_esc(shown):
    map = shown(n_types=8, n_sounds=80)
    page = map.page
    (x1, y1), (x2, y2) = map.place(0), map.place(1)           # two groups, one after the other
    page.keyboard.down("Shift")
    page.mouse.move(x1, y1)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(x1 + (x2 - x1) * step / 12, y1 + (y2 - y1) * step / 12)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.locator("#soundmap-path-play[aria-pressed=true]").wait_for()
    listed = [int(text) for text in page.eval_on_selector_all(
        ".soundmap-path-tile", "all => all.map(one => one.dataset.sound)")]
    assert {0, 1} <= set(listed)
    assert len(listed) == len(set(listed))
    along = page.evaluate("""([sounds, dx, dy]) => sounds.map(row => {
        const [x, y] = syllabary.soundMapView.placeOf(row);
        return x * dx + y * dy;
    })""", [listed, x2 - x1, y2 - y1])
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    inner = [one / length for one in along[1:-1]]
    assert all(later > earlier - 12 for earlier, later in itertools.pairwise(inner))
    page.locator(".soundmap-path-tile.playing").wait_for()
    page.keyboard.press("Escape")
    page.locator("#soundmap-path-play[aria-pressed=false]").wait_for()
    page.locator(".soundmap-small").first.click()              # what is hidden is not on the path either
    page.wait_for_function("n => document.querySelectorAll('.soundmap-path-tile').length < n", arg=len(listed))
    page.keyboard.press("Escape")
    page.wait_for_selector("#soundmap-on-path", state="hidden")


def test_a_class_is_shown_alone_and_hidden_by_the_legend(shown):
    map = shown(width=1024)
    page = map.page
    assert page.locator(".soundmap-small").count() == 4
    page.locator(".soundmap-small").nth(1).click()
    page.wait_for_function("document.querySelectorAll('.soundmap-small.off').length === 3")
    assert map.seen() == 15
    page.locator(".soundmap-small").nth(1).click()
    page.wait_for_function("document.querySelectorAll('.soundmap-small.off').length === 0")
    page.keyboard.press("e")
    page.locator(".legend-row input").first.uncheck()
    page.wait_for_function("document.querySelectorAll('.soundmap-small.off').length === 1")
    assert map.seen() == 45
    page.select_option("#curate-colour-by", "duration")
    page.get_by_text("Colour by label or cluster to see each class by itself").wait_for()


def test_maps_are_computed_from_the_form_and_stand_side_by_side_with_their_scores(shown):
    map = shown(n_sounds=40)
    page = map.page
    page.get_by_text("Compute maps…").click()
    for name in ("mfcc30", "mir6", "stft32", "embedding"):
        page.locator("#soundmap-features .chip", has_text=name).click()
    for name in ("t-SNE", "UMAP"):
        page.locator("#soundmap-reducers .chip", has_text=name).click()
    page.locator("#soundmap-count", has_text="1 map,").wait_for()
    page.locator("#soundmap-start").click()
    page.wait_for_function("""() => [...document.querySelectorAll("#soundmap-chosen option")]
        .some(one => one.textContent.startsWith("embedding · PCA"))""", timeout=RUN_MS)
    page.locator("#soundmap-sheet-open").click()
    card = page.locator(".soundmap-card[data-map='embedding-pca']")
    card.locator("text=sum").wait_for()
    page.select_option("#soundmap-sheet-sort", "silhouette")
    page.locator(".soundmap-card", has_text="silhouette").first.wait_for()
    page.locator(".soundmap-card[data-map='embedding-pca']").click()
    page.wait_for_selector("#soundmap-canvas[data-ready='embedding-pca']")
    page.locator("#soundmap-scores", has_text="Held against the labels").wait_for()


def test_a_sound_is_looked_up_in_curate(shown):
    map = shown()
    page = map.page
    page.mouse.click(*map.place(3))
    page.locator("#soundmap-text", has_text="#").wait_for()
    sound = page.locator("#soundmap-curate").get_attribute("href").partition("sound=")[2]
    page.locator("#soundmap-curate").click()
    page.wait_for_url("**/curate/bird?sound=*")
    page.locator("#curate-selection-text", has_text="1 selected").wait_for()
    page.locator("#curate-sound-text", has_text=f"#{sound} ").wait_for()


def test_a_project_without_sound_labels_or_map_says_so(serve, open_page, tmp_path):
    make_project(tmp_path / "mute.h5", n_sounds=30, with_labels=False)
    page = open_page(f"{serve(tmp_path / 'mute.h5').address}/map/mute")
    map = Page(page)
    page.locator(".soundmap-silent", has_text="so there is no sound").wait_for()
    page.locator("#soundmap-scores", has_text="No scores: the sounds have no true labels").wait_for()
    page.mouse.click(*map.place(3))
    page.locator(".notice-box", has_text="is not there").wait_for()


def test_the_form_of_a_page_is_made_from_what_the_reducers_declare(shown):
    map = shown()
    for name, value in (("perplexity", "5, 30"), ("n_neighbors", "15, 50"), ("length_s", "0.25")):
        assert map.page.locator(f"[id='{forms._dom_id('soundmap', name)}']").input_value() == value
