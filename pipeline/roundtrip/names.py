"""Which recording of a project an edited table means: as exports name it, and as tables name it inside."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from pipeline.dataset import Dataset
from pipeline.exporters._chosen import one_line
from pipeline.exporters._names import names_like_recordings
from pipeline.importers.raven import ENDINGS
from pipeline.matching import match_names, stem
from pipeline.roundtrip.files import TableFile

NO_RECORDING = -1
WITH_PATHS = ("csv", "generic_seq")     # formats whose tables name recordings by their whole paths


class Recordings:
    """Finds the rows of a project's recordings by the names of tables and by the names in them."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset, files = dataset, dataset.files
        self._paths, self._names = files.path, files.filename
        self._by_path = _only(((one_line(path), row) for row, path in enumerate(files.path)))
        self._flat = _only(((_key(re.sub(r"[/\\]", "__", path.rpartition(".")[0])), row)
                            for row, path in enumerate(files.path)))
        self._exported: dict[str, tuple[dict[str, int], dict[str, int]]] = {}

    def of_table(self, table: TableFile) -> int:
        """The row of the recording that a table is named like, or `NO_RECORDING`."""
        ending = _ending(table.path.name)
        whole, by_base = self._as_exported(ending)
        for place, is_whole in table.places:
            key = _key(str(place))
            if (is_whole or len(place.parts) > 1) and key in whole:
                return whole[key]
        short = table.path.name.removesuffix(ending)
        row = by_base.get(_key(table.path.name), self._flat.get(_key(short), NO_RECORDING))
        _found, unmatched = self._by_name([short], table)     # a bare name must be nobody else's
        return NO_RECORDING if short in unmatched and "have that name" in unmatched[short] else row

    def of_texts(self, texts: Iterable[str], table: TableFile, own: int, *, format: str,
                 ) -> tuple[dict[str, int], dict[str, str]]:
        """The rows of the recordings that a table names: (row by text, why not by text).

        own : the row of the recording that the table itself is named like, or `NO_RECORDING`
        """
        different, found, others = list(dict.fromkeys(texts)), {}, []
        is_of_one = own != NO_RECORDING and len(different) == 1 and self._is_own(different[0], table, own)
        if is_of_one and format not in WITH_PATHS:      # a bare name: another folder may have a recording called so
            return {different[0]: own}, {}
        for text in different:
            row = self._by_path.get(one_line(text), NO_RECORDING)
            if row == NO_RECORDING and own != NO_RECORDING and self._is_own(text, table, own):
                row = own
            if row == NO_RECORDING:
                others.append(text)
            else:
                found[text] = row
        rest, unmatched = self._by_name(others, table)
        for text, row in rest.items():
            if row in found.values():
                unmatched[text] = f"another name in the table means {self._paths[row]!r} already"
            else:
                found[text] = row
        return found, unmatched

    def _by_name(self, texts: list[str], table: TableFile) -> tuple[dict[str, int], dict[str, str]]:
        """As any table of sounds names recordings; a bare name may lie in the table's own folder."""
        folder = table.places[0][0].parent.as_posix() if table.places[0][1] else "."
        full = {text: f"{folder}/{text}" if folder != "." and "/" not in text else text for text in texts}
        matches = match_names(full.values(), self._paths)
        rows = {path: row for row, path in enumerate(self._paths)}
        found = {text: rows[matches.by_text[name]] for text, name in full.items() if name in matches.by_text}
        return found, {text: matches.unmatched[name] for text, name in full.items() if name in matches.unmatched}

    def _is_own(self, text: str, table: TableFile, own: int) -> bool:
        """Whether a bare name in a table is that of the recording that the table is named like."""
        name = one_line(self._names[own])
        same = {name, stem(name), table.path.name.removesuffix(_ending(table.path.name)),
                table.path.name.removesuffix(table.path.suffix)}
        return one_line(text) in {one_line(one) for one in same}

    def _as_exported(self, ending: str) -> tuple[dict[str, int], dict[str, int]]:
        if ending not in self._exported:
            names = [PurePosixPath(name) for name in names_like_recordings(self._dataset, ending)]
            whole = {_key(str(name)): row for row, name in enumerate(names)}
            self._exported[ending] = whole, _only((_key(name.name), row) for row, name in enumerate(names))
        return self._exported[ending]


def _only(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Those keys that stand for one row."""
    rows = defaultdict(list)
    for key, row in pairs:
        rows[key].append(row)
    return {key: found[0] for key, found in rows.items() if len(found) == 1}


def _ending(name: str) -> str:
    """As the exporters write it: what a table's name has behind its recording's."""
    lower = name.lower()
    long = next((ending for ending in ENDINGS if lower.endswith(ending)), "")
    return name[len(name) - len(long):] if long else PurePosixPath(name).suffix


def _key(text: str) -> str:
    """Some systems do not tell capitals from small letters."""
    return text.casefold()
