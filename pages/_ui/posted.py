"""What a browser posts, before anything is made of it: a body that our own pages would not send is refused as such.

The values in it are anybody's still; who takes them checks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from flask import Response, request

CALLBACKS = "/_dash-update-component"
MALFORMED = "This is nothing that a page of this program sends. Load the page again."


def check(app: dash.Dash) -> Response | None:
    """What is answered to a body that cannot be; None if it may go on."""
    if not request.is_json or request.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return None
    try:
        body = request.get_json(silent=True)
    except RecursionError:      # lists within lists, without end
        return _refusal()
    if request.path == CALLBACKS and not _is_callback(body, app.callback_map):
        return _refusal()
    return None


def _is_callback(body: Any, known: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a body names a callback, and brings as many values as it takes."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return False
    wanted = known.get(body["output"])
    if wanted is None or not all(_is_part(one) for one in _as_list(body.get("outputs"))):
        return False
    if not _are_texts(body.get("changedPropIds", [])):
        return False
    return all(_are_parts(body.get(kind, []), len(wanted[kind])) for kind in ("inputs", "state"))


def _are_parts(parts: Any, n_wanted: int) -> bool:
    """As many parts as there are inputs; one with a wildcard is a list of those that there are."""
    return isinstance(parts, list) and len(parts) == n_wanted and all(
        _is_part(one) for part in parts for one in _as_list(part))


def _is_part(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("id"), str | dict) and isinstance(part.get("property"), str)


def _are_texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


def _as_list(value: Any) -> list[Any]:
    """A list as it is, wildcards of several outputs laid out flat; anything else in a list of its own."""
    if not isinstance(value, list):
        return [value]
    return [one for part in value for one in (part if isinstance(part, list) else [part])]


def _refusal() -> Response:
    return Response(MALFORMED, status=400, mimetype="text/plain", headers={"Cache-Control": "no-store"})
