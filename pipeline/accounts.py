"""Accounts: who may log in to the dashboard, and what each may do in which project. Kept in the state folder.

While there is no account, nobody is asked for a name. Passwords are kept as Argon2id hashes only.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline import database, settings
from pipeline.database import transaction
from pipeline.errors import AccessError, ParameterError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Role = Literal["viewer", "annotator", "owner"]
ROLES: tuple[Role, ...] = ("viewer", "annotator", "owner")
MAY = {
    "viewer": "look, listen and download",
    "annotator": "look, listen, download and edit",
    "owner": "do everything, also start runs and import",
}
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1_000
NAME = re.compile(r"[\w.@+-]{1,64}")
WAIT_S = 30.0
VERSION = 1
_HIDDEN = "none"            # in place of a role: the project is hidden from the person
_one_at_a_time = threading.Lock()   # hashing takes 64 MB on purpose; many at once must not take many times that

_SCHEMA = """
CREATE TABLE accounts (
    key TEXT PRIMARY KEY,          -- the name without regard to case
    name TEXT NOT NULL,
    password TEXT NOT NULL,        -- Argon2id, with its salt and parameters
    role TEXT NOT NULL,
    everywhere INTEGER NOT NULL,   -- 1: all projects but those hidden by a grant; 0: only those with a grant
    created REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE grants (
    key TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    project TEXT NOT NULL,         -- the path of the file
    role TEXT NOT NULL,            -- or none
    PRIMARY KEY (key, project)
) WITHOUT ROWID;
CREATE TABLE sessions (
    token TEXT PRIMARY KEY,        -- hash of what the browser has
    key TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    began REAL NOT NULL,
    seen REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE attempts (who TEXT NOT NULL, time REAL NOT NULL);
CREATE INDEX attempts_by_who ON attempts (who, time);
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Account:
    """One person.

    everywhere : whether the role holds in all projects, or only in those that were granted
    projects : (path, role) of each project with a rule of its own; None in place of a role hides the project
    created : s since the epoch
    """

    name: str
    role: Role
    everywhere: bool
    projects: tuple[tuple[str, Role | None], ...]
    created: float

    def role_in(self, project: Path) -> Role | None:
        """What this person may be in the project at that path; None: it is hidden from them."""
        return dict(self.projects).get(str(project), self.role if self.everywhere else None)

    @property
    def general_role(self) -> Role:
        """What this person may be where no project is meant: who has only some projects is a viewer there."""
        return self.role if self.everywhere else "viewer"


def covers(role: Role | None, wanted: Role) -> bool:
    """Whether who has ``role`` may do what ``wanted`` may."""
    return role is not None and ROLES.index(role) >= ROLES.index(wanted)


def exist() -> bool:
    """Whether there is any account. From the first on, the dashboard asks for a log-in."""
    if not _file().exists():
        return False
    with book() as connection:
        return connection.execute("SELECT EXISTS (SELECT 1 FROM accounts)").fetchone()[0] == 1


def listing() -> list[Account]:
    """All accounts, by name."""
    if not _file().exists():
        return []
    with book() as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM accounts ORDER BY key")]
        return [account_of(connection, key) for key in keys]


def find(name: str) -> Account:
    """The account of that name, without regard to case. Raises ParameterError if there is none."""
    with book() as connection:
        return _known(connection, name)


def add(name: str, password: str, *, role: Role = "annotator", only: Sequence[Path] = ()) -> Account:
    """Make an account.

    only : the projects that it can see; without any it sees all, also those to come
    Raises ParameterError for a name that is taken or cannot be one, and for a password that is too short.
    """
    name = unicodedata.normalize("NFC", name)
    if not NAME.fullmatch(name):
        raise ParameterError(f"{name!r} cannot be a name. Use up to 64 letters, digits and the signs . _ - + @.")
    row = (key_of(name), name, _hashed(name, password), role, not only, time.time())
    with book() as connection, transaction(connection):
        try:
            connection.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise ParameterError(f"There is an account {name!r} already. Choose another name, or change that one: "
                                 "'python -m pipeline users password' or 'role'.") from None
        for project in only:
            _put_rule(connection, key_of(name), project, role)
        return account_of(connection, key_of(name))


def remove(name: str) -> None:
    """Delete an account; who is logged in with it is out at the next request. What they did stays in the journals."""
    with book() as connection, transaction(connection):
        account = _known(connection, name)
        connection.execute("DELETE FROM accounts WHERE key = ?", [key_of(account.name)])


def set_password(name: str, password: str) -> None:
    """Give another password; everybody who is logged in with the old one is out."""
    with book() as connection:
        account = _known(connection, name)
        hashed = _hashed(account.name, password)
        with transaction(connection):
            connection.execute("UPDATE accounts SET password = ? WHERE key = ?", [hashed, key_of(name)])
            connection.execute("DELETE FROM sessions WHERE key = ?", [key_of(name)])


def set_role(name: str, role: Role) -> Account:
    """Change what a person may do wherever no project has a rule of its own."""
    with book() as connection, transaction(connection):
        _known(connection, name)
        connection.execute("UPDATE accounts SET role = ? WHERE key = ?", [role, key_of(name)])
        return account_of(connection, key_of(name))


def grant(name: str, project: Path | None, *, role: Role | None = None) -> Account:
    """Let a person into a project, in a role of their own there or in their usual one; None: into all projects."""
    with book() as connection, transaction(connection):
        account = _known(connection, name)
        if project is None:
            connection.execute("UPDATE accounts SET everywhere = 1 WHERE key = ?", [key_of(name)])
            connection.execute("DELETE FROM grants WHERE key = ? AND role = ?", [key_of(name), _HIDDEN])
        else:
            _put_rule(connection, key_of(name), project, role or account.role)
        return account_of(connection, key_of(name))


def revoke(name: str, project: Path | None) -> Account:
    """Hide a project from a person; None: all projects that were not granted by name."""
    with book() as connection, transaction(connection):
        _known(connection, name)
        if project is None:
            connection.execute("UPDATE accounts SET everywhere = 0 WHERE key = ?", [key_of(name)])
        else:
            _put_rule(connection, key_of(name), project, _HIDDEN)
        return account_of(connection, key_of(name))


def check(name: str, password: str) -> Account | None:
    """The account if name and password fit, else None. It takes as long for a name that there is not."""
    import argon2

    with book() as connection:
        row = connection.execute("SELECT password FROM accounts WHERE key = ?", [key_of(name)]).fetchone()
    try:
        with _one_at_a_time:
            _hasher().verify(row[0] if row else _hash_of_nobody(), password[:LONGEST_PASSWORD])
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return None
    return find(name) if row else None


@contextmanager
def book() -> Iterator[sqlite3.Connection]:
    """The data base of accounts, for this file and `pipeline.logins`; made when it is first asked for."""
    path = _file()
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if database.version_of(connection) != VERSION and not database.make(connection, _SCHEMA, version=VERSION):
            raise AccessError(f"{path} was written by a newer version of Syllabary. Update this one.")
        yield connection
    except sqlite3.DatabaseError as error:
        raise AccessError(f"The accounts in {path} cannot be read or written ({error}). See whether the disk is full "
                          "and the file may be written; bring it back from a backup if it is damaged.") from error
    finally:
        connection.close()


def _file() -> Path:
    return settings.state_dir() / "accounts.sqlite"


def key_of(name: str) -> str:
    """A name as it is looked up: without regard to case."""
    return unicodedata.normalize("NFC", name).casefold()


def _known(connection: sqlite3.Connection, name: str) -> Account:
    account = account_of(connection, key_of(name))
    if account is None:
        raise ParameterError(f"There is no account {name!r}. 'python -m pipeline users list' shows those that there "
                             "are.")
    return account


def account_of(connection: sqlite3.Connection, key: str) -> Account | None:
    """The account with that key, None if there is none."""
    row = connection.execute("SELECT name, role, everywhere, created FROM accounts WHERE key = ?", [key]).fetchone()
    if row is None:
        return None
    rules = connection.execute("SELECT project, role FROM grants WHERE key = ? ORDER BY project", [key])
    projects = tuple((project, None if role == _HIDDEN else role) for project, role in rules)
    return Account(row[0], row[1], bool(row[2]), projects, row[3])


def _put_rule(connection: sqlite3.Connection, key: str, project: Path, role: str) -> None:
    connection.execute("INSERT OR REPLACE INTO grants VALUES (?, ?, ?)", [key, str(project.resolve()), role])


def _hashed(name: str, password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ParameterError(f"A password has at least {SHORTEST_PASSWORD} characters, and at most {LONGEST_PASSWORD}. "
                             "Several words in a row are a good one.")
    if key_of(password) == key_of(name):
        raise ParameterError("The name is no password: it is the first that anybody would try.")
    with _one_at_a_time:
        return _hasher().hash(password)


@cache
def _hasher() -> PasswordHasher:
    """Argon2id with the library's own parameters, which follow RFC 9106."""
    import argon2

    return argon2.PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    """What a name that there is not is checked against, so that the time taken does not tell."""
    return _hasher().hash("nobody has this password")
