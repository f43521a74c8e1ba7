"""Runs as a person meets them: started from the form, watched, cancelled, resumed; no window or server ends them."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from pipeline import runs
from tests import services
from tests.sounds import song

pytestmark = pytest.mark.browser
PATIENCE_MS = 240_000
N_FILES = 96             # 48 minutes: long enough on a fast machine to be caught in the middle


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch) -> Iterator[Path]:
    """The test looks into the table of the server; no run outlives it."""
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    yield tmp_path / "state"
    for run in runs.recent():
        if run.state == runs.QUEUED:
            runs.cancel(run.id, begin=False)
        elif run.state == runs.RUNNING and run.pid:
            with contextlib.suppress(ProcessLookupError):     # it has just ended by itself
                os.killpg(run.pid, signal.SIGKILL)


@pytest.fixture
def songs(tmp_path) -> Path:
    """Recordings enough to be caught in the middle of them."""
    folder = tmp_path / "place" / "songs"
    folder.mkdir(parents=True)
    soundfile.write(folder / "00.wav", song([0.5 + k for k in range(28)], duration_s=30), 32_000)
    for number in range(1, N_FILES):
        (folder / f"{number:02}.wav").hardlink_to(folder / "00.wav")
    return folder


class Runs:
    """The page Prepare, with the list of runs."""

    def __init__(self, page) -> None:
        self.page = page
        page.wait_for_selector("#runs-list :is(.run, .runs-empty)")

    def fill(self, songs: Path) -> None:
        for field, folder in (("data-dir", songs), ("output-dir", songs.parent / "out")):
            self.page.fill(f"#prepare-{field}", str(folder))
            self.page.press(f"#prepare-{field}", "Enter")
        if not self.page.is_visible("#prepare-steps"):
            self.page.get_by_text("How it is carried out").click()
        self.page.locator("#prepare-steps label", has_text="map").click()   # its compilation takes long
        self.page.wait_for_selector("#prepare-start:not([disabled])")

    def start(self) -> None:
        self.page.click("#prepare-start")

    def stands(self, state: str) -> None:
        """Wait until the first run of the list is in that state."""
        self.page.wait_for_selector(f".run:first-child[data-state='{state}']", timeout=PATIENCE_MS)

    def is_under_way(self) -> None:
        """Wait until a step shows progress, with its rate."""
        self.page.locator(".run-step-words", has_text="MB/s").or_(
            self.page.locator(".run-step-words", has_text="kB/s")).first.wait_for(timeout=PATIENCE_MS)


@pytest.fixture
def prepared(serve, open_page, songs):
    """``prepared()`` → the page of a running server, with the form filled."""
    def start(**settings: str) -> Runs:
        dashboard = serve(songs.parent, **settings)
        made = Runs(open_page(f"{dashboard.address}/prepare"))
        made.dashboard = dashboard
        made.fill(songs)
        return made
    return start


def test_from_start_to_a_project_that_opens(prepared):
    shown = prepared()
    assert "No run yet" in shown.page.inner_text("#runs-list")
    shown.start()
    shown.is_under_way()
    assert shown.page.locator(".run-step").count() >= 4
    assert shown.page.get_by_role("progressbar", name="segments").get_attribute("aria-valuenow") != "0"
    shown.page.locator("#runs-badge", has_text="1 run:").wait_for()
    shown.page.click(".run-log summary")
    shown.page.locator(".run-line", has_text="tester asked for it.").wait_for()
    shown.stands("done")
    shown.page.locator(".run", has_text=f"{N_FILES} of {N_FILES} recordings gave 2,688 sounds").wait_for()
    shown.page.wait_for_selector("#runs-badge", state="hidden")
    shown.page.click(".run-open")
    shown.page.wait_for_selector("#curate-map[data-ready]")


def test_cancel_and_resume_are_seen_in_every_tab(prepared, open_page):
    shown = prepared()
    other = Runs(open_page(f"{shown.dashboard.address}/prepare"))
    shown.start()
    shown.is_under_way()
    other.page.reload()                   # a tab where nothing ran looks only now and then
    other.page.click(".run-cancel:not([hidden])")
    for tab in (shown, other):
        tab.stands("cancelled")
    shown.page.click(".run-resume")
    for tab in (shown, other):
        tab.stands("done")
    assert runs.get(1).attempt == 2


def test_a_second_start_of_the_same_joins_the_first(prepared, open_page, songs):
    shown = prepared()
    other = Runs(open_page(f"{shown.dashboard.address}/prepare"))
    other.fill(songs)
    shown.start()
    shown.stands("running")
    other.start()
    other.page.locator(".notice-box", has_text="there will be no second one").wait_for()
    assert len(runs.recent()) == 1


def test_leaving_the_page_and_killing_the_server_end_no_run(prepared, serve, open_page, songs):
    shown = prepared()
    shown.start()
    shown.is_under_way()
    shown.page.goto(f"{shown.dashboard.address}/")
    shown.page.locator("#runs-badge", has_text="1 run:").click()
    shown.stands("running")
    pid, port = runs.get(1).pid, int(shown.dashboard.address.rpartition(":")[2])
    shown.dashboard.process.kill()
    shown.dashboard.process.wait()
    shown.page.locator(".runs-trouble", has_text="The server does not answer").wait_for()
    serve(songs.parent, port=port)
    shown.page.wait_for_selector(".runs-trouble", state="detached")
    assert runs.get(1).pid in (pid, 0), "the same process, unless it has ended by now"
    shown.stands("done")
    assert runs.get(1).attempt == 1


def test_a_run_that_is_killed_is_shown_so_and_goes_on(prepared):
    shown = prepared()
    shown.start()
    shown.is_under_way()
    os.killpg(runs.get(1).pid, signal.SIGKILL)
    shown.stands("interrupted")
    shown.page.click(".run-resume")
    shown.stands("done")


def test_the_values_of_a_run_come_back_into_the_form(prepared, open_page):
    shown = prepared()
    shown.start()
    shown.stands("done")
    fresh = Runs(open_page(f"{shown.dashboard.address}/prepare"))
    fresh.page.click(".run-again")
    fresh.page.wait_for_function("folder => document.getElementById('prepare-data-dir')?.value === folder",
                                 arg=shown.page.input_value("#prepare-data-dir"))
    fresh.page.click(".run-remove")
    fresh.page.wait_for_selector(".runs-empty")


def test_with_celery_and_redis_the_page_is_the_same(prepared, root, tmp_path, state):
    state.mkdir(exist_ok=True)
    with services.redis(tmp_path / "redis") as address, services.celery_worker(root, address, state):
        shown = prepared(REDIS_URL=address)
        shown.start()
        shown.page.locator("#runs-told", has_text="going on").wait_for(timeout=PATIENCE_MS)
        shown.is_under_way()
        shown.page.click(".run-cancel")
        shown.stands("cancelled")
        shown.page.click(".run-resume")
        shown.stands("done")
