"""How a difference between a project and edited tables is shown: labels, recordings, the sounds page by page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import dash
from dash import html

from pages._ui.icons import icon
from pages._ui.workspaces import OpenProject
from pipeline.browse import THIN, thousands
from pipeline.roundtrip import pictures, telling
from pipeline.roundtrip.difference import Difference
from pipeline.roundtrip.looking import Look
from pipeline.text import counted

PAGE_ROWS = 20
MOST_LINES, MOST_SENTENCES = 12, 12
TITLES = {"relabelled": "Other label", "moved": "Other bounds", "new": "New", "deleted": "Deleted"}
HEADINGS = {"relabelled": ("Sound", "Recording", "From", "To", "Was", "Is"),
            "moved": ("Sound", "Recording", "From", "To", "Now from", "Now to"),
            "new": ("Sound", "Recording", "From", "To", "Is"), "deleted": ("Sound", "Recording", "From", "To", "Was")}


def told(found: Look) -> list[Any]:
    """The sentences of a look: what went wrong, or what there is and what one should know."""
    if found.error:
        return [_line("exclamation-triangle", found.error, "trouble")]
    difference = found.difference
    rows = f"{counted(difference.n_rows, 'row')} in {counted(len(difference.names), 'table')} ({difference.format})"
    return [_line("check-circle", f"{rows}: {telling.summary(difference)}", "fact"),
            *_sentences(difference.problems, "exclamation-triangle", "trouble"),
            *_sentences(difference.notes, "info-circle", "remark"),
            *([_line("info-circle", found.blocked, "remark")] if found.blocked else [])]


def overview(opened: OpenProject, found: Look) -> list[html.Div]:
    """Which labels become which, and how much changes in which recording."""
    difference, dataset = found.difference, opened.workspace.dataset
    pairs = telling.pairs(found.labels, difference)
    recordings = telling.by_recording(dataset, difference)
    parts = []
    if pairs:
        rows = [(thousands(one["n"]), one["from"], one["to"]) for one in pairs]
        parts.append(_table("Labels", ("Sounds", "Was", "Is"), rows))
    if recordings:
        rows = [(one["path"], *(thousands(one[kind]) if one[kind] else "" for kind in telling.KINDS))
                for one in recordings]
        parts.append(_table("Recordings", ("Recording", *(TITLES[kind] for kind in telling.KINDS)), rows))
    return parts


def kinds(difference: Difference) -> list[dict[str, Any]]:
    """The kinds of changes that there are, to choose from."""
    return [{"value": kind, "label": f"{TITLES[kind]} {thousands(difference.counts[kind])}"}
            for kind in telling.KINDS if difference.counts[kind]]


def rows(opened: OpenProject, found: Look, kind: str, page: int) -> html.Table:
    """The sounds of one kind, one page of them."""
    dataset, difference = opened.workspace.dataset, found.difference
    shown = telling.rows(dataset, found.labels, difference, kind, first=page * PAGE_ROWS, most=PAGE_ROWS)
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in HEADINGS[kind]]))
    return html.Table([head, html.Tbody([_row(opened, kind, one) for one in shown])], className="roundtrip-sounds")


def n_pages(difference: Difference, kind: str) -> int:
    """How many pages a kind has."""
    return max(1, -(-difference.counts[kind] // PAGE_ROWS))


def _row(opened: OpenProject, kind: str, one: dict[str, Any]) -> html.Tr:
    texts = [one["path"], _time(one["onset_s"]), _time(one["offset_s"])]
    if kind == "moved":
        texts += [_time(one["new_onset_s"]), _time(one["new_offset_s"])]
    texts += [one[key] for key in ("from", "to") if key in one and kind != "moved"]
    cells = [html.Td(text, className="path" if place == 0 else "") for place, text in enumerate(texts)]
    return html.Tr([html.Td(_picture(opened, one)), *cells])


def _picture(opened: OpenProject, one: dict[str, Any]) -> html.Button:
    """The sound where it was and where it is, to be heard on a click (``assets/roundtrip.js``)."""
    old = None if one["segment_id"] is None else (one["onset_s"], one["offset_s"])
    new = (one.get("new_onset_s", one["onset_s"]), one.get("new_offset_s", one["offset_s"]))
    begin_s, end_s = (min(new[0], (old or new)[0]), max(new[1], (old or new)[1]))
    from_ms, to_ms = pictures.stretch(begin_s, end_s)
    place = dash.get_relative_path(f"/media/{quote(opened.slug)}")
    width = pictures.width_px(from_ms, to_ms, opened.scene.px_per_ms)
    marks = [_mark(new, from_ms, to_ms, "now")]
    if "new_onset_s" in one:
        marks.insert(0, _mark(old, from_ms, to_ms, "was"))
    picture = html.Img(src=f"{place}/stretch/{one['file_id']}/{from_ms}-{to_ms}.png?v={opened.version}", alt="",
                       width=width, height=pictures.HEIGHT_PX)
    heard = f"{place}/heard/{one['file_id']}/{int(1000 * new[0])}-{int(1000 * new[1]) + 1}.wav?v={opened.version}"
    name = "new sound" if one["segment_id"] is None else f"sound #{one['segment_id']}"
    return html.Button([picture, *marks], type="button", className="roundtrip-tile", title=f"Play {name}",
                       **{"data-roundtrip-heard": heard, "aria-label": f"Play {name}"})


def _mark(bounds: tuple[float, float], from_ms: int, to_ms: int, kind: str) -> html.Span:
    left, right = (100 * (1000 * time_s - from_ms) / (to_ms - from_ms) for time_s in bounds)
    return html.Span(className=f"bounds {kind}", style={"left": f"{left:.2f}%", "width": f"{right - left:.2f}%"})


def _table(title: str, headings: tuple[str, ...], lines: list[tuple[str, ...]]) -> html.Div:
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in headings]))
    body = html.Tbody([html.Tr([html.Td(text) for text in line]) for line in lines[:MOST_LINES]])
    rest = len(lines) - MOST_LINES
    more = [html.P(f"… and {thousands(rest)} more", className="hint")] if rest > 0 else []
    return html.Div([html.H3(title), html.Table([head, body], className="roundtrip-table"), *more])


def _sentences(texts: tuple[str, ...], picture: str, kind: str) -> list[html.P]:
    rest = len(texts) - MOST_SENTENCES
    more = [f"… and {rest} more."] if rest > 0 else []
    return [_line(picture, text, kind) for text in (*texts[:MOST_SENTENCES], *more)]


def _line(picture: str, text: str, kind: str) -> html.P:
    return html.P([icon(picture), html.Span(text)], className=f"found {kind}")


def _time(seconds: float) -> str:
    return f"{seconds:.4f}{THIN}s"
