"""Copies of projects with all that belongs to them, each as of one moment, also while people edit and runs go on.

Copying the files one by one would not do: labels are written into the project file in place and edits into the journal
at any time, so file and copy of the journal could disagree, which opening takes for a change by another program. So the
large file is copied first, while others go on. Then, for a moment in which nobody may write to it, the labels in the
copy are set to what the file has now, and the journal is copied. It has every edit acknowledged by then, and the copy
is brought to them when it is opened.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import catalogue, comparison_rows, drives, locks, settings, store
from pipeline.autoencoder import on_project
from pipeline.curation import checkpoint, journal
from pipeline.errors import ExportError, SyllabaryError
from pipeline.tasks import train_autoencoder
from pipeline.text import counted

SUMS, ABOUT = "SHA256SUMS", "backup.json"
ATTEMPTS = 5                 # a file that is replaced while it is copied is copied again
BLOCK_BYTES = 1 << 24
SPARE_BYTES = 1 << 24
WAIT_S = 60.0
PASSING = (".part", ".lock", "-wal", "-shm", "-journal")   # nothing that would be missed


def find(paths: Iterable[Path]) -> list[Path]:
    """The projects at these paths, each once; of a folder those that the dashboard lists. Raises ExportError."""
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise ExportError(f"{path} does not exist. Give a project file (.h5), or a folder that holds some.")
        inside = catalogue.project_files(path) if path.is_dir() else [path]
        if len(inside) >= catalogue.MAX_FOUND:
            raise ExportError(f"{path} holds {catalogue.MAX_FOUND} projects or more. Back up its folders one by one.")
        found |= dict.fromkeys(one.resolve() for one in inside)
    return list(found)


def back_up(projects: Sequence[Path], folder: Path, *, state: bool = False) -> list[str]:
    """Copy projects into a new folder, and return a sentence about each that could not be copied; the others are whole.

    Each project has a folder of its own in ``projects``. ``backup.json`` says where they came from, ``SHA256SUMS`` is
    for ``sha256sum -c``. The folder is readable by this user only.
    state : whether the state folder is copied as well, to ``state``: accounts, runs, recent projects, uploads

    The folder appears when all of it is on disk. Raises ExportError if it cannot be written, or if there is nothing to
    write.
    """
    folder, projects = folder.absolute(), [project.resolve() for project in projects]
    _check_place(folder, projects, state=state)
    made = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        made.mkdir(mode=0o700)
        told, problems = _copy_all(projects, made)
        if not told and not state:
            raise ExportError(" ".join(problems) or "There is no project to back up.")
        if state:
            problems += _problem(settings.state_dir(), lambda: _copy_folder(settings.state_dir(), made / "state"))
        about = {"made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "software": store.SOFTWARE,
                 "state": str(settings.state_dir()) if state else None, "projects": told}
        (made / ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")
        (made / SUMS).write_bytes(b"".join(_sums(made)))
        _sync(made)
        made.replace(folder)
        drives.sync_folder(folder.parent)
    except OSError as error:
        raise ExportError(f"The backup {folder} could not be written ({error.strerror or error}). Check that there is "
                          "room and the folder above may be written to, then try again.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return problems


def _check_place(folder: Path, projects: Sequence[Path], *, state: bool) -> None:
    if folder.exists() or folder.is_symlink():
        raise ExportError(f"{folder} is there already. A backup is a new folder, such as one named by the date.")
    if not folder.parent.is_dir():
        raise ExportError(f"There is no folder {folder.parent}. Create it, or choose another.")
    if state and folder.resolve().is_relative_to(settings.state_dir().resolve()):
        raise ExportError(f"{folder} lies in the state folder, which is to be copied. Choose a place outside of it.")
    kept = [path for project in projects for path in (project, *_beside(project)) if path.exists()]
    needed = sum(map(_size, [*kept, *([settings.state_dir()] if state else [])])) + SPARE_BYTES
    free = shutil.disk_usage(folder.parent).free
    if free < needed:
        raise ExportError(f"The disk of {folder} has {free / 1e6:,.0f} MB left, but the backup needs "
                          f"{needed / 1e6:,.0f} MB. Make room, or choose another disk.")


def _copy_all(projects: Iterable[Path], made: Path) -> tuple[list[dict[str, Any]], list[str]]:
    told, problems = [], []
    for project in projects:
        into = _free(made / "projects" / (project.stem.strip(".") or "project"))
        into.mkdir(parents=True)
        found = _problem(project, partial(_copy_project, project, into))
        problems += found
        if found:
            shutil.rmtree(into)
        else:
            told.append({"file": f"projects/{into.name}/{project.name}", "from": str(project)})
    return told, problems


def _problem(what: Path, copy: Callable[[], object]) -> list[str]:
    """Why ``what`` could not be read, if so: one damaged project must not keep the others from being copied."""
    try:
        copy()
    except (SyllabaryError, sqlite3.Error, PermissionError, FileNotFoundError) as error:
        return [f"{what} was not copied: {error}"]
    return []


def _copy_project(project: Path, into: Path) -> None:
    for _ in range(ATTEMPTS):
        if _copy_file_and_journal(project, into / project.name):
            break
    else:
        raise ExportError(f"It was replaced {counted(ATTEMPTS, 'time')} while it was copied. Wait for the run that "
                           "works on it, then try again.")
    for path in _beside(project):
        _copy_beside(path, into / path.name)


def _copy_file_and_journal(project: Path, copy: Path) -> bool:
    """False if another file took the project's place meanwhile."""
    with project.open("rb") as source:   # kept open, so that no other file can get its number on the disk
        with copy.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK_BYTES)
        with locks.holding(project):
            if not os.path.samestat(os.fstat(source.fileno()), project.stat()):
                return False
            places = checkpoint.locate(project)
            if places is not None:
                checkpoint.write(copy, places, checkpoint.read(project, places))
            if journal.exists(journal.path_of(project)):
                _copy_database(journal.path_of(project), journal.path_of(copy))
    return True


def _beside(project: Path) -> list[Path]:
    """What else belongs to a project: journals set aside, the file it was made from, comparisons, autoencoder."""
    stem, name = (text.translate({ord(sign): f"[{sign}]" for sign in "*?["}) for text in (project.stem, project.name))
    folder, suffix = project.parent, project.suffix
    return [
        *sorted(folder.glob(f"{name}.edits.*.sqlite")),
        *sorted(folder.glob(f"{stem}{catalogue.KEPT_ORIGINAL}*{suffix}")),
        comparison_rows.folder_of(project), on_project.network_file(project), train_autoencoder.report_dir(project),
    ]


def _copy_beside(path: Path, copy: Path) -> None:
    if path.is_dir():
        _copy_folder(path, copy)
    elif path.suffix == ".sqlite":
        _copy_database(path, copy)
    elif path.exists():
        shutil.copyfile(path, copy)


def _copy_folder(folder: Path, copy: Path) -> None:
    """All files of a folder but what is only passing; those that vanish meanwhile, too, were."""
    copy.mkdir(mode=0o700)
    for path in _files(folder):
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            _copy_beside(path, target)


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = (Path(here, name) for name in sorted(names) if not name.endswith(PASSING))
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _copy_database(source: Path, copy: Path) -> None:
    """SQLite's own way to copy what is in use: all that was committed before, whatever is written meanwhile."""
    found = sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=WAIT_S)
    with contextlib.closing(found) as old, contextlib.closing(sqlite3.connect(copy)) as new:
        old.backup(new)


def _sums(folder: Path) -> Iterator[bytes]:
    """The lines of ``sha256sum``, which marks names with odd characters in them."""
    for path in _files(folder):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        name = os.fsencode(path.relative_to(folder))
        escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
        yield (b"\\" if escaped != name else b"") + digest.encode() + b"  " + escaped + b"\n"


def _sync(folder: Path) -> None:
    for here, _folders, names in os.walk(folder):
        for name in names:
            drives.sync_file(Path(here, name))
        drives.sync_folder(Path(here))


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in _files(path)) if path.is_dir() else path.stat().st_size


def _free(folder: Path) -> Path:
    names = (folder.with_name(f"{folder.name}-{number}") for number in range(2, 10_000))
    return folder if not folder.exists() else next(name for name in names if not name.exists())
