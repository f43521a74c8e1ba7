"""A real dashboard, and a real browser to drive it."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
WAIT_MS = 30_000
GONE = re.compile("the server did not respond")    # said of what was under way when a story kills the server


class Dashboard:
    """``python app.py PLACE`` as a process of its own, with a memory of its own."""

    def __init__(self, root: Path, place: Path, state: Path, *, port: int = 0, **settings: str) -> None:
        command = [sys.executable, "app.py", str(place), "--no-open", "--port", str(port)]
        known = {"SYLLABARY_STATE": str(state), "SYLLABARY_USER": "tester"}
        self.process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **known, **settings})
        line = self.process.stdout.readline()
        self.address = re.search(r"http://[\d.]+:\d+", line).group()

    def stop(self) -> None:
        """As a person does, with Ctrl+C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.communicate(timeout=30)


@pytest.fixture
def serve(root, tmp_path) -> Iterator:
    """``serve(place)`` → a running Dashboard; stopped when the test is over. More names are its environment."""
    running = []

    def start(place: Path, *, port: int = 0, **settings: str) -> Dashboard:
        running.append(Dashboard(root, place, tmp_path / "state", port=port, **settings))
        return running[-1]

    yield start
    for dashboard in running:
        dashboard.stop()


@pytest.fixture(scope="session")
def browser(chromium) -> Iterator:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser) -> Iterator:
    """``open_page(address)`` → a page in a window of its own. Errors in its console fail the test."""
    windows, faults = [], []

    def open_one(address: str, *, width: int = 1440, height: int = 900, dark: bool = False):
        window = browser.new_context(viewport={"width": width, "height": height},
                                     color_scheme="dark" if dark else "light")
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: faults.append(str(error)) if not GONE.search(str(error)) else None)
        page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
        page.goto(address)
        return page

    yield open_one
    for window in windows:
        window.close()
    assert faults == []


def is_fault(message) -> bool:
    """An error in the console, other than that something asked for was not there: tests ask for such things."""
    return message.type == "error" and "Failed to load resource" not in message.text and not GONE.search(message.text)


class Bench:
    """The Curate page, as a person's hands and eyes have it."""

    def __init__(self, page) -> None:
        self.page = page
        page.wait_for_selector("#curate-map[data-ready]")
        page.wait_for_selector("#curate-grid .grid-row")

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the map is on the screen."""
        return tuple(self.page.evaluate("""([x, y]) => {
            const plot = document.getElementById("curate-map"), {_size, xaxis, yaxis} = plot._fullLayout;
            const box = plot.getBoundingClientRect();
            return [box.left + _size.l + xaxis.d2p(x), box.top + _size.t + yaxis.d2p(y)];
        }""", [x, y]))

    def lasso(self, x: float, y: float, *, radius: float, hold: str = "") -> None:
        """Draw round a place, beginning towards the middle, with the tool in hand or with a key held."""
        angles = [math.atan2(-y, -x) + 2 * math.pi * step / 12 for step in range(13)]
        corners = [self.place(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]
        if hold:
            self.page.keyboard.down(hold)
        self.page.mouse.move(*corners[0])
        self.page.mouse.down()
        for corner in corners[1:]:
            self.page.mouse.move(*corner, steps=2)
        self.page.mouse.up()
        if hold:
            self.page.keyboard.up(hold)

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.place(x, y))

    def selected(self, text: str) -> None:
        """Wait until the line at the bottom says so many are selected."""
        self.page.wait_for_function("text => document.getElementById('curate-selection-text').textContent === text",
                                    arg=text)

    def told(self, text: str) -> None:
        """Wait for a notice."""
        self.page.locator(".notice-box", has_text=text).wait_for()

    def viewer_title(self, text: str) -> None:
        self.page.locator("#curate-viewer-title", has_text=text).wait_for()

    def rows(self, expected: dict[str, str]) -> None:
        """Wait until the grid has these clusters with these counts."""
        self.page.wait_for_function("""expected => JSON.stringify(Object.fromEntries(
            [...document.querySelectorAll(".row-head")].map(head =>
                [head.querySelector(".title").textContent, head.querySelector(".number").textContent])))
            === JSON.stringify(expected)""", arg=expected)

    def tiles(self) -> list[int]:
        """The sounds in the viewer, in order."""
        return [int(text) for text in
                self.page.eval_on_selector_all("#curate-viewer .tile", "all => all.map(one => one.dataset.sound)")]

    def colours(self) -> list[str]:
        """The colour that the map gives each sound."""
        return self.page.evaluate("""() => {
            const marker = document.getElementById("curate-map").data[0].marker;
            const scale = marker.colorscale.map(stop => stop[1]);
            return Array.from(marker.color, number => scale[number]);
        }""")

    def recoloured(self, sound: int, colour: str) -> None:
        """Wait until the map has given a sound this colour."""
        self.page.wait_for_function("""([sound, colour]) => {
            const marker = document.getElementById("curate-map").data[0].marker;
            return marker.colorscale[marker.color[sound]][1] === colour;
        }""", arg=[sound, colour])


@pytest.fixture
def bench(serve, open_page):
    """``bench(project)`` → the Curate page of a project, served and open."""
    def start(project: Path, **window) -> Bench:
        dashboard = serve(project)
        made = Bench(open_page(f"{dashboard.address}/curate/{project.stem}", **window))
        made.dashboard = dashboard
        return made
    return start
