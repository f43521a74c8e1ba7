"""What our SQLite files have in common: changes that are all made or none, and a version."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written in the block, or nothing; other processes wait. For connections that commit by themselves."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:   # a full disk, for one, has ended it already
            connection.execute("ROLLBACK")
        raise


def make(connection: sqlite3.Connection, schema: str, *, version: int) -> bool:
    """Make the tables of ``schema`` in a file that is empty; False if a newer version wrote the file."""
    with transaction(connection):
        found = version_of(connection)   # another process may have been quicker
        if found == 0:
            for statement in schema.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version}")
    return found <= version


def version_of(connection: sqlite3.Connection) -> int:
    """The version that a file was made with, 0 for an empty one."""
    return connection.execute("PRAGMA user_version").fetchone()[0]
