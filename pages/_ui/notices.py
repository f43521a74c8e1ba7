"""What is told to the person in passing: a sentence, and whether it can be undone. ``assets/notices.js`` shows it."""

from __future__ import annotations

import logging
import time
from typing import Any

from dash import set_props

from pages._ui import ids
from pipeline.errors import SyllabaryError

log = logging.getLogger("syllabary")
FAULT = ("Something went wrong inside Syllabary. Nothing that was saved is lost; "
         "load the page again. The details are in the log of the program that serves this page.")


def told(text: str, *, undo: bool = False) -> dict[str, Any]:
    """A sentence about what was done; with ``undo`` comes a button that takes it back."""
    return {"text": text, "kind": "done", "undo": undo, "at": time.time()}


def problem(text: str) -> dict[str, Any]:
    """A sentence about what could not be done."""
    return {"text": text, "kind": "problem", "undo": False, "at": time.time()}


def show_error(error: Exception) -> None:
    """Tell of an error that ended a callback: the one place where the dashboard catches."""
    set_props(ids.NOTICE, {"data": problem(sentence(error))})


def sentence(error: Exception) -> str:
    """An error's own sentence if it is one for people; else a general one, and the details go to the log."""
    if isinstance(error, SyllabaryError):
        return str(error)
    log.error("A callback failed", exc_info=error)
    return FAULT
