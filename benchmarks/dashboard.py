"""How long a person waits at the workbench: opening, lasso, tiles, recolouring, at 100,000 sounds by default.

    python benchmarks/dashboard.py [N_SOUNDS]

Drives a real Chromium (``CHROMIUM`` names another) against ``app.py``; without a graphics card it draws in software,
which makes the map several times slower than on a desk. Times are medians of five, in ms, from the key or the mouse
button to the pictures decoded.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
REPEATS, N_CLUSTERS = 5, 40
WATCH = """() => {
    window.watched = {};
    for (const event of ["pointerup", "keydown"])
        document.addEventListener(event, () => { watched.start = performance.now(); watched.done = 0; }, true);
    for (const id of ["curate-viewer", "curate-grid"])
        new MutationObserver(async (_, observer) => {
            const place = document.getElementById(id);
            await Promise.all([...place.querySelectorAll("img")].map(picture => picture.decode().catch(() => 0)));
            watched.done = performance.now();
        }).observe(document.getElementById(id), { childList: true });
    const restyle = Plotly.restyle;
    Plotly.restyle = (...given) => restyle(...given).then(() => { watched.recoloured = performance.now(); });
}"""


@contextmanager
def dashboard(project: Path, state: Path) -> Iterator[tuple[str, int]]:
    """The address of a served project, and the server's process id."""
    environment = {**os.environ, "SYLLABARY_STATE": str(state), "SYLLABARY_USER": "benchmark"}
    process = subprocess.Popen([sys.executable, "app.py", str(project), "--no-open", "--port", "0"], cwd=ROOT,
                               stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield re.search(r"http://\S+", process.stdout.readline()).group(), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def opened(page, address: str) -> dict[str, float]:
    """First paint, first tiles, and the map drawn, in ms after asking for the page."""
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("#curate-grid .grid-row")
    tiles_ms = 1000 * (time.perf_counter() - begun)
    page.wait_for_selector("#curate-map[data-ready]")
    map_ms = 1000 * (time.perf_counter() - begun)
    paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {"open: first paint": paint_ms, "open: first rows of tiles": tiles_ms, "open: map drawn": map_ms}


def waited(page, act: Callable[[], None], what: str = "done") -> float:
    """The time from the last key or button of ``act`` to the pictures (or the map's new colours)."""
    page.evaluate("what => { watched[what] = 0; }", what)
    act()
    page.wait_for_function("what => watched[what] > watched.start", arg=what)
    page.wait_for_timeout(400)
    return page.evaluate("what => watched[what] - watched.start", what)


def lasso(page, *, share: float) -> None:
    """Draw round the middle of the map."""
    box = page.locator("#curate-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    across, down = share * box["width"] / 2, share * box["height"] / 2
    page.mouse.move(x + across, y)
    page.mouse.down()
    for step in range(1, 17):
        page.mouse.move(x + across * math.cos(step * math.pi / 8), y + down * math.sin(step * math.pi / 8))
    page.mouse.up()


def measured(page, address: str) -> Iterator[tuple[str, float]]:
    """(what, ms), each several times."""
    for _ in range(REPEATS):
        yield from opened(page, address).items()
    page.evaluate(WATCH)
    page.keyboard.press("l")
    for repeat in range(REPEATS):
        yield "lasso: release → viewer filled", waited(page, lambda: lasso(page, share=0.98))
        yield "viewer: next page", waited(page, lambda: page.keyboard.press("ArrowRight"))
        key = "PageUp" if repeat % 2 else "PageDown"
        yield f"grid: next page of {tiles_shown(page)} tiles", waited(page, lambda key=key: page.keyboard.press(key))
        yield "edit: key → map recoloured", waited(page, lambda: page.keyboard.press("w"), "recoloured")
        yield "undo: key → map recoloured", waited(page, lambda: page.keyboard.press("Control+z"), "recoloured")


def tiles_shown(page) -> str:
    """How many tiles the grid shows, roughly: pages differ a little."""
    return f"about {round(page.locator('#curate-grid .tile').count(), -1)}"


def memory_mb(process_id: int) -> float:
    """The most memory the server has had, where the system tells."""
    status = Path(f"/proc/{process_id}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found.group(1)) / 1000 if found else float("nan")


def main() -> None:
    """Print the table."""
    from factory import make_project
    from playwright.sync_api import sync_playwright

    n_sounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        ids = [1 + row % N_CLUSTERS for row in range(n_sounds)]
        project = make_project(folder / "large.h5", n_sounds=n_sounds, n_files=40, n_types=N_CLUSTERS, cluster_ids=ids)
        with dashboard(project, folder) as (address, process_id):
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for what, time_ms in measured(browser.new_page(viewport={"width": 1440, "height": 900}), address):
                times.setdefault(what, []).append(time_ms)
            browser.close()
            most_mb = memory_mb(process_id)
    show(times, n_sounds=n_sounds, most_mb=most_mb)


def show(times: dict[str, list[float]], *, n_sounds: int, most_mb: float) -> None:
    """One row for each wait."""
    table = Table(title=f"The workbench at {n_sounds:,} sounds; server memory at most {most_mb:.0f} MB")
    table.add_column("what")
    table.add_column("median, ms", justify="right")
    table.add_column("slowest", justify="right")
    for what, values in times.items():
        table.add_row(what, f"{statistics.median(values):.0f}", f"{max(values):.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
