"""Compiled code is made by one process before others use it."""

from __future__ import annotations

import importlib
import subprocess

import pytest

from pipeline import compiled


@pytest.mark.parametrize(("exit_status", "n_calls"), [(0, 1), (1, 2)], ids=["made once", "tried again if it failed"])
def test_it_is_made_until_it_is_there(tmp_path, monkeypatch, exit_status, n_calls):
    calls = []

    def run(command, **_how):
        calls.append(command)
        return subprocess.CompletedProcess(command, exit_status)

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setattr(compiled.subprocess, "run", run)
    compiled.make_once()
    compiled.make_once()
    assert len(calls) == n_calls
    assert "librosa.core.pitch" in calls[0][-1]


def test_what_is_imported_there_can_be_imported():
    for name in compiled.IMPORTS:
        importlib.import_module(name)
