"""Pictures for the round trip: stretches of recordings round the bounds of sounds."""

from __future__ import annotations

from flask import Blueprint, Response

from pages._ui import media, workspaces
from pipeline import tiles
from pipeline.errors import SyllabaryError
from pipeline.roundtrip import pictures

routes = Blueprint("roundtrip", __name__, url_prefix="/media/<slug>")
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)


@routes.get("/stretch/<int:file_id>/<int:from_ms>-<int:to_ms>.png")
def stretch(slug: str, file_id: int, from_ms: int, to_ms: int) -> Response:
    """The spectrogram of any stretch of a recording, at the scale of the project's tiles."""
    scene = workspaces.open_project(slug).scene
    shades = pictures.picture(scene.dataset, file_id, from_ms, to_ms, levels=scene.levels, px_per_ms=scene.px_per_ms)
    return Response(tiles.png(shades), mimetype="image/png", headers={"Cache-Control": media.FOREVER})
