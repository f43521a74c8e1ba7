"""Which sounds an export holds, and what they are called: options that several formats have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError, ParameterError
from pipeline.exporters._files import Exporter
from pipeline.params import param
from pipeline.text import counted, listed

MOST_NAMED = 30
NAME, NUMBER, TRUTH = "name", "number", "truth"
BYTES_A_FILE = 4096
BLOCK = 1_000                # sounds that are turned into text at a time
EXACT = re.compile(r"#(\d{1,10})(?:-#?(\d{1,10}))?", re.ASCII)


@dataclass(frozen=True)
class Chosen(Exporter):
    """The options that say which sounds are written."""

    clusters: str = param("", "Only the sounds of these clusters: names or numbers, with commas; 0 for the unassigned. "
                          "#3 is always the number, #3-12 a range.")
    skip_unassigned: bool = param(False, "Leave out unassigned sounds.")

    def rows(self, labels: Labels) -> np.ndarray:
        """The rows of the sounds that are asked for, int64, ascending. Raises ParameterError for unknown clusters."""
        kept = np.ones(len(labels.ids), bool)
        if self.clusters.strip():
            kept = np.isin(labels.ids, _numbers(self.clusters.strip(), labels))
        if self.skip_unassigned:
            kept &= labels.ids != UNASSIGNED
        return np.flatnonzero(kept)

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export."""
        n_left = len(labels.ids) - len(self.rows(labels))
        if not n_left:
            return []
        were, are = ("was", "is") if n_left == 1 else ("were", "are")
        return [f"{counted(n_left, 'sound')} {were} not asked for and {are} left out."]

    PIECES: ClassVar[tuple[float, float]] = (1, 1)     # of text: for each sound, and for each file besides

    def n_bytes(self, dataset: Dataset, labels: Labels) -> int:
        """How long the files are together, about."""
        files, (each, more) = self.files(dataset, labels, f"{dataset.path.stem}{self.SUFFIX}"), self.PIECES
        return files.text_bytes(each * len(self.rows(labels)) + more * len(files))


@dataclass(frozen=True)
class Labelled(Chosen):
    """The options that say what sounds are called besides."""

    label: str = param(NAME, "What sounds are called by: the name or the number of their cluster, or their true label.",
                       choices=(NAME, NUMBER, TRUTH))
    unassigned: str = param("unassigned", "What unassigned sounds are called, and those without a true label.")

    def sounds(self, dataset: Dataset, labels: Labels) -> Sounds:
        """What is written, recording by recording. Raises ExportError if there are no true labels but asked for."""
        rows = self.rows(labels)
        file_rows = dataset.files.rows_of(dataset.segments.file_id[rows])
        order = np.lexsort((rows, dataset.segments.onset_s[rows], file_rows))
        rows, file_rows = rows[order], file_rows[order]
        onset_s = dataset.segments.onset_s[rows]
        return Sounds(rows, file_rows, onset_s, onset_s + dataset.segments.duration_s[rows],
                      self._naming(dataset, labels), len(dataset.files))

    def _naming(self, dataset: Dataset, labels: Labels) -> Callable[[np.ndarray], list[str]]:
        """What turns rows into what their sounds are called."""
        nothing = one_line(self.unassigned)
        if not nothing:
            raise ParameterError("Unassigned sounds need a name: without one, most formats do not show them. "
                                 "Leave them out with --skip-unassigned instead.")
        if self.label == TRUTH:
            truth = true_labels(dataset)
            return lambda rows: [one_line(truth[row]) or nothing for row in rows.tolist()]
        if self.label == NUMBER:
            return lambda rows: list(map(str, labels.ids[rows].tolist()))
        names = {number: name_of(labels, number, nothing=nothing) for number in (UNASSIGNED, *labels.clusters)}
        return lambda rows: [names[number] for number in labels.ids[rows].tolist()]

    def different_texts(self, dataset: Dataset, labels: Labels) -> list[str]:
        """What the sounds are called, each once."""
        rows, naming = self.rows(labels), self._naming(dataset, labels)
        if self.label == TRUTH:
            return list(dict.fromkeys(naming(rows)))
        return naming(rows[np.unique(labels.ids[rows], return_index=True)[1]])


@dataclass(frozen=True, eq=False)
class Sounds:
    """Sounds by recording, then onset, then row.

    rows, file_rows : int64 (k,), in the tables of sounds and recordings    onset_s, offset_s : float64 (k,)
    naming : what turns rows into labels, each one line and not empty
    n_files : recordings of the project, with and without sounds
    """

    rows: np.ndarray
    file_rows: np.ndarray
    onset_s: np.ndarray
    offset_s: np.ndarray
    naming: Callable[[np.ndarray], list[str]]
    n_files: int

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def texts(self) -> list[str]:
        """k labels."""
        return self.naming(self.rows)

    @property
    def first_file(self) -> int:
        """The first recording that has sounds; 0 if none has."""
        return int(self.file_rows[0]) if len(self) else 0

    def of_recording(self, row: int) -> Sounds:
        """The sounds of one recording; one without sounds has an empty part."""
        return self.part(int(self._bounds[row]), int(self._bounds[row + 1]))

    def blocks(self) -> Iterator[Sounds]:
        """One part after the other, so that the first lines of a table are there before the last ones are made."""
        for first in range(0, len(self), BLOCK):
            yield self.part(first, first + BLOCK)

    def part(self, first: int, last: int) -> Sounds:
        """The sounds from one place up to another."""
        part = slice(first, last)
        return Sounds(self.rows[part], self.file_rows[part], self.onset_s[part], self.offset_s[part], self.naming,
                      self.n_files)

    @cached_property
    def _bounds(self) -> np.ndarray:
        return np.searchsorted(self.file_rows, np.arange(self.n_files + 1))


def name_of(labels: Labels, number: int, *, nothing: str) -> str:
    """A cluster's name on one line, C and its number where it has none; ``nothing`` for unassigned sounds."""
    if number == UNASSIGNED:
        return nothing
    return (one_line(labels.clusters[number].name) if number in labels.clusters else "") or f"C{number}"


def one_line(text: str) -> str:
    """``text`` with each run of blanks, line ends and control characters as one blank, none around."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def seconds(values: np.ndarray) -> list[str]:
    """Times in s with 6 to 9 decimals and never with an exponent, which some readers do not know."""
    texts = [f"{value:.9f}" for value in values.tolist()]
    return [text[:-3] + text[-3:].rstrip("0") for text in texts]


def formulas(texts: Iterable[str]) -> list[str]:
    """A sentence about texts that a spreadsheet would not show but work out."""
    found = [text for text in texts if len(text) > 1 and text.lstrip().startswith(("=", "+", "-", "@"))]
    if not found:
        return []
    which = f"{len(found)} labels begin" if len(found) > 1 else f"The label {found[0]!r} begins"
    return [f"{which} with a sign that spreadsheets take for the beginning of a formula. Import that column as text."]


def silent(dataset: Dataset, rows: np.ndarray) -> list[str]:
    """A sentence about recordings that one table of all sounds does not mention."""
    n_silent = len(dataset.files) - len(np.unique(dataset.segments.file_id[rows]))
    which = "recording has" if n_silent == 1 else "recordings have"
    return [f"{n_silent} {which} no sound in the table."] if n_silent else []


def _numbers(text: str, labels: Labels) -> list[int]:
    """Clusters as a person lists them: the name as a whole first, for it may hold commas."""
    by_name: dict[str, list[int]] = {}
    for number, cluster in labels.clusters.items():
        by_name.setdefault(cluster.name.strip(), []).append(number)
    if text in by_name:
        return by_name[text]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [number for part in parts for number in _exact(part, labels) or by_name.get(part) or [_number(part, labels)]]


def _exact(part: str, labels: Labels) -> list[int]:
    """Numbers written ``#3`` or ``#3-12``, which no name can be mistaken for; of a range those that there are."""
    found = EXACT.fullmatch(part)
    if found is None:
        return []
    first, last = int(found[1]), int(found[2] or found[1])
    return [number for number in labels.clusters if first <= number <= last]


def _number(text: str, labels: Labels) -> int:
    digits = text.removeprefix("C").removeprefix("c")
    if digits.isdecimal() and (int(digits) in labels.clusters or int(digits) == UNASSIGNED):
        return int(digits)
    known = [cluster.title for number, cluster in sorted(labels.clusters.items()) if number != UNASSIGNED]
    more = [f"{len(known) - MOST_NAMED} more"] if len(known) > MOST_NAMED else []
    raise ParameterError(f"There is no cluster {text!r}; there are {listed([*known[:MOST_NAMED], *more]) or 'none'}.")


def true_labels(dataset: Dataset) -> Sequence[str]:
    """The true label of each sound, in row order. Raises ExportError if there are none."""
    label = dataset.segments.label
    if label is None or not any(label):
        raise ExportError(f"{dataset.path} has no true labels. Sounds can be called by their clusters.")
    return label
