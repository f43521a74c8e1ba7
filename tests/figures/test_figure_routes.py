"""The routes of figures: the preview of a page, the files, and what they refuse."""

from __future__ import annotations

import io

import pytest
from factory import make_project
from PIL import Image
from web import client_of, own_memory

from pages._ui import figure_routes, workspaces
from pipeline.curation import edits
from pipeline.figures import making


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    labels = [1 + row % 3 for row in range(30)]
    with own_memory(folder):
        make_project(folder / "birds.h5", n_sounds=30, cluster_ids=labels, clusters=[(1, "鳥 & <b>", "#ff0000", "")])
        make_project(folder / "bare.h5", n_sounds=10, cluster_ids=[1] * 10, with_spectrograms=False)
        yield client_of(folder)
        workspaces.close_all()


@pytest.mark.parametrize(("kind", "n_pages"), [("map", 1), ("cluster", 3), ("repertoire", 1)])
def test_a_preview_is_a_bounded_picture_and_tells_of_how_many_pages(client, kind, n_pages):
    answer = client.get(f"/media/birds/figure/{kind}/preview.png?width_mm=600")
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert picture.width <= making.PREVIEW_PX[0]
    assert int(answer.headers["X-Pages"]) == n_pages
    again = client.get(f"/media/birds/figure/{kind}/preview.png?width_mm=600",
                       headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_preview_is_drawn_once_for_its_parameters_and_labels(client, monkeypatch):
    first = client.get("/media/birds/figure/cluster/preview.png?rows=1&page=1").data
    assert client.get("/media/birds/figure/cluster/preview.png?rows=1&page=0").data != first
    monkeypatch.setattr(making, "preview", None)
    assert client.get("/media/birds/figure/cluster/preview.png?rows=1&page=1&by=").data == first


def test_a_preview_has_the_labels_of_the_moment(client):
    before = client.get("/media/birds/figure/map/preview.png").data
    workspace = workspaces.open_workspace("birds")
    workspace.edit(edits.move, seen=workspace.revision, segment_ids=[0, 3, 6], to=2)
    try:
        assert client.get("/media/birds/figure/map/preview.png").data != before
    finally:
        workspace.undo()
    figure_routes._preview.cache_clear()
    assert client.get("/media/birds/figure/map/preview.png").data == before


@pytest.mark.parametrize(("kind", "suffix", "mime", "name"), [
    ("map", ".png", "image/png", "birds-map.png"), ("map", ".svg", "image/svg+xml", "birds-map.svg"),
    ("cluster", ".pdf", "application/pdf", "birds-cluster.pdf"),
    ("cluster", ".svg", "application/zip", "birds-cluster.zip"),
])
def test_a_figure_comes_as_a_file_with_a_name(client, kind, suffix, mime, name):
    answer = client.get(f"/media/birds/figure/{kind}/figure{suffix}")
    assert answer.mimetype == mime
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.data[:4] in (b"\x89PNG", b"<?xm", b"%PDF", b"PK\x03\x04")


@pytest.mark.parametrize("path", [
    "birds/figure/map/figure.gif", "birds/figure/tree/preview.png", "birds/figure/map/preview.png?width_mm=wide",
    "birds/figure/cluster/preview.png?clusters=nobody", "birds/figure/repertoire/figure.pdf?row_mm=-1",
])
def test_what_makes_no_sense_is_refused_with_a_sentence(client, path):
    answer = client.get(f"/media/{path}")
    assert answer.status_code == 400
    assert answer.text.endswith(".")


@pytest.mark.parametrize("path", [
    "bare/figure/repertoire/preview.png", "bare/figure/cluster/figure.pdf", "nobody/figure/map/preview.png"])
def test_what_is_not_there_is_said(client, path):
    answer = client.get(f"/media/{path}")
    assert answer.status_code == 404
    assert answer.text.endswith(".")
