"""The dashboard without a browser: its Flask test client."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import app
from pages._ui import workspaces
from pages._ui.guard import Sharing


@contextlib.contextmanager
def own_memory(folder: Path) -> Iterator[None]:
    """Recent projects and their names in addresses are those of these tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYLLABARY_STATE", str(folder / "state"))
        yield


def client_of(place: Path, *, insecure: bool = False) -> FlaskClient:
    """A client of a dashboard that knows the projects at ``place``."""
    workspaces.close_all()
    return app.build_app(place, sharing=Sharing(insecure=insecure)).server.test_client()
