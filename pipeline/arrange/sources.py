"""Which files are arranged, and of what kind each is: by a table, the folder it lies in, or how its name begins."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import discover, text_tables
from pipeline.arrange.cutting import Cut
from pipeline.clip_labels import NAME_COLUMNS
from pipeline.errors import ParameterError, TableError
from pipeline.matching import match_names

CATEGORIES = ("auto", "folder", "prefix", "none")
LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Sample:
    """One sound: the absolute path of its file, its name relative to the folder it was found in, and which part it is.
    """

    path: Path
    name: str
    cut: Cut | None = None

    @property
    def source(self) -> Path | Cut:
        """What is copied or linked."""
        return self.cut or self.path

    @property
    def title(self) -> str:
        """Its path; of a part of a recording with the times, as in ``song.wav#t=1.25,1.31``."""
        return discover.name_of(self.path) + (self.cut.times if self.cut else "")

    @property
    def named_after(self) -> Path:
        """The path that the name of its copy is made from."""
        return self.cut.named_after if self.cut else self.path

    @property
    def folder(self) -> str:
        """The name of the folder it lies in."""
        return discover.name_of(self.path.parent.name)


def find(places: Iterable[Path], *, leave_out: Path | None = None) -> list[Sample]:
    """The files of ``places``: those given, and all recordings below the folders given; each once, in that order.

    leave_out : a folder whose files are passed over: what an earlier run wrote there is not arranged again
    Raises ParameterError if there is none. A file that was given is listed whether it can be read or not.
    """
    found: dict[str, Sample] = {}
    own = os.path.join(leave_out.expanduser().resolve(), "") if leave_out else None   # noqa: PTH118
    for place in places:
        for sample in _of_place(Path(place).expanduser().absolute()):
            if own is None or not os.path.realpath(sample.path).startswith(own):
                found.setdefault(os.path.normpath(sample.path), sample)
    if not found:
        raise ParameterError("There is no sound to arrange. Give sound files, or a folder that holds some.")
    return list(found.values())


def _of_place(place: Path) -> list[Sample]:
    if not place.is_dir():
        return [Sample(place, discover.name_of(place.name))]
    return [Sample(recording.path, recording.name) for recording in discover.recordings(place)]


def categories(
    samples: Sequence[Sample], *, how: str = "auto", prefix_length: int | None = None, labels: Path | None = None,
    label_column: str = "label",
) -> list[str]:
    """The kind of each file, ``""`` where none is known.

    how : one of `CATEGORIES`; ``auto`` takes folders if there are several, else prefixes
    prefix_length : so many characters of a name are its prefix; without it, the letters that it begins with
    labels : a table with a column of names or paths and one called ``label_column``, which goes before all else

    Raises ParameterError, or TableError for a table that cannot be used.
    """
    if how not in CATEGORIES:
        raise ParameterError(f"Categories can come from: {', '.join(CATEGORIES)}; not from {how!r}.")
    if labels is not None:
        return _from_table(samples, Path(labels).expanduser(), label_column)
    if how == "auto":
        how = "folder" if prefix_length is None and len({sample.path.parent for sample in samples}) > 1 else "prefix"
    if how == "folder":
        return [sample.folder for sample in samples]
    return [_prefix(sample.path.name, prefix_length) for sample in samples] if how == "prefix" else [""] * len(samples)


def _prefix(name: str, length: int | None) -> str:
    if length is not None:
        return discover.name_of(Path(name).stem[:length])
    letters = LETTERS.match(name)
    return letters.group() if letters else ""


def _from_table(samples: Sequence[Sample], table: Path, column: str) -> list[str]:
    if not table.exists():
        raise ParameterError(f"The table {table} does not exist. Check --labels.")
    rows = text_tables.read_rows(table)
    names, kinds = rows.column(*NAME_COLUMNS), rows.column(column)
    if names is None or kinds is None:
        raise TableError(f"{table} needs a column filename or path and one called {column!r} (--label-column). Its "
                         f"columns are: {rows.heading()}.")
    given = dict(zip(rows.texts(names), rows.texts(kinds), strict=True))
    known = [discover.name_of(sample.path) for sample in samples]     # two folders may hold the same names
    different = list(dict.fromkeys(known))              # and several sounds be of one recording
    kind_of = {name: given[text] for text, name in match_names(given, different).by_text.items()}
    return [kind_of.get(name, "") for name in known]
