"""The dashboard as a program: what it serves, whom it answers, how it starts."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from factory import make_project
from web import client_of, own_memory

from pages._ui import guard, icons, notices
from pipeline.errors import EditError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    make_project(folder / "birds.h5", n_sounds=12, with_spectrograms=False)
    with own_memory(folder):
        yield folder


@pytest.fixture(scope="module")
def client(folder):
    return client_of(folder)


def test_it_says_that_it_is_well(client):
    assert client.get("/healthz").json == {"status": "ok"}


def test_a_page_may_load_only_what_is_ours(client):
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert "object-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_long_answers_in_json_are_compressed(client):
    plain = client.get("/_dash-dependencies")
    packed = client.get("/_dash-dependencies", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert json.loads(gzip.decompress(packed.data)) == plain.json
    assert len(packed.data) < len(plain.data) / 4


def test_nothing_in_the_page_comes_from_the_internet(client):
    loaded = re.findall(r"""(?:src|href)="([^"]+)\"""", client.get("/").text)
    assert loaded
    assert [address for address in loaded if not address.startswith("/") or address.startswith("//")] == []


def test_everything_the_page_names_is_there(client):
    for address in re.findall(r"""(?:src|href)="([^"]+)\"""", client.get("/").text):
        assert client.get(address).status_code == 200, address
    assert client.get("/bundled/plotly.min.js").status_code == 200


def test_every_icon_in_use_is_in_the_sprite():
    assert icons.stylesheet().count("--icon") == len(icons.USED)


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:8050", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.4",
    "[2001:db8::1]:8050",
])
def test_a_foreign_name_that_points_here_gets_nothing(client, host):
    answer = client.get("/media/birds/points.bin", headers={"Host": host})
    assert answer.status_code == 403
    assert "this machine only" in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8050", "127.0.0.1:9000", "[::1]:8050", "app.localhost"])
def test_this_machines_own_names_are_answered(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://localhost:3000"},
                                     {"Origin": "null"}, {"Origin": "https://evil.example"}])
def test_other_sites_cannot_send_edits(client, headers):
    answer = client.post("/_dash-update-component", json={}, headers=headers)
    assert answer.status_code == 403


def test_a_request_of_unreasonable_size_is_not_read(client):
    answer = client.post("/_dash-update-component", data=b"x" * 2_000_000, content_type="application/json")
    assert answer.status_code == 413


def test_behind_a_proxy_that_checks_any_name_is_answered(folder):
    assert client_of(folder, insecure=True).get("/healthz", headers={"Host": "lab.example"}).status_code == 200


@pytest.mark.parametrize(("host", "local"), [
    ("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
    ("10.0.0.5", False), ("lab.example", False),
])
def test_what_counts_as_this_machine(host, local):
    assert guard.is_loopback(host) is local


def test_an_error_for_people_is_told_as_it_stands_and_a_fault_is_logged(caplog):
    assert notices.sentence(EditError("Select two.")) == "Select two."
    assert notices.sentence(KeyError("x")) == notices.FAULT
    assert "KeyError" in caplog.text


def start(root, *arguments, **environment) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "app.py", *map(str, arguments)], cwd=root, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_starts_prints_its_address_and_stops_when_told(root, folder):
    process = start(root, folder / "birds.h5", "--no-open", SYLLABARY_PORT=str(free_port()))
    try:
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/curate/birds\S*", line).group()
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        _out, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in errors


def refused(root, *arguments) -> str:
    process = start(root, "--no-open", *arguments)
    out, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in errors
    assert out == ""
    return errors


def test_it_does_not_listen_beyond_this_machine_unasked(root):
    assert "users add" in refused(root, "--host", "0.0.0.0")


def test_a_port_that_is_taken_is_named(root):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port}" in refused(root, "--port", port)


def test_a_place_that_is_not_there_is_named(root, tmp_path):
    assert "nowhere.h5 does not exist" in refused(root, tmp_path / "nowhere.h5")


def test_gunicorn_serves_the_same(root, folder):
    port = free_port()
    environment = {**os.environ, "SYLLABARY_PLACE": str(folder)}
    command = [sys.executable, "-m", "gunicorn", "app:server", "-b", f"127.0.0.1:{port}", "--threads", "2"]
    process = subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert eventually(f"http://127.0.0.1:{port}/healthz") == b'{"status":"ok"}\n'
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/media/birds/points.bin", timeout=10) as answer:
            assert len(answer.read()) == 12 * 8
    finally:
        process.terminate()
        process.communicate(timeout=20)


def eventually(address: str, *, within_s: float = 40) -> bytes:
    end = time.monotonic() + within_s
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
