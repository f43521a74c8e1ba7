"""What a browser may do with our pages: who may ask, and what a page may load."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import dash
from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from pages._ui import access, login, posted
from pages._ui.access import Login
from pipeline import sandbox
from pipeline.errors import ParameterError

A_YEAR_S = 31_536_000
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
    "X-Frame-Options": "SAMEORIGIN",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine only: a name or address that no other machine can reach."""
    name = host.strip("[]").lower().rstrip(".")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in LOCAL_NAMES or name.endswith(".localhost")


@dataclass(frozen=True)
class Sharing:
    """How the dashboard is reached, and by whom.

    insecure : whether to answer to any host name without a log-in, because something in front checks who asks
    login : whether a log-in is needed      allowed_hosts : the only host names to answer to, besides this machine's own
    behind_proxy : whether the headers X-Forwarded-For, -Proto and -Host are those of one proxy in front, to be believed
    url_base : the path that everything lies under, such as ``/`` or ``/lab/``
    """

    insecure: bool = False
    login: Login = "if-accounts"
    allowed_hosts: tuple[str, ...] = ()
    behind_proxy: bool = False
    url_base: str = "/"


def checked_base(text: str) -> str:
    """A path prefix with a slash at both ends. Raises ParameterError for what can be none."""
    base = f"/{text.strip('/')}/" if text.strip("/") else "/"
    if not re.fullmatch(r"/([\w.~-]+/)*", base, re.ASCII) or {".", ".."} & set(base.split("/")):
        raise ParameterError(f"{text!r} cannot be a path that everything lies under. Use one such as /syllabary/.")
    return base


def protect(app: dash.Dash, sharing: Sharing) -> None:
    """Check every request and add headers to every answer. The log-in has been installed before.

    Without accounts only this machine is answered, under its own names: a foreign site that lets its name point here
    (DNS rebinding) gets nothing. Requests that another site's page sends to change something are refused.
    """
    server = app.server
    _place_under(server, sharing)

    @server.before_request
    def check() -> Response | None:
        sandbox.shield(True, allows=access.readable())
        return _wrong_host(sharing) or _foreign_change(sharing) or login.check() or posted.check(app)

    @server.teardown_request
    def let_go(_error: BaseException | None) -> None:
        sandbox.shield(False)

    @server.after_request
    def add_headers(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if request.is_secure:
            answer.headers["Strict-Transport-Security"] = f"max-age={A_YEAR_S}"
        if answer.mimetype == "text/html":
            policy = POLICY.format(scripts=" ".join(app.csp_hashes()))
            answer.headers.setdefault("Content-Security-Policy", policy)      # a route may have a stricter one
        return login.keep_private(answer)


def _place_under(server: Flask, sharing: Sharing) -> None:
    """Let the server see addresses as the browser does, proxy and prefix taken away."""
    prefix, inner = sharing.url_base.rstrip("/"), server.wsgi_app

    def under_prefix(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):   # a proxy may have taken it away already
            environ["PATH_INFO"] = path[len(prefix):] or "/"
        environ["SCRIPT_NAME"] = prefix
        return inner(environ, start_response)

    if prefix:
        server.wsgi_app = under_prefix
    if sharing.behind_proxy:
        server.wsgi_app = ProxyFix(server.wsgi_app)


def _wrong_host(sharing: Sharing) -> Response | None:
    name = _host_name()
    if sharing.allowed_hosts:
        if name not in sharing.allowed_hosts and not is_loopback(name):
            return _refusal(f"This server is not called {name!r}. Use one of its own names: "
                            f"{', '.join(sharing.allowed_hosts)}.")
    elif not sharing.insecure and not access.needs_login():
        if not is_loopback(name):
            return _refusal(f"This address is for this machine only, not for {name!r}. Use http://127.0.0.1.")
        if request.remote_addr and not is_loopback(request.remote_addr):
            return _refusal("There are no accounts yet, so this server answers to its own machine only. Whoever keeps "
                            "it makes one with 'python -m pipeline users add NAME'.")
    return None


def _foreign_change(sharing: Sharing) -> Response | None:
    """Refuse what a page of another origin sends. Behind an unknown proxy the origin has another name than the host."""
    if request.method in login.SAFE_METHODS:
        return None
    origin = request.headers.get("Origin")
    if origin is not None and not sharing.insecure and urlsplit(origin).netloc != request.host:
        return _refusal(f"Requests from other sites are not answered: this one comes from {origin!r}, and this server "
                        f"is called {request.host!r}. A proxy in front has to pass the host name on (in nginx: "
                        "proxy_set_header Host $http_host).")
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return _refusal("Requests from other sites are not answered.")
    return None


def _host_name() -> str:
    """The host that the browser believes to be talking to, without the port."""
    host = request.host
    return host[:host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def _refusal(text: str) -> Response:
    return Response(text, status=403, mimetype="text/plain")
