"""The command palette, and the page without a mouse."""

from __future__ import annotations

import pytest
from factory import make_project

pytestmark = pytest.mark.browser


@pytest.fixture
def palette(bench, tmp_path):
    clusters = [(1, "trill", "#aa3377", ""), (12, "stack", "#228833", "")]
    return bench(make_project(tmp_path / "bird.h5", n_sounds=40, cluster_ids=[1, 12] * 20, clusters=clusters,
                              with_audio_dir=tmp_path / "audio"))


def open_palette(bench, words: str) -> None:
    bench.page.keyboard.press("/")
    bench.page.locator("#curate-palette-dialog[open]").wait_for()
    bench.page.keyboard.type(words)


def choices(bench) -> list[str]:
    return bench.page.locator("#curate-palette-dialog .choice .title").all_inner_texts()


def test_every_key_that_acts_now_is_in_the_palette_with_its_cap(palette):
    open_palette(palette, "")
    shown = palette.page.locator("#curate-palette-dialog .choice kbd").all_inner_texts()
    expected = palette.page.evaluate("""() => JSON.parse(document.getElementById("app-keys").dataset.keys)
        .filter(key => key.button !== "curate-palette")
        .filter(key => { const one = document.getElementById(key.button);
                         return one && !one.disabled && one.checkVisibility(); })
        .flatMap(key => key.shown)""")
    assert shown == expected
    assert {"l", "space", "v", "?"} <= set(shown)


def test_typing_finds_an_action_and_enter_does_it(palette):
    palette.page.keyboard.press("/")
    palette.page.keyboard.type("lasso")      # at once, without waiting
    palette.page.keyboard.press("Enter")
    palette.page.locator("#curate-palette-dialog").wait_for(state="hidden")
    assert palette.page.locator("#curate-lasso").get_attribute("aria-pressed") == "true"


def test_a_cluster_is_found_by_name_and_by_number(palette):
    open_palette(palette, "go stack")
    assert choices(palette) == ["go to cluster C12 “stack”"]
    palette.page.keyboard.press("Enter")
    palette.viewer_title("C12 “stack” · 20 sounds")
    open_palette(palette, "c1")
    assert choices(palette)[:2] == ["go to cluster C1 “trill”", "go to cluster C12 “stack”"]
    palette.page.keyboard.press("ArrowDown")
    palette.page.keyboard.press("ArrowUp")
    palette.page.keyboard.press("Enter")
    palette.viewer_title("C1 “trill” · 20 sounds")


def test_escape_closes_it_does_nothing_else_and_gives_the_focus_back(palette):
    palette.page.evaluate("syllabary.lasso.pick(3, 'set')")
    palette.selected("1 selected")
    palette.page.locator("#app-theme").focus()
    open_palette(palette, "nothing that there is")
    assert choices(palette) == []
    palette.page.keyboard.press("Enter")
    palette.page.keyboard.press("Escape")
    palette.page.locator("#curate-palette-dialog").wait_for(state="hidden")
    assert palette.page.evaluate("document.activeElement.id") == "app-theme"
    palette.selected("1 selected")


def test_keys_typed_into_the_palette_do_not_act_on_the_page(palette):
    palette.page.evaluate("syllabary.lasso.pick(3, 'set')")
    palette.selected("1 selected")
    open_palette(palette, "wkl")
    palette.page.keyboard.press("Escape")
    palette.rows({"C1 “trill”": "20", "C12 “stack”": "20"})


def test_every_control_has_a_name_and_can_be_reached_by_tab(palette):
    nameless = palette.page.evaluate("""() => [...document.querySelectorAll(
            "button, a[href], input, select, [tabindex='0'], [role=separator], [role=application]")]
        .filter(one => one.checkVisibility() && !(one.getAttribute("aria-label") || one.textContent.trim() || one.title
            || (one.labels && [...one.labels].some(label => label.textContent.trim()))))
        .map(one => one.outerHTML.slice(0, 120))""")
    assert nameless == []
    wanted = palette.page.evaluate("""() => [...document.querySelectorAll("button, input, select, [role=separator]")]
        .filter(one => one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && one.id).map(one => one.id)""")
    reached = set()
    palette.page.evaluate("document.activeElement.blur()")
    for _ in range(len(wanted) + 40):
        palette.page.keyboard.press("Tab")
        reached.add(palette.page.evaluate("document.activeElement.id"))
    assert set(wanted) <= reached


def test_what_has_the_focus_shows_it(palette):
    unseen = []
    palette.page.evaluate("document.activeElement.blur()")
    for _ in range(50):
        palette.page.keyboard.press("Tab")
        unseen += palette.page.evaluate("""() => {
            const one = document.activeElement;
            if (one === document.body) return [];
            const style = getComputedStyle(one), after = getComputedStyle(one, "::after");
            const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
                || style.boxShadow !== "none" || after.borderTopStyle === "solid";
            return seen ? [] : [one.outerHTML.slice(0, 120)];
        }""")
    assert unseen == []
