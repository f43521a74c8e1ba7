"""Blobs: found as scipy would, the same however one came to them, and drawn where they are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pipeline import blobs, geometry, outlines, params
from pipeline.blobs import Blobs, Finder, Frame, Histogram, Parameters, Smoothed
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from tests.factory import make_project

SMALL = Parameters(radius_px=3.0, threshold=0.2, pixels=100)


def crowd(*, seed: int = 0, n: int = 900, places: int = 6) -> np.ndarray:
    """So many sounds around so many places, one of them without a place on the map."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-8, 8, (places, 2))
    points = centres[rng.integers(0, places, n)] + rng.normal(0, 0.4, (n, 2))
    points[n // 2] = np.nan
    return points.astype(np.float32)


def reference(points: np.ndarray, parameters: Parameters) -> np.ndarray:
    """The image of blobs made with scipy.ndimage, each step as it is described."""
    frame, size = Frame.of(points, parameters.pixels), parameters.pixels
    seen = points[np.isfinite(points).all(axis=1)].astype(float)
    bounds = (frame.y_low, frame.y_high), (frame.x_low, frame.x_high)
    counts, _, _ = np.histogram2d(seen[:, 1], seen[:, 0], size, bounds)
    reach = int(parameters.radius_px)
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    disc = (y ** 2 + x ** 2 <= parameters.radius_px ** 2).astype(int)
    sums = ndimage.convolve(counts.astype(int), disc, mode="constant")
    labelled, n_parts = ndimage.label(sums > parameters.threshold * disc.sum())
    areas = np.bincount(labelled.ravel(), minlength=n_parts + 1)[1:]
    number = np.zeros(n_parts + 1, int)
    largest = np.argsort(-areas, kind="stable")[:parameters.max_blobs]
    number[largest + 1] = np.arange(1, len(largest) + 1)
    return number[labelled]


def test_two_crowds_and_a_straggler():
    points = np.array([[0, 0]] * 6 + [[10, 10]] * 3 + [[5, 0]], float)
    found = Finder(points).find(Parameters(radius_px=2, threshold=2 / 13, pixels=60))     # the disc has 13 pixels
    assert [(blob.number, blob.count, blob.area_px) for blob in found.blobs] == [(1, 6, 13), (2, 3, 13)]
    assert found.blob_of_sound.tolist() == [1] * 6 + [2] * 3 + [0]
    assert found.blob_at(0, 0) == 1
    assert found.blob_at(10, 10) == 2
    assert found.blob_at(5, 0) is None
    assert found.blob_at(1e9, 0) is None
    assert found.blob_at(float("nan"), 0) is None
    assert found.rows(2).tolist() == [6, 7, 8]
    assert found.rows(0).tolist() == []


def test_what_is_taken_leaves_the_rest_where_it_was():
    points = crowd()
    finder = Finder(points)
    everything = finder.find(SMALL)
    left = everything.blob_of_sound != 1
    remaining = finder.find(SMALL, active=left)
    assert remaining.frame == everything.frame
    assert not remaining.blob_of_sound[~left].any()
    assert [blob.area_px for blob in remaining.blobs] == [blob.area_px for blob in everything.blobs[1:]]
    assert np.array_equal(finder.find(SMALL, active=np.flatnonzero(left)).image, remaining.image)
    assert len(finder.find(SMALL, active=np.zeros(len(points), bool))) == 0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), radius=st.integers(2, 40), threshold=st.floats(0, 1.5), most=st.integers(1, 30))
def test_blobs_are_those_of_a_plain_reference(seed, radius, threshold, most):
    wanted = Parameters(radius_px=radius / 2, threshold=threshold, max_blobs=most, pixels=90)
    points = crowd(seed=seed)
    assert np.array_equal(Finder(points).find(wanted).image, reference(points, wanted))


def test_many_sounds_in_one_place_are_counted_too():
    points = np.concatenate([np.zeros((70_000, 2)), np.ones((5, 2))])
    found = Finder(points).find(Parameters(radius_px=2, threshold=69_999 / 13, pixels=60))
    assert found.smoothed.sums.dtype == np.uint32
    assert [blob.count for blob in found.blobs] == [70_000]


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(2, 30), st.integers(-6, 6), st.booleans()), min_size=2, max_size=8))
def test_a_way_through_radii_and_thresholds_ends_as_if_started_there(steps):
    points, finder = crowd(), Finder(crowd())
    for radius, presses, all_sounds in steps:
        wanted = Parameters(threshold=0.2, pixels=100).stepped(threshold_steps=presses, radius_steps=radius - 40)
        active = None if all_sounds else points[:, 0] < 2
        here, afresh = finder.find(wanted, active=active), Finder(points).find(wanted, active=active)
        assert np.array_equal(here.smoothed.sums, afresh.smoothed.sums)
        assert np.array_equal(here.image, afresh.image)
        assert here.payload() == afresh.payload()


def test_only_what_changed_is_made_again():
    finder = Finder(crowd())
    first = finder.find(SMALL)
    cut = finder.find(SMALL.stepped(threshold_steps=1))
    wider = finder.find(SMALL.stepped(radius_steps=1))
    assert cut.smoothed is first.smoothed
    assert wider.smoothed is not first.smoothed
    assert wider.smoothed.histogram is first.smoothed.histogram
    assert finder.find(SMALL) is first


def test_keys_step_threshold_and_radius():
    start = Parameters().resolved(10_000)
    assert start.threshold == pytest.approx(0.1)
    assert start.stepped(threshold_steps=2).threshold == pytest.approx(0.144)
    assert start.stepped(threshold_steps=3).stepped(threshold_steps=-3) == start
    assert start.stepped(radius_steps=-1).radius_px == 19.5
    assert start.stepped(radius_steps=-1000).radius_px == 1
    with pytest.raises(ParameterError, match=r"radius_px is 0.5, but must be between 1 and 100 px"):
        params.make(Parameters, {"radius_px": 0.5})


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), radius=st.integers(2, 12))
def test_exact_outlines_hold_exactly_the_pixels(seed, radius):
    found = Finder(crowd(seed=seed)).find(Parameters(radius_px=radius / 2, threshold=0.3, pixels=80))
    y, x = np.mgrid[:80, :80]
    centres = np.column_stack([x.ravel(), y.ravel()]) + 0.5
    drawn = np.zeros((len(found) + 1, 80 * 80), bool)
    for part, corners in outlines.rings(found.runs):
        drawn[part] ^= geometry.inside(centres, corners)
    for part in range(1, len(found) + 1):
        assert np.array_equal(drawn[part], found.image.ravel() == part)


def test_a_ring_has_a_hole():
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    points = np.column_stack([np.cos(angle), np.sin(angle)])
    found = Finder(points).find(Parameters(radius_px=8, threshold=0.05, pixels=200))
    assert [len(blob.rings) for blob in found.blobs] == [2]
    assert found.blob_at(0, 0) is None
    assert found.blob_at(1, 0) == found.blob_at(*found.blobs[0].at) == 1


def test_simplified_outlines_agree_with_lookups_within_a_pixel():
    points = crowd(n=3000)
    found = Finder(points).find(Parameters(radius_px=10, pixels=400))
    assert len(found) > 2
    places = np.random.default_rng(1).uniform(-9, 9, (4000, 2))
    places = places[found.frame.pixel_of(places) >= 0]
    border = ndimage.maximum_filter(found.image, 5) != ndimage.minimum_filter(found.image, 5)
    places = places[~border.ravel()[found.frame.pixel_of(places)]]
    for blob in found.blobs:
        inside = np.logical_xor.reduce([geometry.inside(places, ring) for ring in blob.rings])
        assert inside.tolist() == [found.blob_at(*place) == blob.number for place in places.tolist()]
        assert found.blob_at(*blob.at) == blob.number
        assert blob.count == len(found.rows(blob.number))


@pytest.mark.parametrize(("radius", "threshold"), [(20.0, 0.05), (6.0, 0.02), (1.0, 0.0), (2.0, 0.1)])
def test_thirty_blobs_travel_light(radius, threshold):
    points = np.random.default_rng(2).uniform(-40, 40, (40_000, 2))
    found = Finder(points).find(Parameters(radius_px=radius, threshold=threshold))
    assert len(found) > 0
    assert len(json.dumps(found.payload())) < 40_000
    assert all(len(ring) >= 6 for blob in found.payload() for ring in blob["rings"])


@pytest.mark.parametrize("points", [
    np.zeros((0, 2)), np.zeros((1, 2)), np.full((3, 2), np.nan), np.zeros((500, 2)), np.array([[0, 0], [0, 5.0]]),
])
def test_maps_that_are_hardly_maps(points):
    found = Finder(points).find()
    assert len(found.blob_of_sound) == len(points)
    assert sum(blob.count for blob in found.blobs) == (found.blob_of_sound > 0).sum()


def test_stages_made_by_hand_are_those_of_the_finder():
    points = crowd()
    frame = Frame.of(points, 100)
    smoothed = Smoothed.of(Histogram.of(frame, frame.pixel_of(points)), 3.0)
    assert smoothed.histogram.n_sounds == len(points) - 1
    assert smoothed.n_disc == blobs.n_pixels(3.0) == 29
    assert np.array_equal(Blobs.of(smoothed, 0.2).image, Finder(points).find(SMALL).image)


def test_a_project_shows_its_types_as_blobs_by_default(tmp_path):
    with Dataset.open(make_project(tmp_path / "a.h5", n_sounds=600, n_types=4)) as dataset:
        found = Finder(dataset.segments.umap).find()
    assert len(found) >= 4
    assert all(blob.count > 100 for blob in found.blobs[:4])


def test_a_dense_place_without_a_sound_in_it_is_not_sent():
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = np.stack([2.2 * np.cos(angle), 2.2 * np.sin(angle)], axis=1)       # in pixels of the frame below
    corners = [[-50 / 1.1, -50 / 1.1], [50 / 1.1, 50 / 1.1]]
    found = Finder(np.concatenate([ring, corners])).find(Parameters(radius_px=3.0, threshold=10 / 29, pixels=100))
    assert [blob.count for blob in found.blobs] == [0]
    assert found.payload() == []
