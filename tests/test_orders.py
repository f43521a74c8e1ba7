"""Sort orders: none loses a sound, and the fast ones find what brute force finds."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import neighbours, orders, store
from pipeline.arrange import on_project
from pipeline.chain import chain
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.neighbours import distance_sums, squared_distances
from pipeline.orders import ORDERS, Sounds, sort
from tests.factory import PARAMETERS, make_project


def brute_chain(points: np.ndarray) -> list[int]:
    """The chain by its definition: look at all that are left, take the first of the nearest."""
    order, left = [0], np.arange(1, len(points))
    while len(left):
        nearest = squared_distances(points[left], points[order[-1]].astype(float)).argmin()
        order.append(int(left[nearest]))
        left = np.delete(left, nearest)
    return order


def brute_sums(points: np.ndarray, k: int) -> np.ndarray:
    """The sums by their definition: all distances, sorted, without the one to itself."""
    points = points.astype(float)
    return np.array([np.sort(np.sqrt(squared_distances(points, point)))[1:k + 1].sum() for point in points])


def cloud(kind: str, n: int, d: int, *, seed: int = 0) -> np.ndarray:
    """Points as they come: one cloud, many ties and duplicates, tight far-off crowds, or with far outliers."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, d))
    if kind == "lattice":
        return np.round(points).astype(np.float32)
    if kind == "crowds":
        return (0.01 * points + 10 * rng.normal(size=(5, d))[rng.integers(0, 5, n)]).astype(np.float32)
    if kind == "outliers":
        points[::7] *= 1e4
    return points.astype(np.float32)


KINDS = ("cloud", "lattice", "crowds", "outliers")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Dataset:
    project = make_project(tmp_path_factory.mktemp("orders") / "a.h5", n_sounds=90, n_files=4)
    on_project.arrange_project(project, source="embedding")
    with Dataset.open(project) as opened:
        yield opened


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 2), (2, 40), (9, 2), (40, 5), (400, 2), (400, 30), (900, 100)])
def test_the_chain_is_that_of_brute_force(kind, n, d):
    points = cloud(kind, n, d)
    assert chain(points).tolist() == brute_chain(points)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 2), (2, 40), (8, 3), (9, 2), (400, 2), (400, 30), (900, 100)])
def test_sums_of_distances_are_those_of_brute_force(kind, n, d):
    points = cloud(kind, n, d)
    assert distance_sums(points.astype(float), 8) == pytest.approx(brute_sums(points, 8), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(points=st.lists(st.tuples(*[st.integers(-2, 2)] * 4), min_size=1, max_size=120))
def test_ties_and_duplicates_go_by_the_lower_row(points):
    points = np.array(points, float)
    assert chain(points).tolist() == brute_chain(points)
    assert chain(points[:, :2]).tolist() == brute_chain(points[:, :2])
    assert np.allclose(distance_sums(points, 8), brute_sums(points, 8))


def test_a_small_chain_by_hand():
    points = np.array([[0.0], [5], [1], [1], [-2], [100]])
    assert chain(points).tolist() == [0, 2, 3, 4, 1, 5]
    assert chain(np.zeros((4, 3))).tolist() == [0, 1, 2, 3]
    assert chain(np.zeros((0, 3))).tolist() == []


def test_lists_that_rounding_errors_make_long_are_thinned():
    """Two tight crowds so far apart that float32 cannot tell the members of one crowd from each other."""
    points = 1e-4 * np.random.default_rng(0).normal(size=(400, 6))
    points[::2] += 1e4
    assert np.diff(neighbours.near(points, 8).begin).max() <= neighbours.MAX_PER_LIST
    assert distance_sums(points, 8) == pytest.approx(brute_sums(points, 8))
    assert chain(points).tolist() == brute_chain(points)


def test_memory_grows_with_the_number_of_sounds_only():
    def peak_bytes(n: int) -> int:
        points = np.random.default_rng(0).normal(size=(n, 20))
        tracemalloc.start()
        distance_sums(points, 8)
        chain(points)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(6000) < 6000 ** 2      # a table of distances, of one byte each, would not fit
    assert peak_bytes(6000) < 3 * peak_bytes(3000)


# ---- orders of a data set --------------------------------------------------------------------------------------------

@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(ORDERS)), rows=st.lists(st.integers(0, 89), unique=True), seed=st.integers(0, 9),
       space=st.sampled_from(orders.SPACES), clicked=st.none() | st.integers(0, 89))
def test_every_order_is_a_permutation(dataset, name, rows, seed, space, clicked):
    sounds = Sounds(dataset, np.array(rows, np.int64), space=space, seed=seed, clicked=clicked)
    found = sort(name, sounds)
    assert sorted(found.tolist()) == sorted(rows)
    assert found.dtype == np.int64
    assert np.array_equal(found, sort(name, Sounds(dataset, sounds.rows, space=space, seed=seed, clicked=clicked)))


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_sounds_without_a_place_or_all_on_one_place_are_kept(dataset, name):
    rows = np.arange(20)
    points = np.zeros((dataset.n_segments, 2), np.float32)
    points[5:8] = np.nan
    assert sorted(sort(name, Sounds(dataset, rows, map_points=points)).tolist()) == rows.tolist()
    points[:] = np.nan
    assert sorted(sort(name, Sounds(dataset, rows, map_points=points)).tolist()) == rows.tolist()


def test_every_order_says_what_it_is():
    for name, order in ORDERS.items():
        assert name == order.name
        assert order.title[0].isupper()
        assert order.help.endswith(".")
        assert set(order.needs) <= {"space", "seed", "clicked", "arrangement"}


def timed_project(path: Path) -> Path:
    """Two sounds at the same onsets in each of five recordings, made in this order: with times and without."""
    paths = ["b/2.wav", "b/1.wav", "a/9.wav", "z.wav", "a/8.wav"]
    recorded_at = [200.0, 200.0, np.nan, 100.0, np.nan]
    n, names, empty = 10, [name.split("/")[-1] for name in paths], [""] * 5
    with store.create(path, PARAMETERS) as writer:
        writer.files(file_id=np.arange(5), filename=names, path=paths, sr=np.full(5, 16_000), note=empty, day=empty,
                     duration_sec=np.full(5, 9.0), recorded_at=recorded_at, status=["ok"] * 5)
        writer.segments(segment_id=np.arange(n), file_id=np.repeat(np.arange(5), 2), onset_sec=np.tile([2.0, 1.0], 5),
                        duration_sec=np.full(n, 0.1), cluster_id=np.zeros(n), umap=np.zeros((n, 2)), pca=None)
    return path


def test_time_is_the_recordings_then_folder_and_name_then_onset(tmp_path):
    with Dataset.open(timed_project(tmp_path / "a.h5")) as dataset:
        found = sort("time", Sounds(dataset, np.arange(10)))
        assert found.tolist() == [7, 6, 3, 2, 1, 0, 9, 8, 5, 4]
        assert sort("time", Sounds(dataset, np.array([0, 2, 6, 9]))).tolist() == [6, 2, 0, 9]


def test_outliers_and_typical_sounds(dataset):
    points = np.random.default_rng(0).normal(0, 1, (dataset.n_segments, 2))
    points[17] = [50, 50]
    rows = np.arange(dataset.n_segments)
    sums = brute_sums(points, 8)
    sounds = Sounds(dataset, rows, map_points=points)
    assert sort("outlier", sounds)[0] == 17
    assert sort("typical", sounds)[-1] == 17
    assert sort("outlier", sounds).tolist() == np.argsort(-sums, kind="stable").tolist()
    assert sort("typical", sounds).tolist() == np.argsort(sums, kind="stable").tolist()
    assert sort("outlier", Sounds(dataset, rows[15:18], map_points=points))[0] == 17


def test_likeness_is_to_the_clicked_sound_or_place(dataset):
    rows = np.array([4, 30, 31, 8])
    components = dataset.segments.pca.astype(float)
    found = sort("likeness", Sounds(dataset, rows, space="pca", clicked=30))
    assert found[0] == 30
    assert found.tolist() == rows[np.argsort(squared_distances(components[rows], components[30]))].tolist()
    points = np.column_stack([np.arange(dataset.n_segments), np.zeros(dataset.n_segments)])
    assert sort("likeness", Sounds(dataset, rows, map_points=points, place=(32, 0))).tolist() == [31, 30, 8, 4]
    assert sort("likeness", Sounds(dataset, rows, map_points=points, clicked=0)).tolist() == [4, 8, 30, 31]
    assert sort("likeness", Sounds(dataset, rows, map_points=points)).tolist() == [8, 30, 31, 4]     # from 18.25


def test_random_is_another_one_with_another_seed(dataset):
    rows = np.arange(dataset.n_segments)
    assert sort("random", Sounds(dataset, rows, seed=1)).tolist() != sort("random", Sounds(dataset, rows)).tolist()


def test_durations_rise(dataset):
    found = sort("duration", Sounds(dataset, np.arange(dataset.n_segments)))
    assert (np.diff(dataset.segments.duration_s[found]) >= 0).all()


def test_an_unknown_order_or_space_is_told(dataset):
    with pytest.raises(ParameterError, match=r"There is no sort order named 'colour'\. Known are: time, "):
        sort("colour", Sounds(dataset, np.arange(3)))
    with pytest.raises(ParameterError, match="There is no space named 'outer'"):
        sort("chain", Sounds(dataset, np.arange(3), space="outer"))


def test_a_project_without_components_says_so(tmp_path):
    with (Dataset.open(timed_project(tmp_path / "a.h5")) as dataset,
          pytest.raises(ParameterError, match=r"has no principal components\. Sort in the space 'map' instead")):
        sort("chain", Sounds(dataset, np.arange(3), space="pca"))
