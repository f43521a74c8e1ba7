"""What travels between browser and server at 100,000 sounds: few and small requests, whatever is selected."""

from __future__ import annotations

import re

import pytest
from factory import make_large_project

pytestmark = [pytest.mark.browser, pytest.mark.slow]
N_SOUNDS = 100_000
MOST_SENT, MOST_ANSWERED, MOST_A_SOUND = 5_000, 50_000, 8   # bytes; the last for coordinates and labels
LIBRARIES = re.compile(r"/(bundled|assets|_dash-component-suites)/|\.(png|wav)\b|/$|/curate/")


class Traffic:
    """Every request of a page, with the bytes sent and answered."""

    def __init__(self, page) -> None:
        self.requests = []
        page.on("requestfinished", self._keep)

    def _keep(self, request) -> None:
        sizes = request.sizes()
        self.requests.append((request.method, request.url, sizes["requestBodySize"], sizes["responseBodySize"]))

    def since(self, act) -> list[tuple]:
        self.requests.clear()
        act()
        return [request for request in self.requests if "/state.json" not in request[1]]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return make_large_project(tmp_path_factory.mktemp("large") / "large.h5", N_SOUNDS)


def test_a_large_project_opens_lassoes_and_edits_within_the_budgets(bench, large, open_page):
    bench = bench(large)
    traffic = Traffic(bench.page)

    opening = traffic.since(lambda: reload(bench))
    check(opening)
    assert sum("points.bin" in url for _, url, *_ in opening) <= 1

    bench.page.keyboard.press("l")
    lasso = traffic.since(lambda: everything(bench))
    check(lasso)
    posts = [request for request in lasso if request[0] == "POST"]
    assert len(posts) == 1
    assert len(lasso) <= 1 + 6      # one answer, one picture for each row of tiles

    edit = traffic.since(lambda: assign(bench))
    check(edit)
    assert len([request for request in edit if request[0] == "POST"]) <= 4
    assert sum("points.bin" in url for _, url, *_ in edit) == 0


def reload(bench) -> None:
    bench.page.reload()
    bench.__init__(bench.page)


def everything(bench) -> None:
    bench.lasso(0, 0, radius=11)
    bench.viewer_title("Lasso")
    settle(bench)


def assign(bench) -> None:
    bench.page.keyboard.press("w")
    bench.told("to C1")
    bench.page.locator(".row-head", has_text="C1").wait_for()
    settle(bench)


def settle(bench) -> None:
    bench.page.wait_for_load_state("networkidle")


def check(requests) -> None:
    for method, url, sent, answered in requests:
        assert sent <= MOST_SENT, (method, url, sent)
        if url.partition("?")[0].endswith(".bin"):
            assert answered <= MOST_A_SOUND * N_SOUNDS, (url, answered)
        elif not LIBRARIES.search(url.partition("?")[0]):
            assert answered <= MOST_ANSWERED, (method, url, answered)
