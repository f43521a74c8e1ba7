"""Files that a browser sends, piece by piece, until they lie in a folder of their own as recordings that can be read.

While it is under way an upload lives in a hidden folder: the list of its files, and of each as much as has come. What
stops goes on where it was. Nothing becomes visible before all has come and every header has been read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import time
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from pipeline import probing, settings
from pipeline.discover import SUFFIXES as AUDIO
from pipeline.errors import UploadError
from pipeline.text import counted, printable

TABLES = frozenset((".csv", ".tsv", ".txt", ".json", ".mat", ".textgrid"))
ARCHIVES = frozenset((".zip",))         # of tables, as exports are downloaded
MOST_BYTES, MOST_FILE_BYTES = 2_000_000_000, 1_000_000_000     # of an upload if nothing else is said; of a file
MOST_FILES, MOST_PARTS, MOST_NAME_BYTES = 5_000, 8, 150
PIECE_BYTES = 512 * 1024
KEPT_S = 24 * 3600.0                   # an upload that nothing came for so long is swept
FREE_BYTES = 200_000_000               # so much is left on the disk in any case
LIST, PARTS = "files.json", ".parts"


@dataclass(frozen=True)
class Upload:
    """An upload under way: its token, the names its files will have, their sizes, and what has come of each.

    user : who sends it      into : the folder it goes to, or "" for one of its own
    """

    token: str
    user: str
    names: list[str]
    sizes: list[int]
    into: str = ""

    @property
    def here(self) -> Path:
        """Where its files are kept until they are complete."""
        return _parts() / self.token

    @property
    def received(self) -> list[int]:
        """Bytes that have come of each file."""
        return [_size(self.here / "files" / name) for name in self.names]


@dataclass(frozen=True)
class Finished:
    """Where the files are now, what is known of each good one, and why others were not kept: (name, words)."""

    folder: Path
    good: list[tuple[str, str]]
    bad: list[tuple[str, str]]


def folder() -> Path:
    """Where finished uploads lie, each in a folder of its own."""
    place = settings.state_dir() / "uploads"
    place.mkdir(exist_ok=True, mode=0o700)
    return place


def begin(
    files: Sequence[Mapping[str, Any]], *, user: str, into: Path | None = None, most_bytes: int = MOST_BYTES,
) -> Upload:
    """Begin an upload of ``files`` (``name``, ``size``). Raises UploadError for what is not taken.

    into : an existing folder for the files; without one they get a folder of their own
    """
    sweep()
    names, sizes = _names(files), [_wanted_size(one) for one in files]
    waiting = sum(sum(one.sizes) for one in _under_way() if one.user == user)
    _refuse_too_much(sum(sizes), waiting, most_bytes)
    upload = Upload(uuid.uuid4().hex, user, names, sizes, str(into) if into else "")
    (upload.here / "files").mkdir(parents=True, mode=0o700)
    (upload.here / LIST).write_text(json.dumps(dataclasses.asdict(upload)), encoding="utf-8")
    return upload


def get(token: str, *, user: str) -> Upload:
    """The upload of that token. Raises UploadError if this user has none of it."""
    upload = _read(_parts() / token) if len(token) == 32 and token.isalnum() else None
    if upload is None or upload.user != user:
        raise UploadError("This upload is not known any more. Begin it again.")
    return upload


def receive(upload: Upload, number: int, piece: bytes, *, at: int) -> int:
    """Add the next piece of a file, which must begin where the last one ended; returns the bytes that have come.

    Raises UploadError for a piece that is too long, or of no file of this upload. One that has come before is passed
    over: then fewer or more bytes are there than the sender believes, and it goes on from what is returned.
    """
    if not 0 <= number < len(upload.names):
        raise UploadError("There is no such file in this upload.")
    path = upload.here / "files" / upload.names[number]
    with _locked(upload):
        had = _size(path)
        if at != had:
            return had
        if had + len(piece) > upload.sizes[number]:
            raise UploadError(f"{printable(upload.names[number])} is longer than was said. Choose it again.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("ab") as file:
                file.write(piece)
        except OSError as error:   # no room, or a file where another one's folder would be
            raise UploadError(f"{printable(upload.names[number])} cannot be kept: {error.strerror}.") from error
        os.utime(upload.here)
        return had + len(piece)


def finish(upload: Upload) -> Finished:
    """Look into every file, and put the good ones where they belong; never over another. Raises UploadError.

    The files must all be complete; if none is good nothing is kept.
    """
    with _locked(upload):
        lacking = sum(size != had for size, had in zip(upload.sizes, upload.received, strict=True))
        if lacking:
            raise UploadError(f"{counted(lacking, 'file')} of this upload did not come whole. Try again.")
        good, bad = _looked_into(upload)
        place = _place(upload) if good else upload.here
        kept = [one for one in good if _put(upload, one[0], place, bad)]
    _remove(upload)
    if not kept:
        told = "; ".join(f"{printable(name)} {why}" for name, why in bad[:3])
        raise UploadError(f"None of the files can be used, so nothing was kept: {told}.")
    return Finished(place, kept, bad)


def discard(upload: Upload) -> None:
    """Give an upload up, with all that has come."""
    with _locked(upload):
        pass                            # a piece that is being written is waited for
    _remove(upload)


def sweep(*, kept_s: float = KEPT_S) -> None:
    """Remove what was begun and left."""
    for here in _parts().iterdir():
        with contextlib.suppress(OSError):
            if here.is_dir() and here.stat().st_mtime < time.time() - kept_s:
                shutil.rmtree(here, ignore_errors=True)


def safe_name(name: str) -> str:
    """A sent name as a relative path that can be written anywhere: no way up, nothing hidden, nothing unprintable.

    Raises UploadError for a kind of file that is not taken.
    """
    parts = [_safe_part(part) for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/")]
    parts = [part for part in parts if part][-MOST_PARTS:]
    suffix = os.path.splitext(parts[-1])[1].lower() if parts else ""   # noqa: PTH122 - a name, not yet a path
    if suffix not in AUDIO | TABLES | ARCHIVES:
        raise UploadError(f"{printable(name)} is neither a recording nor a table. Choose audio files (WAV, FLAC, MP3, "
                          "…), and tables as CSV or text.")
    return "/".join(parts)


def _safe_part(part: str) -> str:
    kept = "".join(character if character.isprintable() and character not in '<>:"|?*' else "_" for character in part)
    kept = kept.strip().lstrip(".").rstrip(". ")
    stem, suffix = os.path.splitext(kept)   # noqa: PTH122 - a name, not yet a path
    room = MOST_NAME_BYTES - len(os.fsencode(suffix))
    return os.fsencode(stem)[:max(1, room)].decode("utf-8", "ignore") + suffix[:20] if kept else ""


def _names(files: Sequence[Mapping[str, Any]]) -> list[str]:
    if not files or len(files) > MOST_FILES:
        raise UploadError(f"Choose 1 to {MOST_FILES} files; more are better copied to the server.")
    taken: dict[str, str] = {}          # a disk may not tell upper case from lower
    for one in files:
        name = _free(safe_name(str(one.get("name", ""))), taken)
        taken[name.lower()] = name
    return list(taken.values())


def _free(name: str, taken: Mapping[str, str]) -> str:
    """``name``, or the same with a number that no other has."""
    stem, suffix = os.path.splitext(name)   # noqa: PTH122 - a name, not yet a path
    number = 1
    while name.lower() in taken:
        number += 1
        name = f"{stem} ({number}){suffix}"
    return name


def _wanted_size(one: Mapping[str, Any]) -> int:
    size = one.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise UploadError("The size of a file is not known. Choose the files again.")
    if size > MOST_FILE_BYTES:
        raise UploadError(f"{printable(str(one.get('name')))} has {size / 1e9:.1f} GB; a file may have up to "
                          f"{MOST_FILE_BYTES / 1e9:g} GB. Copy it to the server instead.")
    return size


def _refuse_too_much(n_bytes: int, waiting: int, most_bytes: int) -> None:
    if n_bytes + waiting > most_bytes:
        also = f", and {waiting / 1e9:.2f} GB of yours are under way" if waiting else ""
        raise UploadError(f"These files have {n_bytes / 1e9:.2f} GB{also}; up to {most_bytes / 1e9:g} GB can be sent "
                          "at once. Copy them to the server instead, or raise --upload-limit.")
    if n_bytes + FREE_BYTES > shutil.disk_usage(_parts()).free:
        raise UploadError("There is not enough room on the server's disk for these files.")


def _looked_into(upload: Upload) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(name, what it is) of each file that can be used, (name, why not) of the others."""
    files = upload.here / "files"
    is_audio = [Path(name).suffix.lower() in AUDIO for name in upload.names]
    sound = [name for name, audio in zip(upload.names, is_audio, strict=True) if audio]
    good = [(name, "table") for name, audio in zip(upload.names, is_audio, strict=True) if not audio]
    bad = []
    for name, header in zip(sound, probing.probe_all([files / name for name in sound]) if sound else (), strict=True):
        if isinstance(header, str):
            bad.append((name, header))
        else:
            good.append((name, f"{header.format}, {header.rate_hz} Hz, {header.duration_s:.1f} s"))
    return (good, bad) if any(what != "table" for _name, what in good) or not sound else ([], bad)


def _place(upload: Upload) -> Path:
    """The folder that was chosen, or a new one."""
    if upload.into:
        return Path(upload.into)
    place = folder() / f"{time.strftime('%Y-%m-%d-%H%M')}-{upload.token[:6]}"
    place.mkdir(mode=0o700)
    return place


def _put(upload: Upload, name: str, place: Path, bad: list[tuple[str, str]]) -> bool:
    """Move a file to where it belongs, unless there is one already."""
    source, target = upload.here / "files" / name, place / name
    if not Path(os.path.realpath(target)).is_relative_to(os.path.realpath(place)):
        bad.append((name, "would lie outside that folder, because a link leads out of it"))
        return False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as sent, target.open("xb") as kept:
            _copy(sent, kept, target)
    except FileExistsError:
        bad.append((name, "is there already and was left as it is"))
        return False
    except OSError as error:
        bad.append((name, f"cannot be written there: {error.strerror}"))
        return False
    return True


def _copy(sent: BinaryIO, kept: BinaryIO, target: Path) -> None:
    """All or nothing: half a recording must not look like one."""
    try:
        shutil.copyfileobj(sent, kept)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _remove(upload: Upload) -> None:
    shutil.rmtree(upload.here, ignore_errors=True)


def _under_way() -> list[Upload]:
    return [upload for here in _parts().iterdir() if (upload := _read(here)) is not None]


def _read(here: Path) -> Upload | None:
    try:
        return Upload(**json.loads((here / LIST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):   # swept meanwhile, or not yet written
        return None


def _parts() -> Path:
    place = folder() / PARTS
    place.mkdir(exist_ok=True, mode=0o700)
    return place


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


@contextlib.contextmanager
def _locked(upload: Upload) -> Iterator[None]:
    """One piece at a time, whichever process of the server takes it."""
    if not upload.here.is_dir():
        raise UploadError("This upload is not known any more. Begin it again.")
    with filelock.FileLock(upload.here / "lock"):
        yield
