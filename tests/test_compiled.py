"""Compiled code is made by one process before others use it."""

from __future__ import annotations

import subprocess

from pipeline import compiled


def test_it_is_made_once(tmp_path, monkeypatch):
    calls = []

    def run(command, **_how):
        calls.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setattr(compiled.subprocess, "run", run)
    compiled.make_once()
    compiled.make_once()
    assert len(calls) == 1
    assert "librosa.core.pitch" in calls[0][-1]


def test_what_failed_is_tried_again(tmp_path, monkeypatch):
    calls = []

    def run(command, **_how):
        calls.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setattr(compiled.subprocess, "run", run)
    compiled.make_once()
    compiled.make_once()
    assert len(calls) == 2


def test_what_is_imported_there_can_be_imported():
    import importlib

    for name in compiled.IMPORTS:
        importlib.import_module(name)
