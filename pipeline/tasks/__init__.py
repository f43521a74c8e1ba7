"""Kinds of runs: one file is one kind, found by being there (`registry`).

A kind is a frozen dataclass of JSON values, named like the file:

    title() -> str                what the run is called in lists
    perform(watcher) -> dict      does the work; JSON values: {"project": path or "", "summary": sentence, ...}

and, where it makes sense,

    check()                       raises ParameterError before the run is queued
    writes() -> str               the place only one run at a time may write to
    planned() -> list of dicts    its steps in order: {"step", "title", "unit"}, unit "B" for bytes
    resumed() -> the same kind    what a run that goes on performs, if not the same again
    is_light                      True: needs few seconds, so it waits for no other run

Work is ended by KeyboardInterrupt, out of which `perform` leaves finished results behind and goes on from there when
it is called again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline import registry
from pipeline.errors import ParameterError


def make(kind: str, values: Mapping[str, Any]) -> Any:
    """A task from its values. Raises ParameterError for an unknown kind, or values it does not have or need."""
    cls = registry.load("tasks", kind)
    try:
        return cls(**values)
    except TypeError as error:
        raise ParameterError(f"A run of the kind {kind} cannot be made from these values: {error}.") from None
