"""The report as one HTML page: template, style and script in one file, which loads nothing and may load nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from pipeline.browse import duration_text
from pipeline.store import SOFTWARE
from pipeline.text import printable

FOLDER = Path(__file__).parent / "templates"
GENERATOR = "Syllabary repertoire report"
POLICY = ("default-src 'none'; img-src data:; media-src data:; style-src {style}; script-src {script}; "
          "base-uri 'none'; form-action 'none'")


def rendered(content: dict[str, Any]) -> str:
    """The page for values from `content`. Every text in them is shown as it is written, never taken for markup."""
    style, script = _part("report.css"), _part("report.js")
    policy = POLICY.format(style=_hash(style), script=_hash(script))
    return _environment().get_template("report.html").render(
        **content, style=Markup(style), script=Markup(script), policy=policy, generator=GENERATOR,
        software=SOFTWARE)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True)
    environment.filters |= {"shown": lambda text: printable(str(text)), "duration": duration_text}
    return environment


@cache
def _part(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a policy calls an element with exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
