"""The TextGrids of Praat, long and short."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import text_tables
from pipeline.errors import TableError
from pipeline.importers._table import ImportedTable, make_table, own_name
from pipeline.text import listed

# The long format differs from the short one only in words that Praat itself passes over when it reads: what counts is
# the sequence of quoted texts, <flags> and free-standing numbers.
TOKEN = re.compile(r'"(?P<text>(?:[^"]|"")*)"|(?P<flag><[a-z]+>)|(?<!\S)(?P<number>[+-]?[\d.][\d.eE+-]*)(?!\S)|!.*|\S+')
OWN_TIER = re.compile(r"sounds( \d+)?")       # as the exporter names them
Token = tuple[int, str, str]           # line, kind, content
Interval = tuple[int, float, float, str]


@dataclass(frozen=True)
class Textgrid:
    """Praat TextGrid, long or short, in UTF-8, UTF-16 or Latin-1; named like its recording.

    Every interval that has a text is a sound. All interval tiers are read, and an interval that several tiers share
    counts once, by the first of them; point tiers are passed over. Of a TextGrid that Syllabary has written, only its
    own tiers (``sounds``, ``sounds 2``, …) are read, every interval of them.
    """

    def sniff(self, path: Path, head: str) -> bool:
        """A file called .TextGrid, or one that begins like one."""
        return path.suffix.lower() == ".textgrid" or ("ooTextFile" in head[:60] and '"TextGrid"' in head[:200])

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError with the line."""
        reader = _Reader(path)
        tiers = list(reader.tiers())
        ours = [rows for name, rows in tiers if OWN_TIER.fullmatch(name)]
        found = _all_of(ours) if ours else _told_once(_all_of(rows for _name, rows in tiers))
        ordered = sorted(found, key=lambda row: row[1:3])
        lines, onsets, offsets, labels = zip(*ordered, strict=True) if ordered else ((), (), (), ())
        table = make_table(path, recording=own_name(path), onset_s=onsets, offset_s=offsets, label=labels, lines=lines)
        return replace(table, notes=(*table.notes, *_passed_over(path, tiers))) if ours else table


def _all_of(parts: Iterable[list[Interval]]) -> list[Interval]:
    return [row for rows in parts for row in rows]


def _told_once(rows: Iterable[Interval]) -> list[Interval]:
    first: dict[tuple[float, float], Interval] = {}
    for row in rows:
        first.setdefault(row[1:3], row)
    return list(first.values())


def _passed_over(path: Path, tiers: list[tuple[str, list[Interval]]]) -> list[str]:
    """A sentence about tiers beside our own that have something on them."""
    others = [repr(name) for name, rows in tiers if rows and not OWN_TIER.fullmatch(name)]
    return [f"{path}: what stands on the tier{'s' * (len(others) > 1)} {listed(others)} was passed over; sounds are on "
            "the tiers called sounds."] if others else []


class _Reader:
    """Takes token after token."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tokens = _tokens(text_tables.read_text(path))
        self._line = 1

    def tiers(self) -> Iterator[tuple[str, list[Interval]]]:
        """The name of each tier, and its intervals that have a text."""
        self._head()
        for _ in range(self._count()):
            kind, name, _xmin, _xmax = self._text(), self._text(), self._number(), self._number()
            if kind not in ("IntervalTier", "TextTier"):
                raise self._fault(f"{kind!r} is no kind of tier")
            rows = [self._interval() if kind == "IntervalTier" else self._point() for _ in range(self._count())]
            yield name, [row for row in rows if row is not None]

    def _head(self) -> None:
        if (self._text(), self._text()) != ("ooTextFile", "TextGrid"):
            raise self._fault("this is no TextGrid")
        self._number(), self._number()
        if self._next("flag") != "<exists>":
            raise self._fault("there are no tiers")

    def _interval(self) -> Interval | None:
        onset_s, offset_s = self._number(), self._number()
        line, text = self._line, self._text().strip()
        return (line, onset_s, offset_s, text) if text else None

    def _point(self) -> None:
        self._number(), self._text()

    def _count(self) -> int:
        return int(self._number())

    def _number(self) -> float:
        text = self._next("number")
        try:
            return float(text)
        except ValueError:
            raise self._fault(f"{text!r} is no number") from None

    def _text(self) -> str:
        return self._next("text").replace('""', '"')

    def _next(self, wanted: str) -> str:
        self._line, kind, content = next(self._tokens, (self._line, "", ""))
        if not kind:
            raise self._fault("the file ends too early")
        if kind != wanted:
            raise self._fault(f"a {wanted} is expected, not {content[:40]!r}")
        return content

    def _fault(self, what: str) -> TableError:
        return TableError(f"{self._path}, line {self._line}: {what}. The file may be cut off or of another format; "
                          "save it again from Praat as a text file.")


def _tokens(text: str) -> Iterator[Token]:
    line, last = 1, 0
    for match in TOKEN.finditer(text):
        line, last = line + text.count("\n", last, match.start()), match.start()
        if match.lastgroup:
            yield line, match.lastgroup, match[match.lastgroup]
