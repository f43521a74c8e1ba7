"""Exports that were made for a browser, kept until it has fetched them."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
import uuid
from pathlib import Path

from pipeline import settings
from pipeline.errors import ExportError

KEPT_S = 3600.0              # what nobody has fetched by then is swept away
TOKEN = re.compile("[0-9a-f]{32}")


def place(project_id: str) -> Path:
    """A new folder for one file that is to be fetched; its name ends in the token by which it is asked for."""
    _sweep()
    folder = _folder() / f"{_mark(project_id)}-{uuid.uuid4().hex}"
    folder.mkdir(mode=0o700)
    return folder


def token(folder: Path) -> str:
    """What the browser has to name."""
    return folder.name.rpartition("-")[2]


def find(project_id: str, token: str) -> Path:
    """The file that was made for this project under that token. Raises ExportError if there is none (any more)."""
    folder = _folder() / f"{_mark(project_id)}-{token}"
    files = list(folder.iterdir()) if TOKEN.fullmatch(token) and folder.is_dir() else []
    if len(files) != 1:
        raise ExportError("This download is not there any more. Make it again.")
    return files[0]


def let_go(folder: Path) -> None:
    """Take a folder away with what is in it; a file that is being sent stays readable until it is closed."""
    shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    folder = settings.cache_dir() / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _mark(project_id: str) -> str:
    """A project's id as part of a name; that of a foreign file may be any text."""
    return hashlib.sha256(project_id.encode(errors="backslashreplace")).hexdigest()[:16]


def _sweep() -> None:
    for folder in _folder().iterdir():
        if folder.stat().st_mtime < time.time() - KEPT_S:
            let_go(folder)
