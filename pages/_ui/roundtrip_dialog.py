"""Edited tables of a project come back as a difference."""

from __future__ import annotations

from dash import html

from pages._ui.workspaces import OpenProject


def section(opened: OpenProject) -> html.Section:
    """The part of the page Export."""
    return html.Section([
        html.H2("Round trip"),
        html.P([
            "A table that was exported here and edited in another program comes back as a difference: ",
            html.Code(f"python -m pipeline import-edits {opened.path.name} TABLE"), ".",
        ], className="hint"),
    ], className="form-section")


def register() -> None:
    """The callbacks of the part; once for each app."""
