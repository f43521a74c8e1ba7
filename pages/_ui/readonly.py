"""The pages of a project for who may look and listen, but not edit: what edits is switched off, and says why.

This spares a person a useless click; what keeps labels safe is `Workspace`, which asks before every change.
"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from pages._ui import access, ids

EDITS = frozenset((
    ids.ASSIGN, ids.MOVE, ids.SPLIT, ids.UNASSIGN, ids.RESET, ids.RENAME, ids.MERGE_OPEN, ids.UNDO, ids.REDO,
    ids.MODE_BLOBBING, ids.MODE_PROOFREADING, ids.MODE_NEXT, ids.FINALISE, ids.DISCARD, ids.EXPORTS_NAME,
    ids.EXPORTS_SAVE, ids.AUDIO_FOLDER, ids.AUDIO_LOOK,
))


def for_person(page: Component, slug: str) -> Component:
    """A page as it is for who may edit; else with every control in ``EDITS`` switched off."""
    if not access.may("annotator", slug):
        reason = access.refusal(access.role(slug))
        for part in page._traverse():
            id = getattr(part, "id", None)
            if isinstance(id, str) and id in EDITS:
                part.disabled, part.title = True, reason
            elif id == ids.CURATE:
                setattr(part, "data-readonly", "true")
    return page


def note(slug: str) -> list[html.Span]:
    """For the bar: that this person looks only; empty for who may edit."""
    if access.may("annotator", slug):
        return []
    return [html.Span("view only", className="view-only", title=access.refusal(access.role(slug)))]
