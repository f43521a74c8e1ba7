"""Where a project comes from that was made of another one: which, as of when, what was changed, and its history."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.curation.journal import Entry
from pipeline.dataset import Dataset
from pipeline.roundtrip.difference import Difference
from pipeline.roundtrip.relabelling import provenance_of
from pipeline.roundtrip.telling import VERBS
from pipeline.text import listed

if TYPE_CHECKING:
    from pipeline.curation.workspace import Workspace

NAME = "origin"              # of the parameter that has it
MOST_BYTES = 24_000          # of the edits that are told; an attribute of a file has room for 64 kB
MOST_EARLIER = 20


def origin_of(workspace: Workspace, difference: Difference, *, revision: int) -> dict[str, Any]:
    """What the new project says of the old one; plain values.

    ``project_id``, ``file``, ``revision`` of the project it was made of; ``applied``: tables, format, counts, by whom
    and when; ``history``: how many edits, by whom, and the latest ones; ``earlier``: the same of its own origins.
    """
    dataset = workspace.dataset
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    applied = {**provenance_of(difference, n_made=len(difference.new_names)), **difference.counts,
               "user": workspace.user, "time": now}
    before = stored(dataset)
    earlier = [{name: value for name, value in before.items() if name not in ("history", "earlier")},
               *before.get("earlier", [])][:MOST_EARLIER] if before else []
    return {"project_id": dataset.project_id, "file": dataset.path.name, "revision": revision, "applied": applied,
            "history": _history(workspace.history()), "earlier": earlier}


def stored(dataset: Dataset) -> dict[str, Any]:
    """The origin of a project as its file has it; empty if it was made of recordings."""
    return _parsed(dataset.parameters)


def sentence(parameters: Mapping[str, Any]) -> str:
    """Where a project comes from, in words, from its parameters; empty if it was made of recordings."""
    found = _parsed(parameters)
    applied = found.get("applied")
    if not isinstance(applied, dict):
        return ""
    told = [f"{applied[kind]:,} {verb}" for kind, verb in VERBS.items() if isinstance(applied.get(kind), int)
            and applied[kind]]
    return f"{found.get('file')} at revision {found.get('revision')} and {applied.get('tables')}: {listed(told)}"


def _parsed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(str(parameters.get(NAME) or "{}"))
    except ValueError:          # of another tool, which means something else by it
        return {}
    return found if isinstance(found, dict) else {}


def _history(entries: Sequence[Entry]) -> dict[str, Any]:
    """How many edits by whom, and the latest of them as far as there is room, the oldest first."""
    told: list[dict[str, Any]] = []
    room = MOST_BYTES
    for entry in reversed(entries):
        line = {"revision": entry.seq, "time": _time(entry.time), "user": entry.user, "title": entry.title,
                "sounds": entry.n_sounds, "undone": entry.undone}
        room -= len(json.dumps(line, ensure_ascii=False).encode())
        if room < 0:
            break
        told.append(line)
    return {"n_edits": len(entries), "users": dict(Counter(entry.user for entry in entries).most_common(20)),
            "latest": told[::-1]}


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")
