"""Choosing a folder or a file of the server: a field with a button, and a dialog that ``assets/chooser.js`` shows.

Nothing has to be registered by a page: it puts `field` into its layout and reads the ``value`` of the field's id. What
comes from a browser is a text; `resolve` makes it a path in an allowed folder, or refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from flask import Blueprint, Response, current_app, jsonify, request

from pages._ui import access
from pages._ui.icons import icon
from pipeline.errors import AccessError, ParameterError, SyllabaryError
from pipeline.roots import Entry, Listing, Roots

FOLDER, PLACE, FILE, EITHER = "folder", "place", "file", "either"   # to read from, to write to, a file, file or folder
WORDS = {FOLDER: "Choose a folder", PLACE: "Choose where to write", FILE: "Choose a file",
         EITHER: "Choose a file or a folder"}
routes = Blueprint("places", __name__, url_prefix="/places")


def field(id: str | dict[str, str], *, kind: str = FOLDER, files: Iterable[str] = (), label: str = "",
          **properties: Any) -> html.Div:
    """A text field for a path, and a button that opens the dialog.

    kind : ``folder`` to read from, ``place`` to write to (new folders can be made), ``file``, or ``either``
    files : the endings of the files that can be chosen or are shown (``.csv``)      label : what is to be chosen
    """
    text = dbc.Input(id=id, type="text", debounce=True, autocomplete="off", className="path-text",
                     **properties)
    about = {"data-chooser": id if isinstance(id, str) else json.dumps(id, sort_keys=True, separators=(",", ":")),
             "data-kind": kind, "data-files": ",".join(files), "data-title": label or WORDS[kind]}
    choose = html.Button([icon("folder2-open"), html.Span("Choose…")], type="button", className="control choose",
                         **{"aria-label": label or WORDS[kind], **about})
    return html.Div([text, choose], className="path-field")


def roots() -> Roots:
    """The folders that this server may look into."""
    return current_app.config["ROOTS"]


def resolve(text: str | None, *, kind: str = FOLDER) -> Path:
    """The path that a field's text means. Raises ParameterError for one that is not allowed or not there."""
    text = (text or "").strip()
    if kind == FOLDER:
        return roots().folder(text)
    path = roots().resolve(text, must_exist=kind != PLACE)
    if kind == FILE and path.is_dir():
        raise ParameterError(f"{text} is a folder. Choose a file.")
    return path


@routes.errorhandler(SyllabaryError)
def say_why(error: SyllabaryError) -> tuple[Response, int]:
    """The error's sentence as plain text, for the dialog to show."""
    status = 403 if isinstance(error, AccessError) else 400
    return Response(str(error), mimetype="text/plain", headers={"Cache-Control": "no-store"}), status


@routes.get("/folder.json")
def folder() -> Response:
    """What the folder ``at`` holds, of which ``words`` are typed; without ``at`` the first allowed folder."""
    access.require("owner")
    at = request.args.get("at") or str(roots().folders[0])
    path = roots().resolve(at)
    if path.is_file():
        path = path.parent
    files = tuple(ending for ending in request.args.get("files", "").split(",") if ending)
    answer = jsonify(_as_json(roots().listing(path, words=request.args.get("words", ""), files=files)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.post("/folder")
def new_folder() -> Response:
    """Make a folder ``name`` in ``parent``; the answer has its path."""
    access.require("owner")
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not all(isinstance(asked.get(key), str) for key in ("parent", "name")):
        raise ParameterError("A new folder needs a parent and a name.")
    return jsonify(path=str(roots().new_folder(roots().folder(asked["parent"]), asked["name"])))


def _as_json(listing: Listing) -> dict[str, Any]:
    inner = listing.path.relative_to(listing.root).parts
    crumbs = [(str(listing.root), listing.root)]
    for part in inner:
        crumbs.append((part, crumbs[-1][1] / part))
    return {
        "path": str(listing.path), "crumbs": [{"name": name, "path": str(path)} for name, path in crumbs],
        "roots": [str(folder) for folder in roots().folders], "entries": [_entry(entry) for entry in listing.entries],
        "leftOut": listing.n_left_out, "recordings": listing.n_recordings, "trouble": listing.trouble,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "folder": entry.is_folder, "recordings": entry.n_recordings, "more": entry.is_more}
