"""With Celery and a real Redis runs begin where the worker is, and need neither the worker nor the server to go on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import dash
import pytest

from pages._ui import background, runs_panel
from pipeline import runs
from pipeline.errors import RunError
from tests import services
from tests.runs.conftest import N_MANY, ended, is_under_way
from tests.sounds import write_songs


@pytest.fixture
def redis(tmp_path, monkeypatch):
    background._celery_app.cache_clear()
    with services.redis(tmp_path / "redis") as address:
        monkeypatch.setenv("REDIS_URL", address)
        yield address
    background._celery_app.cache_clear()


@pytest.fixture
def worker(redis, root, state):
    state.mkdir(exist_ok=True)
    with services.celery_worker(root, redis, state) as process:
        yield process


def test_a_run_begins_on_the_worker_and_outlives_it(worker, many, values):
    run = runs.submit("preprocess", values(many), user="ada", begin=False)
    assert run.state == runs.QUEUED
    background.look()
    run = until_looked(run)
    parents = Path(f"/proc/{run.pid}/stat")
    if parents.exists():
        assert int(parents.read_text().rpartition(")")[2].split()[1]) not in (os.getpid(), worker.pid)
    os.killpg(worker.pid, signal.SIGKILL)
    assert ended(run).result["n_sounds"] == N_MANY * 28


def until_looked(run):
    """Until it is under way; only the worker may start it."""
    deadline = time.monotonic() + 60
    while not is_under_way(runs.get(run.id)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return runs.get(run.id)


def test_the_server_itself_starts_none_and_says_what_is_missing(redis, tmp_path, values, monkeypatch):
    run = runs.submit("preprocess", values(write_songs(tmp_path / "songs")), user="ada", begin=False)
    background.look()
    assert runs.get(run.id).state == runs.QUEUED
    assert background.trouble(run) == ""
    monkeypatch.setattr(background, "PATIENCE_S", -1)
    assert "No Celery worker has taken it" in background.trouble(run)
    runs.cancel(run.id, begin=False)


def test_a_redis_that_does_not_answer_is_told(monkeypatch, tmp_path, values):
    pytest.importorskip("celery")
    background._celery_app.cache_clear()
    monkeypatch.setenv("REDIS_URL", "redis://:secret@127.0.0.1:1/0")
    run = runs.submit("preprocess", values(write_songs(tmp_path / "songs")), user="ada", begin=False)
    with pytest.raises(RunError, match="Redis does not answer") as told:
        background.look()
    assert "secret" not in str(told.value)
    runs.cancel(run.id, begin=False)
    background._celery_app.cache_clear()


def test_the_callbacks_go_to_celery_too(redis):
    runs_panel.register()
    assert isinstance(background.manager(), dash.CeleryManager)
    names = set(background.manager().handle.tasks)
    assert background.ADVANCE in names
    assert any(name.startswith("background_callback_") for name in names)


def test_without_redis_the_results_lie_in_a_private_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("SYLLABARY_CACHE", str(tmp_path / "cache"))
    assert isinstance(background.manager(), dash.DiskcacheManager)
    assert (tmp_path / "cache" / "background").stat().st_mode & 0o777 == 0o700
