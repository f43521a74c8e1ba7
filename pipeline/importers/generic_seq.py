"""The generic-seq format of crowsetta."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline import text_tables
from pipeline.errors import TableError
from pipeline.importers._table import ImportedTable, make_table, own_name

NO_PATH = "None"


@dataclass(frozen=True)
class GenericSeq:
    """crowsetta generic-seq: CSV with label, onset_s, offset_s and notated_path, the recording.

    The recordings need not exist where the table was made. Times in samples alone are refused: seconds cannot be told
    from them without the sample rate.
    """

    def sniff(self, path: Path, head: str) -> bool:
        """A heading with ``notated_path``."""
        return "notated_path" in (head.strip().splitlines() or [""])[0]

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError with line and column."""
        rows = text_tables.read_rows(path)
        columns = {name: rows.column(name) for name in ("label", "onset_s", "offset_s", "notated_path")}
        missing = [name for name, column in columns.items() if column is None]
        if missing:
            raise TableError(f"{path}, line 1: a generic-seq table needs the column {missing[0]}, in seconds where it "
                             f"is a time; this one has: {rows.heading()}.")
        own = own_name(path)
        recordings = [own if text in ("", NO_PATH) else text for text in rows.texts(columns["notated_path"])]
        return make_table(
            path, recording=recordings, onset_s=rows.numbers(columns["onset_s"]),
            offset_s=rows.numbers(columns["offset_s"]), label=rows.texts(columns["label"]), lines=rows.lines,
        )
