"""What docs/deployment.md, Dockerfile and compose.yaml say is so: options exist, and what they start works."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from factory import make_project
from test_gunicorn import Browser, wait_for_all
from web import PASSWORD

import app
from pipeline import accounts
from pipeline.dataset import Dataset

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
PLACES = {"SYLLABARY_STATE", "SYLLABARY_CACHE", "SYLLABARY_USER"}
N_SOUNDS = 12


def blocks(kind: str) -> list[str]:
    """The examples of the page of one kind."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, flags=re.DOTALL)


def unit() -> configparser.SectionProxy:
    """The service of the example."""
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str
    found.read_string(next(block for block in blocks("ini") if "[Service]" in block).replace("\\\n", ""))
    return found["Service"]


def settings_of(text: str) -> dict[str, str]:
    """What ``NAME=value`` lines say."""
    return dict(re.findall(r"\b([A-Z_]{3,})=(\S+)", text))


def command() -> list[str]:
    """What the image starts."""
    return json.loads(re.search(r"(?m)^CMD (\[(?:.|\\\n)*?\])$", DOCKERFILE)[1].replace("\\\n", ""))


def health_check() -> list[str]:
    """How the image is asked whether it is well."""
    return json.loads(re.search(r"(?m)^HEALTHCHECK .*\\\n  CMD (\[.*\])$", DOCKERFILE)[1])


# ---- what is named is there ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("text", [PAGE, DOCKERFILE, COMPOSE, (ROOT / "docs" / "sharing.md").read_text("utf-8")])
def test_every_setting_that_is_named_is_an_option(text):
    options = {option.envvar or f"SYLLABARY_{option.name.upper()}" for option in app.main.params}
    assert set(re.findall(r"SYLLABARY_[A-Z][A-Z_]+", text)) <= options | PLACES


@pytest.mark.parametrize("name", ["unit", "image"])
def test_gunicorn_takes_the_options_that_it_is_given(name):
    from gunicorn.config import Config

    given = shlex.split(unit()["ExecStart"])[1:] if name == "unit" else command()[1:]
    found = Config().parser().parse_args(given)
    assert found.args == ["app:server"]
    assert (found.worker_class, found.threads, found.graceful_timeout) == ("gthread", 8, 60)


def test_stopping_the_service_leaves_runs_alone_and_gives_requests_their_time():
    service = unit()
    assert service["KillMode"] == "process"
    assert "PrivateTmp" not in service    # taken away when the service stops, with what runs have in it
    assert int(service["TimeoutStopSec"]) > 60
    assert re.search(r"stop_grace_period: (\d+)s", COMPOSE)[1] == service["TimeoutStopSec"]


def test_the_service_may_write_where_its_settings_say():
    service = unit()
    given = settings_of(next(block for block in blocks("ini") if block.startswith("SYLLABARY_")))
    assert given["SYLLABARY_STATE"] == f"/var/lib/{service['StateDirectory']}"
    assert given["SYLLABARY_CACHE"] == f"/var/cache/{service['CacheDirectory']}"
    assert {given["SYLLABARY_PLACE"], "/tmp"} <= set(service["ReadWritePaths"].split())


def test_systemd_takes_the_unit(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze")
    text = next(block for block in blocks("ini") if "[Service]" in block)
    file = tmp_path / "syllabary.service"
    file.write_text(text.replace("/opt/syllabary/.venv/bin/gunicorn", sys.executable), encoding="utf-8")
    told = subprocess.run(["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True,
                          timeout=60)
    assert [line for line in told.stderr.splitlines() if file.name in line] == []


def test_the_image_is_made_of_files_that_are_there():
    copied = re.findall(r"(?m)^COPY (.+) \S+$", DOCKERFILE)
    names = [name for line in copied for name in line.split()] + re.findall(r"-r (\S+)", DOCKERFILE)
    assert [name for name in names if not (ROOT / name).exists()] == []
    torch = re.findall(r"(?m)^torch==\S+$", (ROOT / "requirements.txt").read_text("utf-8"))
    assert len(torch) == 1    # what the first line of pip looks for
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert not {"app.py", "pages", "pipeline", "assets", "requirements.txt"} & set(ignored)


def test_the_containers_share_places_and_redis_is_theirs_alone():
    yaml = pytest.importorskip("yaml")
    services = yaml.safe_load(COMPOSE)["services"]
    volumes = set(re.search(r"VOLUME (\[.*\])", DOCKERFILE)[1].strip("[]").replace('"', "").split(", "))
    for name in ("app", "worker"):
        service = services[name]
        assert {mount.rpartition(":")[2] for mount in service["volumes"]} == volumes
        assert service["init"] is True
        assert service["environment"]["REDIS_URL"] == "redis://redis:6379/0"
        assert service["image"] == services["app"]["image"]
    assert "ports" not in services["redis"]
    assert all(port.startswith("127.0.0.1:") for port in services["app"]["ports"])
    assert services["worker"]["healthcheck"] == {"disable": True}
    assert all(service["restart"] == "unless-stopped" for service in services.values())
    begun = set(re.findall(r"celery -A \S+ worker", f"{COMPOSE}{PAGE}"))
    assert begun == {"celery -A pages._ui.background:celery_app worker"}


# ---- what is started works -------------------------------------------------------------------------------------------

def test_the_command_sees_what_the_service_sees(tmp_path):
    """The script of the page, with places of this machine, from a folder with a ``pipeline`` of its own."""
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "syllabary.env").write_text(f"SYLLABARY_STATE={tmp_path}/state\nSYLLABARY_CACHE={tmp_path}/cache\n")
    script = next(block for block in blocks("sh") if block.startswith("#!/bin/sh"))
    script = script.replace("/etc/syllabary.env", f"{tmp_path}/syllabary.env")
    script = script.replace("/opt/syllabary/.venv/bin/python", sys.executable).replace("/opt/syllabary", str(ROOT))
    told = subprocess.run(["/bin/sh", "-c", script, "syllabary", "users", "add", "ada", "--password-stdin"],
                          input=f"{PASSWORD}\n", capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "state" / "accounts.sqlite").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def nginx(folder: Path, *, https: int, upstream: int) -> Iterator[None]:
    """nginx with the example of the page, as one process of ours."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed (Debian: apt-get install nginx openssl)")
    folder.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out",
                    folder / "cert.pem"], check=True, capture_output=True)
    (example,) = blocks("nginx")
    for old, new in (("listen 80;", f"listen 127.0.0.1:{free_port()};"), ("listen 443", f"listen 127.0.0.1:{https}"),
                     ("lab.example;", "localhost;"), ("/etc/ssl/certs/lab.example.pem", f"{folder}/cert.pem"),
                     ("/etc/ssl/private/lab.example.key", f"{folder}/key.pem"), (":8050;", f":{upstream};")):
        assert old in example
        example = example.replace(old, new)
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;\n"
                                       f"events {{}}\nhttp {{ access_log off;\n{paths}{example} }}\n")
    asked = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    subprocess.run([*asked, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(asked, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def image(tmp_path: Path, port: int) -> Iterator[subprocess.Popen]:
    """What the image starts, with its settings, but for the places and the port."""
    given = settings_of(DOCKERFILE.split("RUN python -m compileall")[1])
    places = {"/projects": tmp_path / "projects", "/state": tmp_path / "state", "/cache": tmp_path / "cache"}
    given = {name: str(places.get(value, value)) for name, value in given.items() if name.startswith("SYLLABARY_")}
    (tmp_path / "cache").mkdir()
    started = [sys.executable, "-m", *command()]
    started[started.index("0.0.0.0:8050")] = f"127.0.0.1:{port}"
    process = subprocess.Popen(started, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={
        **os.environ, **given, "HOME": str(tmp_path / "home"), "WEB_CONCURRENCY": "2",
        "SYLLABARY_URL_BASE": "/syllabary/", "SYLLABARY_BEHIND_PROXY": "1"})
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=90)


def is_well(port: int) -> bool:
    """What the health check of the image says."""
    check = [part.replace("8050", str(port)) for part in health_check()]
    return subprocess.run([sys.executable, *check[1:]], capture_output=True, timeout=60).returncode == 0


@pytest.mark.slow
def test_the_image_behind_nginx_from_the_log_in_to_the_last_label(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    (tmp_path / "projects").mkdir()
    project = make_project(tmp_path / "projects" / "bird.h5", n_sounds=N_SOUNDS, with_spectrograms=False)
    accounts.add("ada", PASSWORD, role="annotator")
    port, https = free_port(), free_port()
    with nginx(tmp_path / "nginx", https=https, upstream=port), image(tmp_path, port) as process:
        wait_for_all(f"http://127.0.0.1:{port}")
        assert is_well(port)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nginx" / "cert.pem"))
        ada = Browser(f"https://localhost:{https}/syllabary")
        ada.log_in("ada")
        assert all(cookie.secure and cookie.path.startswith("/syllabary") for cookie in ada.cookies)
        dependencies = json.loads(ada.get("/_dash-dependencies"))
        for sound in range(N_SOUNDS):
            seen = json.loads(ada.get("/media/bird/state.json"))["revision"]
            assert ada.assign(dependencies, sound, seen).startswith("Assign 1 sound")
        process.send_signal(signal.SIGTERM)
        _out, told = process.communicate(timeout=90)
        assert "Traceback" not in told
        assert "SIGKILL" not in told
        assert process.returncode == 0
        assert not is_well(port)
    with Dataset.open(project) as dataset:
        assert np.count_nonzero(dataset.cluster_ids()) == N_SOUNDS
