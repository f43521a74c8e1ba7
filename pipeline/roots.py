"""The folders that a browser may look into and write to, and the way from a text to a path inside them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline import settings
from pipeline.discover import SUFFIXES as AUDIO
from pipeline.errors import ParameterError
from pipeline.text import printable

MOST_SHOWN = 300
MOST_COUNTED = 5_000                  # entries that are looked at to count the recordings of one folder
MOST_COUNTING_S = 1.0                 # … and for all folders of a listing together
MOST_NAME_BYTES, MOST_PATH_BYTES = 255, 4_000


@dataclass(frozen=True)
class Entry:
    """A folder or file in a listing.

    n_recordings : audio files in a folder and its sub-folders, by their names; None if there was no time to count
    is_more : whether there are more than were counted
    """

    name: str
    path: Path
    is_folder: bool
    n_recordings: int | None = None
    is_more: bool = False


@dataclass(frozen=True)
class Listing:
    """What a folder holds: first its folders, then the files that were asked for, each in the order of names.

    root : the allowed folder it lies in      n_left_out : entries beyond those that are shown
    n_recordings : audio files in this very folder      trouble : why it cannot be listed, or empty
    """

    path: Path
    root: Path
    entries: tuple[Entry, ...] = ()
    n_left_out: int = 0
    n_recordings: int = 0
    trouble: str = ""


class Roots:
    """The allowed folders. A path is allowed if, with every link followed, it lies in one of them.

    Hidden folders below a root (their names begin with a dot) are not shown and not allowed: a home folder holds keys
    and mail. A root itself may be one. Nor is what lies in a ``closed`` folder, unless in a root within it.
    """

    def __init__(self, folders: Iterable[Path], *, closed: Iterable[Path] = ()) -> None:
        self.folders, self._closed = _each_real(folders), _each_real(closed)

    def resolve(self, text: str | os.PathLike[str], *, must_exist: bool = True) -> Path:
        """The real path that a text from outside means, with all links followed.

        Raises ParameterError for a text that is no full path, leads out of the allowed folders or into a hidden one,
        and, if it must exist, for one that is not there.
        """
        text = os.fspath(text)
        _refuse_odd(text)
        path = _real(text)
        root = self._root_of(path)
        if root is None:
            raise ParameterError(f"{printable(text)} lies outside the folders that may be used here: "
                                 f"{', '.join(printable(str(folder)) for folder in self.folders)}. Choose one in them, "
                                 "or start the program with --data-root.")
        if any(part.startswith(".") for part in path.relative_to(root).parts):
            raise ParameterError(f"{printable(text)} is hidden (its path has a name that begins with a dot). Move it "
                                 "to a folder that is not.")
        if must_exist and not os.path.exists(path):   # noqa: PTH110 - a name that is too long is not there either
            raise ParameterError(f"{printable(text)} does not exist. Check its spelling, and that its drive is "
                                 "connected.")
        return path

    def allows(self, path: str | os.PathLike[str]) -> bool:
        """Whether a path, with all links followed, lies in an allowed folder; what is hidden there counts too."""
        return self._root_of(Path(os.path.realpath(path))) is not None

    def folder(self, text: str | os.PathLike[str]) -> Path:
        """As `resolve`, for a folder that is there. Raises ParameterError."""
        path = self.resolve(text)
        if not path.is_dir():
            raise ParameterError(f"{printable(os.fspath(text))} is a file. Choose the folder it lies in.")
        return path

    def listing(self, path: Path, *, words: str = "", files: Iterable[str] = ()) -> Listing:
        """What a folder holds, those entries first whose names begin with ``words``; others only if they hold it.

        path : as `resolve` gives it      files : the endings of the files to show beside folders (``.csv``)

        A folder that cannot be read says why in ``trouble``. Cost: one pass over its entries, and at most
        `MOST_COUNTING_S` for the recordings of its sub-folders.
        """
        root = self._root_of(path) or path
        try:
            names = [(entry.name, entry.is_dir()) for entry in _entries(path)]
        except OSError as error:
            return Listing(path, root, trouble=f"{printable(str(path))} cannot be read: {error.strerror}.")
        wanted = tuple(ending.lower() for ending in files)
        shown = sorted((name, is_folder) for name, is_folder in names
                       if words.lower() in name.lower() and (is_folder or name.lower().endswith(wanted)))
        shown.sort(key=lambda one: (not one[1], not one[0].lower().startswith(words.lower())))
        entries = _counted(path, shown[:MOST_SHOWN], self)
        n_here = sum(_is_audio(name) for name, is_folder in names if not is_folder)
        return Listing(path, root, tuple(entries), max(0, len(shown) - MOST_SHOWN), n_here)

    def new_folder(self, parent: Path, name: str) -> Path:
        """Make a folder in ``parent`` (as `resolve` gives it). Raises ParameterError for a name that cannot be."""
        name = name.strip()
        if not name or name.startswith(".") or "/" in name or _n_bytes(name) > MOST_NAME_BYTES \
                or not name.isprintable():
            raise ParameterError(f"A folder cannot be called {name!r}: give a name without / that does not begin with "
                                 "a dot.")
        path = self.resolve(parent / name, must_exist=False)
        try:
            path.mkdir()
        except FileExistsError:
            raise ParameterError(f"There is already something called {name} here.") from None
        except OSError as error:
            raise ParameterError(f"No folder can be made in {printable(str(parent))}: {error.strerror}.") from error
        return path

    def _root_of(self, path: Path) -> Path | None:
        """The innermost allowed folder that a real path lies in; None if it is in none, or closed."""
        holders = [folder for folder in self.folders if path.is_relative_to(folder)]
        root = max(holders, key=lambda folder: len(folder.parts), default=None)
        shut = root is not None and any(path.is_relative_to(folder) and not root.is_relative_to(folder)
                                        for folder in self._closed)
        return None if shut else root


def from_settings(given: Iterable[Path], *, beside: Iterable[Path] = (), own: Iterable[Path] = ()) -> Roots:
    """The given folders, or home and those ``beside`` it, and our ``own``. Raises ParameterError.

    Syllabary's own state and cache are closed, whatever they lie in: accounts, sessions, the queue of runs.
    """
    folders = [Path(folder) for folder in given]
    missing = next((folder for folder in folders if not folder.expanduser().is_dir()), None)
    if missing is not None:
        raise ParameterError(f"The folder {missing} does not exist. Check --data-root.")
    home = Path.home()
    usual = [home] if len(home.parts) > 1 and home.is_dir() else []   # some services have / for a home: not all of it
    return Roots([*(folders or [*usual, *beside]), *own], closed=[settings.state_dir(), settings.cache_dir()])


def _each_real(folders: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(Path(os.path.realpath(Path(folder).expanduser())) for folder in folders))


def _refuse_odd(text: str) -> None:
    if "\0" in text or _n_bytes(text) > MOST_PATH_BYTES:
        raise ParameterError("This cannot be the path of a folder or file.")
    if not text.startswith("/"):
        raise ParameterError(f"{printable(text) or 'An empty text'} is no full path: one begins with /.")
    if ".." in text.split("/"):
        raise ParameterError(f"{printable(text)} holds '..'. Write the path without it.")


def _n_bytes(text: str) -> int:
    """The length of a path or name for the file system; more than any can have for what it could not write."""
    try:
        return len(os.fsencode(text))
    except UnicodeEncodeError:
        return MOST_PATH_BYTES + 1


def _real(text: str) -> Path:
    try:
        return Path(os.path.realpath(text))
    except (OSError, ValueError) as error:   # a name longer than names can be, bytes that are none
        raise ParameterError(f"{printable(text)} cannot be the path of a folder or file.") from error


def _entries(folder: str | os.PathLike[str]) -> Iterator[os.DirEntry[str]]:
    """What is not hidden in a folder."""
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not entry.name.startswith("."))


def _counted(folder: Path, shown: Iterable[tuple[str, bool]], roots: Roots) -> Iterator[Entry]:
    """The entries that are shown; links that lead out of the roots are left out, and what is closed."""
    until = time.monotonic() + MOST_COUNTING_S
    for name, is_folder in shown:
        path = folder / name
        if (path.is_symlink() or is_folder) and not roots.allows(path):
            continue
        if not is_folder:
            yield Entry(name, path, is_folder=False)
        elif time.monotonic() > until:
            yield Entry(name, path, is_folder=True)
        else:
            yield Entry(name, path, True, *_n_recordings(path, until))


def _n_recordings(folder: Path, until: float) -> tuple[int, bool]:
    """Audio files below a folder, by name, and whether there may be more; links to folders are not followed."""
    waiting, n_seen, n_found = [str(folder)], 0, 0
    while waiting:
        try:
            for entry in _entries(waiting.pop()):
                n_seen += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                n_found += _is_audio(entry.name)
                if n_seen >= MOST_COUNTED or (n_seen % 256 == 0 and time.monotonic() > until):
                    return n_found, True
        except OSError:   # a folder that may not be read holds nothing that could be used
            continue
    return n_found, False


def _is_audio(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in AUDIO   # noqa: PTH122 - a Path for each name would take long
