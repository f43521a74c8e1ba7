"""The history of a project in words, page by page, for a person to read and to go back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.curation.journal import Entry
from pipeline.text import counted

if TYPE_CHECKING:
    from pipeline.curation.workspace import Workspace

PAGE_LINES = 30
_JOINED = {"set": "", "add": "and ", "take": "without "}
_MOST_WORDS = 5


def page(workspace: Workspace, number: int = 0) -> dict[str, Any]:
    """One page of the history as plain values, the newest line first; the last page ends with the beginning.

    Each line: ``seq``, to go back to; ``time`` in seconds since the epoch, or None; ``user``, ``title``; ``how`` the
    sounds were chosen; ``sounds``; ``undone``: it does not hold at present; ``now``: nothing came after it.
    """
    lines = [_line(entry) for entry in reversed(workspace.history())]
    if lines:
        with workspace.reading() as journal:
            lines.append(_beginning(journal.first_revision))
        lines[0]["now"] = True
    n_pages = max(1, -(-len(lines) // PAGE_LINES))
    number = min(max(number, 0), n_pages - 1)
    return {"lines": lines[number * PAGE_LINES:(number + 1) * PAGE_LINES], "page": number, "n_pages": n_pages,
            "n": max(0, len(lines) - 1)}


def _line(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.seq, "time": entry.time, "user": entry.user, "title": entry.title,
            "how": how(entry.provenance), "sounds": entry.n_sounds, "undone": entry.undone, "now": False}


def _beginning(seq: int) -> dict[str, Any]:
    return {"seq": seq, "time": None, "user": "", "title": "The beginning: before the first edit", "how": "",
            "sounds": 0, "undone": False, "now": False}


def how(provenance: Mapping[str, Any]) -> str:
    """How the sounds of an edit were chosen, in words; "" where nothing was kept."""
    if "draft" in provenance:
        return _of_draft(provenance)
    if isinstance(provenance.get("steps"), Sequence):
        words = [_JOINED.get(step.get("how"), "") + _step(step) for step in provenance["steps"]]
        rest = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
        return ", ".join(words[:_MOST_WORDS]) + rest + _found(provenance.get("search"))
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in provenance.items()
                     if isinstance(value, str | int | float) and name != "back_to")


def _step(step: Mapping[str, Any]) -> str:
    if "blob" in step:
        return f"blob (radius {step['blob']['radius']:g} px, threshold {step['blob']['threshold']:g})"
    if "path" in step:
        return f"lasso with {len(step['path'])} corners"
    if "cluster" in step:
        return f"all of number {step['cluster']}"
    if "ids" in step:
        return f"{counted(len(step['ids']), 'sound')} picked"
    if "like" in step:
        return "found by a search"
    return "neighbourhood" if "nearest" in step else "chosen"


def _found(search: Mapping[str, Any] | None) -> str:
    """From what search they were chosen."""
    if not search:
        return ""
    if not search["place"]:
        return f"; what was searched by, {search['example']}"
    return (f"; among the {search['place']} most like {search['example']} by {search['vectors']}, distance up to "
            f"{search['distance']:.3g}")


def _of_draft(provenance: Mapping[str, Any]) -> str:
    steps = provenance.get("steps", [])
    blobs = sum("blob" in part for step in steps for part in step.get("steps") or [])
    scope = "all sounds" if provenance["draft"].get("scope") == "all" else "unassigned sounds"
    return f"draft among {scope}: {counted(len(steps), 'step')}, {counted(blobs, 'blob')}"
