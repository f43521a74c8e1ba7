"""Texts as they may be shown: names of files (anything but a slash and a zero), counts, sizes and lists."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def printable(text: str, *, keep_lines: bool = False) -> str:
    """``text`` with control characters and undecodable bytes as escapes, so that it fits any terminal and log."""
    kept = "\n" if keep_lines else ""
    return "".join(_shown(character) if character not in kept else character for character in text)


def _shown(character: str) -> str:
    if "\udc80" <= character <= "\udcff":   # a byte that is no UTF-8, as os.fsdecode keeps it
        return f"\\x{ord(character) - 0xDC00:02x}"
    hidden = unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp")
    return character.encode("unicode_escape").decode() if hidden else character


def counted(n: int, noun: str) -> str:
    """``1 sound``, ``1,200 sounds``."""
    return f"{n} {noun}" if n == 1 else f"{n:,} {noun}s"


def size_text(n_bytes: float) -> str:
    """``340 kB``, ``12 MB``, ``3.4 GB``, ``48 GB``."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= 0.995 * size:
            return f"{n_bytes / size:.{0 if n_bytes >= 9.95 * size else 1}f} {unit}"
    return f"{max(round(n_bytes / 1000), 1 if n_bytes else 0)} kB"


def listed(texts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))
