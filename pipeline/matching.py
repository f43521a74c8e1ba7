"""Which recording a table means: by its path in the data folder, else by its base name, else without extension."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.discover import SUFFIXES

RAW_SUFFIXES = SUFFIXES | {".cbin", ".mp4"}
EXACT, BASE_NAME, STEM = 3, 2, 1


@dataclass(frozen=True)
class Matches:
    """``by_text``: table's name → recording's name; ``unmatched``: table's name → why it belongs to none."""

    by_text: dict[str, str]
    unmatched: dict[str, str]


def match_names(texts: Iterable[str], names: Sequence[str]) -> Matches:
    """Find the recording that each of a table's names means.

    A name is a path relative to the data folder (or one that ends or begins like it), or a base name where only one
    recording has it, or either without its extension where only one has it. Each recording is given to the name that
    fits it best; names that fit it equally are left unmatched, because that table would list its sounds twice.
    """
    index = _Index(names)
    found = {text: index.find(text) for text in dict.fromkeys(texts)}
    claims: dict[str, list[tuple[tuple[int, int], str]]] = defaultdict(list)
    for text, (candidates, score) in found.items():
        if len(candidates) == 1:
            claims[candidates[0]].append((score, text))
    by_text = {}
    for name, rivals in claims.items():
        best = max(score for score, _ in rivals)
        winners = [text for score, text in rivals if score == best]
        if len({_slashed(text) for text in winners}) == 1:   # however it is spelled, it is one name
            by_text.update(dict.fromkeys(winners, name))
    unmatched = {text: _why(text, candidates) for text, (candidates, _) in found.items() if text not in by_text}
    return Matches(by_text, unmatched)


def _why(text: str, candidates: list[str]) -> str:
    if not candidates:
        return "there is no such recording"
    if len(candidates) > 1:
        return f"{len(candidates)} recordings have that name; write their paths relative to the data folder"
    return f"another name in the table fits {candidates[0]!r} as well or better"


class _Index:
    """The recordings by path, by base name and by stem."""

    def __init__(self, names: Sequence[str]) -> None:
        self._by_path = {_plain(name): name for name in names}
        self._by_base = _grouped(names, lambda name: name.rpartition("/")[2])
        self._by_stem = _grouped(names, lambda name: stem(name.rpartition("/")[2]))

    def find(self, text: str) -> tuple[list[str], tuple[int, int]]:
        """The recordings that a name may mean, and how well it fits: (kind, path parts in common)."""
        for path in dict.fromkeys((_plain(text), _slashed(text))):   # a name may hold a backslash, too
            if path in self._by_path:
                return [self._by_path[path]], (EXACT, 0)
            base = path.rpartition("/")[2]
            tries = ((BASE_NAME, self._by_base, base), (STEM, self._by_stem, base), (STEM, self._by_stem, stem(base)))
            for kind, group, key in tries:
                if key and key in group:
                    return _closest(path, group[key], kind)
        return [], (0, 0)


def _grouped(names: Sequence[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups = defaultdict(list)
    for name in names:
        groups[key(_plain(name))].append(name)
    return dict(groups)


def _closest(path: str, candidates: list[str], kind: int) -> tuple[list[str], tuple[int, int]]:
    """Those whose folders agree with the path's, from the end, for longest."""
    common = [_n_common(path.split("/")[:-1], _plain(name).split("/")[:-1]) for name in candidates]
    best = max(common)
    return [name for name, n in zip(candidates, common, strict=True) if n == best], (kind, best)


def _n_common(mine: list[str], theirs: list[str]) -> int:
    pairs = zip(reversed(mine), reversed(theirs), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(mine), len(theirs)))


def stem(base: str) -> str:
    """A base name without its extension; a dot that is no extension of a recording stays (``bird_0808.138``)."""
    head, dot, tail = base.rpartition(".")
    return head if head and f"{dot}{tail}".lower() in RAW_SUFFIXES else base


def _slashed(text: str) -> str:
    return _plain(text.replace("\\", "/"))


def _plain(name: str) -> str:
    """Without ``./`` in front, and with accents composed: macOS takes letters and accents apart."""
    return unicodedata.normalize("NFC", name.strip().removeprefix("./"))
