"""From a labeling to curation: what is asked first, and what is done then."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from pages._ui import access
from pages._ui.workspaces import OpenProject
from pipeline import labelings
from pipeline.curation import adopting
from pipeline.curation.adopting import Proposal
from pipeline.errors import ConflictError, EditError
from pipeline.labelings import Stored
from pipeline.text import counted

CURATE, ADOPT, SPLIT, DELETE = "curate", "adopt", "split", "delete"
Question = dict[str, Any]


def question(opened: OpenProject, do: str, name: str) -> Question:
    """What to ask before something is done with a labeling; ``sure`` if nothing has to be asked.

    Raises AccessError for who may not, EditError for what makes no sense, ParameterError for what is not there.
    """
    access.require("owner" if do == DELETE else "annotator", opened.slug)
    stored = labelings.find(opened.workspace.dataset, name)
    asked = _ASKED[do](opened, stored)
    return {"sure": False, "title": "", "text": "", "yes": ""} | asked | {
        "do": do, "name": name, "fingerprint": stored.fingerprint, "revision": opened.workspace.revision,
        "at": time.time()}


def answered(opened: OpenProject, asked: Question) -> str:
    """Do what was agreed to, but for removing, which is a run; a sentence about it. Raises as the edits do."""
    access.require("annotator", opened.slug)
    if labelings.find(opened.workspace.dataset, asked["name"]).fingerprint != asked["fingerprint"]:
        raise ConflictError(f"The labeling {asked['name']!r} was made anew since you were asked. Look at it, then "
                            "decide again.")
    return _DONE[asked["do"]](opened, asked, Proposal.read(opened.path, asked["name"]))


def _ask_curate(opened: OpenProject, stored: Stored) -> Question:
    if not stored.n_clusters:
        raise EditError(f"The labeling {stored.name} has no cluster: all its sounds are noise.")
    draft, labels = opened.workspace.drafting.draft, opened.workspace.labels
    if draft is not None:
        return {"title": "You have a draft already", "yes": "Discard it and start anew", "draft": draft.revision,
                "text": "It is given up, which cannot be undone; the clusters stay as they are."}
    if labels.ids.any():
        return {"title": f"Start curating from {stored.name}?", "yes": "Start a draft",
                "text": "This project has clusters. They stay as they are until you finalise the draft, and that can "
                        "be undone."}
    return {"sure": True}


def _ask_adopt(opened: OpenProject, stored: Stored) -> Question:
    edit = adopting.adopt(opened.workspace.labels, **Proposal.read(opened.path, stored.name).choice())
    rest = opened.workspace.dataset.n_segments - stored.n
    kept = f" The other {counted(rest, 'sound')} stay where they are." if rest else ""
    noise = f", {counted(stored.n_noise, 'sound')} of noise unassigned" if stored.n_noise else ""
    return {"title": f"Make {stored.name} the clusters?", "yes": "Make these the clusters",
            "text": f"{counted(len(edit.segment_ids), 'sound')} change their cluster: "
                    f"{counted(stored.n_clusters, 'cluster')} with new numbers{noise}.{kept} It is one edit, which can "
                    "be undone."}


def _ask_split(opened: OpenProject, stored: Stored) -> Question:
    labels, cluster = opened.workspace.labels, stored.only_cluster
    edit = adopting.split_by(labels, cluster=cluster, **Proposal.read(opened.path, stored.name).choice())
    return {"title": f"Split {labels.title(cluster)}?", "yes": "Split it",
            "text": f"{edit.title}. {counted(len(edit.segment_ids), 'sound')} leave it. It is one edit, which can be "
                    "undone."}


def _ask_delete(_opened: OpenProject, stored: Stored) -> Question:
    return {"title": f"Delete the labeling {stored.name}?", "yes": "Delete it",
            "text": "Clusters and drafts that were made from it stay. It cannot be undone, but the labeling can be "
                    "made again."}


def _curate(opened: OpenProject, asked: Question, proposal: Proposal) -> str:
    if asked.get("draft") is not None:
        opened.workspace.drafting.discard(seen=asked["draft"])
    adopting.draft_from(opened.workspace, proposal)
    return f"Began a draft from {proposal.name}."


def _adopt(opened: OpenProject, asked: Question, proposal: Proposal) -> str:
    return f"{opened.workspace.edit(adopting.adopt, seen=asked['revision'], **proposal.choice()).title}."


def _split(opened: OpenProject, asked: Question, proposal: Proposal) -> str:
    cluster = labelings.find(opened.workspace.dataset, proposal.name).only_cluster
    edit = opened.workspace.edit(adopting.split_by, seen=asked["revision"], cluster=cluster, **proposal.choice())
    return f"{edit.title}."


_ASKED: Mapping[str, Callable[[OpenProject, Stored], Question]] = {
    CURATE: _ask_curate, ADOPT: _ask_adopt, SPLIT: _ask_split, DELETE: _ask_delete,
}
_DONE: Mapping[str, Callable[[OpenProject, Question, Proposal], str]] = {
    CURATE: _curate, ADOPT: _adopt, SPLIT: _split,
}
