"""Names of files that are called like recordings: safe on any system, in the recordings' folders, each its own."""

from __future__ import annotations

import zlib
from collections import Counter

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
    taken: set[str] = set()
    return tuple(_own(folder, name, file_id, ending, taken)
                 for (folder, name), file_id in zip(_parts(dataset), dataset.files.file_id.tolist(), strict=True))


@kept_with_dataset(most=1)
def _parts(dataset: Dataset) -> list[tuple[str, str]]:
    """Of each recording its folders, empty or with / behind, and its name, with its extension where that is needed."""
    safe = [_safe(path) for path in dataset.files.path]
    stems = [stem(name) for _folder, name in safe]
    keys = [_key(folder + name) for (folder, _name), name in zip(safe, stems, strict=True)]
    counts = Counter(keys)
    return [(folder, name if counts[key] > 1 else without)
            for (folder, name), without, key in zip(safe, stems, keys, strict=True)]


def _own(folder: str, name: str, file_id: int, ending: str, taken: set[str]) -> str:
    path = f"{folder}{short(name, ending)}{ending}"
    if _key(path) in taken:
        ending = f"__{file_id}{ending}"
        path = f"{folder}{short(name, ending)}{ending}"
    taken.add(_key(path))
    return path


def _key(path: str) -> str:
    """Some systems do not tell capitals from small letters."""
    return path.casefold()


def _safe(path: str) -> tuple[str, str]:
    *folders, name = [safe_part(part) for part in path.split("/") if part not in ("", ".")] or ["recording"]
    return "".join(f"{folder}/" for folder in folders), name


def safe_part(part: str) -> str:
    """One part of a path, without signs that some system does not allow."""
    text = "".join(sign if sign.isprintable() and sign not in UNSAFE else "_" for sign in part)
    hidden = "_" + text[1:] if text.startswith(".") else text
    return short(hidden.rstrip(". ") or "_", "")


def short(text: str, ending: str) -> str:
    """Cut to what fits before ``ending``, with a sum of the whole behind it."""
    raw, room = text.encode(), MOST_BYTES - len(ending.encode())
    if len(raw) <= room:
        return text
    return f"{raw[:room - 9].decode(errors='ignore')}_{zlib.crc32(raw):08x}"
