"""Logging in: passwords tried, failures counted, sessions begun and ended. Shared by all processes that serve.

A session lives here, not in the browser, which has only a token for it: logging out, another password and removing an
account end it at once.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import sqlite3
import time

from pipeline import accounts
from pipeline.accounts import Account
from pipeline.database import transaction
from pipeline.errors import AccessError
from pipeline.text import counted

IDLE_S = 12 * 3600.0          # without any request
LONGEST_S = 7 * 24 * 3600.0   # in any case
NOTED_EVERY_S = 600.0         # how exactly the last request is known
WINDOW_S = 15 * 60.0
MOST_BY_NAME, MOST_BY_ADDRESS = 10, 50    # failures within the window
WRONG = "Name or password is wrong."


class TooManyAttemptsError(AccessError):
    """A name or an address has failed too often of late."""


def log_in(name: str, password: str, *, address: str) -> str:
    """Begin a session and return its token.

    address : where the request comes from, for counting failures
    Raises AccessError if name and password do not fit, or after too many failures by that name or address.
    """
    by_name, by_address = f"name:{accounts.key_of(name[:100])}", f"address:{_network(address)}"
    tried_at = _count({by_name: MOST_BY_NAME, by_address: MOST_BY_ADDRESS})
    account = accounts.check(name, password)
    if account is None:
        raise AccessError(WRONG)
    with accounts.book() as connection:
        connection.execute("DELETE FROM attempts WHERE who = ? OR who = ? AND time = ?",
                           [by_name, by_address, tried_at])
    return _begin(account)


def account_of(token: str) -> Account | None:
    """Whose session it is; None if it has ended, by whatever way."""
    now = time.time()
    with accounts.book() as connection:
        row = connection.execute("SELECT key, began, seen FROM sessions WHERE token = ?", [_hash(token)]).fetchone()
        if row is None or now - row[1] > LONGEST_S or now - row[2] > IDLE_S:
            return None
        if now - row[2] > NOTED_EVERY_S:
            connection.execute("UPDATE sessions SET seen = ? WHERE token = ?", [now, _hash(token)])
        return accounts.account_of(connection, row[0])


def log_out(token: str) -> None:
    """End a session."""
    with accounts.book() as connection:
        connection.execute("DELETE FROM sessions WHERE token = ?", [_hash(token)])


def secret(name: str) -> bytes:
    """32 random bytes that are the same for all processes, also after a restart."""
    with accounts.book() as connection:
        connection.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", [name, secrets.token_bytes(32)])
        return connection.execute("SELECT value FROM secrets WHERE name = ?", [name]).fetchone()[0]


def _count(most_of: dict[str, int]) -> float:
    """Take every try for a failure until it has succeeded: many at once must not get past the limit."""
    now = time.time()
    with accounts.book() as connection, transaction(connection):
        connection.execute("DELETE FROM attempts WHERE time < ?", [now - WINDOW_S])
        for key, most in most_of.items():
            n, first = connection.execute("SELECT count(*), min(time) FROM attempts WHERE who = ?", [key]).fetchone()
            if n >= most:
                minutes = max(1, round((first + WINDOW_S - now) / 60))
                raise TooManyAttemptsError(f"Too many failed attempts. Wait {counted(minutes, 'minute')}, "
                                           "then try again.")
        connection.executemany("INSERT INTO attempts VALUES (?, ?)", [(key, now) for key in most_of])
    return now


def _begin(account: Account) -> str:
    token, now, key = secrets.token_urlsafe(32), time.time(), accounts.key_of(account.name)
    with accounts.book() as connection, transaction(connection):
        connection.execute("DELETE FROM sessions WHERE seen < ? OR began < ?", [now - IDLE_S, now - LONGEST_S])
        try:
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", [_hash(token), key, now, now])
        except sqlite3.IntegrityError:   # removed at this moment
            raise AccessError(WRONG) from None
    return token


def _hash(token: str) -> str:
    """What is kept of a token: who reads the data base cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _network(address: str) -> str:
    """An address as it is counted: of IPv6 the first 64 bits, which one household has to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
