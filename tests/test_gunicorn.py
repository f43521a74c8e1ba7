"""Several server processes, as a lab has them: one session for all, no lost edit, the file complete at the end."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from factory import make_project
from web import PASSWORD

from pages._ui import ids
from pipeline import accounts
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset

N_WORKERS, N_SOUNDS = 4, 40
BASE = "/lab"


class Browser:
    """One person's browser, without the pictures."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self._headers = {"Accept": "text/html", "Connection": "close"}

    def get(self, path: str) -> bytes:
        return self._open(urllib.request.Request(self.address + path, headers=self._headers))

    def log_in(self, name: str) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/login").decode())[1]
        fields = urllib.parse.urlencode({"name": name, "password": PASSWORD, "csrf_token": token, "next": "/"})
        self._open(urllib.request.Request(f"{self.address}/login", fields.encode(), self._headers))
        held = next(cookie.value for cookie in self.cookies if cookie.name.startswith("syllabary-csrf"))
        self._headers["X-CSRFToken"] = held

    def assign(self, dependencies: list[dict], sound: int, seen: int) -> str:
        """Press `New cluster` with one sound selected; what the notice says."""
        about = next(one for one in dependencies if one["inputs"][0]["id"] == ids.ASSIGN)
        values = {ids.SELECTION: [{"how": "set", "ids": [sound]}], ids.REVISION: seen, ids.PROJECT: "bird"}
        outputs = [dict(zip(("id", "property"), re.sub(r"@\w+$", "", part).rsplit(".", 1), strict=True))
                   for part in about["output"].strip(".").split("...")]
        body = {"output": about["output"], "outputs": outputs, "changedPropIds": [f"{ids.ASSIGN}.n_clicks"],
                "inputs": [about["inputs"][0] | {"value": 1}],
                "state": [part | {"value": values.get(part["id"])} for part in about["state"]]}
        answer = self._open(urllib.request.Request(
            f"{self.address}/_dash-update-component", json.dumps(body).encode(),
            self._headers | {"Content-Type": "application/json"}))
        found = json.loads(answer)
        notice = {**found.get("response", {}), **found.get("sideUpdate", {})}.get(ids.NOTICE) or {}
        return (notice.get("data") or {}).get("text", "")

    def _open(self, request: urllib.request.Request) -> bytes:
        with self._opener.open(request, timeout=60) as answer:
            return answer.read()


@pytest.fixture
def lab(root, tmp_path, monkeypatch):
    """The address of four processes that serve one folder under a prefix, and the project in it."""
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    folder = tmp_path / "projects"
    folder.mkdir()
    project = make_project(folder / "bird.h5", n_sounds=N_SOUNDS, with_spectrograms=False)
    accounts.add("ada", PASSWORD, role="annotator")
    accounts.add("ben", PASSWORD, role="annotator")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "app:server", "--workers", str(N_WORKERS), "--bind",
               f"127.0.0.1:{port}", "--timeout", "120"]
    process = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "SYLLABARY_PLACE": str(folder), "SYLLABARY_URL_BASE": BASE})
    try:
        wait_for_all(f"http://127.0.0.1:{port}{BASE}")
        yield f"http://127.0.0.1:{port}{BASE}", project, process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def wait_for_all(address: str) -> None:
    """Until the server answers; its other processes come while it does."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=30).read()
            return
        except OSError:
            time.sleep(0.3)
    pytest.fail("gunicorn did not answer")


@pytest.mark.slow
def test_four_processes_two_people_no_lost_edit(lab):
    address, project, process = lab
    people = {name: Browser(address) for name in ("ada", "ben")}
    for name, browser in people.items():
        browser.log_in(name)
    dependencies = json.loads(people["ada"].get("/_dash-dependencies"))
    halves = {"ada": range(0, N_SOUNDS, 2), "ben": range(1, N_SOUNDS, 2)}

    def work(name: str) -> list[str]:
        told = []
        for sound in halves[name]:
            seen = json.loads(people[name].get("/media/bird/state.json"))["revision"]
            told.append(people[name].assign(dependencies, sound, seen))
        return told

    with ThreadPoolExecutor(2) as pool:
        told = [text for texts in pool.map(work, people) for text in texts]
    assert Counter(text.split(" to ")[0] for text in told) == {"Assign 1 sound": N_SOUNDS}
    process.terminate()
    _out, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    with Dataset.open(project) as dataset:     # as the processes left it when they ended
        in_file = dataset.cluster_ids().tolist()
    assert sorted(in_file) == list(range(1, N_SOUNDS + 1))
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids.tolist() == in_file
        by_person = Counter(entry.user for entry in workspace.history())
    assert by_person == {"ada": N_SOUNDS / 2, "ben": N_SOUNDS / 2}


@pytest.mark.slow
def test_a_session_holds_in_every_process_and_ends_in_every_process(lab):
    address, _project, _process = lab
    ada, nobody = Browser(address), Browser(address)
    ada.log_in("ada")
    nobody._headers["Accept"] = "*/*"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        nobody.get("/media/bird/state.json")
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(ada.get, ["/media/bird/points.bin"] * 24))) == 24
    accounts.remove("ada")
    ada._headers["Accept"] = "*/*"
    for _ in range(8):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ada.get("/media/bird/state.json")
