"""The recordings in a folder and its sub-folders.

A file is taken for a recording if its extension says so, or if its content opens as audio; all others are passed over.
Passed over too are what macOS leaves beside files (``._x.wav``), folders whose name begins with a dot (``.git``,
``.Trash``), links that lead nowhere, and whatever is no file: pipes, sockets and devices are never opened.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ParameterError
from pipeline.text import printable

SUFFIXES = frozenset((
    ".wav", ".wave", ".bwf", ".w64", ".rf64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif", ".aiff",
    ".aifc", ".au", ".snd", ".caf", ".voc", ".sph", ".m4a", ".m4b", ".aac", ".wma", ".mka", ".amr", ".ac3",
))
APPLE_DOUBLE = bytes.fromhex("00051607")
HEAD_BYTES = 64
RIFF_STARTS = (b"RIFF", b"RIFX", b"RF64", b"BW64")
IFF_KINDS = (b"AIFF", b"AIFC", b"8SVX", b"16SV")
OTHER_STARTS = (
    b"fLaC", b"OggS", b"ID3", b".snd", b"dns.", b"caff", b"riff\x2e\x91\xcf\x11", b"Creative Voice File", b"NIST_1A",
    b" paf", b"fap ", b"PVF1", b"2BIT", b"Extended Instrument:", b"ALawSoundFile**",
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """One recording: its absolute path, and its name.

    ``name`` is the path relative to the data folder, with ``/`` between its parts; bytes that are no UTF-8 are
    written as ``\\xNN``. Nothing else is changed: it may hold line breaks, quotes and markup.
    """

    path: Path
    name: str


def recordings(data_dir: Path) -> list[Found]:
    """Every recording in a folder, at any depth, sorted by name.

    Links to files are followed; each real folder is entered once, by its own path where it has one in the data
    folder, so that loops of links end. A recording that cannot be read is listed all the same. Raises ParameterError
    for a folder that is missing, unreadable, or without recordings.
    """
    data_dir = Path(data_dir).expanduser().absolute()
    _check_folder(data_dir)
    walk = _Walk(data_dir)
    found = [Found(Path(path), name_of(os.path.relpath(path, data_dir))) for path in walk if is_recording(path)]
    if not found:
        raise ParameterError(f"There is no recording in {data_dir}{walk.losses()}. Give the folder that holds the "
                             "audio files (WAV, FLAC, OGG, MP3, AIFF, …), or one above it.")
    return sorted(found, key=lambda recording: recording.name)


def files(folder: Path) -> Iterator[str]:
    """The absolute path of every regular file in a folder, at any depth, as `recordings` walks; none is opened."""
    return iter(_Walk(Path(folder).expanduser().absolute()))


def name_of(relative: str | os.PathLike[str]) -> str:
    """A relative path as a text that any file and page can hold; bytes that are no UTF-8 become ``\\xNN``."""
    return os.fsencode(relative).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def is_recording(path: str | os.PathLike[str]) -> bool:
    """Whether a regular file is taken for a recording: by its extension, any case, or by what it holds."""
    base = os.path.basename(path)   # noqa: PTH119 - a hundred thousand names: a Path for each would take seconds
    known = os.path.splitext(base)[1].lower() in SUFFIXES   # noqa: PTH122
    if base.startswith("._"):
        return known and not _head(path).startswith(APPLE_DOUBLE)
    return known or _opens_as_audio(path)


def _check_folder(data_dir: Path) -> None:
    if not data_dir.exists():
        raise ParameterError(f"The data folder {data_dir} does not exist. Check its spelling, and that its drive is "
                             "connected.")
    if not data_dir.is_dir():
        raise ParameterError(f"{data_dir} is a file, but --data-dir wants the folder that holds the recordings.")
    try:
        with os.scandir(data_dir):
            pass
    except OSError as error:
        raise ParameterError(f"The data folder {data_dir} cannot be read: {error.strerror}.") from error


@dataclass
class _Walk:
    """All regular files below a folder; real folders come before those that only a link leads to."""

    data_dir: Path
    n_dangling: int = 0
    n_unreadable: int = 0
    _entered: set[tuple[int, int]] = field(default_factory=set)

    def __iter__(self) -> Iterator[str]:
        folders, linked = [str(self.data_dir)], []
        while folders or linked:
            here = folders.pop() if folders else linked.pop(0)
            if not self._enter(here):
                continue
            for entry in self._entries(here):
                mode = self._mode(entry)
                if stat.S_ISREG(mode):
                    yield entry.path
                elif stat.S_ISDIR(mode) and not entry.name.startswith("."):
                    (linked if entry.is_symlink() else folders).append(entry.path)

    def losses(self) -> str:
        """What was passed over although there may be recordings behind it, in words."""
        told = [f"{n} {what}" for n, what in ((self.n_dangling, "links lead nowhere"),
                                              (self.n_unreadable, "folders cannot be read")) if n]
        return f" ({', '.join(told)})" if told else ""

    def _enter(self, folder: str) -> bool:
        """Whether this folder, under whatever name, is new."""
        try:
            about = os.stat(folder)   # noqa: PTH116
        except OSError:   # removed, or its rights taken, since it was listed
            self.n_unreadable += 1
            return False
        key = (about.st_dev, about.st_ino)
        is_new = key not in self._entered
        self._entered.add(key)
        return is_new

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            self.n_unreadable += 1
            log.warning("The folder %s cannot be read (%s) and is passed over.", printable(folder), error.strerror)
            return []

    def _mode(self, entry: os.DirEntry[str]) -> int:
        """The kind of a file, or of what a link leads to; 0 if that is not there."""
        if not entry.is_symlink():
            if entry.is_file(follow_symlinks=False):
                return stat.S_IFREG
            return stat.S_IFDIR if entry.is_dir(follow_symlinks=False) else 0
        try:
            return entry.stat().st_mode
        except OSError:   # nothing there, a loop of links, or no right to look
            self.n_dangling += 1
            return 0


def _head(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:   # noqa: PTH123
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _opens_as_audio(path: str | os.PathLike[str]) -> bool:
    """Whether libsndfile opens it. It is only asked if the first bytes look like audio: most files do not."""
    if not _looks_like_audio(_head(path)):
        return False
    import soundfile

    try:
        with soundfile.SoundFile(os.fsencode(path)):
            return True
    except (soundfile.LibsndfileError, OSError):
        return False


def _looks_like_audio(head: bytes) -> bool:
    if head[:4] in RIFF_STARTS:
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in IFF_KINDS
    is_mpeg = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4)   # layer III or II
    return head.startswith(OTHER_STARTS) or is_mpeg
