"""Questions to the person before something is done: one dialog for all. ``assets/questions.js`` shows them.

A question is plain values: what it is about (``kind``), a title, sentences, and the answers to choose from. What the
person agrees to (``seen``) comes back with the answer, so that nothing else is done than what was asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from pages._ui import ids
from pipeline.browse import thousands
from pipeline.curation import desk as desks
from pipeline.curation.desk import Desk
from pipeline.curation.labels import UNASSIGNED

Question = dict[str, Any]


def dialog() -> dbc.Modal:
    """Where a question appears; Esc and Cancel leave all as it is."""
    return dbc.Modal([
        dbc.ModalHeader(dbc.ModalTitle(id=ids.QUESTION_TITLE)),
        dbc.ModalBody([html.P(id=ids.QUESTION_TEXT), html.Div(id=ids.ANSWERS, className="answers")]),
    ], id=ids.QUESTION_DIALOG, is_open=False, fade=False)


def stores() -> list[dcc.Store]:
    """The question that is asked, and the answer that was given."""
    return [dcc.Store(id=ids.QUESTION), dcc.Store(id=ids.ANSWER), dcc.Store(id=ids.QUESTION_SHOWN)]


def about(kind: str, desk: Desk) -> Question | None:
    """The question of that kind about what is worked on; None for no kind."""
    return _KINDS[kind](desk) | {"kind": kind, "at": time.time()} if kind else None


def _scope(desk: Desk) -> Question:
    free = int((desk.labels.ids == UNASSIGNED).sum())
    text = ("This project has clusters. With unassigned sounds only they stay as they are and stand in PROOFREADING "
            "under their own numbers; with all sounds you begin anew. Nothing changes until you finalise.")
    return {"title": "Find blobs among which sounds?", "text": text, "answers": [
        ["unassigned", f"Unassigned sounds only ({thousands(free)})"],
        ["all", f"All sounds ({thousands(len(desk.labels))})"]]}


def _finalise(desk: Desk) -> Question:
    would = desk.workspace.drafting.finalising()
    text = f"{would.sentence} It is one edit, which can be undone."
    return {"title": "Make the preclusters the clusters?", "text": text, "answers": [["finalise", "Finalise"]],
            "seen": [would.revision, would.draft_revision]}


def _discard(desk: Desk) -> Question:
    taken = int((~desk.active).sum())
    text = (f"The draft has {thousands(taken)} sounds in groups. They are given up, which cannot be undone; the "
            "clusters stay as they are.")
    return {"title": "Discard the draft?", "text": text, "answers": [["discard", "Discard the draft"]],
            "seen": [desk.revision, desk.draft.revision if desk.draft else None]}


def _reset(desk: Desk) -> Question:
    taken = int((~desk.active).sum())
    what = "cluster" if desk.draft is None else "group of the draft"
    text = (f"{thousands(taken)} of {thousands(len(desk.labels))} sounds are taken out of their {what}. Numbers, names "
            "and colours stay. It is one edit, which can be undone.")
    return {"title": "Reset all assignments?", "text": text, "answers": [["reset", "Reset all"]],
            "seen": [desk.revision, None]}


_KINDS: Mapping[str, Callable[[Desk], Question]] = {
    desks.SCOPE: _scope, desks.FINALISE: _finalise, desks.DISCARD: _discard, desks.RESET: _reset,
}
