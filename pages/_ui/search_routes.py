"""What a search by example has found, for the browser to select from; and files that are searched by.

Nothing here takes a path: a project is named by its slug, a sound by its number, a file that was sent by its token.
Whoever may see a project may search in it.
"""

from __future__ import annotations

import json
import math
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from pages._ui import access, media, uploading, workspaces
from pipeline import browse, playback, preparing, search_files, search_hearing, searching, tiles, uploads
from pipeline.dataset import Dataset
from pipeline.errors import AccessError, ParameterError, ProjectError, SyllabaryError

MOST_ASKED_BYTES = 4_000
routes = Blueprint("search", __name__, url_prefix="/media/<slug>")
routes.before_request(media.refuse_other_sounds)


@routes.errorhandler(SyllabaryError)
def say_why(error: SyllabaryError) -> tuple[Response, int]:
    """The error's sentence as plain text, for the page to show."""
    status = 403 if isinstance(error, AccessError) else 404 if isinstance(error, ProjectError) else 400
    return Response(str(error), mimetype="text/plain", headers={"Cache-Control": "no-store"}), status


@routes.get("/found.bin")
def found(slug: str) -> Response:
    """The ids of what the search ``like`` finds, int32 little-endian, nearest first; the examples come before."""
    desk = workspaces.open_project(slug, at_least=request.args.get("rev", 0, type=int)).desk
    shown = searching.found(desk.workspace.dataset, desk.labels, searching.read(_like()))
    return media.packed(browse.ids_bytes(desk.labels.segment_ids[shown.rows]), revision=desk.revision)


@routes.post("/examples/begin")
def begin(slug: str) -> Response:
    """Begin to send a recording (``name``, ``size``); its pieces go where those of other uploads go."""
    asked = _sent()
    _hearing(slug)
    return uploading.standing_of(search_files.begin(str(asked.get("name", "")), asked.get("size"), user=access.user()))


@routes.post("/examples")
def take(slug: str) -> Response:
    """The recording has come: its pieces, and which of them to search by first."""
    upload = uploads.get(str(_sent().get("upload", "")), user=access.user())
    token = search_files.take(upload, _hearing(slug))
    return jsonify(search_files.about(_dataset(slug), token) | {"use": search_files.usual(_dataset(slug), token)})


@routes.post("/examples/<token>")
def choose(slug: str, token: str) -> Response:
    """A stretch of the recording, ``from`` … ``to`` in s, becomes a piece; its number."""
    asked = _sent()
    span = tuple(asked.get(name) for name in ("from", "to"))
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in span):
        raise ParameterError("Type from where to where the piece is, in seconds.")
    return jsonify(use=search_files.choose(_hearing(slug), token, span))


@routes.delete("/examples/<token>")
def remove(slug: str, token: str) -> Response:
    """The recording is not needed any more."""
    search_files.remove(_dataset(slug), token)
    return Response(status=204)


@routes.get("/examples/<token>/<int:piece>.png")
def tile(slug: str, token: str, piece: int) -> Response:
    """The picture of a piece."""
    opened, style = workspaces.open_project(slug), media.style()
    shades = search_files.tile(opened.workspace.dataset, token, piece, opened.scene.levels, style)
    return _private(Response(tiles.png(shades, colours=style.colours), mimetype="image/png"))


@routes.get("/examples/<token>/<int:piece>.wav")
def sound(slug: str, token: str, piece: int) -> Response:
    """A piece for the ear."""
    speed = request.args.get("speed", "auto")
    slow = None if speed == "auto" else media.number("speed", 1.0, playback.SLOWEST, playback.FASTEST)
    return _private(media.wav_answer(search_files.wav(_dataset(slug), token, piece, speed=slow)))


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _dataset(slug: str) -> Dataset:
    return workspaces.open_workspace(slug).dataset


def _hearing(slug: str) -> Dataset:
    """The project, if it opens nothing outside the allowed folders to hear a file: whoever made it chose its paths."""
    dataset = _dataset(slug)
    if access.readable() is not None:
        preparing.values_within(search_hearing.values_used(dataset), current_app.config["READABLE"])
    return dataset


def _sent() -> dict[str, Any]:
    request.max_content_length = MOST_ASKED_BYTES
    sent = _parsed(request.get_data(as_text=True))
    return sent if isinstance(sent, dict) else {}


def _like() -> object:
    text = request.args.get("like", "null")
    return _parsed(text) if len(text) <= MOST_ASKED_BYTES else None


def _parsed(text: str) -> object:
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        raise ParameterError("This search cannot be understood. Begin it again.") from None
