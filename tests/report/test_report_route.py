"""How the report is served: as a file, or in a sandbox from which nothing reaches Syllabary."""

from __future__ import annotations

import pytest
from web import client_of, own_memory

from pages._ui import export_report, guard, workspaces
from pipeline.report import writing

ADDRESS = "/media/bird/report.html"


@pytest.fixture
def client(project, tmp_path):
    with own_memory(tmp_path):
        yield client_of(project)
        workspaces.close_all()


def texts(node) -> str:
    """All words of a component."""
    if isinstance(node, (list, tuple)):
        return " ".join(texts(one) for one in node)
    return texts(getattr(node, "children", None)) if hasattr(node, "children") else str(node or "")


def test_a_report_that_was_not_made_is_not_there(client):
    answer = client.get(ADDRESS)
    assert answer.status_code == 404
    assert answer.text == "There is no report of bird yet. Make one on the page Export."


def test_a_report_is_shown_in_a_sandbox(client, project):
    writing.write(project)
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "allow-same-origin" not in policy
    assert answer.headers.getlist("Content-Security-Policy") == [policy]   # not loosened by that of the pages
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "attachment" not in answer.headers.get("Content-Disposition", "")


def test_a_report_can_be_taken_away(client, project):
    writing.write(project)
    answer = client.get(ADDRESS, query_string={"download": 1})
    assert answer.headers["Content-Disposition"] == "attachment; filename=bird.report.html"
    assert answer.data == writing.beside(project).read_bytes()


def test_another_page_that_lies_in_its_place_is_not_served(client, project):
    writing.beside(project).write_text("<script>alert(1)</script>", encoding="utf-8")
    assert client.get(ADDRESS).status_code == 404


def test_the_pages_themselves_have_their_policy(client):
    assert client.get("/").headers["Content-Security-Policy"].startswith(guard.POLICY.split("{")[0])


def test_the_section_has_a_form_and_the_report_there_is(client, project):
    app = client.application
    with app.test_request_context("/export/bird", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        before = texts(export_report.section(workspaces.open_project("bird")))
        writing.write(project)
        after = texts(export_report.section(workspaces.open_project("bird")))
    assert "There is no report of this project yet." in before
    assert "Make the report" in before
    assert "Open" in after
    assert "Download" in after
    assert "Labels were edited since" not in after
