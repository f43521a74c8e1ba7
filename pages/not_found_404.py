"""The page for addresses that there are not."""

from __future__ import annotations

from dash import register_page

from pages._ui import shell

register_page(__name__, title="Not found · Syllabary")


def layout(**_variables: str) -> object:
    """One sentence, and the way back."""
    return shell.reason_page("There is no page at this address.")
