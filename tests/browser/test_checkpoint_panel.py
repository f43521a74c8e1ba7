"""Checkpoints on the page Prepare: found, checked, taken into the form."""

from __future__ import annotations

import shutil

import pytest

from tests.embedders import models

pytestmark = pytest.mark.browser


@pytest.fixture
def place(tmp_path):
    """A folder that is served, with a whole checkpoint in it and one without its weights."""
    models.whisper(tmp_path / "models" / "tiny")
    shutil.copytree(tmp_path / "models" / "tiny", tmp_path / "models" / "half")
    (tmp_path / "models" / "half" / "model.safetensors").unlink()
    return tmp_path


def test_a_checkpoint_is_found_and_taken_and_a_half_one_says_what_is_missing(place, serve, open_page):
    page = open_page(f"{serve(place).address}/prepare")
    page.wait_for_selector("#prepare-status:not(:empty)")
    page.click("#checkpoints-open")
    half = page.locator("#checkpoints-list tr", has_text="half")
    half.get_by_text("model.safetensors (the weights) is missing").wait_for()
    assert half.locator("button").count() == 0
    page.get_by_role("button", name="Compare sounds with tiny").click()
    page.wait_for_function("document.getElementById('prepare-command').textContent.includes('--embedder whisper')")
    assert f"--embedder-model {place}/models/tiny" in page.locator("#prepare-command").text_content()
    page.get_by_text("The embedder is now whisper, with tiny.").wait_for()


def test_a_folder_is_checked_and_one_outside_is_refused(place, serve, open_page):
    page = open_page(f"{serve(place).address}/prepare")
    page.wait_for_selector("#prepare-status:not(:empty)")
    page.click("#checkpoints-open")
    for folder, words in ((place / "models" / "half", "model.safetensors (the weights) is missing"),
                          (place, "Whisper · "), ("/etc", "outside the folders")):
        page.fill("#checkpoints-folder", str(folder))
        page.press("#checkpoints-folder", "Enter")
        page.locator("#checkpoints-checked", has_text=words).wait_for()
