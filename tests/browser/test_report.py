"""The repertoire report in a browser: made on the page Export, opened from there and from disk, played and read."""

from __future__ import annotations

import numpy as np
import pytest
from factory import make_project

from pipeline import pitch, store
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.report import writing

pytestmark = pytest.mark.browser

RUN_MS = 240_000
MARKUP = "<img src=x onerror=\"document.title='taken'\">"


@pytest.fixture
def project(tmp_path):
    clusters = [(1, MARKUP, "#2dc3ff", "<script>document.title = 'taken'</script>"), (2, "fall", "#ff6900", "")]
    path = make_project(tmp_path / "bird.h5", n_sounds=18, n_files=3, n_types=3, with_audio_dir=tmp_path / "audio",
                        cluster_ids=[1, 2, 0] * 6, clusters=clusters)
    values = np.full((18, 4), 1000, np.float32)
    with store.amend(path) as writer:
        writer.feature("pitch", np.arange(18), values, columns=pitch.COLUMNS)
    return path


def reads(page) -> None:
    """The report is whole, its sounds play by click and by keyboard, names are text, and nothing else was asked for."""
    page.get_by_role("heading", name="Repertoire of factory").wait_for()
    assert page.title() == "Repertoire of factory"
    page.get_by_role("link", name="Transitions").click()
    page.locator("#transitions .matrix").first.wait_for()
    assert page.locator("#cluster-1 h3").inner_text().startswith(f"C1 “{MARKUP}”")
    assert page.locator("#cluster-1 .note").inner_text() == "<script>document.title = 'taken'</script>"
    sounds = page.locator("#cluster-1 button.sound")
    sounds.first.click()
    page.locator("#cluster-1 .playing").wait_for(state="attached")
    page.locator(".playing").wait_for(state="detached")                    # it was heard to its end
    page.keyboard.press("ArrowRight")
    page.locator("#cluster-1 button.sound:nth-child(2).playing").wait_for(state="attached")
    pictures = page.locator("#cluster-1 .sound img")
    assert pictures.count() == sounds.count() == 6
    assert pictures.first.evaluate("picture => picture.complete && picture.naturalHeight") == 64
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_report_is_made_on_the_page_and_read_there_and_from_disk(serve, open_page, project, tmp_path):
    page = open_page(f"{serve(project).address}/export/bird")
    made = page.locator("#report-made")
    made.get_by_text("There is no report of this project yet.").wait_for()
    page.click("#report-start")
    made.get_by_role("link", name="Open").wait_for(timeout=RUN_MS)
    with page.expect_popup() as opened:
        made.get_by_role("link", name="Open").click()
    reads(opened.value)
    with pytest.raises(Exception, match="sandboxed"):                      # its script could not act for the person
        opened.value.evaluate("document.cookie")
    with page.expect_download() as taken:
        made.get_by_role("link", name="Download").click()
    path = tmp_path / "taken.html"
    taken.value.save_as(path)
    for width, height, dark in ((1440, 900, False), (1024, 768, True)):
        asked: list[str] = []
        window = open_page("about:blank", width=width, height=height, dark=dark)
        window.on("request", lambda request, asked=asked: asked.append(request.url))
        window.goto(path.as_uri())
        reads(window)
        assert [address for address in asked if not address.startswith("data:")] == [path.as_uri()]


def test_a_report_that_is_older_than_the_labels_says_so(serve, open_page, project, tmp_path):
    writing.write(project)
    page = open_page(f"{serve(project).address}/export/bird")
    made = page.locator("#report-made")
    made.get_by_role("link", name="Open").wait_for()
    assert "Labels were edited since" not in made.inner_text()
    with Workspace.open(project, user="anna") as workspace:
        workspace.edit(edits.rename, cluster=2, name="rise")
    made.get_by_text("Labels were edited since").wait_for()
