"""Exports of a project: what one will be, making it with progress, and fetching what was made.

Nothing here takes a path: a project is named by its slug, a file that was made by a token that cannot be guessed. The
options of a format come as JSON in the address, ``?options={"tables": "one"}``.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request, send_file

from pages._ui import access, media, workspaces
from pages._ui.notices import sentence
from pages._ui.workspaces import OpenProject
from pipeline import downloads, exporting, sandbox
from pipeline.errors import SyllabaryError
from pipeline.text import size_text

LINES = "application/x-ndjson"
TELL_S = 0.25                # between two shares that are told
routes = Blueprint("export", __name__, url_prefix="/media/<slug>/export")
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)


@routes.get("/<format>/preview.json")
def preview(slug: str, format: str) -> Response:
    """The names of the files, the first lines, how much it is."""
    opened, values = workspaces.open_project(slug), _values()
    opened.workspace.refresh()
    found = exporting.preview(opened.workspace.dataset, opened.workspace.labels, format=format, values=values)
    answer = jsonify(**dataclasses.asdict(found), name=_name(opened, format, values), size=size_text(found.n_bytes))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.get("/<format>/make")
def make(slug: str, format: str) -> Response:
    """Make the file, telling in a line of JSON each how far it is, and at last the token to fetch it by, or why not."""
    opened, values = workspaces.open_project(slug), _values()
    opened.workspace.refresh()
    name = _name(opened, format, values)
    path = downloads.place(opened.workspace.dataset.project_id) / name
    lines = _making(opened, path, format, values, allows=access.readable())
    return Response(lines, mimetype=LINES,
                    headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


@routes.get("/file/<token>")
def fetch(slug: str, token: str) -> Response:
    """What was made, once: afterwards it is gone."""
    path = downloads.find(workspaces.open_workspace(slug).dataset.project_id, token)
    answer = send_file(path.open("rb"), as_attachment=True, download_name=path.name, mimetype=media.BINARY)
    answer.headers["Content-Length"], answer.headers["Cache-Control"] = str(path.stat().st_size), "no-store"
    downloads.let_go(path.parent)
    return answer


def _making(
    opened: OpenProject, path: Path, format: str, values: dict[str, Any], *, allows: Callable[[Path], bool] | None,
) -> Iterator[str]:
    """Lines of JSON; whoever stops listening gets nothing, and nothing is left of it.

    The request is over when the first line is made, and its shield with it: recordings are read behind one of its own.
    """
    workspace, told_at, is_made = opened.workspace, 0.0, False
    sandbox.shield(True, allows=allows)
    try:
        yield _line(share=0)
        for share in exporting.exported(workspace.dataset, workspace.labels, path, format=format, values=values):
            if time.monotonic() > told_at + TELL_S:
                told_at = time.monotonic()
                yield _line(share=round(share, 3))
        is_made = True
        yield _line(token=downloads.token(path.parent), name=path.name, size=size_text(path.stat().st_size))
    except SyllabaryError as error:
        yield _line(problem=sentence(error))
    finally:
        sandbox.shield(False)
        if not is_made:
            downloads.let_go(path.parent)


def _line(**told: Any) -> str:
    return json.dumps(told) + "\n"


def _name(opened: OpenProject, format: str, values: dict[str, Any]) -> str:
    return opened.path.stem + exporting.suffix(format, values)


def _values() -> dict[str, Any]:
    """The options of the address. Raises ParameterError for what can be none."""
    given: Any = None
    with suppress(ValueError, RecursionError):
        given = json.loads(request.args.get("options", "{}"))
    return exporting.plain_values(given)
