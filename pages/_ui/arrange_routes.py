"""What the page Arrange shows besides text: the tree, the list of leaves, features as colours; and files to download.

Nothing here takes a path: a project is named by its slug, an arrangement by a name that is known.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from flask import Blueprint, Response, jsonify, request, send_file

from pages._ui import media, workspaces
from pipeline.arrange import for_pages, on_project, project_files
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.text import size_text

routes = Blueprint("arrangements", __name__, url_prefix="/media/<slug>/arrangement")
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)
MOST_BYTES = 1_000_000_000        # of a download; more is written beside the project
COPIES = ("copy", "list")


@routes.get("/leaves.bin")
def leaves(slug: str) -> Response:
    """The row of each leaf, int32, see `for_pages.leaves_bytes`."""
    return media.packed(for_pages.leaves_bytes(*_asked(slug)))


@routes.get("/gaps.bin")
def gaps(slug: str) -> Response:
    """Which join unites each leaf and the next, int32."""
    return media.packed(for_pages.gaps_bytes(*_asked(slug)))


@routes.get("/heights.bin")
def heights(slug: str) -> Response:
    """How high each join is, float32."""
    return media.packed(for_pages.heights_bytes(*_asked(slug)))


@routes.get("/entries.json")
def entries(slug: str) -> Response:
    """Some lines of the list, from leaf ``first`` on."""
    first, count = request.args.get("first", 0, type=int), request.args.get("count", for_pages.MOST_ENTRIES, type=int)
    return media.packed(jsonify(for_pages.entries(*_asked(slug), first, count)).data, mimetype="application/json")


@routes.get("/columns.json")
def columns(slug: str) -> Response:
    """The names of the features."""
    return media.packed(for_pages.columns_json(*_asked(slug)).encode(), mimetype="application/json")


@routes.get("/heat.bin")
def heat(slug: str) -> Response:
    """The features of the leaves ``first`` to ``last``, int8, so many lines as ``X-Lines`` says."""
    first, last = request.args.get("first", 0, type=int), request.args.get("last", 1, type=int)
    data, n_lines = for_pages.heat_bytes(*_asked(slug), first, last)
    answer = media.packed(data)
    answer.headers["X-Lines"] = str(n_lines)
    return answer


@routes.get("/sorted.zip")
def sorted_sounds(slug: str) -> Response:
    """Sorted sounds, lists and pictures as a download; with ``check`` only whether they are not too many."""
    dataset, name = _asked(slug)
    copies, n_clusters = request.args.get("copies", "copy"), request.args.get("k", type=int)
    if copies not in COPIES:
        raise ParameterError(f"copies can be: {', '.join(COPIES)}; not {copies!r}.")
    if n_clusters is not None:
        on_project.check_cut(dataset, n_clusters, name=name)
    needed = project_files.n_bytes(dataset) if copies == "copy" else 0
    if needed > MOST_BYTES:
        raise ParameterError(f"The sounds may take {size_text(needed)}, too much for a download. Save them beside the "
                             "project instead, or download the lists alone.")
    if "check" in request.args:
        return Response(status=204)
    folder = Path(tempfile.mkdtemp(prefix="syllabary-arranged-"))
    path = folder / f"{dataset.path.stem}-arranged.zip"
    try:
        project_files.pack(dataset, path, name=name, copies=copies, n_clusters=n_clusters)
        answer = send_file(path.open("rb"), as_attachment=True, download_name=path.name, mimetype="application/zip")
        answer.headers["Content-Length"], answer.headers["Cache-Control"] = str(path.stat().st_size), "no-store"
        return answer
    finally:
        shutil.rmtree(folder, ignore_errors=True)   # what is being sent stays readable until it is closed


def _asked(slug: str) -> tuple[Dataset, str]:
    """The data set, and the name of the arrangement: the newest if none is named."""
    dataset = workspaces.open_workspace(slug).dataset
    return dataset, on_project.find(dataset, request.args.get("name", "")).name
