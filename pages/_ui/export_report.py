"""The repertoire report of a project."""

from __future__ import annotations

from dash import html

from pages._ui.workspaces import OpenProject


def section(opened: OpenProject) -> html.Section:
    """The part of the page Export."""
    return html.Section([
        html.H2("Repertoire report"),
        html.P([
            "One page with the exemplars, counts and sequences of all clusters, to be kept or sent: ",
            html.Code(f"python -m pipeline report {opened.path.name}"), ".",
        ], className="hint"),
    ], className="form-section")


def register() -> None:
    """The callbacks of the part; once for each app."""
