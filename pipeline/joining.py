"""Which recording a table means: by path, else by base name, else by stem, where that is unique."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath


def by_recording(mentions: Sequence[str], names: Sequence[str]) -> tuple[dict[str, list[int]], list[str]]:
    """Join rows of a table to recordings.

    mentions : what each row calls its recording     names : the recordings' paths relative to the data folder

    Returns the rows of each recording, by its name, and the mentions that fit none, or more than one.
    """
    keys = [_unique(names, key) for key in (str, _base_name, _stem)]
    rows, unmatched = defaultdict(list), {}
    meant = {mention: _meant(mention, keys) for mention in dict.fromkeys(mentions)}
    for row, mention in enumerate(mentions):
        if meant[mention] is None:
            unmatched.setdefault(mention)
        else:
            rows[meant[mention]].append(row)
    return dict(rows), list(unmatched)


def _meant(mention: str, keys: list[dict[str, str]]) -> str | None:
    mention = mention.replace("\\", "/").removeprefix("./")
    by_path, by_base, by_stem = keys
    base = _base_name(mention)   # a stem may hold a full stop, so the whole of it is tried first
    return by_path.get(mention) or by_base.get(base) or by_stem.get(base) or by_stem.get(_stem(mention))


def _unique(names: Sequence[str], key: Callable[[str], str]) -> dict[str, str]:
    """From key to name, without the keys that several names share."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[key(name)].append(name)
    return {value: several[0] for value, several in found.items() if len(several) == 1}


def _base_name(name: str) -> str:
    return PurePosixPath(name).name


def _stem(name: str) -> str:
    return PurePosixPath(name).stem
