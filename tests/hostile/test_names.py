"""Names as somebody would choose them who wants to do harm: shown as they are, and never more than text."""

from __future__ import annotations

import csv
import json
import re

import pytest
import web
from factory import make_project

from pages._ui import workspaces
from pipeline import catalogue, exporting
from pipeline.curation.workspace import Workspace
from pipeline.errors import ExportError
from pipeline.text import printable

NASTY = ("<img src=x onerror=alert(1)>", "\"><script>alert(1)</script>", "=HYPERLINK(\"http://x\")", "+1", "-1",
         "@SUM(A1)", "\U0001f426 ü", "a,b;c", "'; DROP TABLE edits;--", "{{7*7}}", "%s%n", "&lt;b&gt;")
HTML = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|"
                  r"dangerously_allow|DangerouslySetInner|dcc\.Markdown|\beval\(|new Function")


def test_no_text_becomes_html_or_code(root):
    written = [*root.glob("assets/**/*.js"), *root.glob("pages/**/*.py"), root / "app.py"]
    assert len(written) > 50
    assert [(path.name, found.group()) for path in written for found in HTML.finditer(path.read_text("utf-8"))] == []


def test_the_forms_that_are_html_escape_what_they_are_given(tmp_path):
    with web.own_memory(tmp_path):
        client = web.client_of(tmp_path)
        for address in ("/login?next=%22%3E%3Cscript%3E", "/curate/%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3E"):
            assert "<script>alert(1)" not in client.get(address).text
            assert '"><script>' not in client.get(address).text


@pytest.mark.parametrize("name", NASTY)
def test_a_name_of_a_cluster_comes_back_from_a_table_as_it_was(tmp_path, name):
    project = make_project(tmp_path / "bird.h5", n_sounds=4, cluster_ids=[1] * 4, clusters=[(1, name, "#112233", name)])
    workspace = Workspace.open(project)
    try:
        path = exporting.export(workspace.dataset, workspace.labels, tmp_path / "bird.csv", format="csv")
    finally:
        workspace.close()
    with path.open(newline="", encoding="utf-8") as file:
        assert [row["cluster_name"] for row in csv.DictReader(file)] == [name] * 4


@pytest.mark.parametrize("name", ["../x", "/etc/x", ".x", "a/b", "a\\b", "C:x", "a\nb", "a\0b", "", " ", "..", "\u202e",
                                  "x" * 5_000])
def test_an_export_goes_nowhere_else(tmp_path, name):
    project = make_project(tmp_path / "bird.h5", n_sounds=4)
    with pytest.raises((ExportError, OSError)):
        exporting.beside(project, name, format="csv").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bird.h5"]


def test_headers_of_a_download_hold_one_line(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    make_project(folder / "a\"b\r\nSet-Cookie: x=1.h5", n_sounds=4)
    with web.own_memory(tmp_path):
        client = web.client_of(folder)
        slug = catalogue.slug_of(next(folder.glob("*.h5")))
        made = json.loads(client.get(f"/media/{slug}/export/csv/make").text.splitlines()[-1])
        answer = client.get(f"/media/{slug}/export/file/{made['token']}")
        workspaces.close_all()
    assert "Set-Cookie" not in answer.headers
    assert "\n" not in "".join(value for _name, value in answer.headers)


def test_what_is_logged_and_told_has_no_lines_of_its_own():
    for name in ("a\nb", "a\r\n2026-01-01 ERROR", "\x1b[31mred", "\u2028", "\u202e"):
        assert printable(name).isprintable()
