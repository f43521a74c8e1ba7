"""Who asks, and what they may do. While there are no accounts, the person at this machine may do everything."""

from __future__ import annotations

from typing import Literal

from pipeline import settings

Role = Literal["viewer", "annotator", "owner"]


def user() -> str:
    """The name of the person who asks, as edits and runs carry it."""
    return settings.user_name()


def role(slug: str | None = None) -> Role | None:
    """What the person may be in the project of that name, or in all of Syllabary; None: it is hidden from them."""
    return "owner"


def require(wanted: Role, slug: str | None = None) -> None:
    """Raise AccessError unless the person has that role, or a higher one, in the project or in all of Syllabary."""


def may(wanted: Role, slug: str | None = None) -> bool:
    """Whether `require` would let the person."""
    return True
