"""Tables that people and other programs wrote: any usual encoding, delimiter and line ending."""

from __future__ import annotations

import codecs
import csv
import io
import stat
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import TableError

LARGEST_BYTES = 1 << 29
MOST_COLUMNS_NAMED = 20
DELIMITERS = "\t;,"
BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8-sig"}


@dataclass(frozen=True, eq=False)
class Rows:
    """A table with a heading.

    columns : as they stand in the file     cells : (n rows) × (n columns)     lines : each row's line in the file
    decimal : what stands before the decimals, ``.`` or ``,``
    """

    path: Path
    columns: tuple[str, ...]
    cells: list[list[str]]
    lines: list[int]
    decimal: str = "."

    def column(self, *names: str) -> str | None:
        """The first of these columns that the table has, in any case; None if it has none of them."""
        known = {column.lower(): column for column in reversed(self.columns)}
        return next((known[name.lower()] for name in names if name.lower() in known), None)

    def heading(self) -> str:
        """The columns as a list in words, cut where it is long."""
        return ", ".join(self.columns[:MOST_COLUMNS_NAMED]) + (", …" if len(self.columns) > MOST_COLUMNS_NAMED else "")

    def texts(self, column: str) -> list[str]:
        """A column as it stands, without blanks around."""
        place = self.columns.index(column)
        return [row[place].strip() for row in self.cells]

    def numbers(self, column: str) -> list[float]:
        """A column of numbers. Raises TableError with line and column for a cell that is none."""
        texts = self.texts(column)
        return [number(text, self.path, line, column=column, decimal=self.decimal)
                for text, line in zip(texts, self.lines, strict=True)]


def read_bytes(path: Path) -> bytes:
    """The content of a table. Raises TableError for a file that is missing, unreadable, or too large for a table."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):   # reading a pipe would wait, perhaps for ever
            raise TableError(f"{path} is no file. Give a table that lies on the disk.")
        if about.st_size > LARGEST_BYTES:
            raise TableError(f"{path} is larger than {LARGEST_BYTES >> 20} MB, too large for a table. Give another "
                             "file, or split it.")
        return path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error


def read_text(path: Path) -> str:
    """A text file in UTF-8 or UTF-16, or else in Latin-1, which old programs write. Raises TableError."""
    return decoded(read_bytes(path))


def decoded(raw: bytes) -> str:
    """Bytes as text; what is neither UTF-16 by its mark nor valid UTF-8 is Latin-1."""
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def read_rows(path: Path, *, quoted: bool = True) -> Rows:
    """A table with a heading and tabs, semicolons or commas between its cells.

    Blank lines are passed over. If not ``quoted``, quotation marks are letters like any other. Raises TableError with
    the line for a row that has more cells than the heading.
    """
    text = read_text(path)
    if "\0" in text:
        raise TableError(f"{path} is no text file. Give a table as CSV; a spreadsheet program can save one.")
    delimiter = delimiter_of(text)
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    cells, lines, start = [], [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                cells.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise TableError(f"{path}, line {reader.line_num}: {error}. Check the quotation marks there.") from error
    if not cells:
        raise TableError(f"{path} is empty. A table begins with a line of column names.")
    columns = tuple(column.strip() for column in cells[0])
    body = [_fitted(row, len(columns), path, line) for row, line in zip(cells[1:], lines[1:], strict=True)]
    return Rows(path, columns, body, lines[1:], "," if delimiter == ";" else ".")


def delimiter_of(text: str) -> str:
    """What separates the cells: the most frequent of tab, semicolon and comma in the first line that has text."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max(reversed(DELIMITERS), key=heading.count)


def number(text: str, path: Path, line: int, *, column: str, decimal: str = ".") -> float:
    """A cell as a number. Raises TableError with file, line and column."""
    try:
        return float(text.replace(decimal, ".") if decimal != "." else text)
    except ValueError:
        what = f"{text!r} is no number" if text else "there is no number"
        raise TableError(f"{path}, line {line}: {what} in the column {column!r}. Correct the cell, or remove the "
                         "row.") from None


def _fitted(row: list[str], width: int, path: Path, line: int) -> list[str]:
    if any(cell.strip() for cell in row[width:]):
        raise TableError(f"{path}, line {line}: the row has {len(row)} cells, but the heading has {width}. Put "
                         "quotation marks around texts that hold the delimiter.")
    return (row + [""] * width)[:width]
