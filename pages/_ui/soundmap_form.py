"""The form of the page Map: which maps are to be computed, and what it says as the values of a run."""

from __future__ import annotations

from dash import html

from pages._ui.workspaces import OpenProject


def section(opened: OpenProject) -> html.Details:
    """More maps."""
    return html.Details([])
