"""Which sounds an export holds, and what they are called: options that several formats have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError, ParameterError
from pipeline.params import param
from pipeline.text import counted, listed

MOST_NAMED = 30
NAME, NUMBER, TRUTH = "name", "number", "truth"
BYTES_A_SOUND, BYTES_A_FILE = 300, 4096


@dataclass(frozen=True)
class Chosen:
    """The options that say which sounds are written."""

    clusters: str = param("", "Only the sounds of these clusters: numbers or names, with commas; 0 for the unassigned.")
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

    def n_bytes(self, dataset: Dataset) -> int:
        """How much room it takes, about."""
        return dataset.n_segments * BYTES_A_SOUND + len(dataset.files) * BYTES_A_FILE


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
                      self._texts(dataset, labels, rows), len(dataset.files))

    def _texts(self, dataset: Dataset, labels: Labels, rows: np.ndarray) -> list[str]:
        nothing = one_line(self.unassigned)
        if not nothing:
            raise ParameterError("Unassigned sounds need a name: without one, most formats do not show them. "
                                 "Leave them out with --skip-unassigned instead.")
        if self.label == TRUTH:
            return [one_line(text) or nothing for text in _true_labels(dataset, rows)]
        numbers = labels.ids[rows].tolist()
        if self.label == NUMBER:
            return list(map(str, numbers))
        names = {number: name_of(labels, number, nothing=nothing) for number in set(numbers)}
        return [names[number] for number in numbers]


@dataclass(frozen=True, eq=False)
class Sounds:
    """Sounds by recording, then onset, then row.

    rows, file_rows : int64 (k,), in the tables of sounds and recordings    onset_s, offset_s : float64 (k,)
    texts : k labels, each one line and not empty       n_files : recordings of the project, with and without sounds
    """

    rows: np.ndarray
    file_rows: np.ndarray
    onset_s: np.ndarray
    offset_s: np.ndarray
    texts: list[str]
    n_files: int

    def __len__(self) -> int:
        return len(self.rows)

    def by_recording(self) -> Iterator[Sounds]:
        """One part for each recording, in the order of their rows; one without sounds has an empty part."""
        bounds = np.searchsorted(self.file_rows, np.arange(self.n_files + 1))
        for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            part = slice(first, last)
            yield Sounds(self.rows[part], self.file_rows[part], self.onset_s[part], self.offset_s[part],
                         self.texts[part], self.n_files)


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
    return [number for part in parts for number in by_name.get(part) or [_number(part, labels)]]


def _number(text: str, labels: Labels) -> int:
    digits = text.removeprefix("C").removeprefix("c")
    if digits.isdecimal() and (int(digits) in labels.clusters or int(digits) == UNASSIGNED):
        return int(digits)
    known = [cluster.title for number, cluster in sorted(labels.clusters.items()) if number != UNASSIGNED]
    more = [f"{len(known) - MOST_NAMED} more"] if len(known) > MOST_NAMED else []
    raise ParameterError(f"There is no cluster {text!r}; there are {listed([*known[:MOST_NAMED], *more]) or 'none'}.")


def _true_labels(dataset: Dataset, rows: np.ndarray) -> list[str]:
    label = dataset.segments.label
    if label is None or not any(label):
        raise ExportError(f"{dataset.path} has no true labels. Sounds can be called by their clusters.")
    return [label[row] for row in rows.tolist()]
