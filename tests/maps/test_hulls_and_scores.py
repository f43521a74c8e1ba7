"""Scores of maps, worked out by hand: squares whose hulls, overlaps and neighbours are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import store
from pipeline.dataset import Dataset
from pipeline.sound_maps import hulls, scores
from tests import factory


def square(x, y, width=1.0, height=1.0):
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], float)


def classes(*groups):
    """(points, codes) of groups of points."""
    return np.concatenate(groups), np.repeat(np.arange(len(groups)), [len(group) for group in groups])


def test_the_hull_of_a_square_has_its_corners_only():
    inside = np.random.default_rng(0).uniform(0, 1, (50, 2))
    hull = hulls.hull(np.concatenate([inside, square(0, 0)]))
    assert set(hull.exterior.coords) == {(0, 0), (1, 0), (1, 1), (0, 1)}
    assert hull.area == 1
    assert hulls.roundness(hull) == pytest.approx(math.pi / 4)


@pytest.mark.parametrize("points", [[[0, 0]], [[0, 0], [1, 1]], [[0, 0], [1, 1], [2, 2]], [[1, 1]] * 5])
def test_points_on_a_line_have_no_hull(points):
    assert hulls.hull(np.array(points, float)).is_empty
    assert hulls.of_classes(np.array(points, float), np.zeros(len(points), int)) == []


@pytest.mark.parametrize(("shapes", "area"), [
    ([], 0),
    ([square(0, 0)], 1),
    ([square(0, 0), square(2, 0)], 2),                                   # apart
    ([square(0, 0), square(1, 0)], 2),                                   # side by side
    ([square(0, 0), square(0, 0)], 1),                                   # the same twice
    ([square(0, 0), square(0.5, 0.5)], 1.75),                            # a quarter shared
    ([square(0, 0), square(0, 0.5)], 1.5),                               # edges on one line
    ([square(0, 0, 3, 3), square(1, 1)], 9),                             # one within
    ([square(0, 0, 3, 1), square(1, -1, 1, 3)], 5),                      # a cross
    ([square(0, 0), square(0.5, 0), square(1, 0), square(0.25, 0, 1)], 2),
])
def test_the_area_of_a_union(shapes, area):
    shapes = [hulls.hull(corners) for corners in shapes]
    assert hulls.union_area(shapes) == pytest.approx(area, abs=1e-12)
    assert hulls.union_area(shapes[::-1]) == pytest.approx(area, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 6), st.booleans())
def test_a_union_is_what_points_thrown_on_it_say(seed, n_shapes, is_coarse):
    """Coarse corners share places, edges and lines, where a sum over edges can go wrong."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 1, (n_shapes, 8, 2))
    corners = np.round(corners * 4) / 4 if is_coarse else corners
    shapes = [shape for shape in map(hulls.hull, corners) if shape.area]
    side = (np.arange(200) + 0.5) / 200 + 1e-7
    thrown = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    hit = np.zeros(len(thrown), bool)
    for hull in shapes:
        shape = np.array(hull.normalize().exterior.coords)[:-1][::-1]       # counter-clockwise
        step = np.roll(shape, -1, axis=0) - shape
        height = step[:, 0] * (thrown[:, None, 1] - shape[:, 1]) - step[:, 1] * (thrown[:, None, 0] - shape[:, 0])
        hit |= (height > 0).all(axis=1)
    assert hulls.union_area(shapes) == pytest.approx(hit.mean(), abs=0.01)


def test_scores_of_two_squares_that_lie_apart():
    points, codes = classes(square(0, 0, 0.1, 0.1), square(0.8, 0.8, 0.2, 0.2))
    found = scores.score(points, codes)
    assert found["roundness"] == pytest.approx(math.pi / 4, abs=1e-4)
    assert found["overlap"] == pytest.approx(1, abs=1e-5)
    outline = np.array([[0, 0], [0.1, 0], [1, 0.8], [1, 1], [0.8, 1], [0, 0.1]])
    x, y = outline.T
    whole = (x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    assert found["overlap_compat"] == pytest.approx(whole / (whole + 0.05), abs=1e-5)
    assert found["sum"] == pytest.approx(found["silhouette"] + found["roundness"] + found["overlap"])
    assert 0.8 < found["silhouette"] < 1


def test_scores_of_squares_that_share_half_of_themselves():
    points, codes = classes(square(0, 0, 0.4, 0.4), square(0.2, 0, 0.4, 0.4))
    found = scores.score(points, codes)
    assert found["overlap"] == pytest.approx(0.24 / 0.32, abs=1e-5)
    assert found["overlap_compat"] == pytest.approx(0.24 / (0.24 + 0.32), abs=1e-5)


def test_the_silhouette_of_two_pairs_of_points():
    points, codes = classes(np.array([[0, 0], [0.1, 0]]), np.array([[1, 0], [0.9, 0]]))
    outer, inner = 1 - 0.1 / 0.95, 1 - 0.1 / 0.85
    assert scores.score(points, codes)["silhouette"] == pytest.approx((outer + inner) / 2, abs=1e-6)


def test_neighbours_of_two_groups():
    rng = np.random.default_rng(0)
    points, codes = classes(rng.normal(0.2, 0.01, (30, 2)), rng.normal(0.8, 0.01, (30, 2)))
    assert scores.score(points, codes)["knn_agreement"] == 1
    assert scores.score(points, rng.permutation(codes))["knn_agreement"] < 0.7


def test_what_cannot_be_scored_is_left_out():
    assert scores.score(np.zeros((0, 2)), np.zeros(0, int)) == {}
    assert scores.score(np.full((3, 2), np.nan), np.arange(3)) == {}
    assert scores.score(square(0, 0), np.full(4, -1)) == {}
    assert set(scores.score(square(0, 0), np.zeros(4, int))) == {"roundness", "overlap", "overlap_compat"}
    assert "sum" not in scores.score(square(0, 0), np.array([0, 0, 1, 1]))      # no class spans an area


def test_sounds_without_label_or_place_do_not_count():
    points, codes = classes(square(0, 0, 0.1, 0.1), square(0.8, 0.8, 0.2, 0.2))
    more = np.concatenate([points, [[0.5, 0.5], [np.nan, np.nan]]])
    assert scores.score(more, np.append(codes, [-1, 0])) == scores.score(points, codes)


def test_classes_are_labels_else_clusters_else_nothing(tmp_path):
    ids = [0, 1, 2] * 6 + [0, 0]
    table = [(1, "trill", "#112233", ""), (2, "", "", "")]

    def of(name, **how):
        project = factory.make_project(tmp_path / name, n_sounds=20, with_spectrograms=False, **how)
        with Dataset.open(project) as dataset:
            return scores.classes_of(dataset)

    labelled = of("a.h5", cluster_ids=ids)
    assert (labelled.by, labelled.names, labelled.lack) == ("labels", ("a", "b", "c", "d"), "")
    assert labelled.codes.tolist() == [row % 4 for row in range(20)]
    clustered = of("b.h5", with_labels=False, cluster_ids=ids, clusters=table)
    assert (clustered.by, clustered.names, clustered.colours[0]) == ("clusters", ("trill", "C2"), "#112233")
    assert clustered.codes.tolist() == [number - 1 for number in ids]
    bare = of("c.h5", with_labels=False)
    assert (bare.by, set(bare.codes)) == ("", {-1})
    assert "no labels and no clusters" in bare.lack


def test_one_class_is_told(tmp_path):
    project = factory.make_project(tmp_path / "one.h5", n_sounds=20, n_types=1, with_spectrograms=False)
    with Dataset.open(project) as dataset:
        assert "the same one" in scores.classes_of(dataset).lack


def test_other_classes_have_another_key():
    first, second = np.array([0, 1], np.int32), np.array([1, 0], np.int32)
    assert scores.Classes(first, "labels").key == scores.Classes(first.copy(), "labels").key
    assert scores.Classes(first, "labels").key != scores.Classes(second, "labels").key


def test_attributes_of_a_group_can_be_changed(tmp_path):
    project = factory.make_project(tmp_path / "bird.h5", n_sounds=8, with_spectrograms=False)
    with store.amend(project) as writer:
        writer.describe("projections/umap", {"score_sum": 1.0, "seed": None})
    with Dataset.open(project) as dataset:
        assert dataset.attrs_of("projections/umap") == {"score_sum": 1.0}
        assert np.isfinite(dataset.projection("umap")).all()
