"""The pages of one project: which is open, and the way to the others."""

from __future__ import annotations

from urllib.parse import quote

import dash
from dash import dcc, html

from pages._ui.icons import icon

PAGES = (("Curate", "curate"), ("Cluster", "cluster"), ("Compare", "compare"), ("Map", "map"), ("Arrange", "arrange"),
         ("Export", "export"))


def menu(slug: str, here: str) -> html.Details:
    """A crumb that names the open page and, when it is opened, leads to the others."""
    named = [html.Span(name, className="here", **{"aria-current": "page"}) if name == here
             else dcc.Link(name, href=address(page, slug)) for name, page in PAGES]
    return html.Details([html.Summary([html.Span(here), icon("chevron-down")], title="Other pages of this project"),
                         html.Div(named, className="project-pages")], className="project-menu")


def address(page: str, slug: str) -> str:
    """Where a page of a project is, below the prefix that addresses may have."""
    return dash.get_relative_path(f"/{page}/{quote(slug)}")
