"""Projects: those opened lately and those in the folder that was given; open one."""

from __future__ import annotations

from dash import register_page
from flask import current_app

from pages._ui import access, project_list, shell
from pipeline import catalogue

register_page(__name__, path="/", title="Projects · Syllabary")


@shell.guarded
def layout(**_variables: str) -> object:
    """Two lists, or what to do if there is nothing to list."""
    place = current_app.config["PLACE"]
    folder = place if place is not None and place.is_dir() else None
    found = [card for card in catalogue.found(folder) if access.sees(card.path)] if folder else []
    recent = [card for card in catalogue.recent() if access.sees(card.path)]
    return project_list.page(recent=recent, found=found, folder=folder)
