"""The command line's door: every failure ends in a sentence and an exit code."""

from __future__ import annotations

import os
import signal
import subprocess

import click
import pytest

import pipeline.__main__ as door
from pipeline import VERSION, registry, settings, store
from pipeline.errors import AudioError, ParameterError, ProjectError
from tests import factory

HEAVY = ("numba", "librosa", "torch", "umap", "sklearn", "parselmouth", "transformers", "hdbscan", "dash", "pandas")


@pytest.fixture
def failing(monkeypatch):
    """``failing(error)`` → the command line with one command, ``fail``, that raises the error."""
    def install(error: BaseException) -> None:
        @click.command()
        def fail() -> None:
            raise error

        monkeypatch.setattr(door.Commands, "get_command", lambda *_: fail)
        monkeypatch.setattr("sys.argv", ["pipeline", "fail"])
    return install


@pytest.mark.parametrize(("error", "code", "text"), [
    (ProjectError("bird.h5 is no project."), 1, "Error: bird.h5 is no project."),
    (AudioError("a.wav cannot be read."), 1, "Error: a.wav cannot be read."),
    (ParameterError("n is 0."), 2, "Error: n is 0."),
    (OSError(28, "No space left on device", "/data/a.h5"), 1, "Error: /data/a.h5: No space left on device. Put that"),
    (click.UsageError("No such option."), 2, "No such option."),
    (KeyboardInterrupt(), 130, "Stopped."),
    (click.Abort(), 130, "Stopped."),
])
def test_every_failure_is_a_sentence_and_a_code(failing, capsys, error, code, text):
    failing(error)
    assert door.main() == code
    shown = capsys.readouterr()
    assert text in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_a_fault_of_ours_is_kept_for_a_report(failing, capsys):
    failing(ZeroDivisionError("division by zero"))
    assert door.main() == 1
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "Traceback" not in shown
    assert "Traceback" in (settings.state_dir() / "errors.log").read_text()


def test_success_is_zero(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["pipeline", "--help"])
    assert door.main() == 0
    assert "Usage: python -m pipeline" in capsys.readouterr().out


@pytest.mark.parametrize("name", registry.names("commands"))
def test_every_command_explains_itself(name, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["pipeline", name.replace("_", "-"), "--help"])
    assert door.main() == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: python -m pipeline {name.replace('_', '-')}")
    assert len(door.cli.get_command(None, name.replace("_", "-")).get_short_help_str()) > 10


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in registry.names("commands"))])
def test_help_imports_nothing_heavy(arguments, python, root):
    code = ("import sys; from pipeline.__main__ import main\n"
            f"sys.argv = ['pipeline', *{[a.replace('_', '-') for a in arguments]!r}]\nmain()\n"
            f"print('HEAVY', *[name for name in {HEAVY!r} if name in sys.modules])")
    done = subprocess.run([python, "-c", code], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1].split() == ["HEAVY"], done.stderr


def test_run_as_a_module_an_unknown_command_is_a_usage_error(python, root):
    done = subprocess.run([python, "-m", "pipeline", "sing"], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "No such command 'sing'" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_while_the_command_line_is_still_starting_leaves_no_traceback(python, root, tmp_path):
    (tmp_path / "click.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n")
    # preexec_fn: whoever runs these tests in the background has their SIGINT ignored
    done = subprocess.run([python, "-m", "pipeline", "--help"], cwd=root, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)}, check=False,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", ["info {project}", "info {project} --json", "preprocess --help"])
def test_a_reader_that_has_seen_enough_is_no_failure(python, root, tmp_path, arguments):
    project = factory.make_project(tmp_path / "bird.h5")
    piped = f"set -o pipefail; '{python}' -m pipeline {arguments.format(project=project)} | true"
    done = subprocess.run(["bash", "-c", piped], cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [["-m", "pipeline"], ["app.py"]])
def test_the_version_is_told(command, python, root):
    told = subprocess.run([python, *command, "--version"], cwd=root, capture_output=True, text=True, timeout=120)
    assert told.stdout == f"{store.SOFTWARE}\n"
    assert f"## [{VERSION}]" in (root / "CHANGELOG.md").read_text(encoding="utf-8")
