"""The selected sound in its recording, in a real browser; and recordings that are elsewhere."""

from __future__ import annotations

import shutil

import pytest
from factory import make_project

pytestmark = pytest.mark.browser
SOUND, NEXT_IN_RECORDING = 3, 4     # the factory gives the first recording the first sounds, in order
FIRST = "day-1/song_000.wav"


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "bird.h5", n_sounds=60, with_audio_dir=tmp_path / "audio", cluster_ids=[1, 2] * 30,
                        clusters=[(1, "trill", "#aa3377", ""), (2, "", "#228833", "")])


class View:
    """The context view, as a person's hands and eyes have it."""

    def __init__(self, bench) -> None:
        self.bench, self.page = bench, bench.page
        self.drawing = self.page.locator("#curate-context-drawing")

    def open(self, sound: int) -> None:
        self.page.evaluate("sound => syllabary.lasso.pick(syllabary.project.rowOf(sound), 'set')", sound)
        self.bench.selected("1 selected")
        self.page.keyboard.press("v")
        self.shows(sound)

    def shows(self, sound: int) -> None:
        """Wait until the sound and the pictures behind it are in sight."""
        self.page.wait_for_function("""sound => {
            const one = syllabary.recording.now && syllabary.recording.now.sounds.get(sound);
            const {from, shown_s} = syllabary.contextView;
            const pictures = [...document.querySelectorAll("#curate-context-tiles img")];
            return one && from <= one.onset && one.offset <= from + shown_s
                && pictures.length && pictures.every(picture => picture.naturalWidth);
        }""", arg=sound)

    def place(self, time_s: float, down: float = 0.6) -> tuple[float, float]:
        box = self.drawing.bounding_box()
        start, scale = self.state("from"), self.state("scale")
        return box["x"] + 48 + (time_s - start) * scale, box["y"] + down * box["height"]

    def state(self, name: str):
        return self.page.evaluate("name => syllabary.contextView[name]", name)

    def middle(self, sound: int) -> float:
        return self.page.evaluate("""sound => {
            const {onset, offset} = syllabary.recording.now.sounds.get(sound);
            return (onset + offset) / 2;
        }""", sound)

    def current(self, sound: int) -> None:
        self.page.locator("#curate-sound-text", has_text=f"#{sound} ·").wait_for()
        self.page.wait_for_function("sound => syllabary.player.current === sound", arg=sound)


@pytest.fixture
def view(bench, project):
    return View(bench(project))


def test_a_click_in_the_recording_selects_the_sound_everywhere_and_the_other_way_round(view):
    view.open(SOUND)
    assert view.page.locator("#curate-context-title").inner_text().startswith(FIRST)
    view.page.mouse.click(*view.place(view.middle(NEXT_IN_RECORDING)))
    view.current(NEXT_IN_RECORDING)
    view.bench.viewer_title("Neighbours")
    assert view.bench.tiles()[0] == NEXT_IN_RECORDING
    assert view.page.locator(f"#curate-viewer .tile.current[data-sound='{NEXT_IN_RECORDING}']").count() == 1

    other = view.page.locator("#curate-grid .tile").nth(5)
    sound = int(other.get_attribute("data-sound"))
    view.page.evaluate("sound => syllabary.lasso.pick(syllabary.project.rowOf(sound), 'set')", 45)
    view.shows(45)
    assert view.page.locator("#curate-context-title").inner_text().startswith("day-2/song_002.wav")
    assert sound != 45


def test_it_scrolls_and_zooms_through_the_whole_recording_by_hand_and_by_key(view):
    view.open(SOUND)
    scale, start = view.state("scale"), view.state("from")
    view.page.keyboard.press("+")
    assert view.state("scale") == pytest.approx(1.5 * scale)
    view.page.keyboard.press("End")
    end = view.page.evaluate("syllabary.recording.now.info.duration_s")
    assert view.state("from") + view.state("shown_s") == pytest.approx(end)
    view.page.keyboard.press("Home")
    assert view.state("from") == 0
    view.page.keyboard.press("ArrowRight")
    assert view.state("from") == pytest.approx(0.2 * view.state("shown_s"))
    x, y = view.place(view.state("from") + 0.5 * view.state("shown_s"))
    before = view.state("from")
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x - 100, y, steps=4)
    view.page.mouse.up()
    assert view.state("from") == pytest.approx(before + 100 / view.state("scale"), abs=0.01)
    view.bench.selected("1 selected")
    view.current(SOUND)
    view.page.mouse.wheel(-5000, 0)
    view.page.wait_for_function("syllabary.contextView.from === 0")
    view.page.locator("#curate-context-all").click()
    assert view.state("shown_s") == pytest.approx(end)
    assert start >= 0


def test_pictures_once_fetched_are_not_asked_for_again(view):
    view.open(SOUND)
    asked = []
    view.page.on("request", lambda request: asked.append(request.url) if "/strip/" in request.url else None)
    view.page.keyboard.press("-")
    view.page.keyboard.press("-")
    view.page.wait_for_load_state("networkidle")
    assert len(asked) == len(set(asked))


def test_it_plays_from_where_the_time_axis_is_clicked_and_the_mark_moves(view):
    view.open(SOUND)
    with view.page.expect_response("**/heard/0/*.wav*") as answer:
        view.page.mouse.click(*view.place(view.middle(SOUND), down=0.97))
    assert answer.value.status in (200, 206)
    start = view.middle(SOUND)
    view.page.wait_for_function("start => syllabary.contextView.cursor > start + 0.05", arg=start - 0.02)
    view.page.keyboard.press(" ")
    at = view.state("cursor")
    view.page.wait_for_timeout(200)
    assert view.state("cursor") == at


def test_names_follow_an_edit_without_asking_for_the_recording_again(view):
    view.open(SOUND)
    asked = []
    view.page.on("request", lambda request: asked.append(request.url))
    view.page.keyboard.press("w")
    view.bench.told("Assign 1 sound to C3")
    view.page.wait_for_function("""sound => {
        const {labels} = syllabary.project.now;
        return labels[syllabary.project.rowOf(sound)] === 3;
    }""", arg=SOUND)
    assert not [url for url in asked if "/sounds/" in url or "/strip/" in url or "/recording/" in url]


def test_escape_closes_it_and_gives_the_focus_back(view):
    view.page.evaluate("syllabary.lasso.pick(3, 'set')")
    view.bench.selected("1 selected")
    button = view.page.locator("#curate-context")
    button.focus()
    view.page.keyboard.press("Enter")
    view.shows(SOUND)
    assert view.page.evaluate("document.activeElement.id") == "curate-context-drawing"
    view.page.keyboard.press("ArrowDown")
    view.current(NEXT_IN_RECORDING)
    view.page.keyboard.press("Escape")
    view.page.locator("#curate-context-panel").wait_for(state="hidden")
    assert view.page.evaluate("document.activeElement.id") == "curate-context"
    view.bench.selected("1 selected")


def test_without_a_selected_sound_it_says_what_to_do(bench, project):
    bench = bench(project)
    bench.page.keyboard.press("v")
    bench.told("Select a sound first")


def test_recordings_that_were_moved_are_asked_for_and_found(bench, project, tmp_path):
    shutil.move(tmp_path / "audio", tmp_path / "moved")
    view = View(bench(project))
    ask = view.page.locator("#curate-audio-ask")
    assert f"None of 3 recordings was found in {tmp_path / 'audio'}" in ask.inner_text()
    view.open(SOUND)
    assert "no sound" in view.page.locator("#curate-context-why").inner_text()
    assert view.page.locator("#curate-context-play").is_disabled()

    folder = view.page.locator("#curate-audio-folder")
    folder.fill("/etc")
    folder.press("Enter")
    view.bench.told("lies outside the folders that may be looked into")
    folder.fill(str(tmp_path / "moved"))
    view.page.get_by_role("button", name="Look there").click()
    view.bench.told("3 of 3 recordings found")
    ask.wait_for(state="hidden")
    view.page.wait_for_function("!document.getElementById('curate-context-play').disabled")
    with view.page.expect_response("**/heard/0/*.wav*") as answer:
        view.page.locator("#curate-context-play").click()
    assert answer.value.status in (200, 206)

    view.page.reload()
    view.page.wait_for_selector("#curate-map[data-ready]")
    assert ask.is_hidden()


def test_the_map_tells_recording_and_time_of_the_sound_below_the_pointer(bench, project):
    bench = bench(project)
    at = bench.page.evaluate("[syllabary.project.now.xy[2 * 3], syllabary.project.now.xy[2 * 3 + 1]]")
    bench.page.mouse.move(*bench.place(*at))
    bench.page.locator("#curate-map-preview .where", has_text="2023-11-1").wait_for()


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1024, 768, True)])
def test_nothing_of_it_hangs_over_the_edge(bench, project, width, height, dark):
    view = View(bench(project, width=width, height=height, dark=dark))
    view.open(SOUND)
    assert view.page.evaluate("""() => [...document.querySelectorAll("#curate-context-panel button")].filter(one => {
        const {width, left, right, top, bottom} = one.getBoundingClientRect();
        return width && (right > innerWidth || bottom > innerHeight || left < 0 || top < 0);
    }).map(one => one.id)""") == []
