"""Figures of a project: a picture small enough to look at, and the files for a paper.

Nothing here takes a path: a project is named by its slug, a figure by a name that is known. What is not a parameter of
the figure is passed over.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, request

from pages._ui import media, workspaces
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.figures import making, style
from pipeline.figures.making import Drawing

MIMES = {".png": "image/png", ".svg": "image/svg+xml", ".pdf": "application/pdf", ".zip": "application/zip"}
Values = tuple[tuple[str, str], ...]
routes = Blueprint("figures", __name__, url_prefix="/media/<slug>/figure")
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)


@routes.get("/<kind>/preview.png")
def preview(slug: str, kind: str) -> Response:
    """One page of a figure, ``page`` counted from 0, with the labels as they are now; X-Pages says of how many."""
    opened = workspaces.open_project(slug)
    n_pages, picture = _preview(slug, opened.version, opened.workspace.revision, kind, _values(),
                                request.args.get("page", 0, type=int))
    answer = media.checked(picture, mimetype="image/png")
    answer.headers["X-Pages"] = str(n_pages)
    return answer


@routes.get("/<kind>/figure<suffix>")
def figure(slug: str, kind: str, suffix: str) -> Response:
    """A figure as a file of that suffix; several pages that are no PDF come as a zip."""
    if suffix not in style.SUFFIXES:
        raise ParameterError(f"A figure can be PNG, SVG or PDF, not {suffix!r}.")
    stem = f"{workspaces.open_project(slug).path.stem}-{kind}"
    name, content = making.download(_drawing(slug, kind, dict(_values())), suffix, stem=stem)
    answer = Response(content, mimetype=MIMES[name[name.rindex("."):]], headers={"Cache-Control": "no-store"})
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@lru_cache(maxsize=64)   # of 50 to 500 kB each; another page, and the same once more
def _preview(slug: str, _version: str, _revision: int, kind: str, values: Values, page: int) -> tuple[int, bytes]:
    drawn = _drawing(slug, kind, dict(values))
    return drawn.n_pages(), making.preview(drawn, page)


def _drawing(slug: str, kind: str, values: dict[str, Any]) -> Drawing:
    workspace = workspaces.open_workspace(slug)
    return making.drawing(workspace.dataset, workspace.labels, kind, values)


def _values() -> Values:
    """The parameters of the address; what was left empty holds its default."""
    return tuple(sorted((name, text) for name, text in request.args.items() if text and name not in ("page", "v")))
