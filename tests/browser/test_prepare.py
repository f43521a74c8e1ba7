"""From the form to a project, in a browser: folders, presets, what is typed, uploads, the run."""

from __future__ import annotations

import json

import pytest
from factory import make_project
from sounds import write_songs

from pages._ui import forms
from pipeline import options, params, preparing
from pipeline.errors import ParameterError

pytestmark = pytest.mark.browser

RUN_MS = 240_000                     # compiling for the map takes most of it on a machine that never did
TYPED = ("", "0", "-0", "-3", "1e6", "1e7", "1e999", "-1e999", "nan", "-Infinity", "3.0", "2.5", " 7 ", "1_000", "1__0",
         "abc", "it's", "a\\b", ".5", "5.", "0x10", "12345678.9", "0.00001234", "yes", "both")


class Form:
    """The page Prepare, as a person's hands and eyes have it."""

    def __init__(self, page) -> None:
        self.page = page
        page.wait_for_selector("#prepare-data-dir")
        page.wait_for_selector("#prepare-status:not(:empty)")

    def field(self, name: str):
        return self.page.locator(f"[id='{forms._dom_id('prepare', name)}']")

    def place(self, name: str):
        """The whole of a field, with words and sentence."""
        return self.page.locator(".form-field", has=self.field(name))

    def choose(self, folder) -> None:
        self.page.fill("#prepare-data-dir", str(folder))
        self.page.press("#prepare-data-dir", "Enter")
        self.page.wait_for_selector(".survey .facts")

    def status(self, text: str) -> None:
        self.page.locator("#prepare-status", has_text=text).wait_for()

    def command(self) -> str:
        return self.page.locator("#prepare-command").text_content()

    def command_has(self, text: str) -> None:
        self.page.wait_for_function("text => document.getElementById('prepare-command').textContent.includes(text)",
                                    arg=text)

    def value(self, name: str, value: str) -> None:
        """Wait until a field has this value."""
        self.page.wait_for_function("([id, value]) => document.getElementById(id)?.value === value",
                                    arg=[forms._dom_id("prepare", name), value])


@pytest.fixture
def place(tmp_path):
    """A folder that is served, with recordings in it."""
    folder = tmp_path / "lab"
    write_songs(folder / "songs of 2024", n_files=4)
    return folder


@pytest.fixture
def form(serve, open_page, place):
    return Form(open_page(f"{serve(place).address}/prepare"))


def test_from_the_list_of_projects_through_the_form_to_the_map(serve, open_page, place):
    page = open_page(serve(place).address)
    page.get_by_role("link", name="Make a project from recordings").click()
    form = Form(page)
    form.status("Choose the folder of recordings first.")
    assert page.locator("#prepare-start").is_disabled()
    form.choose(place / "songs of 2024")
    told = page.locator(".survey .facts dd").all_inner_texts()
    assert [text.replace("\u202f", " ") for text in told] == ["4", "8 s", "512 kB", "32 kHz", "1", "WAV PCM_16"]
    page.select_option("#prepare-preset", "zebra-finch")
    form.field("subject").fill("finch")
    form.command_has("--subject finch")
    form.status("Ready to start.")
    page.click("#prepare-start")
    page.locator(".notice-box", has_text="It goes on without this page.").wait_for()
    page.reload()
    page.locator(".run-open").wait_for(timeout=RUN_MS)
    page.click(".run-again")
    form.value("subject", "finch")
    assert page.input_value("#prepare-preset") == "zebra-finch"
    page.locator("#prepare-remarks", has_text="finch.h5 is there already").wait_for()
    page.wait_for_selector(".survey .facts")
    page.click(".run-open")
    page.wait_for_url("**/curate/finch")
    page.wait_for_selector("#curate-map[data-ready]")
    assert (place / "finch.h5").exists()


def test_a_folder_is_chosen_by_keyboard(form, place):
    page = form.page
    page.locator("[data-chooser=prepare-data-dir]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".place-dialog select")
    page.locator(".place-dialog select[aria-label='Allowed folders']").select_option(str(place))
    page.locator(".choice", has_text="songs of 2024").wait_for()
    assert page.locator(".choice", has_text="songs of 2024").inner_text().split("\n")[-1] == "4 recordings"
    page.keyboard.type("song")
    page.keyboard.press("Enter")
    page.locator(".crumbs", has_text="songs of 2024").wait_for()
    page.locator(".choice", has_text="day-2").wait_for()
    page.keyboard.press("ArrowDown")
    page.locator(".choice.active", has_text="day-2").wait_for()
    page.keyboard.press("Enter")
    page.locator(".crumbs", has_text="day-2").wait_for()
    page.keyboard.press("Backspace")
    page.locator(".choice", has_text="day-1").wait_for()
    page.keyboard.press("Control+Enter")
    form.page.wait_for_function("path => document.getElementById('prepare-data-dir').value === path",
                                arg=str(place / "songs of 2024"))
    page.wait_for_selector(".survey .facts")
    assert page.evaluate("document.activeElement.dataset.chooser") == "prepare-data-dir"


def test_a_new_folder_can_be_made_for_the_project(form, place):
    page = form.page
    page.locator("[data-chooser=prepare-output-dir]").click()
    page.locator(".place-dialog select[aria-label='Allowed folders']").select_option(str(place))
    page.locator(".choice", has_text="songs of 2024").wait_for()
    page.get_by_role("button", name="New folder").click()
    page.get_by_label("Name of the new folder").fill("results")
    page.keyboard.press("Enter")
    page.locator(".crumbs", has_text="results").wait_for()
    page.keyboard.press("Control+Enter")
    page.wait_for_function("path => document.getElementById('prepare-output-dir').value === path",
                           arg=str(place / "results"))
    assert (place / "results").is_dir()


def test_a_preset_fills_the_fields_and_what_was_typed_wins(form, place):
    form.choose(place)
    form.field("seg_min_length").fill("0.07")
    form.command_has("--seg-min-length 0.07")
    form.page.select_option("#prepare-preset", "mouse-usv")
    form.value("sr", "300000")
    form.value("seg_min_length", "0.07")
    assert "preset 300000" in form.place("sr").inner_text()
    form.command_has("--preset mouse-usv --seg-min-length 0.07")
    form.page.locator("#prepare-remarks", has_text="that takes longer").wait_for()
    form.place("seg_min_length").get_by_role("button", name="Back to 0.01").click()
    form.value("seg_min_length", "0.01")
    form.page.select_option("#prepare-preset", "one-shot")
    form.value("segmenter", "files")
    form.field("seg_min_length").wait_for(state="detached")
    form.field("segmenter").select_option("table")
    form.field("seg_segments_from").wait_for()
    form.command_has("--preset one-shot --segmenter table")


def test_what_is_wrong_is_said_as_it_is_typed(form, place):
    form.choose(place)
    form.status("Ready to start.")
    form.field("seg_min_length").fill("-3")
    sentence = "min_length is -3, but must be at least 0 s."
    form.place("seg_min_length").get_by_text(sentence).wait_for()
    form.status(sentence)
    assert form.page.locator("#prepare-start").is_disabled()
    form.page.locator("[data-reset-all]").click()
    form.status("Ready to start.")
    assert form.page.locator("[data-reset-all]").is_hidden()


def test_the_browser_says_what_the_server_would(form):
    every = {name: spec for name, spec, _methods in options.run_parameters()}
    every |= {name: spec for cls in (preparing.Work,) for name, spec in preparing._named(cls)}
    cases = [(spec, text) for spec in every.values() if spec.type is not bool for text in TYPED]
    asked = [[json.loads(forms._as_json(spec)), text.strip()] for spec, text in cases]
    said = form.page.evaluate(
        "cases => cases.map(([spec, text]) => text === '' ? '' : syllabary.forms.problem(spec, text))", asked)
    expected = [judged(spec, text.strip()) for spec, text in cases]
    assert [(spec.name, text, words) for (spec, text), words in zip(cases, said, strict=True)] == [
        (spec.name, text, words) for (spec, text), words in zip(cases, expected, strict=True)]
    assert len(set(expected)) > 100


def judged(spec: params.Spec, text: str) -> str:
    try:
        if text:
            params.check(spec, text)
    except ParameterError as error:
        return str(error)
    return ""


def test_folders_that_are_not_allowed_are_refused_beside_the_field(form):
    for text, words in (("/etc", "lies outside"), ("../..", "no full path"), ("/lab/\u202e/..", "holds '..'"),
                        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)> is no full path")):
        form.page.fill("#prepare-data-dir", text)
        form.page.press("#prepare-data-dir", "Enter")
        form.page.locator(".survey .problem", has_text=words).wait_for()
        assert form.page.locator(".survey img").count() == 0
        assert form.page.locator("#prepare-start").is_disabled()


def test_names_with_markup_stay_text(serve, open_page, tmp_path):
    folder = tmp_path / "lab" / "<b>bold<i>"
    write_songs(folder, n_files=1)
    (folder / "<img src=x onerror=alert(1)>.wav").write_text("no audio")
    form = Form(open_page(f"{serve(tmp_path / 'lab').address}/prepare"))
    form.choose(folder)
    form.page.locator("summary", has_text="1 recording cannot be read").click()
    form.page.get_by_role("cell", name="<img src=x onerror=alert(1)>.wav").wait_for()
    assert form.page.locator("main img[src=x], main b").count() == 0


def test_a_project_that_is_there_already_is_told_before_it_starts(form, place):
    make_project(place / "bird.h5", n_sounds=12, cluster_ids=[1, 2, 0] * 4)
    form.choose(place / "songs of 2024")
    form.field("subject").fill("bird")
    told = form.page.locator("#prepare-remarks", has_text="12 sounds in 2 clusters")
    told.wait_for()
    assert "if any would be lost nothing is written" in told.inner_text()


def test_recordings_are_uploaded_with_reasons_for_those_that_are_not_kept(form, place, tmp_path):
    songs = write_songs(tmp_path / "mine", n_files=3)
    (tmp_path / "broken.wav").write_text("no audio")
    (tmp_path / "letter.pdf").write_text("no audio")
    form.page.locator("summary", has_text="Upload into a folder").click()
    form.page.fill("#prepare-upload-into", str(place))
    with form.page.expect_file_chooser() as chooser:
        form.page.locator("[data-upload=files]").click()
    chooser.value.set_files([*sorted(songs.rglob("*.wav")), tmp_path / "broken.wav", tmp_path / "letter.pdf"])
    form.page.locator(".upload-told", has_text="3 files are in").wait_for()
    told = form.page.locator(".upload-told").inner_text()
    assert "1 of another kind was not sent." in told
    assert "broken.wav" in told
    form.page.wait_for_selector(".survey .facts")
    form.status("Ready to start.")
    assert form.page.input_value("#prepare-data-dir") == str(place)
    assert len(list(place.glob("*.wav"))) == 3


def test_an_upload_that_is_broken_off_goes_on_and_can_be_cancelled(form, tmp_path):
    big = tmp_path / "long.wav"
    write_songs(tmp_path / "one", n_files=1)
    song = next((tmp_path / "one").rglob("*.wav")).read_bytes()
    big.write_bytes(song + bytes(3_000_000))
    lost = []

    def lose_some(route) -> None:
        lost.append(route.request.url)
        route.abort() if len(lost) % 2 else route.continue_()

    form.page.route("**/uploads/*/0?at=*", lose_some)
    with form.page.expect_file_chooser() as chooser:
        form.page.locator("[data-upload=files]").click()
    chooser.value.set_files(big)
    form.page.locator(".upload-told", has_text="1 file is in").wait_for()
    assert len(lost) > 10
    form.page.unroute("**/uploads/*/0?at=*")
    form.page.route("**/uploads/*/0?at=*", lambda route: None)     # a line that answers nothing
    with form.page.expect_file_chooser() as chooser:
        form.page.locator("[data-upload=files]").click()
    chooser.value.set_files(big)
    with form.page.expect_response(lambda answer: answer.request.method == "DELETE"):
        form.page.get_by_role("button", name="Cancel").click()
    form.page.locator(".upload-told", has_text="The upload was cancelled.").wait_for()
    assert list((tmp_path / "state" / "uploads" / ".parts").iterdir()) == []


def test_a_suggested_place_that_comes_late_does_not_replace_what_was_typed(form, place):
    late = []

    def delay(route) -> None:
        asked = (route.request.post_data or "").startswith('{"output":"prepare-usual-output.data"')
        late.append(route) if asked and not late else route.continue_()

    form.page.route(lambda url: "_dash-update-component" in url, delay)
    form.choose(place / "songs of 2024")
    form.page.fill("#prepare-output-dir", str(place / "mine"))
    form.page.press("#prepare-output-dir", "Enter")
    with form.page.expect_response(lambda answer: answer.request == late[0].request):
        late[0].continue_()
    form.command_has("mine")
    form.page.wait_for_timeout(300)       # long enough for the answer to have been taken
    assert form.page.input_value("#prepare-output-dir") == str(place / "mine")
