"""Names as they may be shown: file names can hold anything but a slash and a zero."""

from __future__ import annotations

import unicodedata


def printable(text: str, *, keep_lines: bool = False) -> str:
    """``text`` with control characters and undecodable bytes as escapes, so that it fits any terminal and log."""
    kept = "\n" if keep_lines else ""
    return "".join(_shown(character) if character not in kept else character for character in text)


def _shown(character: str) -> str:
    if "\udc80" <= character <= "\udcff":   # a byte that is no UTF-8, as os.fsdecode keeps it
        return f"\\x{ord(character) - 0xDC00:02x}"
    hidden = unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp")
    return character.encode("unicode_escape").decode() if hidden else character
