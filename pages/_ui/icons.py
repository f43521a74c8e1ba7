"""Icons from the installed Bootstrap Icons sprite: one small style sheet with those that are used."""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from dash import html

USED = (
    "arrow-clockwise", "arrow-counterclockwise", "arrows-fullscreen", "arrows-move", "bezier2",
    "chevron-bar-left", "chevron-bar-right", "chevron-down", "chevron-left", "chevron-right", "chevron-up",
    "circle-half", "exclamation-triangle", "folder2-open", "palette", "play-fill", "plus-square", "question-circle",
    "scissors", "eraser", "pencil", "union", "x-octagon", "shuffle", "sort-down", "sliders", "repeat",
    "collection-play", "list-ul", "download", "save",
    "check-circle", "x-lg", "arrow-right-square", "soundwave", "zoom-in", "zoom-out", "command",
    "person", "box-arrow-right", "chevron-double-right", "dash-lg", "plus-lg", "trash", "clock-history",
    "folder", "file-earmark", "upload", "info-circle", "arrow-repeat", "clipboard", "hourglass-split", "slash-circle",
    "three-dots", "box-arrow-in-down", "volume-up", "grid-3x3-gap", "stop-fill",
    "binoculars", "check2-all", "ui-checks-grid", "file-earmark-music",
)


def icon(name: str) -> html.I:
    """A picture beside a text, or on a button that has a name of its own; screen readers pass over it."""
    if name not in USED:
        raise KeyError(f"add {name!r} to pages/_ui/icons.py: only icons listed there are served")
    return html.I(className=f"icon icon-{name}", **{"aria-hidden": "true"})


def static_folder() -> Path:
    """Where the installed bootstrap-flask keeps Bootstrap's files."""
    package = find_spec("flask_bootstrap")
    return Path(package.submodule_search_locations[0]) / "static" / "bootstrap5"


@cache
def stylesheet() -> str:
    """A rule for each icon in ``USED``, drawn as a mask, so that it takes the colour of the text."""
    sprite = (static_folder() / "icons" / "bootstrap-icons.svg").read_text(encoding="utf-8")
    return "\n".join(_rule(name, sprite) for name in USED)


def _rule(name: str, sprite: str) -> str:
    symbol = re.search(rf'<symbol [^>]*viewBox="([^"]+)" id="{re.escape(name)}">(.*?)</symbol>', sprite, re.DOTALL)
    box, shapes = symbol.groups()
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{shapes}</svg>'
    data = base64.b64encode(picture.encode()).decode()
    return f'.icon-{name} {{ --icon: url("data:image/svg+xml;base64,{data}"); }}'
