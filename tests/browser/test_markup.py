"""Names with markup in a real browser: they are seen as they are written, and do nothing."""

from __future__ import annotations

import pytest
from factory import make_project

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=window.harmed=1>"


def test_markup_in_every_name_is_text(serve, open_page, tmp_path):
    folder = tmp_path / f"lab {MARKUP.replace('/', '')}"
    folder.mkdir()
    name = f"bird {MARKUP}"
    make_project(folder / f"{name}.h5", n_sounds=24, cluster_ids=[1, 2] * 12, with_audio_dir=folder / "audio",
                 clusters=[(1, MARKUP, "#112233", MARKUP), (2, f"\">{MARKUP}", "#332211", "'>")],
                 parameters={"subject": MARKUP})
    (folder / f"broken {MARKUP}.h5").write_bytes(b"no project")
    page = open_page(serve(folder).address)
    page.locator("tr.broken").wait_for()
    assert MARKUP in page.locator("tr.broken").inner_text()
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_selector("#curate-map[data-ready]")
    page.locator(".row-head", has_text=MARKUP).first.wait_for()
    page.locator(".row-head", has_text=MARKUP).first.click()
    assert page.evaluate("window.harmed === undefined")
    assert page.locator("img[src='x'], img[onerror]").count() == 0
