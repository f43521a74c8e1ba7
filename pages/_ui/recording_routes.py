"""A recording for the context view: pictures, waveform, sounds and sound of a stretch of it. Routes, not callbacks.

Nothing here takes a path: a project is named by its slug, a recording by its number, and both must be known.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from pages._ui import media, workspaces
from pipeline import browse, playback, surroundings, tiles
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, SyllabaryError

routes = Blueprint("recording", __name__, url_prefix="/media/<slug>")
STRETCH = "/<int:file_id>/<int:from_ms>-<int:to_ms>"
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)


@routes.get("/place/<int:segment_id>.json")
def place(slug: str, segment_id: int) -> Response:
    """The recording that a sound is from, and where in it."""
    workspace = workspaces.open_workspace(slug)
    return _kept(surroundings.place(workspace.dataset, browse.row_of(workspace.labels, segment_id)))


@routes.get("/recording/<int:file_id>.json")
def about(slug: str, file_id: int) -> Response:
    """What the view must know of a recording; asked anew each time, since recordings come and go."""
    answer = jsonify(surroundings.about(_dataset(slug), file_id))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.get(f"/sounds{STRETCH}.json")
def sounds(slug: str, file_id: int, from_ms: int, to_ms: int) -> Response:
    """The ids and times of the sounds in a stretch; what they are called is in labels.bin and clusters.json."""
    return _kept(surroundings.sounds(_dataset(slug), file_id, surroundings.on_grid(from_ms, to_ms)))


@routes.get(f"/strip{STRETCH}.png")
def picture(slug: str, file_id: int, from_ms: int, to_ms: int) -> Response:
    """The spectrogram of a stretch."""
    project, part = workspaces.open_project(slug), surroundings.on_grid(from_ms, to_ms)
    colours = request.args.get("map", "grey")
    if colours not in tiles.MAPS:
        raise ParameterError(f"Pictures can be coloured by {', '.join(tiles.MAPS)}, not {colours!r}.")
    shades = surroundings.picture(project.workspace.dataset, file_id, part, project.scene.levels)
    return Response(tiles.png(shades, colours=colours), mimetype="image/png", headers={"Cache-Control": media.FOREVER})


@routes.get(f"/wave{STRETCH}.bin")
def wave(slug: str, file_id: int, from_ms: int, to_ms: int) -> Response:
    """The waveform of a stretch: float32 lowest and highest of each px, little-endian, NaN beyond the recording."""
    return media.packed(surroundings.wave_bytes(_dataset(slug), file_id, surroundings.on_grid(from_ms, to_ms)))


@routes.get(f"/heard{STRETCH}.wav")
def heard(slug: str, file_id: int, from_ms: int, to_ms: int) -> Response:
    """A stretch for the ear, of any length up to a minute. ``speed=auto`` slows ultrasound down."""
    speed = request.args.get("speed", "auto")
    number = None if speed == "auto" else media.number("speed", 1.0, playback.SLOWEST, playback.FASTEST)
    part = surroundings.any_stretch(from_ms, to_ms)
    return media.wav_answer(surroundings.sound(_dataset(slug), file_id, part, speed=number))


def _dataset(slug: str) -> Dataset:
    return workspaces.open_workspace(slug).dataset


def _kept(value: object) -> Response:
    """For ever: the address names the project as it was made (``v``)."""
    return media.packed(jsonify(value).data, mimetype="application/json")
