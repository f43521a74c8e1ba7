"""Twenty people at one project, for a minute: how long each waits, whether an edit is lost, how much memory it takes.

    python benchmarks/sharing.py [--people 20] [--seconds 60] [--workers 4] [--sounds 100000]

Four gunicorn processes serve a project that is made for this. Each person logs in and then, with a second's pause after
each round, asks for the state, gives five sounds of their own a cluster, and looks at a page of clusters and its tiles.
Afterwards the server is stopped and every acknowledged edit is looked for in the journal and in the project file.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import defaultdict
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from factory import make_project  # noqa: E402

from pages._ui import ids  # noqa: E402
from pipeline import accounts  # noqa: E402
from pipeline.curation.workspace import Workspace  # noqa: E402
from pipeline.dataset import Dataset  # noqa: E402

PASSWORD = "several words in a row"
PER_EDIT, PAUSE_S = 5, 1.0
SPACE = {"viewer_px": 700, "viewer_rows": 3, "grid_px": 700, "grid_rows": 10}


class Person:
    """One browser: its cookies, its connection, what it was told."""

    def __init__(self, port: int, name: str, times_ms: dict[str, list[float]]) -> None:
        self.name, self.acknowledged, self.errors = name, {}, []
        self._port = port
        self._cookies: dict[str, str] = {}
        self._times_ms = times_ms
        form = self.ask("", "GET", "/login").decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
        fields = urllib.parse.urlencode({"name": name, "password": PASSWORD, "csrf_token": token})
        self.ask("", "POST", "/login", fields, "application/x-www-form-urlencoded")

    def ask(self, what: str, method: str, path: str, body: str | None = None, kind: str = "application/json") -> bytes:
        """Send one request over a connection of its own; ``what`` is the line of the table that its time goes into."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
                   "X-CSRFToken": next((v for name, v in self._cookies.items() if "csrf" in name), "")}
        headers |= {"Connection": "close"} | ({"Content-Type": kind} if body else {})
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.errors.append(f"{path}: {error!r}")
            return b"{}"
        finally:
            connection.close()
        self._times_ms[what].append(1000 * (time.perf_counter() - began))
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                cookie, _, value = value.partition(";")[0].partition("=")
                self._cookies[cookie] = value
        if answer.status >= 400:
            self.errors.append(f"{path}: {answer.status} {data[:200]!r}")
        return data

    def call(self, what: str, about: dict, values: dict) -> dict:
        """Send a callback, as the page does."""
        outputs = [dict(zip(("id", "property"), re.sub(r"@\w+$", "", part).rsplit(".", 1), strict=True))
                   for part in about["output"].strip(".").split("...")]
        parts = {kind: [part | {"value": values.get(part["id"])} for part in about[kind]]
                 for kind in ("inputs", "state")}
        first = about["inputs"][0]
        body = {"output": about["output"], "outputs": outputs if about["output"].startswith("..") else outputs[0],
                "changedPropIds": [f"{first['id']}.{first['property']}"], **parts}
        return json.loads(self.ask(what, "POST", "/_dash-update-component", json.dumps(body)))

    def work(self, dependencies: dict[str, dict], mine: np.ndarray, until: float) -> None:
        """Edit and look, until the time is over or all sounds have a cluster."""
        for sounds in mine[:len(mine) // PER_EDIT * PER_EDIT].reshape(-1, PER_EDIT).tolist():
            if time.monotonic() > until:
                return
            seen = json.loads(self.ask("state", "GET", "/media/bird/state.json")).get("revision", 0)
            known = {ids.PROJECT: "bird", ids.REVISION: seen, ids.SPACE: SPACE, ids.GRID_AT: 0, ids.ASSIGN: 1}
            told = self.call("edit", dependencies[ids.ASSIGN], known | {ids.SELECTION: [{"how": "set", "ids": sounds}]})
            revision = told.get("response", {}).get(ids.REVISION, {}).get("data")
            if revision is None:
                self.errors.append(f"edit: {json.dumps(told)[:300]}")
            else:
                self.acknowledged[revision] = sounds
            page = self.call("page of clusters", dependencies[ids.GRID_AT], known)
            rows = page.get("response", {}).get(ids.GRID_PAGE, {}).get("data", {}).get("rows", [])
            for row in rows[:3]:
                sounds_in_row = ",".join(map(str, row["ids"]))
                self.ask("row of tiles", "GET", f"/media/bird/strip.png?ids={sounds_in_row}&h=40&px=0.5")
            time.sleep(PAUSE_S)


@click.command()
@click.option("--people", default=20, show_default=True)
@click.option("--seconds", default=60, show_default=True)
@click.option("--workers", default=4, show_default=True)
@click.option("--sounds", default=100_000, show_default=True)
def main(people: int, seconds: int, workers: int, sounds: int) -> None:
    """Print how long people waited, and whether anything went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SYLLABARY_STATE"] = f"{folder}/state"
        project = make_project(Path(folder) / "bird.h5", n_sounds=sounds, n_files=40, n_types=26)
        names = [f"person-{number}" for number in range(people)]
        for name in names:
            accounts.add(name, PASSWORD)
        times_ms, crowd, most_mb = serve(Path(folder), names, seconds=seconds, workers=workers, sounds=sounds)
        lost = missing(project, crowd)
    show(times_ms)
    errors = [error for person in crowd for error in person.errors]
    n_edits = sum(len(person.acknowledged) for person in crowd)
    click.echo(f"{n_edits} edits acknowledged, {lost} lost, {len(errors)} errors; the largest process had "
               f"{most_mb:.0f} MB")
    for error in errors[:5]:
        click.echo(error)


def serve(folder: Path, names: list[str], *, seconds: int, workers: int, sounds: int) -> tuple:
    """Let everybody work; the times by kind, the people, and the memory of the largest process in MB."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "app:server", "-w", str(workers), "--threads", "4", "-b",
               f"127.0.0.1:{port}", "--timeout", "120", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "SYLLABARY_PLACE": str(folder)})
    times_ms: dict[str, list[float]] = defaultdict(list)
    try:
        wait_until_up(port)
        crowd = [Person(port, name, times_ms) for name in names]
        listed = json.loads(crowd[0].ask("", "GET", "/_dash-dependencies"))
        dependencies = {one["inputs"][0]["id"]: one for one in listed
                        if one["inputs"] and not one["clientside_function"]}
        until = time.monotonic() + seconds
        shares = np.array_split(np.random.default_rng(0).permutation(sounds), len(crowd))
        threads = [threading.Thread(target=person.work, args=(dependencies, share, until))
                   for person, share in zip(crowd, shares, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return times_ms, crowd, largest_mb(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_until_up(port: int) -> None:
    """Until the server answers. Its processes start one after the other."""
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.5)
    raise click.ClickException("gunicorn does not answer.")


def largest_mb(parent: int) -> float:
    """The memory of the largest of the server's processes."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    pages = [int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children]
    return max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


def missing(project: Path, crowd: list[Person]) -> int:
    """How many acknowledged edits are not in the journal under that number and name, or not in the file."""
    with Dataset.open(project) as dataset:
        in_file = dataset.cluster_ids()
    with Workspace.open(project) as workspace:
        by_revision = {entry.seq: entry for entry in workspace.history()}
        in_journal = workspace.labels.ids
    lost = 0
    for person in crowd:
        for revision, sounds in person.acknowledged.items():
            entry = by_revision.get(revision)
            labels = in_journal[sounds]
            is_known = entry is not None and entry.user == person.name
            is_whole = labels[0] > 0 and np.all(labels == labels[0]) and np.all(labels == in_file[sounds])
            lost += not (is_known and is_whole)
    return lost


def show(times_ms: dict[str, list[float]]) -> None:
    """The table: median, 95th percentile and longest, in ms."""
    table = Table("what", "times", "median ms", "95 % ms", "longest ms")
    for what, times in times_ms.items():
        if what:
            ordered = sorted(times)
            table.add_row(what, str(len(times)), f"{statistics.median(times):.0f}",
                          f"{ordered[int(0.95 * (len(ordered) - 1))]:.0f}", f"{ordered[-1]:.0f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
