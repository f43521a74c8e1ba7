"""What the chosen recordings are, before anything is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from pages._ui.icons import icon
from pipeline import presets, survey
from pipeline.browse import thousands
from pipeline.survey import Survey, khz
from pipeline.text import printable, size_text

MOST_KINDS = 4


def shown(state: dict[str, Any]) -> list[Any]:
    """How a survey stands (`survey.follow`), as a person reads it."""
    if state["state"] == "running":
        return _running(state["done"], state["total"])
    if state["state"] == "failed":
        return [trouble(state["why"])]
    return _done(survey.from_json(state["survey"]))


def told(state: dict[str, Any]) -> dict[str, Any] | None:
    """What the rest of the page has to know of it: folder, count, length, usual rate, and whether links lead out."""
    if state["state"] != "done":
        return None
    seen = survey.from_json(state["survey"])
    return {"folder": seen.folder, "n_recordings": seen.n_recordings, "n_read": seen.n_read,
            "duration_s": seen.duration_s, "rate_hz": seen.usual_rate_hz, "outside": seen.outside}


def trouble(text: str) -> html.P:
    """A sentence about what is wrong."""
    return html.P([icon("exclamation-triangle"), html.Span(printable(text))], className="remark problem")


def remark(text: str) -> html.P:
    """A sentence that one should know."""
    return html.P([icon("info-circle"), html.Span(printable(text))], className="remark")


def _running(done: int, total: int) -> list[Any]:
    text = f"Reading headers: {thousands(done)} of {thousands(total)} …" if total else "Looking for recordings …"
    bar = html.Progress(value=str(done), max=str(total), **{"aria-label": "Reading headers"}) if total else None
    return [html.P(text, className="hint"), bar]


def _done(seen: Survey) -> list[Any]:
    facts = [
        ("Recordings", thousands(seen.n_recordings)), ("Length", survey.length(seen.duration_s)),
        ("Size", size_text(seen.n_bytes)), ("Sample rate", _kinds([(khz(rate), n) for rate, n in seen.rates_hz])),
        ("Channels", _kinds([(str(number), n) for number, n in seen.channels])), ("Format", _kinds(seen.formats)),
    ]
    lines = [html.Div([html.Dt(what), html.Dd(text)]) for what, text in facts]
    return [html.Dl(lines, className="facts"), *[remark(text) for text in seen.warnings], *_unreadable(seen),
            *_fitting(seen)]


def _kinds(counted: Sequence[tuple[str, int]]) -> str:
    """``32 kHz``; with counts if there are several: ``32 kHz (18), 44.1 kHz (2)``."""
    if len(counted) < 2:
        return "".join(printable(name) for name, _n in counted) or "–"
    more = f", and {len(counted) - MOST_KINDS} more" if len(counted) > MOST_KINDS else ""
    return ", ".join(f"{printable(name)} ({thousands(n)})" for name, n in counted[:MOST_KINDS]) + more


def _unreadable(seen: Survey) -> list[Any]:
    if not seen.n_unreadable:
        return []
    rows = [html.Tr([html.Td(printable(name)), html.Td(printable(why))]) for name, why in seen.unreadable]
    more = seen.n_unreadable - len(seen.unreadable)
    rows += [html.Tr([html.Td("…"), html.Td(f"and {thousands(more)} more")])] if more else []
    text = "1 recording cannot be read" if seen.n_unreadable == 1 \
        else f"{thousands(seen.n_unreadable)} recordings cannot be read"
    head = html.Summary([icon("exclamation-triangle"), html.Span(f"{text}; the others are used")])
    return [html.Details([head, html.Table(html.Tbody(rows), className="reasons")], className="folded problem")]


def _fitting(seen: Survey) -> list[Any]:
    """The presets whose rate is that of most recordings: which one it is, only the person knows."""
    names = [name for name in presets.NAMES if presets.PRESETS[name]["sr"] == seen.usual_rate_hz]
    return [html.P(f"Presets at {khz(seen.usual_rate_hz)}: {', '.join(names)}.", className="hint")] if names else []
