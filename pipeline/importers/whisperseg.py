"""The JSON files of WhisperSeg (Gu et al., ICASSP 2024)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import text_tables
from pipeline.errors import TableError
from pipeline.importers._table import ImportedTable, make_table, own_name


@dataclass(frozen=True)
class Whisperseg:
    """WhisperSeg JSON: ``{"onset": […], "offset": […], "cluster": […]}`` in s, named like its recording.

    Settings of the model that stand beside them are passed over. WhisperSeg's CSV tables are read as ``csv``.
    """

    def sniff(self, path: Path, head: str) -> bool:
        """A .json file."""
        return path.suffix.lower() == ".json" and head.lstrip()[:1] == "{" and '"onset"' in text_tables.read_text(path)

    def read(self, path: Path) -> ImportedTable:
        """Read it. Raises TableError."""
        content = _parse(path)
        onset_s, offset_s = _numbers(content, "onset", path), _numbers(content, "offset", path)
        cluster = None if content.get("cluster") is None else list(map(str, _list(content, "cluster", path)))
        return make_table(path, recording=own_name(path), onset_s=onset_s, offset_s=offset_s, cluster=cluster)


def _parse(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(text_tables.read_text(path))
    except json.JSONDecodeError as error:
        raise TableError(f"{path}, line {error.lineno}, column {error.colno}: this is no JSON ({error.msg}). "
                         "The file may have been cut off; make it again.") from error
    except RecursionError as error:
        raise TableError(f"{path} is nested too deeply for a table of sounds.") from error
    if not isinstance(content, dict):
        raise TableError(f"{path} should hold the lists onset, offset and cluster, as WhisperSeg writes them.")
    return content


def _list(content: Mapping[str, Any], name: str, path: Path) -> Sequence[Any]:
    values = content.get(name)
    if not isinstance(values, list):
        raise TableError(f"{path} has no list {name!r}. WhisperSeg writes the lists onset, offset and cluster.")
    return values


def _numbers(content: Mapping[str, Any], name: str, path: Path) -> list[float]:
    values = _list(content, name, path)
    for place, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TableError(f"{path}: {name} {place + 1} is {value!r}, but must be a number of seconds.")
    return [float(value) for value in values]
