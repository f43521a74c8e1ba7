"""True labels for folders of clips, where every file is one sound: from a table, the names, or the sub-folders."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import discover, sandbox, text_tables
from pipeline.errors import ParameterError, TableError
from pipeline.matching import match_names

NAME_COLUMNS = ("path", "filename", "file", "file_name", "filepath", "file_path", "name", "recording", "id")
MOST_NAMED = 3
MOST_PATIENCE_S = 10.0       # of a form


@dataclass(frozen=True)
class ClipLabels:
    """``by_name``: recording's name → its true label; ``problems``: sentences about what has none."""

    by_name: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read(
    data_dir: Path,
    *,
    table: Path | None = None,
    column: str = "label",
    regex: str | None = None,
    from_folder: bool = False,
) -> ClipLabels:
    """Labels for the recordings of a folder, in the one way that is asked for; none if none is.

    table : with a column of names or paths, and the one called ``column``; joined by relative path, else base name
    regex : searched in the base name, or in the relative path if it holds a ``/``; its group ``label``, else its
        first group, else all that it matches is the label
    from_folder : the folder that a file lies in is its label

    Raises ParameterError for two ways at once or a wrong pattern, TableError for a table that cannot be used.
    """
    if sum((table is not None, bool(regex), from_folder)) > 1:
        raise ParameterError("Labels come from --labels, --label-regex or --label-folder: give one of the three.")
    if table is None and not regex and not from_folder:
        return ClipLabels()
    if sandbox.is_on():   # a pattern can take for ever, too
        told = sandbox.ask("labels", Path(data_dir), about=f"--label-regex {regex}" if regex else "",
                           longest_s=MOST_PATIENCE_S, table=os.fspath(table or ""), column=column, regex=regex,
                           from_folder=from_folder)
        return ClipLabels(**told)
    names = [recording.name for recording in discover.recordings(data_dir)]
    if table is not None:
        if not Path(table).expanduser().exists():
            raise ParameterError(f"The table {table} does not exist. Check --labels.")
        return _from_table(names, Path(table).expanduser(), column)
    if regex:
        return _from_names(names, _by_pattern(regex), f"do not match --label-regex {regex}")
    return _from_names(names, _folder, "lie in no sub-folder")


def answer(data_dir: Path, *, table: str, column: str, regex: str | None, from_folder: bool) -> dict[str, Any]:
    """What `read` asks another process for where a server is to be shielded."""
    found = read(data_dir, table=Path(table) if table else None, column=column, regex=regex, from_folder=from_folder)
    return dataclasses.asdict(found)


def _from_table(names: Sequence[str], table: Path, column: str) -> ClipLabels:
    rows = text_tables.read_rows(table)
    name_column, label_column = rows.column(*NAME_COLUMNS), rows.column(column)
    if name_column is None:
        raise TableError(f"{table} has no column of file names: call it filename or path. Its columns are: "
                         f"{rows.heading()}.")
    if label_column is None:
        raise TableError(f"{table} has no column {column!r}. Name the right one with --label-column; its columns are: "
                         f"{rows.heading()}.")
    texts, labels = rows.texts(name_column), rows.texts(label_column)
    given = _one_each(texts, labels, rows)
    matches = match_names(given, names)
    by_name = {name: given[text] for text, name in matches.by_text.items() if given[text]}
    problems = [*_unmatched(matches.unmatched, table), *_unlabelled(names, by_name, f"have no label in {table.name}")]
    return ClipLabels(by_name, problems)


def _one_each(texts: Sequence[str], labels: Sequence[str], rows: text_tables.Rows) -> dict[str, str]:
    given: dict[str, str] = {}
    for text, label, line in zip(texts, labels, rows.lines, strict=True):
        if given.setdefault(text, label) != label:
            raise TableError(f"{rows.path}, line {line}: {text!r} is labelled {label!r} here, {given[text]!r} above. "
                             "Keep one of them; a table with several sounds a file belongs to --segments-from.")
    return given


def _unmatched(unmatched: dict[str, str], table: Path) -> list[str]:
    if not unmatched:
        return []
    shown = "; ".join(f"{text!r}: {why}" for text, why in list(unmatched.items())[:MOST_NAMED])
    fit = "name in {} fits" if len(unmatched) == 1 else "names in {} fit"
    return [f"{len(unmatched)} {fit.format(table.name)} no recording ({shown}{_more(unmatched)})."]


def _from_names(names: Sequence[str], label_of: Callable[[str], str], lack: str) -> ClipLabels:
    by_name = {name: label for name in names if (label := label_of(name))}
    return ClipLabels(by_name, _unlabelled(names, by_name, lack))


def _unlabelled(names: Sequence[str], by_name: dict[str, str], lack: str) -> list[str]:
    without = [name for name in names if name not in by_name]
    if not without:
        return []
    shown = ", ".join(map(repr, without[:MOST_NAMED]))
    return [f"{len(without)} of {len(names)} recordings {lack} ({shown}{_more(without)})."]


def _more(items: Sequence[str] | dict[str, str]) -> str:
    return ", …" if len(items) > MOST_NAMED else ""


def _folder(name: str) -> str:
    return name.rpartition("/")[0].rpartition("/")[2]


def _by_pattern(regex: str) -> Callable[[str], str]:
    try:
        pattern = re.compile(regex)
    except re.error as error:
        raise ParameterError(f"--label-regex {regex} is no valid pattern: {error}.") from error
    group = "label" if "label" in pattern.groupindex else min(pattern.groups, 1)

    def label_of(name: str) -> str:
        found = pattern.search(name if "/" in regex else name.rpartition("/")[2])
        return (found.group(group) or "") if found else ""

    return label_of
