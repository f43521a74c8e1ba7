"""Edited tables, row by row, each row with the recording of the project that it lies in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline import text_tables
from pipeline.dataset import Dataset
from pipeline.errors import TableError
from pipeline.importers import ImportedTable, read_segments
from pipeline.roundtrip import files
from pipeline.roundtrip.files import TableFile
from pipeline.roundtrip.names import NO_RECORDING, Recordings
from pipeline.text import counted, listed, printable

MOST_NAMED = 3
NO_ID = -1
PASSED_OVER = "Until then the table is passed over."
MOST_DECIMALS, LEAST_DECIMALS = 9, 3      # of times in s: exports have up to 9; fewer than 3 are taken for 3
ARITHMETIC_S = 2e-9                       # what adding and subtracting times leaves
ROUNDINGS = {"raven": 3, "csv": 2}        # roundings that the end of a sound has seen, each half a unit; else 1
OF_WHISPERSEG = "Vocal"                   # what its tables call sounds without a cluster
UNASSIGNED_WORDS = ("", "unassigned")


@dataclass(eq=False)
class Edited:
    """All rows of the tables that could be read.

    format : of the tables      names : the tables that were read      n_rows : rows in them, those left out included
    file_rows : int64 (k,), rows of recordings      onset_s, offset_s : float64 (k,), the same for a point
    text : k labels, or None where the tables have none      number : k cluster numbers as texts, or None
    segment_id : int64 (k,), `NO_ID` where the table has none      where : k places, for sentences
    onset_slack_s, offset_slack_s : float64 (k,), what a time may differ by and still be the same
    spoken : int64, rows of the recordings that the tables speak of, ascending
    empty_words : labels that mean no cluster      problems : what could not be read      notes : what one should know
    truth : k true labels that stand beside the clusters, or None
    """

    format: str
    names: list[str]
    n_rows: int
    file_rows: np.ndarray
    onset_s: np.ndarray
    offset_s: np.ndarray
    text: list[str] | None
    number: list[str] | None
    segment_id: np.ndarray
    where: list[str]
    onset_slack_s: np.ndarray
    offset_slack_s: np.ndarray
    spoken: np.ndarray
    empty_words: frozenset[str]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    truth: list[str] | None = None

    def __len__(self) -> int:
        return len(self.onset_s)


@dataclass(eq=False)
class _Part:
    """One table: its rows by recording."""

    file: TableFile
    table: ImportedTable
    rows: np.ndarray            # those that are kept
    file_rows: np.ndarray       # (kept + points,)
    spoken: set[int]


def read(dataset: Dataset, paths: Sequence[Path], *, format: str | None = None, slack_s: float | None = None) -> Edited:
    """Read edited tables of a project.

    format : of all of them; told from the tables without      slack_s : what times may differ by and still be the
    same; without it half of their last decimal

    A table that cannot be read or contradicts itself is told among the problems and counts as not there: nothing of
    what it leaves out is taken for deleted. Raises TableError if no table can be read, or they are of several formats.
    """
    recordings = Recordings(dataset)
    with files.opened(paths) as tables:
        problems: list[str] = []
        found = [(table, content) for table in tables
                 if (content := _content(dataset, recordings, table, format, problems)) is not None]
        if not found and problems:
            raise TableError(" ".join(problems[:MOST_NAMED]))
        notes = _refuse_several(found)
        parts = [_part(recordings, table, content, problems) for table, content in found]
    _leave_out_told_twice(dataset, parts, problems)
    return _joined(parts, problems, notes, slack_s)


def _content(
    dataset: Dataset, recordings: Recordings, table: TableFile, format: str | None, problems: list[str],
) -> ImportedTable | None:
    """What a table holds; None, with a sentence among the problems if there is one to tell, if that cannot be used."""
    try:
        if not text_tables.read_text(table.path).strip():
            problems += _about_empty(dataset, recordings, table)
            return None
        content = read_segments(table.path, format=format)
    except TableError as error:
        problems.append(f"{str(error).replace(str(table.path), table.name)} {PASSED_OVER}")
        return None
    if content.doubts:
        more = f" {len(content.doubts) - 1} more lines are alike." if len(content.doubts) > 1 else ""
        problems.append(f"{content.doubts[0].replace(str(table.path), table.name)}{more} {PASSED_OVER}")
        return None
    return content


def _about_empty(dataset: Dataset, recordings: Recordings, table: TableFile) -> list[str]:
    """A file without anything in it may be one that was not written to its end: it deletes nothing."""
    row = recordings.of_table(table)
    n = 0 if row == NO_RECORDING else int((dataset.segments.file_id == dataset.files.file_id[row]).sum())
    if row != NO_RECORDING and not n:
        return []
    stay = f", and the {counted(n, 'sound')} of its recording stay" if n else ""
    return [f"{table.name} is empty{stay}. Delete sounds on the page Curate, or in a table that has a heading."]


def _refuse_several(found: Sequence[tuple[TableFile, ImportedTable]]) -> list[str]:
    formats = {content.format: table for table, content in reversed(found)}
    if len(formats) > 1:
        told = ", ".join(f"{table.name} is {format}" for format, table in formats.items())
        raise TableError(f"These tables are of several formats ({told}), so they may list the same sounds twice. Give "
                         "those of one format.")
    return [note.replace(str(table.path), table.name) for table, content in found for note in content.notes
            if "mark points" not in note]


def _part(recordings: Recordings, table: TableFile, content: ImportedTable, problems: list[str]) -> _Part:
    own = recordings.of_table(table)
    texts = [*content.recording, *(point[0] for point in content.points)]
    by_text, unmatched = recordings.of_texts(texts, table, own, format=content.format)
    if unmatched:
        counts = Counter(texts)
        shown = "; ".join(f"{printable(text)!r}: {why}" for text, why in list(unmatched.items())[:MOST_NAMED])
        more = f"; and {len(unmatched) - MOST_NAMED} more names" if len(unmatched) > MOST_NAMED else ""
        n = sum(counts[text] for text in unmatched)
        problems.append(f"{table.name}: {counted(n, 'row')} {'is' if n == 1 else 'are'} of no recording that could be "
                        f"found ({shown}{more}).")
    spoken = set(by_text.values())
    if not texts:
        if own == NO_RECORDING:
            problems.append(f"{table.name} has no sound in it, and no recording is called like it.")
        spoken = {own} - {NO_RECORDING}
    rows = np.array([by_text.get(text, NO_RECORDING) for text in texts], np.int64)
    return _Part(table, content, np.flatnonzero(rows != NO_RECORDING), rows[rows != NO_RECORDING], spoken)


def _leave_out_told_twice(dataset: Dataset, parts: Sequence[_Part], problems: list[str]) -> None:
    """A recording that two tables speak of is nobody's: which of them holds is not ours to say."""
    teller: dict[int, _Part] = {}
    twice: dict[int, tuple[_Part, _Part]] = {}
    for part in parts:
        for row in part.spoken:
            if teller.setdefault(row, part) is not part:
                twice.setdefault(row, (teller[row], part))
    for row, (one, other) in list(twice.items())[:MOST_NAMED]:
        problems.append(f"Both {one.file.name} and {other.file.name} list the sounds of {dataset.files.path[row]!r}, "
                        "which therefore stay as they are. Give one of them.")
    if len(twice) > MOST_NAMED:
        problems.append(f"So do tables of {len(twice) - MOST_NAMED} more recordings.")
    for part in parts:
        part.spoken -= set(twice)
        kept = ~np.isin(part.file_rows, list(twice))
        part.rows, part.file_rows = part.rows[kept], part.file_rows[kept]


def _joined(parts: Sequence[_Part], problems: list[str], notes: list[str], slack_s: float | None) -> Edited:
    tables = [part.table for part in parts]
    times = [_times(part) for part in parts]
    onset_s, offset_s = (_chained([pair[column] for pair in times]) for column in (0, 1))
    format = tables[0].format if tables else ""
    ids, bad = _ids(parts)
    problems += bad
    return Edited(
        format=format, names=[part.file.name for part in parts],
        n_rows=sum(len(table) + len(table.points) for table in tables),
        file_rows=_chained([part.file_rows for part in parts]).astype(np.int64), onset_s=onset_s, offset_s=offset_s,
        text=_texts(parts, "cluster", "label"), number=_texts(parts, "cluster_id"), segment_id=ids,
        where=[place for part in parts for place in _where(part)],
        onset_slack_s=_slack(times, slack_s, roundings=1),
        offset_slack_s=_slack(times, slack_s, roundings=ROUNDINGS.get(format, 1)),
        spoken=np.array(sorted(set().union(*[part.spoken for part in parts])), np.int64),
        empty_words=_empty_words(tables), problems=problems, notes=notes, truth=_truth(parts),
    )


def _chained(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *parts])


def _times(part: _Part) -> tuple[np.ndarray, np.ndarray]:
    points = np.array([point[1] for point in part.table.points], np.float64)
    return (np.concatenate([part.table.onset_s, points])[part.rows],
            np.concatenate([part.table.offset_s, points])[part.rows])


def _texts(parts: Sequence[_Part], *columns: str) -> list[str] | None:
    """The first of these columns that the tables have; a table without it gives empty texts only if another has it."""
    name = next((name for name in columns if any(getattr(part.table, name) is not None for part in parts)), None)
    if name is None:
        return None
    is_label = name in ("cluster", "label")
    texts: list[str] = []
    for part in parts:
        column = getattr(part.table, name) or ("",) * len(part.table)
        whole = [*column, *(point[2] if is_label else "" for point in part.table.points)]
        texts += [whole[row] for row in part.rows.tolist()]
    return texts


def _truth(parts: Sequence[_Part]) -> list[str] | None:
    has_both = any(part.table.label is not None and part.table.cluster is not None for part in parts)
    return _texts(parts, "label") if has_both else None


def _where(part: _Part) -> list[str]:
    lines = [*part.table.lines.tolist(), *(point[3] for point in part.table.points)]
    return [f"{part.file.name}, line {lines[row]}" if lines[row] else f"{part.file.name}, sound {row + 1}"
            for row in part.rows.tolist()]


def _ids(parts: Sequence[_Part]) -> tuple[np.ndarray, list[str]]:
    """The sounds' own numbers, where a table has them, and a sentence about those that are none."""
    ids, bad = [], []
    for part, where in ((part, _where(part)) for part in parts):
        column = part.table.segment_id or ("",) * len(part.table)
        column = [*column, *("" for _ in part.table.points)]
        for place, row in enumerate(part.rows.tolist()):
            text = column[row].removesuffix(".0")
            ids.append(int(text) if text.isdecimal() and len(text) < 10 else NO_ID)
            if text and ids[-1] == NO_ID:
                bad.append(f"{where[place]}: {column[row]!r}")
    told = [f"{counted(len(bad), 'row')} {'has' if len(bad) == 1 else 'have'} a segment_id that is no number, and "
            f"{'is' if len(bad) == 1 else 'are'} found by time instead ({listed(bad[:MOST_NAMED])})."] if bad else []
    return np.array(ids, np.int64), told


def _slack(times: Sequence[tuple[np.ndarray, np.ndarray]], given_s: float | None, *, roundings: int) -> np.ndarray:
    """What each row's times may differ by, float64 (k,)."""
    if given_s is not None:
        return np.full(sum(len(onset_s) for onset_s, _offset_s in times), given_s + ARITHMETIC_S)
    parts = []
    for onset_s, offset_s in times:
        own = np.maximum(_decimals(onset_s), _decimals(offset_s))
        usual = int(np.median(own)) if len(own) else MOST_DECIMALS
        parts.append(0.5 * roundings * 10.0 ** -np.maximum(own, max(usual, LEAST_DECIMALS)) + ARITHMETIC_S)
    return _chained(parts)


def _decimals(times_s: np.ndarray) -> np.ndarray:
    """With how many decimals each time is written, as far as the number tells: int64 (k,)."""
    found = np.full(len(times_s), MOST_DECIMALS, np.int64)
    for decimals in range(MOST_DECIMALS - 1, -1, -1):
        scaled = times_s * 10.0 ** decimals
        found[np.abs(scaled - np.rint(scaled)) <= 1e-3 + 4 * np.spacing(scaled)] = decimals
    return found


def _empty_words(tables: Sequence[ImportedTable]) -> frozenset[str]:
    of_whisperseg = any(table.cluster is not None and table.segment_id is None for table in tables)
    return frozenset({*UNASSIGNED_WORDS, *((OF_WHISPERSEG,) if of_whisperseg else ())})
