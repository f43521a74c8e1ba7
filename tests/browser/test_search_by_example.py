"""Search by example, in a real browser: from one sound to its like, into a cluster in one edit, and back."""

from __future__ import annotations

import pytest
import soundfile
from factory import RATE_HZ, make_project
from sounds import tone, write_songs

from pipeline import run
from pipeline.curation.workspace import Workspace
from pipeline.plan import make_plan

pytestmark = pytest.mark.browser


@pytest.fixture
def project(tmp_path):
    """80 sounds of four types; the first eight are in C1."""
    return make_project(tmp_path / "bird.h5", n_sounds=80, with_audio_dir=tmp_path / "audio",
                        cluster_ids=[1] * 8 + [0] * 72)


def pick(bench, sound: int) -> None:
    bench.page.evaluate("sound => syllabary.lasso.pick(syllabary.project.rowOf(sound), 'set')", sound)
    bench.page.locator("#curate-sound-text", has_text=f"#{sound} ·").wait_for()
    bench.selected("1 selected")


def search(bench, sound: int) -> None:
    pick(bench, sound)
    bench.page.keyboard.press("n")
    bench.viewer_title(f"Similar to #{sound} ·")
    bench.page.locator("#search-bar").wait_for()


def distances(bench) -> list[float]:
    return [float(text) for text in bench.page.locator("#curate-viewer .far").all_inner_texts()]


def test_similar_select_assign_undo(bench, project):
    bench = bench(project)
    search(bench, 12)
    tiles, far = bench.tiles(), distances(bench)
    assert tiles[0] == 12
    assert far == sorted(far)
    assert {sound % 4 for sound in tiles[:8]} == {0}
    assert bench.page.locator("#search-examples .example").count() == 1

    bench.page.locator(f"#curate-viewer .tile[data-sound='{tiles[6]}']").click()
    bench.page.keyboard.press("a")
    bench.selected("7 selected")
    bench.page.keyboard.press("w")
    n_taken = sum(sound >= 8 for sound in tiles[:7])
    bench.told("Assign 7 sounds to C2")
    bench.rows({"C1": str(8 - 7 + n_taken), "C2": "7", "C0 unassigned": str(72 - n_taken)})
    bench.viewer_title("Similar to #12 ·")
    bench.selected("nothing selected")

    bench.page.keyboard.press("h")
    line = bench.page.locator("#curate-history-list", has_text="Assign 7 sounds to C2")
    line.wait_for()
    assert "among the 6 most like #12 by embedding" in line.inner_text()
    bench.page.keyboard.press("Escape")
    bench.page.locator("#curate-history-dialog").wait_for(state="hidden")
    bench.page.keyboard.press("Control+z")
    bench.rows({"C1": "8", "C0 unassigned": "72"})
    bench.dashboard.stop()
    with Workspace.open(project) as workspace:
        made, undone = workspace.history()
    assert (made.title, undone.title) == ("Assign 7 sounds to C2", "Undo: Assign 7 sounds to C2")
    assert made.provenance["search"]["sounds"] == [12]


def test_only_unassigned_goes_on_with_what_is_left(bench, project):
    bench = bench(project)
    search(bench, 4)
    assert bench.tiles()[0] == 4
    bench.page.locator("#search-unassigned").click()
    bench.page.wait_for_function("!document.querySelector(\"#curate-viewer .tile[data-sound='4']\")")
    first = bench.tiles()
    assert min(first) >= 8
    bench.page.keyboard.press("Shift+A")
    bench.selected(f"{len(first)} selected")
    bench.page.locator("#curate-move").click()
    bench.page.locator("#curate-move-list .choice", has_text="C1").click()
    bench.told(f"Move {len(first)} sounds to C1")
    bench.page.wait_for_function("""taken => {
        const shown = [...document.querySelectorAll("#curate-viewer .tile")].map(tile => Number(tile.dataset.sound));
        return shown.length && !shown.some(sound => taken.includes(sound));
    }""", arg=first)
    bench.viewer_title("Similar to #4 ·")


def test_several_examples_another_metric_and_the_end_of_a_search(bench, project):
    bench = bench(project)
    pick(bench, 12)
    bench.page.evaluate("syllabary.selection.choose({how: 'add', ids: [13]}, null)")
    bench.selected("2 selected")
    bench.page.keyboard.press("n")
    bench.viewer_title("Similar to 2 sounds ·")
    assert bench.page.locator("#search-examples .example").count() == 2
    assert bench.tiles()[:2] == [12, 13]
    bench.page.locator("#search-bar summary").click()
    bench.page.select_option("#search-combine", "nearest")
    bench.page.wait_for_function("document.querySelector('#curate-viewer .far')?.textContent === '0'")
    bench.page.select_option("#search-metric", "cosine")
    bench.page.wait_for_function("""[...document.querySelectorAll('#curate-viewer .far')]
        .every(far => far.textContent < 2)""")
    bench.page.locator("#search-bar summary").click()
    bench.page.locator("#search-hover").click()
    with bench.page.expect_response("**/sound/*.wav*") as heard:
        bench.page.locator("#curate-viewer .tile").nth(1).hover()
    assert heard.value.status in (200, 206)
    bench.page.locator("#search-close").click()
    bench.page.locator("#search-bar").wait_for(state="hidden")


def test_while_blobs_are_taken_only_what_is_left_is_found_and_goes_into_the_draft(bench, project):
    bench = bench(project)
    bench.page.locator("#curate-mode-blobbing").click()
    bench.page.get_by_role("button", name="Unassigned sounds only").click()
    bench.page.wait_for_function("""() => {
        const told = document.getElementById("curate-blob-text");
        return told.ariaBusy === "false" && told.textContent;
    }""")
    search(bench, 12)
    assert bench.page.locator("#search-unassigned").get_attribute("aria-pressed") == "true"
    assert min(bench.tiles()) >= 8
    sound = bench.tiles()[2]
    bench.page.locator(f"#curate-viewer .tile[data-sound='{sound}']").click()
    bench.page.keyboard.press("a")
    bench.selected("3 selected")
    bench.page.keyboard.press("w")
    bench.told("Assign 3 sounds to B2")
    with Workspace.open(project) as workspace:
        assert not workspace.history()


def test_a_file_is_dropped_searched_by_and_gone(bench, tmp_path):
    write_songs(tmp_path / "songs", n_files=2)
    plan = make_plan(tmp_path / "songs", tmp_path, subject="songs", values={})
    run.run(plan, chosen=("spectrogram", "segment", "embed", "export"), workers=1)
    name = "<b>call & co.wav"
    soundfile.write(tmp_path / "call.wav", tone(3000, 0.08, rate_hz=RATE_HZ), RATE_HZ)
    bench = bench(tmp_path / "songs.h5")
    files = tmp_path / "state" / "uploads" / ".examples"
    data = list((tmp_path / "call.wav").read_bytes())
    bench.page.evaluate("""([name, data]) => {
        const dropped = new DataTransfer(), place = document.getElementById("curate-viewer");
        dropped.items.add(new File([new Uint8Array(data)], name, {type: "audio/wav"}));
        for (const kind of ["dragover", "drop"]) {
            place.dispatchEvent(new DragEvent(kind, {dataTransfer: dropped, bubbles: true, cancelable: true}));
        }
    }""", [name, data])
    bench.viewer_title("Similar to ")
    assert "call & co" in bench.page.locator("#curate-viewer-title").inner_text()
    assert bench.page.locator("#search-examples .example[aria-pressed='true']").count() == 1
    assert {sound % 6 for sound in bench.tiles()[:4]} == {1, 4}       # tones of that pitch: see sounds.song
    assert len(list(files.iterdir())) == 1
    bench.page.locator("#search-examples .example").first.click()
    bench.page.wait_for_function("document.querySelector('.example').getAttribute('aria-pressed') === 'true'")
    bench.page.locator("#curate-viewer .tile").nth(3).click()
    bench.page.keyboard.press("a")
    bench.selected("4 selected")
    bench.page.keyboard.press("w")
    bench.told("Assign 4 sounds to C1")
    with bench.page.expect_response(lambda answer: answer.request.method == "DELETE"):
        bench.page.locator("#search-close").click()
    assert list(files.iterdir()) == []
    bench.dashboard.stop()
    with Workspace.open(tmp_path / "songs.h5") as workspace:
        about = workspace.history()[-1].provenance["search"]
    assert about["file"].endswith(".wav")
    assert "<" not in about["file"]


def test_a_file_that_is_no_recording_is_told(bench, project, tmp_path):
    (tmp_path / "notes.wav").write_text("no audio")
    bench = bench(project)
    with bench.page.expect_file_chooser() as chooser:
        bench.page.keyboard.press("Shift+N")
    chooser.value.set_files(tmp_path / "notes.wav")
    bench.told("is not audio that can be read")
    bench.page.locator("#search-bar").wait_for(state="hidden")
