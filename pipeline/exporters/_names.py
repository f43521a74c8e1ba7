"""Names of files that are called like recordings: safe on any system, in the recordings' folders, each its own."""

from __future__ import annotations

import zlib
from collections import Counter
from pathlib import PurePosixPath

from pipeline.dataset import Dataset
from pipeline.kept_with import kept_with_dataset
from pipeline.matching import stem

MOST_BYTES = 200             # of a name; systems allow 255, with what a writer adds for a moment
UNSAFE = frozenset('\\:*?"<>|')


@kept_with_dataset(most=8)
def names_like_recordings(dataset: Dataset, ending: str) -> tuple[str, ...]:
    """A path, with /, for each recording, in row order: its folders, its name without extension, and ``ending``.

    Where two recordings of a folder differ in the extension alone, it is kept. Signs that some system does not allow
    become an underscore; what would still fall together has the recording's id behind it.
    """
    paths = [_safe(path) for path in dataset.files.path]
    stems = [path.with_name(stem(path.name)) for path in paths]
    counts = Counter(map(_key, stems))
    chosen = [path if counts[_key(short)] > 1 else short for path, short in zip(paths, stems, strict=True)]
    taken: set[str] = set()
    return tuple(str(_own(name, file_id, ending, taken))
                 for name, file_id in zip(chosen, dataset.files.file_id.tolist(), strict=True))


def _own(name: PurePosixPath, file_id: int, ending: str, taken: set[str]) -> PurePosixPath:
    path = name.with_name(_short(name.name, ending) + ending)
    if _key(path) in taken:
        ending = f"__{file_id}{ending}"
        path = name.with_name(_short(name.name, ending) + ending)
    taken.add(_key(path))
    return path


def _key(path: PurePosixPath) -> str:
    """Some systems do not tell capitals from small letters."""
    return str(path).casefold()


def _safe(path: str) -> PurePosixPath:
    parts = [_safe_part(part) for part in path.split("/") if part not in ("", ".")]
    return PurePosixPath(*(parts or ["recording"]))


def _safe_part(part: str) -> str:
    text = "".join(sign if sign.isprintable() and sign not in UNSAFE else "_" for sign in part)
    hidden = "_" + text[1:] if text.startswith(".") else text
    return _short(hidden.rstrip(". ") or "_", "")


def _short(text: str, ending: str) -> str:
    """Cut to what fits before ``ending``, with a sum of the whole behind it."""
    raw, room = text.encode(), MOST_BYTES - len(ending.encode())
    if len(raw) <= room:
        return text
    return f"{raw[:room - 9].decode(errors='ignore')}_{zlib.crc32(raw):08x}"
