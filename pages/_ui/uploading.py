"""Sending files from the browser's machine: two buttons, and the routes that take the pieces (``assets/upload.js``)."""

from __future__ import annotations

from typing import Any

from dash import html
from flask import Blueprint, Response, current_app, jsonify, request

from pages._ui import access, chooser
from pages._ui.icons import icon
from pipeline import search_files, uploads
from pipeline.errors import AccessError, SyllabaryError, UploadError
from pipeline.uploads import Upload

MOST_LIST_BYTES = 1_000_000          # thousands of names
routes = Blueprint("uploads", __name__, url_prefix="/uploads")


def panel(target: str, into: str) -> list[Any]:
    """The buttons, and where progress and result are told. The folder of the files goes into the field ``target``.

    into : the id for the field of a folder that the files shall go to; left empty they get one of their own
    """
    endings = ",".join(sorted(uploads.AUDIO | uploads.TABLES))
    shared = {"data-target": target, "data-into": into, "data-endings": endings}
    files = html.Button([icon("upload"), html.Span("Upload files…")], type="button", className="control",
                        **{"data-upload": "files", **shared})
    folder = html.Button([icon("upload"), html.Span("Upload a folder…")], type="button", className="control",
                         **{"data-upload": "folder", **shared})
    limit = f"For small sets, up to {_most_bytes() / 1e9:g} GB. Larger ones are better copied to the server."
    return [html.Div([files, folder, html.Span(limit, className="hint")], className="upload-buttons"),
            html.Div(className="upload-told", role="status"),
            html.Details([html.Summary([icon("chevron-right"), html.Span("Upload into a folder of your choice")]),
                          chooser.field(into, kind=chooser.PLACE, placeholder="If empty: a new folder of its own",
                                        label="Choose the folder to upload into")], className="folded")]


@routes.errorhandler(SyllabaryError)
def say_why(error: SyllabaryError) -> tuple[Response, int]:
    """The error's sentence as plain text."""
    status = 403 if isinstance(error, AccessError) else 400
    return Response(str(error), mimetype="text/plain", headers={"Cache-Control": "no-store"}), status


@routes.before_request
def only_owners() -> None:
    """Files come from those who may start runs; a recording to search by, from whoever may search."""
    token = (request.view_args or {}).get("token")
    is_example = token is not None and search_files.is_example(token, user=access.user())
    if not is_example or request.endpoint == f"{routes.name}.{finish.__name__}":
        access.require("owner")


@routes.post("")
def begin() -> Response:
    """Begin with a list of names and sizes; the answer has a token, and what has come of each file."""
    request.max_content_length = MOST_LIST_BYTES
    asked = request.get_json(silent=True)
    files = asked.get("files") if isinstance(asked, dict) else None
    if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
        raise UploadError("An upload begins with a list of files.")
    into = chooser.resolve(str(asked["into"])) if asked.get("into") else None
    return standing_of(uploads.begin(files, user=access.user(), into=into, most_bytes=_most_bytes()))


@routes.get("/<token>")
def standing(token: str) -> Response:
    """What has come so far, to go on from there."""
    return standing_of(uploads.get(token, user=access.user()))


@routes.post("/<token>/<int:number>")
def receive(token: str, number: int) -> Response:
    """The next piece of a file, which begins ``at`` so many bytes; the answer has the bytes that have come."""
    request.max_content_length = uploads.PIECE_BYTES
    at = request.args.get("at", -1, type=int)
    had = uploads.receive(uploads.get(token, user=access.user()), number, request.get_data(), at=at)
    return jsonify(received=had)


@routes.post("/<token>/finish")
def finish(token: str) -> Response:
    """All has come: where it is now, and what is known of each file."""
    done = uploads.finish(uploads.get(token, user=access.user()))
    return jsonify(folder=str(done.folder), good=done.good, bad=done.bad)


@routes.delete("/<token>")
def discard(token: str) -> Response:
    """Give up, with all that has come."""
    uploads.discard(uploads.get(token, user=access.user()))
    return Response(status=204)


def standing_of(upload: Upload) -> Response:
    """What the sender has to know to go on: token, bytes received of each file, bytes of a piece."""
    answer = jsonify(token=upload.token, received=upload.received, piece=uploads.PIECE_BYTES)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _most_bytes() -> int:
    return current_app.config["UPLOAD_LIMIT"]
