"""What the settings find, on the page Prepare, in a real browser."""

from __future__ import annotations

import pytest
from sounds import write_songs

pytestmark = pytest.mark.browser
FIRST, SECOND = "day-1/bird_2024-03-01T06-00-00.wav", "day-1/bird_2024-03-03T06-00-00.wav"
SOUNDS = [(FIRST, 0.2 + 0.25 * k, 0.28 + 0.25 * k) for k in range(5)] + [(FIRST, 1.8, 1.9)]


class Preview:
    """The preview, as a person's hands and eyes have it."""

    def __init__(self, page, folder) -> None:
        self.page = page
        page.wait_for_selector("#preview-told")
        page.locator("#prepare-data-dir").fill(str(folder))
        page.keyboard.press("Tab")
        self.told("6 sounds in 2.0 s")

    def told(self, words: str) -> None:
        self.page.locator("#preview-told", has_text=words).wait_for()

    def field(self, name: str):
        """A field of the form, opened to the eye if it is folded."""
        field = self.page.locator(f"""[id*='"name":"{name}"'][id*='"type":"field"']""")
        field.evaluate("one => { const folded = one.closest('details'); if (folded) folded.open = true; }")
        return field

    def state(self, name: str):
        return self.page.evaluate("name => syllabary.previewView[name]", name)

    def place(self, time_s: float, down: float = 0.5) -> tuple[float, float]:
        box = self.page.locator("#preview-drawing").bounding_box()
        return box["x"] + 48 + (time_s - self.state("from")) * self.state("scale"), box["y"] + down * box["height"]

    def pictures(self) -> None:
        self.page.wait_for_function("""() => {
            const pictures = [...document.querySelectorAll("#preview-tiles img")];
            return pictures.length && pictures.every(picture => picture.naturalWidth);
        }""")


@pytest.fixture
def songs(tmp_path):
    folder = write_songs(tmp_path / "songs")
    rows = [f"{name},{onset_s},{offset_s},a" for name, onset_s, offset_s in SOUNDS]
    (folder / "labels.csv").write_text("\n".join(["filename,onset_sec,offset_sec,label", *rows]), encoding="utf-8")
    return folder


@pytest.fixture
def preview(serve, open_page, songs):
    def start(**window) -> Preview:
        return Preview(open_page(f"{serve(songs.parent).address}/prepare", **window), songs)
    return start


def test_it_shows_a_recording_with_its_sounds_and_follows_the_form(preview):
    preview = preview()
    preview.pictures()
    assert preview.page.locator("#preview-name").input_value() == FIRST
    assert preview.page.locator("#preview-at").inner_text() == "1 of 4"
    assert preview.state("answer")["sounds"]["onset_s"] == pytest.approx([0.2 + 0.25 * k for k in range(6)], abs=0.01)
    preview.field("seg_min_length").fill("0.2")
    preview.told("No sounds in 2.0 s")
    preview.field("seg_min_length").fill("0.02")
    preview.told("6 sounds in 2.0 s")
    preview.field("seg_min_freq").fill("15999.9")
    preview.page.locator("#preview-words .problem", has_text="No frequency can be told").wait_for()


def test_one_typed_value_is_one_question(preview):
    preview = preview()
    asked = []
    preview.page.on("request", lambda request: asked.append(request.post_data_buffer) if request.method == "POST"
                    and b'"output":"preview-answer.data"' in (request.post_data_buffer or b"") else None)
    field = preview.field("seg_min_length")
    field.fill("")
    field.press_sequentially("0.0912345", delay=20)
    preview.told("No sounds in 2.0 s")
    assert 1 <= len(asked) <= 2
    assert max(map(len, asked)) < 5_000


def test_an_answer_that_is_out_of_date_is_dropped(preview):
    preview = preview()
    preview.page.evaluate("""() => {
        const old = {...syllabary.previewView.answer, summary: "out of date"};
        dash_clientside.preview.draw({...old, serial: old.serial - 1});
    }""")
    assert "6 sounds" in preview.page.locator("#preview-told").inner_text()


def test_true_sounds_are_drawn_and_scored(preview):
    preview = preview()
    preview.page.locator("#preview-scoring summary").click()
    preview.page.locator("#preview-own-truth").check()
    score = preview.page.locator("#preview-score", has_text="5 of 6 found are right, of 6 true")
    score.wait_for()
    assert "F1 by sounds .833" in score.inner_text()
    assert preview.state("answer")["sounds"]["hit"] == [1, 1, 1, 1, 1, 0]
    assert preview.state("answer")["truth"]["hit"] == [1, 1, 1, 1, 1, 0]
    preview.page.locator("#preview-tolerance").fill("400")
    preview.page.locator("#preview-score", has_text="6 of 6 found are right").wait_for()


def test_another_recording_is_found_by_its_neighbour_or_its_name(preview):
    preview = preview()
    preview.page.locator("#preview-next").click()
    preview.page.locator("#preview-at", has_text="2 of 4").wait_for()
    preview.page.wait_for_function("name => syllabary.previewView.answer?.name === name", arg=SECOND)
    preview.page.locator("#preview-name").fill("2024-03")
    preview.page.locator("#preview-at", has_text="4 names with that").wait_for()
    assert preview.page.locator("#preview-name-list option").count() == 4
    preview.page.locator("#preview-name").fill("03-04")
    preview.page.locator("#preview-at", has_text="4 of 4").wait_for()
    preview.page.wait_for_function("syllabary.previewView.answer?.name.startsWith('day-2/')")


def test_it_zooms_scrolls_and_plays_by_hand_and_by_key(preview):
    preview = preview()
    drawing = preview.page.locator("#preview-drawing")
    drawing.focus()
    preview.page.keyboard.press("+")
    preview.page.keyboard.press("+")
    assert preview.state("shown_s") < 1
    preview.page.keyboard.press("End")
    assert preview.state("from") + preview.state("shown_s") == pytest.approx(2.0, abs=1e-3)
    preview.page.keyboard.press("Home")
    x, y = preview.place(0.3)
    preview.page.mouse.move(x, y)
    preview.page.mouse.down()
    preview.page.mouse.move(x - 80, y, steps=4)
    preview.page.mouse.up()
    assert preview.state("from") == pytest.approx(80 / preview.state("scale"), abs=0.01)
    assert preview.state("chosen") is None
    preview.page.keyboard.press("Home")
    with preview.page.expect_response("**/preview/heard/19*-28*.wav*") as answer:
        preview.page.mouse.click(*preview.place(0.24))
    assert answer.value.status in (200, 206)
    assert preview.state("chosen") == 0
    preview.told("Chosen: 8")
    preview.page.keyboard.press("ArrowDown")
    assert preview.state("chosen") == 1
    preview.page.locator("#preview-all").click()
    assert preview.state("shown_s") == pytest.approx(2.0, abs=1e-3)


def test_what_the_run_will_need_is_told_beside_the_button(preview, tmp_path):
    preview = preview()
    preview.page.locator("#prepare-output-dir").fill(str(tmp_path / "out"))
    preview.page.keyboard.press("Tab")
    preview.page.locator("#estimate", has_text="free.").wait_for()
    text = preview.page.locator("#estimate").inner_text()
    assert text.startswith("About ")
    assert " MB; " in text


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1024, 768, True)])
def test_nothing_of_it_hangs_over_the_edge(preview, width, height, dark):
    preview = preview(width=width, height=height, dark=dark)
    assert preview.page.evaluate("""() => {
        const edge = document.getElementById("preview").getBoundingClientRect();
        return [...document.querySelectorAll("#preview button, #preview input")].filter(one => {
            const {width, left, right} = one.getBoundingClientRect();
            return width && (right > edge.right || left < edge.left);
        }).map(one => one.id);
    }""") == []
