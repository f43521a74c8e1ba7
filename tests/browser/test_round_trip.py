"""The story of a table that is edited elsewhere: looked at, applied as labels, made a project of."""

from __future__ import annotations

import zipfile

import pytest

from pipeline import exporting, run
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.plan import make_plan
from tests.sounds import write_songs

pytestmark = pytest.mark.browser
RUN_MS = 120_000


@pytest.fixture
def project(tmp_path):
    write_songs(tmp_path / "songs", n_files=2)
    run.run(make_plan(tmp_path / "songs", tmp_path / "lab", subject="bird", values={"n_neighbors": 5}), workers=1)
    with Workspace.open(tmp_path / "lab/bird.h5") as workspace:
        workspace.edit(edits.assign, segment_ids=workspace.labels.segment_ids[:6], name="trill")
    return tmp_path / "lab/bird.h5"


def edited_tracks(project, folder):
    """A zip of label tracks: one label changed, one end moved, one sound gone, one added."""
    packed = folder / "tracks.zip"
    with Workspace.open(project) as workspace:
        exporting.export(workspace.dataset, workspace.labels, packed, format="audacity")
    with zipfile.ZipFile(packed) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    name = next(name for name in texts if "day-1" in name)
    rows = [line.split("\t") for line in texts[name].splitlines()]
    rows[0][2] = "<b>whistle</b>"
    rows[1][1] = f"{float(rows[1][1]) + 0.02:.6f}"
    texts[name] = "".join("\t".join(row) + "\n" for row in [*rows[:-1], ["1.800000", "1.900000", "trill"]])
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return packed


def test_a_label_track_comes_back(serve, open_page, project, tmp_path):
    packed = edited_tracks(project, tmp_path)
    page = open_page(f"{serve(project.parent).address}/export/bird")
    part = page.locator(".roundtrip")

    with page.expect_file_chooser() as chooser:
        part.get_by_role("button", name="Upload tables…").click()
    chooser.value.set_files(packed)
    part.get_by_text("1 with another label, 1 with other bounds, 1 new and 1 deleted; 9 as they were.").wait_for()
    part.get_by_role("cell", name="new cluster “<b>whistle</b>”").first.wait_for()

    part.locator(".roundtrip-head .chip", has_text="Other bounds").click()
    part.locator(".bounds.was").wait_for()
    tile = part.locator(".roundtrip-tile img").first
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=tile.element_handle())

    part.get_by_role("button", name="Apply the labels (one edit)").click()
    page.locator(".notice-box", has_text="Labels from tracks.zip: 1 sound.").wait_for()
    part.get_by_text("1 with other bounds, 1 new and 1 deleted; 10 as they were.").wait_for()
    assert part.get_by_role("button", name="Apply the labels (one edit)").is_disabled()

    part.get_by_role("button", name="Make a new project…").click()
    row = page.locator(".run", has_text="Edited tables of bird into bird-edited")
    row.get_by_text("12 sounds in bird-edited.h5").wait_for(timeout=RUN_MS)
    row.get_by_role("link", name="Open").click()
    page.wait_for_selector("#curate-map[data-ready]")
    assert "/curate/bird-edited" in page.url

    with Workspace.open(project) as old, Dataset.open(project.with_name("bird-edited.h5")) as new:
        assert [entry.title for entry in old.history()][-1] == "Labels from tracks.zip: 1 sound"
        assert new.segments.segment_id.tolist() == [0, 1, 2, 3, 4, *range(6, 13)]
        names = {cluster.cluster_id: cluster.name for cluster in new.clusters()}
        assert names[int(new.cluster_ids()[0])] == "<b>whistle</b>"


def test_tables_that_cannot_be_used_are_told_in_their_place(serve, open_page, project, tmp_path):
    (tmp_path / "lab/odd.txt").write_text("hello\n")
    page = open_page(f"{serve(project.parent).address}/export/bird")
    field = page.locator("#roundtrip-tables")
    field.fill(str(tmp_path / "lab/odd.txt"))
    field.press("Enter")
    page.locator(".roundtrip .found.trouble", has_text="is no table of sounds").wait_for()
    assert page.get_by_role("button", name="Make a new project…").is_hidden()
    field.fill("")
    field.press("Enter")
    page.wait_for_function("() => !document.querySelector('.roundtrip .found')")
