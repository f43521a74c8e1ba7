"""What the pages show and play besides text: tiles, sound, coordinates, labels. Routes, not callbacks.

Nothing here takes a path: a project is named by its slug, a sound by its number, and both must be known.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
from functools import lru_cache

from flask import Blueprint, Response, jsonify, request, send_file

from pages._ui import access, workspaces
from pipeline import browse, colouring, params, playback, tiles
from pipeline.blobs import Parameters
from pipeline.curation.desk import Desk
from pipeline.errors import AccessError, ParameterError, SyllabaryError

BINARY = "application/octet-stream"
FOREVER = "private, max-age=31536000, immutable"
MAX_STRIP_TILES = 400
MAX_MARGIN_S = 2.0
routes = Blueprint("media", __name__, url_prefix="/media/<slug>")


@routes.errorhandler(SyllabaryError)
def say_why(error: SyllabaryError) -> tuple[Response, int]:
    """The error's sentence as plain text, for the page to show."""
    status = 400 if isinstance(error, ParameterError) else 403 if isinstance(error, AccessError) else 404
    return Response(str(error), mimetype="text/plain", headers={"Cache-Control": "no-store"}), status


@routes.before_request
def refuse_other_sounds() -> None:
    """An address that names the project as it was (``v``) gets nothing of another: browsers keep answers for ever."""
    workspaces.open_project("@".join([request.view_args["slug"], request.args.get("v", "")]))


@routes.get("/points.bin")
def points(slug: str) -> Response:
    """The map: float32 x, y of every sound, little-endian, in row order."""
    return packed(browse.points_bytes(workspaces.open_project(slug).scene))


@routes.get("/ids.bin")
def segment_ids(slug: str) -> Response:
    """The id of every sound, int32, in row order."""
    return packed(browse.ids_bytes(workspaces.open_workspace(slug).labels.segment_ids))


@routes.get("/labels.bin")
def labels(slug: str) -> Response:
    """The cluster of every sound, int32, in row order."""
    desk = _desk(slug)
    return packed(browse.ids_bytes(desk.labels.ids), revision=desk.revision)


@routes.get("/clusters.json")
def clusters(slug: str) -> Response:
    """The mode, and every cluster's (or, in a draft, group's) number, name, colour and count."""
    desk = _desk(slug)
    answer = jsonify(mode=desk.mode, clusters=browse.clusters(desk.labels))
    return packed(answer.data, revision=desk.revision, mimetype="application/json")


@routes.get("/blobs.json")
def blobs(slug: str) -> Response:
    """The outlines and counts of the blobs of the sounds not yet taken, for radius ``r`` and threshold ``t``."""
    opened, desk = workspaces.open_project(slug), _desk(slug)
    answer = jsonify(browse.blobs(opened.scene, desk.labels, _blob_parameters()))
    return packed(answer.data, revision=desk.revision, mimetype="application/json")


@routes.get("/blobs.bin")
def blob_of_sound(slug: str) -> Response:
    """The blob that each sound lies in, one byte a sound in row order."""
    opened, desk = workspaces.open_project(slug), _desk(slug)
    return packed(browse.blob_bytes(opened.scene, desk.labels, _blob_parameters()), revision=desk.revision)


@routes.get("/colours.bin")
def colour_codes(slug: str) -> Response:
    """The class of every sound, one byte a sound in row order, for what the map is coloured ``by``."""
    return checked(_colouring(slug).codes.tobytes())


@routes.get("/colours.json")
def colour_classes(slug: str) -> Response:
    """The classes, with titles, colours and counts, for what the map is coloured ``by``."""
    found = _colouring(slug)
    return checked(jsonify(classes=found.classes, scale=found.scale).data, mimetype="application/json")


@routes.get("/state.json")
def state(slug: str) -> Response:
    """The revision as it is now, edits of others included; the page asks every two seconds."""
    opened = workspaces.open_project(slug)
    workspace = opened.workspace
    workspace.refresh()
    workspace.drafting.refresh()
    desk = Desk.of(workspace)
    may_edit = access.may("annotator", slug)
    answer = jsonify(version=opened.version, revision=desk.revision, saved=workspace.saved, trouble=workspace.trouble,
                     can_undo=may_edit and desk.can_undo, can_redo=may_edit and desk.can_redo)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.get("/tile/<int:segment_id>.png")
def tile(slug: str, segment_id: int) -> Response:
    """The picture of one sound."""
    return _picture(_shades(slug, _version(slug), segment_id, style()))


@routes.get("/strip.png")
def strip(slug: str) -> Response:
    """The pictures of several sounds side by side: one request for a row of tiles."""
    wanted, version = style(), _version(slug)
    parts = [_shades(slug, version, segment_id, wanted) for segment_id in segment_ids_asked()]
    return _picture(tiles.strip(parts, height_px=wanted.height_px))


@routes.get("/sound/<int:segment_id>.wav")
def sound(slug: str, segment_id: int) -> Response:
    """One sound as WAV, in parts if the player asks for them. ``speed=auto`` slows ultrasound down."""
    dataset, labels = _dataset_and_labels(slug)
    speed = request.args.get("speed", "auto")
    data = browse.wav(dataset, browse.row_of(labels, segment_id), margin_s=number("margin", 0.0, 0.0, MAX_MARGIN_S),
                      speed=None if speed == "auto" else number("speed", 1.0, playback.SLOWEST, playback.FASTEST))
    return wav_answer(data)


def wav_answer(data: bytes) -> Response:
    """Sound for a player, in parts if it asks for them."""
    answer = send_file(io.BytesIO(data), mimetype="audio/wav", conditional=True, etag=False)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@lru_cache(maxsize=8_192)   # of 2 to 6 kB each, as the pages ask for them
def _shades(slug: str, _of: str, segment_id: int, style: tiles.Style) -> object:
    project = workspaces.open_project(slug)
    row = browse.row_of(project.workspace.labels, segment_id)
    return browse.tile(project.workspace.dataset, project.scene, row, style)


def _colouring(slug: str) -> colouring.Colouring:
    return colouring.colouring(workspaces.open_workspace(slug).dataset, request.args.get("by", ""))


def _version(slug: str) -> str:
    return workspaces.open_project(slug).version


def _desk(slug: str) -> Desk:
    """What is worked on, as of the revision that was asked for or later."""
    return workspaces.open_project(slug, at_least=request.args.get("rev", 0, type=int)).desk


def _dataset_and_labels(slug: str) -> tuple:
    workspace = workspaces.open_workspace(slug)
    return workspace.dataset, workspace.labels


def style() -> tiles.Style:
    """How tiles are asked for: ``h`` px high, ``px`` per ms, in the colours of ``map``."""
    height_px, colours = request.args.get("h", tiles.ROW_HEIGHT_PX, type=int), request.args.get("map", "grey")
    if height_px not in tiles.HEIGHTS_PX:
        raise ParameterError(f"Tiles can be {', '.join(map(str, tiles.HEIGHTS_PX))} px high, not {height_px}.")
    if colours not in tiles.MAPS:
        raise ParameterError(f"Tiles can be coloured by {', '.join(tiles.MAPS)}, not {colours!r}.")
    return tiles.Style(height_px, number("px", 0.5, 1e-4, 1e3), colours)


def number(name: str, default: float, low: float, high: float) -> float:
    """A number of the address, or ``default``. Raises ParameterError outside ``low`` … ``high``."""
    value = request.args.get(name, default, type=float)
    if not (math.isfinite(value) and low <= value <= high):
        raise ParameterError(f"{name} must be between {low:g} and {high:g}.")
    return value


def _blob_parameters() -> Parameters:
    return params.make(Parameters, {"radius_px": request.args.get("r"), "threshold": request.args.get("t")})


def segment_ids_asked(*, most: int = MAX_STRIP_TILES) -> list[int]:
    """The sounds ``ids`` of the address, 1 to ``most``. Raises ParameterError."""
    words = request.args.get("ids", "").split(",")
    if len(words) > most or not all(word.isascii() and word.isdigit() for word in words):
        raise ParameterError(f"ids must be 1 to {most} whole numbers with commas between them.")
    return [int(word) for word in words]


def _picture(shades: object) -> Response:
    data = tiles.png(shades, colours=style().colours)
    return Response(data, mimetype="image/png", headers={"Cache-Control": FOREVER})


def checked(data: bytes, *, mimetype: str = "application/octet-stream") -> Response:
    """As `packed`, for what a run may make anew under one name: the browser asks each time whether it still holds."""
    answer = packed(data, mimetype=mimetype)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(hashlib.blake2b(data, digest_size=16).hexdigest())
    return answer.make_conditional(request)


def packed(data: bytes, *, revision: int | None = None, mimetype: str = "application/octet-stream") -> Response:
    """Compressed if the browser can take it; kept for ever if it is of the revision that was asked for."""
    kept = revision is None or request.args.get("rev", type=int) == revision
    answer = Response(data, mimetype=mimetype, headers={"Cache-Control": FOREVER if kept else "no-store"})
    if "gzip" in request.accept_encodings:
        answer.data = gzip.compress(data, compresslevel=1)
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    if revision is not None:
        answer.headers["X-Revision"] = str(revision)
    return answer
