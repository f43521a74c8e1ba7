"""Rows of comma-separated tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

LINE_END = "\r\n"            # the signs that the writer then puts in quotation marks where a cell holds them


def csv_line(cells: Sequence[object]) -> str:
    """One row, quoted where it must be, without a line end."""
    line = io.StringIO()
    csv.writer(line, lineterminator=LINE_END).writerow(cells)
    return line.getvalue().removesuffix(LINE_END)
