"""The page Cluster in a browser: from the form to a labeling on the map, to its sounds, and on to curation."""

from __future__ import annotations

import pytest
from factory import make_project

from pages._ui import forms

pytestmark = pytest.mark.browser

RUN_MS = 240_000


class Page:
    """The page, as a person's hands and eyes have it."""

    def __init__(self, page) -> None:
        self.page = page
        page.wait_for_selector("#cluster-start")
        page.wait_for_selector("#cluster-form-fields .form-field")

    def field(self, name: str):
        return self.page.locator(f"[id='{forms._dom_id('cluster-form', name)}']")

    def shows(self, name: str) -> None:
        """Wait until a labeling of this name is drawn."""
        self.page.wait_for_function("""name => {
            const [chosen] = document.querySelector("#cluster-labeling")?.selectedOptions || [];
            return chosen?.textContent.startsWith(name) && document.querySelector("#cluster-map-canvas")?.dataset.ready;
        }""", arg=name, timeout=RUN_MS)

    def colours(self) -> set[str]:
        """The colours on the map that are opaque and cover more than a few pixels."""
        return set(self.page.evaluate("""async () => {
            await new Promise(requestAnimationFrame);
            const canvas = document.querySelector("#cluster-map-canvas"), counts = new Map();
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] < 40) continue;
                const key = [0, 1, 2].map(c => Math.round(data[i + c] / 16)).join();
                counts.set(key, (counts.get(key) || 0) + 1);
            }
            return [...counts].filter(([, n]) => n > 20).map(([key]) => key);
        }"""))


def test_from_the_form_to_the_map_to_the_sounds_and_on_to_curation(serve, open_page, tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=60, n_types=4, with_audio_dir=tmp_path / "audio")
    dashboard = serve(project)
    page = open_page(f"{dashboard.address}/cluster/bird")
    form = Page(page)
    page.locator(".cluster-nothing", has_text="Nothing has been clustered yet").wait_for()
    page.select_option("#cluster-algorithm", "kmeans")
    form.field("n_clusters").fill("4")
    form.field("reduce").select_option("none")
    page.fill("#cluster-name", "four kinds")
    page.click("#cluster-start")
    form.shows("four kinds – 4 clusters, 60 sounds")
    assert len(form.colours()) >= 4
    assert page.locator(".cluster-rows tbody tr").count() == 4
    page.locator("#cluster-words", has_text="1.000").wait_for()            # the types are its clusters
    with page.expect_response(lambda answer: "/sound/" in answer.url) as heard:
        page.locator(".cluster-tile").first.click()
    assert heard.value.status in (200, 206)
    page.locator(".cluster-entry").nth(1).click()
    page.locator("#cluster-map-told", has_text="Cluster 1 alone").wait_for()
    page.locator(".cluster-rows tr", has_text="Re-cluster").nth(2).get_by_role("button", name="Re-cluster").click()
    page.wait_for_function("document.querySelector('#cluster-sounds').value === 'labeling:2:four kinds'")
    page.click("#cluster-curate")
    page.wait_for_url("**/curate/bird")
    page.locator("#curate-grid-title", has_text="Preclusters").wait_for()
    page.locator(".project-menu summary").click()
    page.get_by_role("link", name="Cluster").click()
    form.shows("four kinds")
    page.click("#cluster-curate")
    page.get_by_text("You have a draft already").wait_for()
    page.click("#cluster-no")
    page.click("#cluster-adopt")
    page.get_by_text("60 sounds change their cluster").wait_for()
    page.click("#cluster-yes")
    page.locator(".notice-box", has_text="Adopt four kinds: 60 sounds, 4 clusters").wait_for()


def test_the_curves_suggest_a_number_that_the_form_takes(serve, open_page, tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=40, n_types=4)
    page = open_page(f"{serve(project).address}/cluster/bird")
    form = Page(page)
    form.field("reduce").select_option("none")
    page.click("#cluster-estimate")
    page.locator("#cluster-k-curves svg").nth(3).wait_for(timeout=RUN_MS)
    page.get_by_role("button", name="Use 4").click()
    page.wait_for_function("id => document.getElementById(id)?.value === '4'",
                           arg=forms._dom_id("cluster-form", "n_clusters"))
    assert page.input_value("#cluster-algorithm") == "kmeans"
