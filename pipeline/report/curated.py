"""Who curated a project: how many edits of which kind, and of how many sounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.curation.journal import Entry

# The first words of an edit's title say what kind it is.
KINDS = {
    "assign": "assigned", "move": "moved", "merge": "merged", "split": "split off", "unassign": "unassigned",
    "reset": "reset", "rename": "named", "take the name": "named", "recolour": "coloured", "note": "noted",
    "describe": "described", "finalise": "drafts finalised", "adopt": "labelings adopted", "undo:": "undo",
    "redo:": "redo", "go back": "gone back", "apply": "imported", "import": "imported",
}
OTHER = "other"


@dataclass(frozen=True)
class Work:
    """What one person did of one kind: ``n_sounds`` counts a sound as often as it was touched.

    first_s, last_s : when, s since 1970 UTC      n_undone : edits of these that do not hold at present
    """

    user: str
    kind: str
    n_edits: int
    n_sounds: int
    n_undone: int
    first_s: float
    last_s: float


def kind_of(title: str) -> str:
    """What kind of edit has a title."""
    low = title.lower()
    return next((kind for words, kind in KINDS.items() if low.startswith(words)), OTHER)


def summary(entries: Iterable[Entry]) -> list[Work]:
    """The history by person and kind: who did most first, of each person what was done most often first."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.user, kind_of(entry.title)), []).append(entry)
    total: dict[str, int] = {}
    for (user, _kind), found in groups.items():
        total[user] = total.get(user, 0) + len(found)
    works = [Work(user, kind, len(found), sum(entry.n_sounds for entry in found),
                  sum(entry.undone for entry in found), min(entry.time for entry in found),
                  max(entry.time for entry in found)) for (user, kind), found in groups.items()]
    return sorted(works, key=lambda work: (-total[work.user], work.user, -work.n_edits, work.kind))
