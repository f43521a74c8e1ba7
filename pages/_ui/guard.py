"""What a browser may do with our pages: who may ask, and what a page may load."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import dash
from flask import Response, request

LOCAL_NAMES = {"localhost", "localhost.localdomain"}
# plotly.js draws through functions that it compiles in the page, and Dash and plotly set styles in elements.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine only: a name or address that no other machine can reach."""
    name = host.strip("[]").lower().rstrip(".")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in LOCAL_NAMES or name.endswith(".localhost")


def protect(app: dash.Dash, *, any_host: bool) -> None:
    """Check every request and add headers to every answer.

    Unless ``any_host``, only requests to this machine's own names are answered: a foreign site that lets its name
    point here (DNS rebinding) gets nothing. Requests that another site's page sends to change something are refused.
    """
    @app.server.before_request
    def check() -> Response | None:
        if not any_host and not is_loopback(_host_name()):
            return _refusal(f"This address is for this machine only, not for {_host_name()!r}. Use http://127.0.0.1.")
        if request.method not in ("GET", "HEAD", "OPTIONS") and _is_from_elsewhere(any_host):
            return _refusal("Requests from other sites are not answered.")
        return None

    @app.server.after_request
    def add_headers(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if answer.mimetype == "text/html":
            answer.headers["Content-Security-Policy"] = POLICY.format(scripts=" ".join(app.csp_hashes()))
        return answer


def _is_from_elsewhere(any_host: bool) -> bool:
    """Whether a page of another origin sends this. Behind a proxy the origin has another name than the host."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and not any_host and urlsplit(origin).netloc != request.host
    return foreign or request.headers.get("Sec-Fetch-Site") == "cross-site"


def _host_name() -> str:
    """The host that the browser believes to be talking to, without the port."""
    host = request.host
    return host[:host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def _refusal(text: str) -> Response:
    return Response(text, status=403, mimetype="text/plain")
