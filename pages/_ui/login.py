"""Logging in and out, and the rule that nothing but the log-in is shown to who has not."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

import dash
import dash_bootstrap_components as dbc
from dash import html
from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from pages._ui import access, ids
from pages._ui.icons import icon
from pipeline import logins
from pipeline.errors import AccessError
from pipeline.logins import TooManyAttemptsError

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER, CSRF_FIELD = "X-CSRFToken", "csrf_token"
OPEN_ENDPOINTS = {"healthz", "login.show", "login.enter"}
OPEN_PATHS = {"/assets/icon.svg", "/assets/theme.css", "/assets/early/theme.js", "/bundled/bootstrap.min.css"}
OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")   # //host and /\host are other sites to a browser
OUTDATED = "This form was open for too long, or your browser keeps no cookies for this address. Try again."
routes = Blueprint("login", __name__, template_folder="templates")


def install(server: Flask, *, login: access.Login, cookie_path: str) -> str:
    """Sessions for this server; returns the name of the cookie whose value has to come back with each change.

    login : whether a log-in is needed
    """
    secret = logins.secret("cookies")
    kept_apart = hashlib.sha256(secret).hexdigest()[:8]   # browsers send cookies to every port of a host
    server.secret_key = secret
    server.session_interface = _Sessions()
    server.config.update(
        LOGIN=login, SESSION_COOKIE_NAME=f"syllabary-{kept_apart}", SESSION_COOKIE_PATH=cookie_path,
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", CSRF_COOKIE=f"syllabary-csrf-{kept_apart}",
        WTF_CSRF_TIME_LIMIT=None)   # as long as the session
    manager = LoginManager(server)
    manager.session_protection = None   # laptops change their address; a session is ended in other ways
    manager.user_loader(_person)
    server.register_blueprint(routes)
    return server.config["CSRF_COOKIE"]


class _Sessions(SecureCookieSessionInterface):
    """Cookies that go over https alone where the request came that way."""

    def get_cookie_secure(self, _app: Flask) -> bool:
        return request.is_secure


def _person(token: str) -> access.Person | None:
    account = logins.account_of(token)
    return None if account is None else access.Person(account, token)


def check() -> Response | None:
    """What is answered to a request that may not go on; None if it may. Everything is shut but what is named open."""
    if not access.needs_login() or request.endpoint in OPEN_ENDPOINTS or request.path in OPEN_PATHS:
        return None
    if access.account() is None:
        return _log_in_first(request)
    if request.method not in SAFE_METHODS and not _token_fits(request.headers.get(CSRF_HEADER)
                                                              or request.form.get(CSRF_FIELD)):
        return Response("This page is out of date. Load it again.", status=403, mimetype="text/plain")
    return None


def keep_private(answer: Response) -> Response:
    """After a log-in: give pages the token for changes, and leave nothing in caches that was not meant to stay."""
    if not access.needs_login():
        return answer
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    name = current_app.config["CSRF_COOKIE"]
    if answer.mimetype == "text/html" and access.account() and not _token_fits(request.cookies.get(name)):
        answer.set_cookie(name, generate_csrf(), path=current_app.config["SESSION_COOKIE_PATH"], samesite="Lax",
                          secure=request.is_secure)   # not HttpOnly: pages send it back in a header
    return answer


@routes.get("/login")
def show() -> Response:
    """The form; who has no need of it goes on."""
    if not access.needs_login() or access.account() is not None:
        return redirect(_next(request.args.get("next", "")))
    return _form(next=request.args.get("next", ""))


@routes.post("/login")
def enter() -> Response:
    """Begin a session, or show the form again and say why not."""
    name, then = request.form.get("name", "").strip(), request.form.get("next", "")
    if not access.needs_login():
        return redirect(_next(then))
    if not _token_fits(request.form.get(CSRF_FIELD)):
        return _form(OUTDATED, name=name, next=then, status=403)
    try:
        token = logins.log_in(name, request.form.get("password", ""), address=request.remote_addr or "")
    except TooManyAttemptsError as error:
        return _form(str(error), name=name, next=then, status=429)
    except AccessError as error:
        return _form(str(error), name=name, next=then, status=401)
    session.clear()   # nothing that was set before the log-in goes on after it
    login_user(_person(token))
    return redirect(_next(then), code=303)


@routes.post("/logout")
def leave() -> Response:
    """End the session."""
    if current_user.is_authenticated:
        logins.log_out(current_user.token)
    logout_user()
    session.clear()
    answer = redirect(dash.get_relative_path("/login"), code=303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    answer.delete_cookie(current_app.config["CSRF_COOKIE"], path=current_app.config["SESSION_COOKIE_PATH"])
    return answer


def person_menu() -> list:
    """For the bar: who is logged in, in which role, and the way out; empty where nobody needs to log in."""
    account = access.account()
    if account is None:
        return []
    who = html.Span([icon("person"), html.Span(account.name, className="name"),
                     html.Span(account.role, className="role")], className="person", id=ids.PERSON,
                    title=f"{account.name}, {account.role}")
    token = dbc.Input(type="hidden", name=CSRF_FIELD, value=generate_csrf())
    leave = html.Button([icon("box-arrow-right"), html.Span("Log out", className="visually-hidden")], type="submit",
                        className="control bare", title="Log out", id=ids.LOG_OUT)
    form = html.Form([token, leave], action=dash.get_relative_path("/logout"), method="POST", className="leave")
    return [who, form]


def _form(problem: str = "", *, name: str = "", next: str = "", status: int = 200) -> Response:
    page = render_template("login.html", address=dash.get_relative_path, problem=problem, name=name[:64],
                           next=next[:2000], token=generate_csrf())
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _log_in_first(asked: Request) -> Response:
    """A page leads to the form and back; to what a page asks for besides, a sentence is enough."""
    if asked.method != "GET" or "text/html" not in asked.headers.get("Accept", ""):
        return Response("Log in first.", status=401, mimetype="text/plain", headers={"Cache-Control": "no-store"})
    query = asked.query_string.decode("utf-8", "replace")
    path = quote(asked.path, safe="/~") + (f"?{query}" if query else "")
    answer = redirect(f"{dash.get_relative_path('/login')}?next={quote(path, safe='/')}", code=303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _next(path: str) -> str:
    """Where to go after the log-in: one of our own pages, whatever the address says."""
    return dash.get_relative_path(path if OWN_PATH.fullmatch(path) and not path.startswith("/login") else "/")


def _token_fits(token: str | None) -> bool:
    try:
        validate_csrf(token)
    except ValidationError:
        return False
    return True
