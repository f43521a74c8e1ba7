"""Which sounds a page of tiles shows."""

from __future__ import annotations

import json

import numpy as np
import pytest
from factory import make_project

from pipeline import browse, tiles
from pipeline.curation.edits import Edit
from pipeline.curation.workspace import Workspace
from pipeline.errors import EditError


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    path = tmp_path_factory.mktemp("browse") / "birds.h5"
    make_project(path, n_sounds=60, cluster_ids=[0, 1, 2, 3] * 15, clusters=[(1, "trill", "#ff0000", "")])
    with Workspace.open(path, user="me") as workspace:
        yield workspace


@pytest.fixture(scope="module")
def scene(opened):
    return browse.scene(opened.dataset)


def shown(page) -> list[int]:
    return [segment_id for row in page["rows"] for segment_id in row["ids"]]


def test_the_viewer_shows_a_cluster_page_by_page_each_sound_once(opened, scene):
    view, seen, page = {"steps": [{"how": "set", "cluster": 1}], "near": None}, [], 0
    while page < 50:
        answer = browse.viewer(scene, opened.labels, view, width_px=300, n_rows=1, page=page)
        seen += shown(answer)
        page += 1
        if page == answer["n_pages"]:
            break
    assert sorted(seen) == opened.labels.members(1).tolist()
    assert answer["n"] == 15
    assert answer["title"] == "C1 “trill”"


def test_the_nearest_to_the_click_comes_first(opened, scene):
    at = scene.points[7].tolist()
    view = {"steps": [{"how": "set", "nearest": {"at": at, "k": 9}}], "near": at}
    page = browse.viewer(scene, opened.labels, view, width_px=4000, n_rows=3)
    far = ((scene.points[shown(page)] - at) ** 2).sum(axis=1)
    assert shown(page)[0] == 7
    assert (np.diff(far) >= 0).all()


def test_a_page_beyond_the_end_is_the_last_and_minus_one_too(opened, scene):
    view = {"steps": [{"how": "set", "cluster": 1}]}
    last, beyond = (browse.viewer(scene, opened.labels, view, width_px=200, n_rows=1, page=page) for page in (-1, 999))
    assert last == beyond
    assert last["page"] == last["n_pages"] - 1


def test_every_row_fits_the_width(opened, scene):
    view = {"steps": [{"how": "set", "nearest": {"at": [0, 0], "k": 60}}]}
    for row in browse.viewer(scene, opened.labels, view, width_px=333, n_rows=4)["rows"]:
        assert sum(row["widths"]) + tiles.GAP_PX * (len(row["widths"]) - 1) <= 333


def test_nothing_chosen_is_an_empty_page(opened, scene):
    assert browse.viewer(scene, opened.labels, None, width_px=300, n_rows=2)["n"] == 0
    nothing = {"steps": [{"how": "set", "path": [[90, 90], [91, 90], [91, 91]]}]}
    assert browse.viewer(scene, opened.labels, nothing, width_px=300, n_rows=2)["rows"] == []


def test_the_grid_has_a_row_for_each_cluster_and_what_is_left_to_do_last(opened, scene):
    grid = browse.grid(scene, opened.labels, width_px=300, n_rows=10)
    assert [row["cluster"] for row in grid["rows"]] == [1, 2, 3, 0]
    assert [row["count"] for row in grid["rows"]] == [15] * 4
    assert grid["rows"][0] | {"title": "C1 “trill”", "colour": "#ff0000"} == grid["rows"][0]
    by_time = browse.grid(scene, opened.labels, width_px=300, n_rows=10, order={"menu": "time"})
    first_of = {row["cluster"]: row["ids"][0] for row in by_time["rows"]}
    assert first_of == {0: 0, 1: 1, 2: 2, 3: 3}


def test_the_grid_pages(opened, scene):
    pages = [browse.grid(scene, opened.labels, width_px=300, n_rows=3, page=page) for page in (0, 1, 7)]
    assert [[row["cluster"] for row in page["rows"]] for page in pages] == [[1, 2, 3], [0], [0]]
    assert pages[0]["n"] == 4


def test_answers_are_plain_values(opened, scene):
    view = {"steps": [{"how": "set", "cluster": 1}]}
    json.dumps([browse.viewer(scene, opened.labels, view, width_px=300, n_rows=2), scene.view,
                browse.grid(scene, opened.labels, width_px=300, n_rows=3), browse.clusters(opened.labels)])


def test_a_sound_in_a_line(opened):
    line = browse.describe(opened.dataset, opened.labels, 1)
    assert line.startswith("#1 · day-1/song_000.wav · 0.200")
    assert line.endswith("ms · C1 “trill”")
    with pytest.raises(EditError):
        browse.describe(opened.dataset, opened.labels, 4_000)


def test_a_tile_shows_the_bar_of_its_tone(opened, scene):
    style = tiles.Style(40, scene.px_per_ms)
    heights = [int((browse.tile(opened.dataset, scene, row, style) > 128).any(axis=1).argmax()) for row in (0, 1, 2, 3)]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == 4


def test_a_project_without_pictures_has_quiet_tiles_of_the_right_size(tmp_path):
    path = make_project(tmp_path / "bare.h5", n_sounds=4, with_spectrograms=False)
    with Workspace.open(path, user="me") as workspace:
        scene = browse.scene(workspace.dataset)
        tile = browse.tile(workspace.dataset, scene, 0, tiles.Style(40, scene.px_per_ms))
        assert tile.shape == (40, tiles.widths_px(scene.durations_s[:1], scene.px_per_ms)[0])


def test_choosing_nothing_for_an_edit_is_refused(opened, scene):
    for steps in (None, [], [{"how": "set", "cluster": 77}]):
        with pytest.raises(EditError, match="Select one or more"):
            browse.chosen(scene, opened.labels, steps)


def test_texts():
    assert browse.thousands(1_234_567) == f"1{browse.THIN}234{browse.THIN}567"
    assert [browse.duration_text(s) for s in (0.0032, 0.084, 1.239)] == [
        f"3.2{browse.THIN}ms", f"84{browse.THIN}ms", f"1.24{browse.THIN}s"]


def test_ids_are_told_only_where_they_are_not_positions():
    assert browse.are_positions(np.arange(5))
    assert not browse.are_positions(np.array([0, 2, 3]))


def test_after_assigning_what_can_no_longer_be_found_the_new_group_is_shown():
    edit = Edit("draft", "", after=np.int32([7, 7]))
    shown = browse.view_after(edit, [{"how": "set", "blob": {}}])
    assert shown == {"steps": [{"how": "set", "cluster": 7}], "near": None, "page": 0}
    assert browse.view_after(edit, [{"how": "set", "ids": [1]}]) is None
