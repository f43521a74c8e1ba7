"""What every test may ask for: real recordings, a browser, and folders of its own for cache and state."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))   # for those who call pytest itself instead of `make test`
DATA = Path(os.environ.get("SYLLABARY_DATA") or ROOT / "../shared/data").resolve()
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests out of the person's own cache and state, before anything of ours is imported.

    What numba compiles is kept between sessions, or every one would spend a minute on it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)   # a shell's background job, and all it starts, ignores it
    home = Path(tempfile.mkdtemp(prefix="syllabary-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ["SYLLABARY_CACHE"] = str(home / "cache")
    os.environ["SYLLABARY_STATE"] = str(home / "state")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".pytest_cache" / "numba"))
    os.environ.setdefault("OMP_NUM_THREADS", "1")   # threads that wait for each other make small work slow
    for name in [name for name in os.environ if name.startswith("SYLLABARY_")]:
        if name not in ("SYLLABARY_CACHE", "SYLLABARY_STATE", "SYLLABARY_DATA"):
            del os.environ[name]   # a person's own settings must not change what is tested
    from pipeline import compiled

    for library in compiled.IMPORTS:      # now, or some story would wait for it in vain
        compiled.make_once(library)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that ``app.py`` and ``pipeline/`` lie in."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real recordings, each set in a folder with its ``labels.csv``; the test is skipped without it."""
    if not DATA.is_dir():
        pytest.skip(f"real recordings are not at {DATA} (set SYLLABARY_DATA to the folder that holds them)")
    return DATA


@pytest.fixture(scope="session")
def data_set(data: Path):
    """``data_set("fsdd")`` → the folder of one set of real recordings; the test is skipped where it is missing."""
    def folder(name: str) -> Path:
        if not (data / name).is_dir():
            pytest.skip(f"the set {name} is not in {data}")
        return data / name
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The program file of an installed Chromium or Chrome; the test is skipped without one."""
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium or Chrome is installed (install one, or set CHROMIUM to its program file)")
    return found


def find_chromium() -> Path | None:
    """``CHROMIUM`` if set, else the first known browser on the path or in the usual places."""
    wanted = os.environ.get("CHROMIUM")
    names = (wanted,) if wanted else (*CHROMIUM_NAMES, *CHROMIUM_PATHS)
    return next((Path(path) for path in map(shutil.which, names) if path and _starts(path)), None)


def _starts(program: str) -> bool:
    """Whether the program answers: some systems put a stub in a browser's place that only asks for a snap."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter that runs the tests, for those that start a process of their own."""
    return sys.executable


if __name__ == "__main__":   # `make test` asks whether there is a browser to test with
    sys.exit(find_chromium() is None)
