"""What the page Cluster shows besides text: cluster and confidence of every sound, an autoencoder's pictures.

Nothing here takes a path: a project is named by its slug, a labeling or a sheet of pictures by a name that is known.
"""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file

from pages._ui import media, workspaces
from pipeline import labelings
from pipeline.autoencoder import progress
from pipeline.errors import SyllabaryError
from pipeline.tasks.train_autoencoder import report_dir

routes = Blueprint("labelings", __name__, url_prefix="/media/<slug>")
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)


@routes.get("/labeling.bin")
def codes(slug: str) -> Response:
    """The cluster of every sound in the labeling ``name``, uint16 little-endian in row order, see `labelings.codes`."""
    found = labelings.codes(workspaces.open_workspace(slug).dataset, request.args.get("name", ""))
    return media.packed(found.astype("<u2").tobytes())


@routes.get("/confidence.bin")
def confidence(slug: str) -> Response:
    """How sure the labeling ``name`` is of every sound, one byte each in row order."""
    found = labelings.confidence(workspaces.open_workspace(slug).dataset, request.args.get("name", ""))
    return media.packed(found.tobytes())


@routes.get("/autoencoder/<sheet>.png")
def pictures(slug: str, sheet: str) -> Response:
    """A sheet of sample pictures of the project's autoencoder: ``reconstructions`` or ``nearest``."""
    folder = report_dir(workspaces.open_project(slug).path)
    answer = send_file(progress.sheet(folder, sheet), mimetype="image/png", max_age=0)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
