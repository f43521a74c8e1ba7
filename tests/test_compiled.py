"""Compiled code is made by one process before others use it."""

from __future__ import annotations

import importlib
import subprocess

import pytest

from pipeline import compiled


@pytest.fixture
def calls(tmp_path, monkeypatch) -> list[str]:
    """The code that was run to make something; it ends with ``calls.exit_status``."""
    class Calls(list):
        exit_status = 0

    made = Calls()

    def run(command, **_how):
        made.append(command[-1])
        return subprocess.CompletedProcess(command, made.exit_status)

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setattr(compiled.subprocess, "run", run)
    compiled.make_once.cache_clear()
    yield made
    compiled.make_once.cache_clear()


def make_in_two_processes(library: str) -> None:
    for _process in range(2):
        compiled.make_once.cache_clear()
        compiled.make_once(library)


@pytest.mark.parametrize(("exit_status", "n_calls"), [(0, 1), (1, 2)], ids=["made once", "tried again if it failed"])
def test_it_is_made_until_it_is_there(calls, exit_status, n_calls):
    calls.exit_status = exit_status
    make_in_two_processes("librosa")
    assert len(calls) == n_calls
    assert "librosa.core.pitch" in calls[0]


def test_each_library_is_made_when_it_is_used(calls):
    make_in_two_processes("umap")
    make_in_two_processes("librosa")
    assert calls == ["import pynndescent, umap", "import " + ", ".join(compiled.IMPORTS["librosa"])]


@pytest.mark.parametrize("name", [name for names in compiled.IMPORTS.values() for name in names])
def test_what_is_imported_there_can_be_imported(name):
    importlib.import_module(name)
