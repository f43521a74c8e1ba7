"""The label tracks of Audacity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline import text_tables
from pipeline.errors import TableError
from pipeline.importers._table import ImportedTable, make_table, own_name

NUMBER = r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?"
FIRST_LINE = re.compile(rf"\s*{NUMBER}\t{NUMBER}(?:\t|\s*$)")
FREQUENCIES = "\\"


@dataclass(frozen=True)
class Audacity:
    """Audacity labels: ``start⇥end⇥label`` in s, without a heading, named like its recording.

    Lines that begin with a backslash hold frequencies and are passed over. Labels at a
    point are left out.
    """

    def sniff(self, path: Path, head: str) -> bool:
        """A text file whose first line is two numbers and perhaps a text, with tabs between."""
        first = (head.lstrip("\r\n").splitlines() or [""])[0]
        return path.suffix.lower() == ".txt" and FIRST_LINE.match(first) is not None

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError with the line."""
        numbered = enumerate(re.split(r"\r\n|\r|\n", text_tables.read_text(path)), 1)
        rows = [(line, *_cells(text, path, line)) for line, text in numbered
                if text.strip() and not text.startswith(FREQUENCIES)]
        lines, onsets, offsets, labels = zip(*rows, strict=True) if rows else ((), (), (), ())
        return make_table(path, recording=own_name(path), onset_s=onsets, offset_s=offsets, label=labels, lines=lines)


def _cells(text: str, path: Path, line: int) -> tuple[float, float, str]:
    cells = text.split("\t", 2)
    if len(cells) < 2:
        raise TableError(f"{path}, line {line}: a line of a label track is start, end and label with tabs between, not "
                         f"{text[:60]!r}.")
    start, end = (_seconds(cell, path, line, column) for cell, column in zip(cells, ("start", "end"), strict=False))
    return start, end, cells[2].strip() if len(cells) > 2 else ""


def _seconds(cell: str, path: Path, line: int, column: str) -> float:
    decimal = "," if "," in cell and "." not in cell else "."
    return text_tables.number(cell.strip(), path, line, column=column, decimal=decimal)
