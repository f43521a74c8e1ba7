"""Figures of a project: the map, the grid of a cluster, the repertoire."""

from __future__ import annotations

from dash import html

from pages._ui.workspaces import OpenProject


def section(opened: OpenProject) -> html.Section:
    """The part of the page Export."""
    return html.Section([
        html.H2("Figures"),
        html.P([
            "The map, the grid of a cluster and the repertoire for papers, at print quality: ",
            html.Code(f"python -m pipeline figure {opened.path.name}"), ".",
        ], className="hint"),
    ], className="form-section")


def register() -> None:
    """The callbacks of the part; once for each app."""
