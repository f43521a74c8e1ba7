"""What the page Map shows and plays besides text: places of all sounds, the beginnings of those near the pointer.

Nothing here takes a path: a project is named by its slug, a map by a name that is known, a sound by its number.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from pages._ui import media, workspaces
from pipeline import clip_pack, sound_maps
from pipeline.errors import ParameterError, SyllabaryError

routes = Blueprint("soundmap", __name__, url_prefix="/media/<slug>")
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)


@routes.get("/soundmap.bin")
def places(slug: str) -> Response:
    """Where every sound lies on the map ``name``: float32 x, y, 0 to 1, NaN for none, little-endian in row order.

    Only every ``every``-th sound, for a small picture.
    """
    every = request.args.get("every", 1, type=int)
    if every < 1:
        raise ParameterError("every must be 1 or more.")
    found = sound_maps.places(workspaces.open_workspace(slug).dataset, request.args.get("name", ""))
    return media.checked(found[::every].astype("<f4").tobytes())


@routes.get("/clips.bin")
def clips(slug: str) -> Response:
    """The beginnings of the sounds ``ids``, to be played at once; see `clip_pack.packed`."""
    segment_ids = media.segment_ids_asked(most=clip_pack.MOST_CLIPS)
    workspace = workspaces.open_workspace(slug)
    data = clip_pack.packed(workspace.dataset, workspace.labels, segment_ids)
    return Response(data, mimetype=media.BINARY, headers={"Cache-Control": "private, max-age=3600"})
