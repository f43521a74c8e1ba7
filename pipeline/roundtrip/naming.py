"""What the labels in edited tables mean: a cluster that there is, a new one, none, or nothing that could be told."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.curation.edits import HIGHEST_CHOICE, NAME_BYTES
from pipeline.curation.labels import NO_CLUSTER, UNASSIGNED, Labels
from pipeline.errors import ParameterError
from pipeline.exporters._chosen import name_of, one_line
from pipeline.roundtrip.reading import Edited
from pipeline.text import counted, listed, printable

AUTO, NAME, NUMBER = "auto", "name", "number"
LABELS_ARE = (AUTO, NAME, NUMBER)
UNCLEAR = -(1 << 30)             # no target: the sound stays as it is
MOST_NAMED = 5
C_NUMBER = re.compile(r"[Cc](\d{1,7})")


@dataclass
class Meanings:
    """Targets of labels: a cluster's number from 0 up, or −1, −2, … for the first, second, … of ``new_names``.

    problems : sentences about labels that could mean several things      notes : what one should know
    """

    new_names: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def new(self, name: str) -> int:
        """The target for a new cluster of that name; the same for the same name."""
        if name not in self.new_names:
            self.new_names.append(name)
        return -1 - self.new_names.index(name)


class Reader:
    """Tells what labels mean, by the clusters that a project has.

    decided : by label, the number of the cluster that a person says it means
    """

    def __init__(self, labels: Labels, edited: Edited, *, labels_are: str, unassigned: str,
                 decided: Mapping[str, int]) -> None:
        if labels_are not in LABELS_ARE:
            raise ParameterError(f"Labels are {listed(LABELS_ARE)}, not {labels_are!r}.")
        self.meanings = Meanings()
        self._labels, self._edited = labels, edited
        self._decided = {plain(text): self._known(text, number) for text, number in decided.items()}
        self._empty = {plain(word) for word in (*edited.empty_words, *([unassigned] if unassigned else ()))}
        self._by_text: dict[str, list[int]] = defaultdict(list)
        for number in labels.clusters:
            self._by_text[self.called(number)].append(number)
        self._unclear: dict[str, int] = {}
        self._n_beside = 0           # rows whose number was changed, but not the name
        self._labels_are = labels_are
        if labels_are == AUTO:
            self._labels_are = NUMBER if self._are_numbers() else NAME
            if self._labels_are == NUMBER and edited.number is None:
                self.meanings.notes.append("The labels are numbers, and taken for the numbers of clusters.")

    def called(self, number: int) -> str:
        """What an export calls a cluster."""
        return plain(name_of(self._labels, number, nothing=NO_CLUSTER.name))

    def codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers that are equal where an export would write the same label: of all sounds, of all rows; int64."""
        texts = [plain(text) for text in self._edited.text] if self._edited.text is not None else []
        known: dict[str, int] = {}
        numbers = {number: known.setdefault(self._written(number), len(known))
                   for number in np.unique(self._labels.ids).tolist()}
        of_rows = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
        if self._edited.text is None:
            of_rows = np.full(len(self._edited), -1, np.int64)
        return np.array([numbers[number] for number in self._labels.ids.tolist()], np.int64), of_rows

    def targets(self, sounds: np.ndarray) -> np.ndarray:
        """The target of each row, int64 (k,): `UNCLEAR` where it stays as it is.

        sounds : int64 (k,), the row of the sound in the project that each row of the tables is, −1 for none
        """
        known = sounds >= 0
        before = np.full(len(sounds), -1, np.int64)
        before[known] = self._labels.ids[sounds[known]]
        before = before.tolist()
        if self._edited.text is None:
            return np.array([number if number >= 0 else UNASSIGNED for number in before], np.int64)
        texts, numbers = [plain(text) for text in self._edited.text], self._edited.number
        found: dict[tuple[str, str, int], int] = {}
        keys = list(zip(texts, numbers or [""] * len(texts), before, strict=True))
        for key, n in Counter(keys).items():
            n_beside = self._n_beside
            found[key] = self._target(*key)
            self._n_beside += (n - 1) * (self._n_beside - n_beside)
            if found[key] == UNCLEAR:
                self._unclear[key[0]] = self._unclear.get(key[0], 0) + n
        self._tell_unclear()
        return np.array([found[key] for key in keys], np.int64)

    def _target(self, text: str, number: str, before: int) -> int:
        """What a row means; ``before`` is the cluster of its sound, −1 for a new one.

        Where a table has name and number of a cluster the name counts, whatever the number was left as; the number
        counts where there is no name, and among clusters of one name.
        """
        number = number.strip().removesuffix(".0")
        told = int(number) if number.isdecimal() else None
        if told is not None and not text:
            return self._by_number(told)
        if told is not None and told in self._by_text.get(text, ()):
            return told
        if before >= 0 and text == self._written(before):
            self._n_beside += told is not None and told != before
            return before
        return self._by_label(text)

    def _by_label(self, text: str) -> int:
        if text in self._decided:
            return self._decided[text]
        if self._labels_are == NUMBER and text.isdecimal():
            return self._by_number(int(text))
        numbers = self._by_text.get(text, [])
        if len(numbers) == 1:
            return numbers[0]
        if numbers:
            return UNCLEAR
        if text in self._empty or text.casefold() in self._empty:
            return UNASSIGNED
        if match := C_NUMBER.fullmatch(text):
            return self._by_number(int(match[1]))
        if text.isdecimal() and int(text) in self._labels.clusters:
            return UNCLEAR
        return UNCLEAR if len(text.encode()) > NAME_BYTES else self.meanings.new(text)

    def _by_number(self, number: int) -> int:
        """That cluster, which is made if the number was never used."""
        return number if number in self._labels.clusters or number <= HIGHEST_CHOICE else UNCLEAR

    def _written(self, number: int) -> str:
        return str(number) if self._labels_are == NUMBER else self.called(number)

    def _are_numbers(self) -> bool:
        """Whether the labels are the clusters' numbers, as an export can call them, and not names."""
        texts = {plain(text) for text in self._edited.text or ()} - self._empty
        if not texts or not all(text.isdecimal() for text in texts):
            return False
        as_number = sum(int(text) in self._labels.clusters for text in texts)
        return as_number > sum(text in self._by_text for text in texts)

    def _known(self, text: str, number: int) -> int:
        if number != UNASSIGNED and number not in self._labels.clusters:
            raise ParameterError(f"{printable(text)!r} cannot mean C{number}: there is no such cluster.")
        return number

    def _tell_unclear(self) -> None:
        if self._n_beside:
            self.meanings.notes.append(
                f"In {counted(self._n_beside, 'row')} the cluster_id is another than the cluster_name's, which counts. "
                "To go by the number, leave the name empty.")
        for text, n in list(self._unclear.items())[:MOST_NAMED]:
            self.meanings.problems.append(f"{self._why_unclear(text)} {counted(n, 'sound')} with this label "
                                          f"{'stays' if n == 1 else 'stay'} as {'it is' if n == 1 else 'they are'}.")
        if len(self._unclear) > MOST_NAMED:
            self.meanings.problems.append(f"So do those of {len(self._unclear) - MOST_NAMED} more labels.")

    def _why_unclear(self, text: str) -> str:
        numbers, shown = self._by_text.get(text, []), f"“{printable(text)}”"
        if len(numbers) > 1:
            which = listed([f"C{number}" for number in numbers])
            return (f"{shown} may mean {which}, which have one name: say which is meant, such as "
                    f"{printable(text)}={numbers[0]}, or rename one of them.")
        if len(text.encode()) > NAME_BYTES:
            return f"{shown} is longer than the {NAME_BYTES} bytes that a cluster's name has room for: make it shorter."
        if text.isdecimal() and not numbers:
            return (f"{shown} may mean the cluster C{text}, or a new one that is called so: say which is meant, or "
                    f"write C{text}.")
        return f"{shown} asks for a number that no cluster can have: choose one up to {HIGHEST_CHOICE}."


def plain(text: str) -> str:
    """A label as exports write it, with accents composed."""
    return unicodedata.normalize("NFC", one_line(text))
