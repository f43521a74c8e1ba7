"""Search by example: exact nearest sounds by any vectors, by one example or several, among those that are wanted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from factory import make_project
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from pipeline import browse, search, searching, selection, store
from pipeline.curation import edits, telling
from pipeline.curation.labels import Labels
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import EditError, ParameterError, ProjectError
from pipeline.search import Search, Space


def by_brute_force(points: np.ndarray, examples: np.ndarray, how: Search, among: np.ndarray) -> list[int]:
    """All distances in float64, by scipy; of equally near ones the first."""
    every = cdist(points.astype(float), examples.astype(float), how.metric)
    distance = np.nan_to_num(every, nan=1.0).mean(axis=1) if how.combine == "mean" else np.nan_to_num(
        every, nan=1.0).min(axis=1)
    rows = np.flatnonzero(among)
    return rows[np.lexsort((rows, distance[rows]))][:how.n].tolist()


@pytest.mark.parametrize("metric", search.METRICS)
@pytest.mark.parametrize("combine", search.COMBINE)
@pytest.mark.parametrize("n_dims", [1, 7, 300])
def test_it_finds_what_brute_force_finds(metric, combine, n_dims, monkeypatch):
    monkeypatch.setattr(search, "BLOCK_VALUES", 900)     # many blocks
    rng = np.random.default_rng(n_dims)
    points = (rng.normal(0, 1, (800, n_dims)) + 3).astype(np.float32)
    among, how = rng.random(800) < 0.7, Search(metric=metric, combine=combine, n=60)
    among[[5, 200, 611]] = False                          # 0 or 1e-16 from themselves: no order to compare
    if n_dims == 1 and metric == "cosine":
        points *= rng.choice([-1, 1], (800, 1))
    found = search.nearest(points, points[[5, 200, 611]], how, among=among)
    if n_dims > 1:
        assert found.rows.tolist() == by_brute_force(points, points[[5, 200, 611]], how, among)
    assert among[found.rows].all()
    assert (np.diff(found.distances) >= 0).all()


def test_differences_that_float32_does_not_see_make_the_order():
    base = np.full((40, 64), 1000, np.float32)
    base[:, 0] += np.linspace(0, 39, 40, dtype=np.float32)[::-1] * np.float32(2.0 ** -13)
    found = search.nearest(base, base[39:40], Search(n=40))
    assert found.rows.tolist() == list(range(39, -1, -1))


def test_equal_ones_come_in_their_order_and_all_are_different():
    points = np.zeros((500, 8), np.float32)
    found = search.nearest(points, points[:1], Search(n=30))
    assert found.rows.tolist() == list(range(30))
    assert not found.distances.any()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 4), st.integers(1, 80), st.sampled_from(search.METRICS), st.integers(0, 9999))
def test_whatever_is_asked_as_many_are_found_as_there_are(n, m, k, metric, seed):
    rng = np.random.default_rng(seed)
    points = rng.integers(-2, 3, (n, 3)).astype(np.float32)     # many are equal, some have no length
    found = search.nearest(points, points[rng.integers(0, n, m)], Search(metric=metric, n=k))
    assert len(found.rows) == len(set(found.rows.tolist())) == min(n, k)
    assert np.isfinite(found.distances).all()
    assert (np.diff(found.distances) >= 0).all()


@pytest.mark.parametrize("scale", ["none", "minmax", "zscore", "robust", "l2"])
def test_further_vectors_are_scaled_like_those_of_the_project(scale):
    vectors = np.random.default_rng(1).normal(5, [1, 20, 300], (50, 3)).astype(np.float32)
    space = Space.of(vectors, scale)
    assert space.placed(vectors[7:9]) == pytest.approx(space.points[7:9], abs=1e-5)
    assert space.known.all()


def test_a_sound_without_vector_is_unknown_and_a_gap_is_filled():
    vectors = np.array([[1, 2], [np.nan, np.nan], [3, np.nan]], np.float32)
    space = Space.of(vectors, "zscore")
    assert space.known.tolist() == [True, False, True]
    assert np.isfinite(space.points).all()
    assert space.points[1].tolist() == [0, 0]


# ---- of a project ----------------------------------------------------------------------------------------------------

@pytest.fixture
def project(tmp_path):
    """40 sounds of 4 types in 3 recordings; sound 0 … 7 are in cluster 1; features for all but sound 3."""
    path = make_project(tmp_path / "bird.h5", n_sounds=40, cluster_ids=[1] * 8 + [0] * 32)
    with store.amend(path) as writer:
        ids = np.delete(np.arange(40, dtype=np.int32), 3)
        writer.feature("size", ids, np.stack([ids, 1000 * (ids % 4)], axis=1).astype(np.float32), columns=("a", "b"))
    return path


@pytest.fixture
def dataset(project):
    with Dataset.open(project) as dataset:
        yield dataset


@pytest.fixture
def labels(dataset) -> Labels:
    return Labels.of(dataset.segments.segment_id, dataset.cluster_ids())


def asked(**like) -> searching.Asked:
    return searching.read(like)


def test_the_same_type_comes_first_and_the_example_before_all(dataset, labels):
    found = searching.found(dataset, labels, asked(sounds=[12], n=9))
    assert found.rows[0] == 12
    assert {row % 4 for row in found.rows} == {0}
    assert found.distances[0] == 0
    expected = np.linalg.norm(dataset.embedding().astype(float) - dataset.embedding()[12], axis=1)
    assert found.distances == pytest.approx(expected[found.rows])
    assert found.rows[1:].tolist() == [row for row in np.argsort(expected, kind="stable") if row != 12][:9]


def test_only_unassigned_and_only_elsewhere(dataset, labels):
    found = searching.found(dataset, labels, asked(sounds=[4], unassigned=True, elsewhere=True, n=40))
    files = dataset.segments.file_id
    assert len(found.rows)
    assert (labels.ids[found.rows] == 0).all()          # the example, which is in C1, is not among them either
    assert (files[found.rows] != files[4]).all()
    assert searching.found(dataset, labels, asked(sounds=[4], n=40)).rows[0] == 4


def test_several_examples_come_first_each_with_its_distance(dataset, labels):
    found = searching.found(dataset, labels, asked(sounds=[9, 12], combine="nearest", n=6))
    assert found.rows[:2].tolist() == [9, 12]
    assert {row % 4 for row in found.rows[2:]} == {0, 1}
    mean = searching.found(dataset, labels, asked(sounds=[9, 12], n=6))
    assert mean.distances[0] > 1
    assert len(set(mean.rows.tolist())) == 8


def test_features_are_brought_to_one_range_and_sounds_without_are_left_out(dataset, labels):
    found = searching.found(dataset, labels, asked(sounds=[8], vectors="size", n=40))
    assert len(found.rows) == 39
    assert 3 not in found.rows
    assert found.rows[1:4].tolist() == [4, 12, 0]       # unscaled, 9 and 7 would be nearer than 4 by no means
    with pytest.raises(ParameterError, match="Sound #3 has no size"):
        searching.found(dataset, labels, asked(sounds=[3], vectors="size"))


@pytest.mark.parametrize("vectors", ["", "embedding", "pca", "umap", "size", "embedding+size"])
def test_all_vectors_of_a_project_can_be_searched_by(dataset, labels, vectors):
    assert search.names(dataset) == ["embedding", "pca", "size", "umap"]
    found = searching.found(dataset, labels, asked(sounds=[8], vectors=vectors, n=5))
    assert len(found.rows) == 6


@pytest.mark.parametrize("vectors", ["nothing", "umap+embedding", "+", "embedding+", "../x"])
def test_vectors_that_are_not_there_are_told(dataset, labels, vectors):
    with pytest.raises(ParameterError, match="It has: embedding, pca, size and umap"):
        searching.found(dataset, labels, asked(sounds=[8], vectors=vectors))


def test_a_project_without_anything_says_so(tmp_path):
    path = make_project(tmp_path / "bare.h5", n_sounds=6, with_embeddings=False)
    with Dataset.open(path) as dataset:
        if search.names(dataset):
            assert set(search.names(dataset)) <= {"pca", "umap"}
        with pytest.raises(ParameterError, match="no 'embedding'"):
            search.vectors_of(dataset, Search(vectors="embedding"))


@pytest.mark.parametrize("like", [
    None, [], {}, {"sounds": []}, {"sounds": [1], "file": "x"}, {"sounds": ["1"]}, {"sounds": [True]},
    {"sounds": list(range(51))}, {"file": "x"}, {"file": 5, "pieces": [0]}, {"sounds": [1], "n": 0},
    {"sounds": [1], "n": 10**9}, {"sounds": [1], "metric": "manhattan"}, {"sounds": 5}, {"sounds": [1.5]},
    {"sounds": [1], "unassigned": "perhaps"},
])
def test_what_makes_no_sense_is_refused_with_a_sentence(like):
    with pytest.raises(ParameterError):
        searching.read(like)


def test_an_unknown_sound_is_refused(dataset, labels):
    with pytest.raises(ProjectError, match="no sound with the id 99"):
        searching.found(dataset, labels, asked(sounds=[99]))


# ---- as a selection, and in the history ------------------------------------------------------------------------------

def chosen(dataset: Dataset, labels: Labels, **step) -> list[int]:
    points = dataset.segments.umap
    return selection.rows([{"how": "set", **step}], points=points, labels=labels, dataset=dataset).tolist()


def test_a_step_takes_all_or_those_between_two(dataset, labels):
    like = {"sounds": [12], "n": 9}
    rows = searching.found(dataset, labels, asked(**like)).rows.tolist()
    assert chosen(dataset, labels, like=like) == sorted(rows)
    assert chosen(dataset, labels, like=like, last=rows[4]) == sorted(rows[:5])
    assert chosen(dataset, labels, like=like, first=rows[2], last=rows[4]) == sorted(rows[2:5])


def test_what_nobody_has_seen_is_not_taken(dataset, labels):
    like = {"sounds": [12], "n": 9, "unassigned": True}
    rows = searching.found(dataset, labels, asked(**like)).rows.tolist()
    taken = labels.relabelled(np.array([rows[2]]), np.array([7], np.int32))
    assert chosen(dataset, taken, like=like, last=rows[4]) == sorted(set(rows[:5]) - {rows[2]})
    with pytest.raises(EditError, match="finds other sounds now"):
        chosen(dataset, taken, like=like, last=rows[2])
    for last in ("x", True, [], 10**12, 1.5):
        with pytest.raises(EditError, match="finds other sounds now"):
            chosen(dataset, taken, like=like, last=last)


def test_an_edit_says_from_what_search_it_came(project):
    with Workspace.open(project) as workspace:
        scene, labels = browse.scene(workspace.dataset), workspace.labels
        like = {"sounds": [12], "n": 9}
        rows = searching.found(workspace.dataset, labels, asked(**like)).rows.tolist()
        steps = [{"how": "set", "like": like, "last": rows[5]}]
        ids = browse.chosen(scene, labels, steps)
        workspace.edit(edits.assign, seen=workspace.revision, segment_ids=ids,
                       provenance=browse.how(scene, labels, steps, ids, like))
        entry = workspace.history()[-1]
    assert entry.n_sounds == 6
    about = entry.provenance["search"]
    assert (about["sounds"], about["vectors"], about["metric"], about["n"], about["place"]) == (
        [12], "embedding", "euclidean", 9, 5)
    assert about["distance"] > 0
    assert "among the 5 most like #12 by embedding, distance up to 0." in telling.how(entry.provenance)


def test_single_sounds_picked_from_a_search_say_so_too_and_others_do_not(dataset, labels):
    scene, like = browse.scene(dataset), {"sounds": [12], "n": 9}
    rows = searching.found(dataset, labels, asked(**like)).rows.tolist()
    steps = [{"how": "set", "ids": [rows[3]]}]
    assert browse.how(scene, labels, steps, np.array([rows[3]]), like)["search"]["place"] == 3
    other = next(row for row in range(40) if row not in rows)
    steps = [{"how": "set", "ids": [rows[3], other]}]
    assert browse.how(scene, labels, steps, np.array([rows[3], other]), like) == {"steps": steps}
    example = browse.how(scene, labels, [{"how": "set", "ids": [12]}], np.array([12]), like)
    assert telling.how(example) == "1 sound picked; what was searched by, #12"
    for nothing in (None, 1, {"file": "a" * 32, "pieces": [0]}):     # such a file is not kept any more
        assert browse.how(scene, labels, steps, np.array([rows[3]]), nothing) == {"steps": steps}


def test_the_viewer_shows_what_was_found_nearest_first_page_by_page(dataset, labels):
    scene, like = browse.scene(dataset), {"sounds": [12], "n": 30}
    view = {"by": "search", "steps": [{"how": "set", "like": like}]}
    found = searching.found(dataset, labels, asked(**like))
    pages = [browse.viewer(scene, labels, view, width_px=400, n_rows=1, page=page, order={"menu": "time"})
             for page in range(20)]
    pages = pages[:pages[0]["n_pages"]]
    shown = [sound for page in pages for line in page["rows"] for sound in line["ids"]]
    assert shown == found.rows.tolist()
    far = [one for page in pages for line in page["rows"] for one in line["distances"]]
    assert far == pytest.approx(found.distances, rel=1e-3)
    assert pages[0]["title"] == "Similar to #12"
    assert pages[0]["search"]["sounds"] == [12]
    again = browse.viewer(scene, labels, view | {"by": None}, width_px=400, n_rows=1, order={"menu": "time"})
    assert again["title"] == "Search"
    assert "distances" not in again["rows"][0]


def test_a_search_is_declared_once():
    assert {field.name for field in dataclasses.fields(Search)} == set(searching._NAMES)
