"""Who asks, and what they may do. While there are no accounts, the person at this machine may do everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from flask import current_app, g, has_request_context
from flask_login import UserMixin, current_user

from pipeline import accounts, catalogue, settings
from pipeline.accounts import MAY, Account, Role
from pipeline.errors import AccessError, ProjectError

Login = Literal["if-accounts", "always", "never"]
A = {"viewer": "a viewer", "annotator": "an annotator", "owner": "an owner"}


class Person(UserMixin):
    """Somebody who has logged in, for Flask-Login: the account as it is at this request, and the session's token."""

    def __init__(self, account: Account, token: str) -> None:
        self.account, self.token = account, token

    def get_id(self) -> str:
        """What the browser keeps."""
        return self.token


def needs_login() -> bool:
    """Whether this request must come from somebody who has logged in; what is no request need not."""
    if not has_request_context():
        return False
    if "needs_login" not in g:
        login: Login = current_app.config.get("LOGIN", "if-accounts")
        g.needs_login = login == "always" or (login == "if-accounts" and accounts.exist())
    return g.needs_login


def account() -> Account | None:
    """Who has logged in and sends this request; None where nobody has, or nobody needs to."""
    return current_user.account if needs_login() and current_user.is_authenticated else None


def user() -> str:
    """The name of the person who asks, as edits and runs carry it."""
    found = account()
    return settings.user_name() if found is None else found.name


def role(slug: str | None = None) -> Role | None:
    """What the person may be in the project of that name, or in all of Syllabary; None: it is hidden from them.

    Raises ProjectError for a project that is not known.
    """
    if not needs_login():
        return "owner"
    found = account()
    if found is None:
        return None
    return found.general_role if slug is None else found.role_in(catalogue.path_of(plain(slug)))


def require(wanted: Role, slug: str | None = None) -> None:
    """Raise AccessError unless the person has that role, or a higher one, in the project or in all of Syllabary.

    A project that is hidden from them is told of as one that there is not: ProjectError.
    """
    if not needs_login():
        return
    found = role(slug)
    if found is None and slug is not None:
        raise ProjectError(catalogue.unknown(plain(slug)))
    if not accounts.covers(found, wanted):
        raise AccessError(refusal(found))


def may(wanted: Role, slug: str | None = None) -> bool:
    """Whether `require` would let the person."""
    return not needs_login() or accounts.covers(role(slug), wanted)


def sees(project: Path) -> bool:
    """Whether the person may know of the project at that path."""
    if not needs_login():
        return True
    found = account()
    return found is not None and found.role_in(project.resolve()) is not None


def readable() -> Callable[[Path], bool] | None:
    """Where a project's recordings, and projects behind links, may lie; None: anywhere.

    It is said as soon as others come in, or the folders were named.
    """
    is_confined = current_app.config["CONFINED"] or needs_login()
    return current_app.config["READABLE"].allows if is_confined else None


def refusal(found: Role | None) -> str:
    """Why somebody in that role may not do something."""
    if found is None:
        return "Log in first."
    return f"As {A[found]} you may {MAY[found]} here, and no more. Ask whoever keeps this server for another role."


def plain(name: str) -> str:
    """The name in addresses, without what a page adds to it to say which sounds it means. Raises ProjectError."""
    if not isinstance(name, str):       # sent by hand
        raise ProjectError("No project is named. Open it from the list of projects.")
    return name.partition("@")[0]
