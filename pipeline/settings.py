"""Where Syllabary keeps what belongs to this machine and this person, and who that person is."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import platformdirs

APP = "syllabary"


def cache_dir() -> Path:
    """A private folder for what can be made again. ``SYLLABARY_CACHE`` moves it."""
    return _private(Path(os.environ.get("SYLLABARY_CACHE") or platformdirs.user_cache_dir(APP)))


def state_dir() -> Path:
    """A private folder for recent projects and logs. ``SYLLABARY_STATE`` moves it."""
    return _private(Path(os.environ.get("SYLLABARY_STATE") or platformdirs.user_state_dir(APP)))


def user_name() -> str:
    """The name that edits carry when nobody has logged in. ``SYLLABARY_USER`` sets it."""
    try:
        return os.environ.get("SYLLABARY_USER") or getpass.getuser()
    except (KeyError, OSError):   # an account without a name, as in some containers
        return f"uid-{os.getuid()}"


def n_cores() -> int:
    """The cores this process may use, which on a shared machine are fewer than it has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keep_compiled_code() -> None:
    """Let numba keep what it compiles between runs. To be called before anything imports numba."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))


def _private(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
