"""Undo and redo, worked out from the journal's rows: each person has stacks of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pipeline.curation.journal import Entry, Step


@dataclass
class Stacks:
    """What one person can undo and redo.

    done : (edit, since) for each edit that holds, oldest first; ``since`` is the row that made it hold
    undone : (edit, since) for each edit that a redo would bring back; ``since`` is the undo
    """

    done: list[tuple[int, int]] = field(default_factory=list)
    undone: list[tuple[int, int]] = field(default_factory=list)

    def add(self, seq: int, undoes: int | None) -> None:
        """Take in the person's next row."""
        if undoes is None:
            self.done.append((seq, seq))
            self.undone.clear()
        elif self.undone and self.undone[-1][1] == undoes:
            self.done.append((self.undone.pop()[0], seq))
        else:
            self.undone.append((self.done.pop()[0], seq))


def stacks(steps: Iterable[Step]) -> Stacks:
    """The stacks of one person, from that person's rows, oldest first."""
    found = Stacks()
    for step in steps:
        found.add(step.seq, step.undoes)
    return found


def standing(steps: Iterable[Step]) -> set[int]:
    """The edits, by whomever, that hold after ``steps``: done and not undone, or redone."""
    holding: set[int] = set()
    undone_by: dict[int, int] = {}
    for step in steps:
        if step.undoes is None:
            holding.add(step.seq)
        elif step.undoes in undone_by:
            holding.add(undone_by.pop(step.undoes))
        else:
            holding.discard(step.undoes)
            undone_by[step.seq] = step.undoes
    return holding


def marked(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, those marked that do not hold at present."""
    entries = list(entries)
    holding = standing(Step(e.seq, e.user, e.kind, e.undoes) for e in entries)
    return [replace(e, undone=e.undoes is None and e.seq not in holding) for e in entries]
