"""The figures of a project: what they show, how many pages they have, what they say when there is nothing to show."""

from __future__ import annotations

import dataclasses
import io
import re
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner
from factory import make_project
from PIL import Image

from pipeline import params, registry
from pipeline.__main__ import cli
from pipeline.curation.labels import Labels
from pipeline.curation.workspace import Workspace
from pipeline.errors import ExportError, ParameterError
from pipeline.figures import legends, making, scatter, style
from pipeline.figures.kinds import _clusters, _tiles

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [(1, "trill <b>", "#ff0000", ""), (2, "$x^2$ & птица", "#00aa00", ""), (3, "鳥", "", "")]
TYPES = [1, 2, 3, 0]       # of sounds 0, 1, 2, 3, and so on again


@pytest.fixture
def project(tmp_path):
    ids = [TYPES[row % 4] for row in range(60)]
    ids[59] = 4            # a cluster of one sound, without a name
    return make_project(tmp_path / "bird.h5", cluster_ids=ids, clusters=NAMES)


@pytest.fixture
def opened(project):
    with Workspace.open(project) as workspace:
        yield workspace


def drawn(opened, name, **values):
    return making.drawing(opened.dataset, opened.labels, name, values)


def texts(figure):
    return [element.text for element in ET.fromstring(style.encoded(figure, ".svg")).iter(f"{SVG}text")]


def tiles_of(figure):
    return [image for axes in figure.axes for image in axes.images]


# ---- all of them -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", making.figures())
def test_a_figure_declares_its_parameters_and_says_what_it_shows(name):
    cls = making.of(name)
    assert cls.__dataclass_params__.frozen
    assert len(making.describe(name)) > 20
    declared = {spec.name: spec for spec in params.specs(cls)}
    assert set(declared) == {field.name for field in dataclasses.fields(cls)}
    for spec in declared.values():
        assert spec.default is None or params.check(spec, spec.default) == spec.default


@pytest.mark.parametrize("name", making.figures())
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_figure_of_the_same_project_is_the_same_file(opened, name, suffix):
    first = making.download(drawn(opened, name, clusters="2,4"), suffix, stem="bird")
    assert first == making.download(drawn(opened, name, clusters="2,4"), suffix, stem="bird")


@pytest.mark.parametrize("name", making.figures())
def test_a_preview_is_a_small_picture(opened, name):
    with Image.open(io.BytesIO(making.preview(drawn(opened, name, width_mm=400)))) as picture:
        assert picture.format == "PNG"
        assert picture.width <= making.PREVIEW_PX[0]
        assert picture.height <= making.PREVIEW_PX[1]


@pytest.mark.parametrize(("name", "values"), [
    ("map", {"width_mm": 30, "height_mm": 30}), ("map", {"width_mm": 30, "height_mm": 30, "names": "groups"}),
    ("cluster", {"width_mm": 40, "columns": 24, "rows": 1, "row_mm": 4}), ("cluster", {"ms_per_mm": 0.001}),
    ("cluster", {"ms_per_mm": 1e9}), ("repertoire", {"width_mm": 60, "row_mm": 4, "page_mm": 30, "exemplars": 30}),
])
def test_the_smallest_and_the_strangest_still_are_figures(opened, name, values):
    made = drawn(opened, name, **values, clusters="1,4")
    assert making.download(made, ".pdf", stem="x")[1].startswith(b"%PDF")


def test_what_cannot_be_is_said(opened):
    with pytest.raises(ParameterError, match=r"no figure 'graph'.*cluster, map, repertoire"):
        drawn(opened, "graph")
    with pytest.raises(ParameterError, match="row_mm"):
        drawn(opened, "repertoire", row_mm=1)
    with pytest.raises(ParameterError, match="no cluster 'nobody'"):
        drawn(opened, "repertoire", clusters="nobody").n_pages()


def test_a_project_without_spectrograms_says_so_but_has_a_map(tmp_path):
    path = make_project(tmp_path / "bare.h5", cluster_ids=[1] * 60, with_spectrograms=False)
    with Workspace.open(path) as opened:
        for name in ("cluster", "repertoire"):
            with pytest.raises(ExportError, match="has no spectrograms"):
                making.preview(drawn(opened, name))
        assert "C1" in texts(drawn(opened, "map").page(0))


def test_a_project_without_clusters_says_so_but_has_a_map(tmp_path):
    with Workspace.open(make_project(tmp_path / "new.h5")) as opened:
        for name in ("cluster", "repertoire"):
            with pytest.raises(ExportError, match=r"No sound of new\.h5 is in a cluster"):
                making.preview(drawn(opened, name))
        assert drawn(opened, "repertoire", unassigned=True).n_pages() == 1
        assert "unassigned" in texts(drawn(opened, "map").page(0))


def test_a_project_without_a_sound_says_so(tmp_path):
    with Workspace.open(make_project(tmp_path / "empty.h5", n_sounds=0)) as opened:
        for name in ("cluster", "repertoire"):
            with pytest.raises(ExportError):
                making.preview(drawn(opened, name))
        assert making.preview(drawn(opened, "map")).startswith(b"\x89PNG")


# ---- the map ---------------------------------------------------------------------------------------------------------

def points_of(figure):
    """Offsets and colours of the points of a map, in the order they are drawn in."""
    cloud = figure.axes[0].collections[0]
    return np.asarray(cloud.get_offsets()), np.rint(255 * cloud.get_facecolors()[:, :3]).astype(int)


def test_every_sound_is_a_point_in_its_clusters_colour(opened):
    offsets, colours = points_of(drawn(opened, "map").page(0))
    by_place = {tuple(place): tuple(colour) for place, colour in zip(offsets.tolist(), colours.tolist(), strict=True)}
    umap = opened.dataset.segments.umap.astype(np.float64)
    wanted = {0: (200, 204, 208), 1: (255, 0, 0), 2: (0, 170, 0)}
    for place, number in zip(umap.tolist(), opened.labels.ids.tolist(), strict=True):
        assert number not in wanted or by_place[tuple(place)] == wanted[number]
    assert len(offsets) == 60
    grey = (colours == wanted[0]).all(axis=1)
    assert grey[:15].any()
    assert not grey[grey.sum():].any()        # the unassigned lie below


def test_sounds_without_a_place_or_out_of_the_clusters_asked_for_are_no_points_in_colour(opened):
    offsets, _colours = points_of(drawn(opened, "map", only_assigned=True, clusters="1").page(0))
    assert len(offsets) == (opened.labels.ids == 1).sum()
    figure = style.figure(80, 80)
    axes = style.axes(figure, left=0, top=0, width=80, height=80)
    places = np.array([[0, 0], [np.nan, 1], [1, 1]])
    scatter.frame(axes, places, "UMAP")
    scatter.draw(axes, places, np.array([1, 1, 1]), {1: "#ff0000"}, grey="#cccccc")
    assert len(axes.collections[0].get_offsets()) == 2


def test_the_legend_has_names_and_counts_as_they_stand(opened):
    found = texts(drawn(opened, "map").page(0))
    for words in ("trill <b>", "$x^2$ & птица", "鳥", "C4", "unassigned", "15", "1"):
        assert words in found


def test_names_at_groups_do_not_meet(opened):
    figure = drawn(opened, "map", names="groups").page(0)
    found = texts(figure)
    assert {"trill <b>", "$x^2$ & птица", "鳥", "C4"} <= set(found)
    assert "15" not in found
    style.encoded(figure, ".png", dpi=72)
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_far_more_clusters_than_there_is_room_for_are_counted(opened):
    labels = Labels.of(opened.labels.segment_ids, range(1, 61))
    found = texts(making.drawing(opened.dataset, labels, "map", {"most_named": 10}).page(0))
    assert "and 51 more" in found


def test_many_points_are_one_picture_in_vector_files():
    figure = style.figure(80, 80)
    axes = style.axes(figure, left=0, top=0, width=80, height=80)
    places = np.random.default_rng(0).normal(size=(20_000, 2))
    scatter.frame(axes, places, "UMAP")
    scatter.draw(axes, places, np.arange(20_000) % 7, dict.fromkeys(range(7), "#ff0000"), grey="#cccccc")
    assert len(style.encoded(figure, ".svg")) < 2_000_000
    assert len(style.encoded(figure, ".pdf")) < 2_000_000


def test_another_map_can_be_asked_for(opened):
    offsets, _colours = points_of(drawn(opened, "map", map="pca").page(0))
    assert sorted(offsets[:, 0].tolist()) == sorted(opened.dataset.segments.pca[:, 0].astype(float).tolist())
    with pytest.raises(ExportError, match=r"no map 'sne'; it has umap and pca"):
        drawn(opened, "map", map="sne").page(0)


def test_a_project_without_a_map_says_so(tmp_path):
    with Workspace.open(make_project(tmp_path / "bare.h5")) as opened:
        bare = dataclasses.replace(opened.dataset.segments, umap=None, read_pca=lambda: None)
        opened.dataset.segments = bare
        opened.dataset.names = lambda kind: []
        with pytest.raises(ExportError, match="has no map"):
            drawn(opened, "map").n_pages()


# ---- the sounds of clusters ------------------------------------------------------------------------------------------

def test_a_cluster_is_a_page_and_its_sounds_a_grid(opened):
    made = drawn(opened, "cluster", rows=2, columns=3)
    assert made.n_pages() == 4
    page = made.page(0)
    assert len(tiles_of(page)) == 6
    assert "trill <b>" in texts(page)
    assert "6 of 15 sounds, the most typical first" in texts(page)
    only = drawn(opened, "cluster", clusters="C4")
    assert only.n_pages() == 1
    assert len(tiles_of(only.page(0))) == 1
    assert "1 sound, the most typical first" in texts(only.page(0))
    assert drawn(opened, "cluster", clusters="0").n_pages() == 1


def test_all_sounds_have_one_time_scale(opened):
    page = drawn(opened, "cluster", clusters="1", columns=4, ms_per_mm=5).page(0)
    for axes in page.axes:
        if axes.images:
            seconds = np.ptp(axes.get_xlim())
            width_mm = axes.get_position().width * style.size_mm(page)[0]
            assert seconds / width_mm == pytest.approx(0.005)


def test_sounds_come_by_time_or_by_chance(opened):
    rows = [making.of("cluster")(by=by) for by in ("time", "random")]
    by_time, by_chance = (making.Drawing(opened.dataset, opened.labels, "cluster", one).page(0) for one in rows)
    assert "15 sounds, by time" in texts(by_time)
    assert "15 sounds, at random" in texts(by_chance)
    assert style.encoded(by_time, ".png", dpi=60) != style.encoded(by_chance, ".png", dpi=60)


def test_sounds_of_which_nothing_tells_what_is_typical_come_by_chance_and_it_is_said(opened, monkeypatch):
    monkeypatch.setitem(_clusters.MOST_COMPARED, "map", 14)
    page = drawn(opened, "cluster", clusters="1").page(0)
    assert "15 sounds, at random" in texts(page)


def test_the_tone_of_a_sound_is_where_the_axis_says(opened):
    """Sound 0 is a tone of 800 Hz on silence: the darkest row of its tile lies there."""
    page = drawn(opened, "cluster", clusters="1", rows=1, columns=1, row_mm=100, width_mm=100).page(0)
    axes = next(axes for axes in page.axes if axes.images)
    with Image.open(io.BytesIO(style.encoded(page, ".png", dpi=100))) as picture:
        grey = np.asarray(picture.convert("L"), float)
    box = axes.get_position()
    height, width = grey.shape
    middle = int((box.x0 + 0.4 * box.width * np.ptp(axes.images[0].get_extent()[:2]) / np.ptp(axes.get_xlim())) * width)
    inside = grey[int((1 - box.y1) * height) + 2:int((1 - box.y0) * height) - 2, middle]
    low, high = axes.get_ylim()
    darkest = np.flatnonzero(inside == inside.min()).mean() / len(inside)
    assert high - darkest * (high - low) == pytest.approx(0.8, abs=0.25)


def test_a_row_for_each_cluster_with_its_count_and_share(opened):
    page = drawn(opened, "repertoire", exemplars=3).page(0)
    found = texts(page)
    assert {"trill <b>", "$x^2$ & птица", "C4", "15 · 25.0 %", "1 · 1.7 %", "kHz"} <= set(found)
    assert len(tiles_of(page)) == 3 * 3 + 1
    assert "unassigned" not in found
    assert "unassigned" in texts(drawn(opened, "repertoire", unassigned=True).page(0))


def test_many_clusters_are_several_pages(opened, tmp_path):
    made = drawn(opened, "repertoire", page_mm=32)
    assert made.n_pages() == 2
    assert making.write(made, tmp_path / "rep.pdf") == [tmp_path / "rep.pdf"]
    assert (tmp_path / "rep.pdf").read_bytes().count(b"/MediaBox") == 2
    assert [path.name for path in making.write(made, tmp_path / "rep.svg")] == ["rep-1.svg", "rep-2.svg"]
    name, content = making.download(made, ".svg", stem="rep")
    assert name == "rep.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {entry: packed.read(entry) for entry in packed.namelist()} == \
            {path.name: path.read_bytes() for path in tmp_path.glob("rep-*.svg")}


def test_far_too_many_pages_are_refused(opened, monkeypatch):
    monkeypatch.setattr(making, "MOST_SENT_PAGES", 3)
    with pytest.raises(ExportError, match="4 pages"):
        making.download(drawn(opened, "cluster"), ".pdf", stem="x")
    monkeypatch.setattr(making, "MOST_PAGES", 3)
    with pytest.raises(ExportError, match="4 pages"):
        drawn(opened, "cluster").n_pages()


def test_one_long_sound_does_not_make_the_others_small():
    assert _tiles.longest_s(np.array([0.1, 0.1, 0.12])) == 0.12
    assert _tiles.longest_s(np.array([0.1, 0.1, 0.1, 9.0])) == pytest.approx(0.4)
    assert _tiles.longest_s(np.array([])) > 0


@pytest.mark.parametrize(("low", "high", "most", "ticks"), [
    (0.3, 10, 3, [3, 6, 9]), (0.3, 10, 2, [4, 8]), (0.3, 10, 1, [10]), (0, 0.5, 3, [0, 0.2, 0.4]),
    (312, 316, 2, [312, 315])])
def test_ticks_are_round(low, high, most, ticks):
    found = _tiles.round_ticks(low, high, most=most)
    assert found == pytest.approx(ticks)
    assert len(found) <= most


def test_a_name_finds_no_place_where_all_is_taken():
    figure = style.figure(20, 20)
    axes = style.axes(figure, left=0, top=0, width=20, height=20)
    places, labels = np.random.default_rng(0).random((200, 2)), Labels.of(range(200), range(1, 201))
    scatter.frame(axes, places, "UMAP")
    groups = [legends.Group(number, f"cluster {number}", "#ff0000", 1) for number in range(1, 201)]
    legends.at_groups(axes, groups, places, labels, (20, 20))
    assert 0 < len(axes.texts) < 40


# ---- the command -----------------------------------------------------------------------------------------------------

def test_the_command_writes_what_the_name_says(project, tmp_path):
    run = CliRunner().invoke
    for kind, name, pixels in (("map", "map.png", (1004, 709)), ("repertoire", "rep.png", None)):
        size = ["--width-mm", "85", "--height-mm", "60"] if kind == "map" else []
        result = run(cli, ["figure", str(project), kind, "-o", str(tmp_path / name), *size], catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
        with Image.open(tmp_path / name) as picture:
            assert pixels is None or np.abs(np.subtract(picture.size, pixels)).max() <= 1
    result = run(cli, ["figure", str(project), "cluster", "-o", str(tmp_path / "c.svg"), "--clusters", "1,2"])
    assert "Wrote 2 pages" in result.stderr
    assert sorted(path.name for path in tmp_path.glob("c*.svg")) == ["c-1.svg", "c-2.svg"]
    assert run(cli, ["figure", str(project), "map", "-o", str(tmp_path / "map.gif")]).exit_code == 1
    assert run(cli, ["figure", str(project), "map", "-o", str(tmp_path / "no" / "map.pdf")]).exit_code == 1
    assert run(cli, ["figure", str(project), "tree", "-o", str(tmp_path / "map.pdf")]).exit_code == 2


def test_the_folder_of_figures_holds_figures_only():
    assert registry.names(making.FOLDER) == ("cluster", "map", "repertoire")


def test_the_example_of_the_documentation_runs(project, root, monkeypatch):
    monkeypatch.chdir(project.parent)
    code, = re.findall(r"```python\n(.*?)```", (root / "docs/figures.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    exec(compile(code, "docs/figures.md", "exec"), {})
    assert {"map.pdf", "titled.svg"} <= {path.name for path in project.parent.iterdir()}
