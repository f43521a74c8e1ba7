"""The dashboard without a browser: its Flask test client."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import argon2
import dash
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import app
from pages._ui import workspaces
from pages._ui.guard import Sharing
from pipeline import accounts


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


QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)   # the real one takes its time on purpose
PASSWORD = "correct horse battery"


def add_people(monkeypatch: pytest.MonkeyPatch, **roles: str) -> None:
    """Accounts from now on, by name, all with `PASSWORD`: ``add_people(monkeypatch, olga="owner", vera="viewer")``."""
    monkeypatch.setattr(accounts, "_hasher", lambda: QUICK)
    for name, role in roles.items():
        accounts.add(name, PASSWORD, role=role)


def person(app: dash.Dash, name: str) -> FlaskClient:
    """A client of a dashboard that somebody has logged in with."""
    client = app.server.test_client()
    assert log_in(client, name).status_code == 303
    return client


def log_in(
    client: FlaskClient, name: str, *, password: str = PASSWORD, then: str = "/", base: str = ""
) -> TestResponse:
    """Fill in the form and send it, as a browser does; afterwards the client sends its token with each change."""
    form = client.get(f"{base}/login", query_string={"next": then}).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    fields = {"name": name, "password": password, "csrf_token": token, "next": then}
    answer = client.post(f"{base}/login", data=fields)
    cookie = client.application.config["CSRF_COOKIE"]
    if held := client.get_cookie(cookie, path=f"{base}/"):
        client.environ_base["HTTP_X_CSRFTOKEN"] = held.value
    return answer


def call(
    client: FlaskClient, app: dash.Dash, key: str, values: Mapping[str, object], *, base: str = ""
) -> TestResponse:
    """Send a callback by hand: ``values`` by component id, 1 for what is not named."""
    about = app.callback_map[key]
    parts = {kind: [_filled(part, values) for part in about[kind]] for kind in ("inputs", "state")}
    outputs = about["output"] if isinstance(about["output"], list) else [about["output"]]
    named = [{"id": one.component_id, "property": one.component_property} for one in outputs]
    changed = [f"{part['id']}.{part['property']}" for part in parts["inputs"][:1] if isinstance(part["id"], str)]
    body = {"output": key, "outputs": named if key.startswith("..") else named[0], "changedPropIds": changed, **parts}
    return client.post(f"{base}/_dash-update-component", json=body)


def page_at(client: FlaskClient, app: dash.Dash, address: str) -> str:
    """What Dash sends for a page, as text."""
    key = next(key for key in app.callback_map if "_pages_content" in key)
    return call(client, app, key, {"_pages_location": address}).text


def _filled(part: Mapping[str, str], values: Mapping[str, object]) -> dict[str, object]:
    return {**part, "value": values.get(part["id"], values.get("*", 1))}
