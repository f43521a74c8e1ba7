"""Other people's files, served from the packages they were installed with; nothing comes from the internet."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, send_file

from pages._ui import icons

STYLESHEETS = ("bundled/bootstrap.min.css", "bundled/icons.css")
A_DAY = 86_400
routes = Blueprint("bundled", __name__, url_prefix="/bundled")


@routes.get("/bootstrap.min.css")
def bootstrap() -> Response:
    """Bootstrap 5.3, out of bootstrap-flask."""
    return send_file(icons.static_folder() / "css" / "bootstrap.min.css", max_age=A_DAY)


@routes.get("/icons.css")
def icon_rules() -> Response:
    """The icons in use, out of its sprite."""
    return Response(icons.stylesheet(), mimetype="text/css", headers={"Cache-Control": f"max-age={A_DAY}"})


@routes.get("/plotly.min.js")
def plotly() -> Response:
    """plotly.js, out of plotly."""
    return send_file(_plotly_file(), max_age=A_DAY)


@cache
def _plotly_file() -> Path:
    package = find_spec("plotly")
    return Path(package.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
