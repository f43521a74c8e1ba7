"""The repertoire report of a project, as the run has written it beside the project: to be looked at, or taken away.

The page has a script and names that people gave, so it is shown in a sandbox: it can play its sounds, and nothing in it
can reach Syllabary with the rights of the person who looks.
"""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file

from pages._ui import media, workspaces
from pipeline.errors import ExportError, SyllabaryError
from pipeline.report import writing

POLICY = ("sandbox allow-scripts; default-src 'none'; img-src data:; media-src data:; "
          "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'")
routes = Blueprint("report", __name__, url_prefix="/media/<slug>")
routes.register_error_handler(SyllabaryError, media.say_why)
routes.before_request(media.refuse_other_sounds)


@routes.get("/report.html")
def report(slug: str) -> Response:
    """The report, in the browser's window or, with ``download``, as a file."""
    project = workspaces.open_project(slug).path
    path = writing.beside(project)
    if not writing.is_report(path):
        raise ExportError(f"There is no report of {project.stem} yet. Make one on the page Export.")
    answer = send_file(path, mimetype="text/html", as_attachment="download" in request.args,
                       download_name=path.name, max_age=0)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
