"""From a table of sounds to one table for each recording."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from pipeline.importers._table import ImportedTable
from pipeline.matching import match_names
from pipeline.segments import SegmentTable

MOST_NAMED = 3


def match(table: ImportedTable, names: Sequence[str]) -> tuple[dict[str, SegmentTable], list[str]]:
    """Give each sound to its recording: (recording's name → its sounds, sentences about rows that fit none).

    By path relative to the data folder, else by base name where one recording has it, else without extension where
    one has it. Recordings without a row are not in the result.
    """
    matches = match_names(table.recording, names)
    rows = defaultdict(list)
    for row, text in enumerate(table.recording):
        if text in matches.by_text:
            rows[matches.by_text[text]].append(row)
    found = {name: _part(table, np.array(mine)) for name, mine in rows.items()}
    return found, [*table.notes, *_problems(table, matches.unmatched)]


def _part(table: ImportedTable, rows: np.ndarray) -> SegmentTable:
    texts = {name: [column[row] for row in rows] for name in ("label", "cluster")
             if (column := getattr(table, name)) is not None}
    return SegmentTable.of(table.onset_s[rows], table.offset_s[rows], **texts)


def _problems(table: ImportedTable, unmatched: dict[str, str]) -> list[str]:
    if not unmatched:
        return []
    counts = Counter(table.recording)
    n_rows = sum(counts[text] for text in unmatched)
    shown = "; ".join(f"{text!r}: {why}" for text, why in list(unmatched.items())[:MOST_NAMED])
    more = f"; and {len(unmatched) - MOST_NAMED} more names" if len(unmatched) > MOST_NAMED else ""
    return [f"{n_rows} of {len(table)} rows of {table.path} were left out ({shown}{more})."]
