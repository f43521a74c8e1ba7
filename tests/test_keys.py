"""The table of keys, and that what it says is there."""

from __future__ import annotations

import json
import re

import pytest

from pages._ui import ids, keys

ALL = (*keys.CURATE, *keys.EVERYWHERE)


def test_no_combination_means_two_things():
    combinations = [combination for key in ALL for combination in key.combinations]
    assert len(combinations) == len(set(combinations))


def test_no_id_is_spelled_twice():
    spelled = [id for name, id in vars(ids).items() if name.isupper()]
    assert len(spelled) == len(set(spelled))


def spells(id: str, text: str) -> bool:
    """Whether an id is written out where an element is named or looked for; a class of the same name is no id."""
    named = r"""(?:\bid=|\bgetElementById\(|\b(?:Input|Output|State)\(|\bsyllabary\.\w+\()\s*["'`]"""
    return re.search(rf"""(?:{named}|["'`]#){re.escape(id)}["'`\s.:>\[]""", text) is not None


@pytest.mark.parametrize(("text", "is_spelled"), [
    ('html.Div(id="a-b")', True), ('Input("a-b", "data")', True), ('document.getElementById("a-b")', True),
    ('querySelector("#a-b .row")', True), ('html.Div(className="a-b")', False), ('Blueprint("a-b", __name__)', False),
    ('html.Div(id="a-b-c")', False),
])
def test_what_counts_as_spelling_an_id(text, is_spelled):
    assert spells("a-b", text) is is_spelled


def test_every_id_is_used_and_spelled_nowhere_else(root):
    named = {name: id for name, id in vars(ids).items() if name.isupper()}
    python = "\n".join(path.read_text() for path in (root / "pages").rglob("*.py") if path.name != "ids.py")
    scripts = "\n".join(path.read_text() for path in (root / "assets").rglob("*.js"))
    unused = [name for name in named if not re.search(rf"\bids\.{name}\b", python)]
    spelled = [id for id in named.values() if spells(id, python + scripts)]
    assert (unused, spelled) == ([], [])


def test_scripts_ask_only_for_ids_that_there_are(root):
    scripts = "\n".join(path.read_text() for path in (root / "assets").glob("*.js"))
    asked = set(re.findall(r"""(?:element|set)\("([A-Z_]+)\"""", scripts))
    asked |= set(re.findall(r"\bid\.([A-Z_]+)\b", scripts))
    assert asked
    assert asked <= set(vars(ids))


@pytest.mark.parametrize(("combination", "written"), [
    ("ArrowLeft", "←"), (" ", "space"), ("w", "w"), ("Ctrl+z", "Ctrl+Z"), ("Ctrl+Shift+z", "Ctrl+Shift+Z"),
    ("Escape", "Esc"), ("PageDown", "PgDn"), ("?", "?"),
])
def test_keys_are_written_as_people_write_them(combination, written):
    assert keys.shown(combination) == written


def test_a_tooltip_names_the_key():
    assert keys.tooltip(ids.UNDO, "Undo") == "Undo (Ctrl+Z)"
    assert keys.tooltip(ids.THEME, "Light or dark") == "Light or dark"


def test_the_browser_gets_the_whole_table():
    table = json.loads(keys.as_json(keys.CURATE))
    assert [row["button"] for row in table] == [key.button for key in ALL]


def test_keys_that_move_focus_yield_to_what_has_it():
    yielding = {combination for key in ALL if key.yields for combination in key.combinations}
    assert {"ArrowLeft", "ArrowRight", " ", "Home", "End"} <= yielding
    assert not {"w", "m", "Ctrl+z", "Escape", "?"} & yielding
